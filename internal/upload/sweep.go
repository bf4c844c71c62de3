package upload

import (
	"context"
	"errors"
	"sync"
	"time"

	"ovate/druid"
)

// Readers tells which of some folders active tasks of this server read.
type Readers func(ctx context.Context, folders []string) (read map[string]bool, err error)

// sweeper is the loop that removes what nobody uses.
type sweeper struct {
	stop context.CancelFunc
	done sync.WaitGroup
}

// between is how often uploads are looked through.
const between = 10 * time.Minute

// Start begins to remove uploads that nobody has used for as long as they are to be retained, and no active task reads. Stop ends that.
func (s *Store) Start(read Readers) {
	ctx, stop := context.WithCancel(context.Background())
	s.sweeper.stop = stop
	s.sweeper.done.Go(func() {
		ticker := time.NewTicker(min(between, max(time.Second, s.Retain/2)))
		defer ticker.Stop()
		for {
			if err := s.Sweep(ctx, read); err != nil && ctx.Err() == nil {
				s.Log.Warn("uploads that nobody uses could not be removed; trying again later", "error", err)
			}
			select {
			case <-ticker.C:
			case <-ctx.Done():
				return
			}
		}
	})
}

// Stop ends what Start has begun.
func (s *Store) Stop() {
	if s.sweeper.stop != nil {
		s.sweeper.stop()
		s.sweeper.done.Wait()
	}
}

// Sweep removes the uploads that are over now. Tasks are looked at only if there may be one.
func (s *Store) Sweep(ctx context.Context, read Readers) error {
	before := druid.Instant(s.Now().Add(-s.Retain).UnixMilli())
	var unused []string
	var folders []string
	for _, u := range s.List() {
		if u.Used < before {
			unused, folders = append(unused, u.ID), append(folders, s.Folder(u.ID))
		}
	}
	if unused == nil {
		return nil
	}
	used, err := read(ctx, folders)
	if err != nil {
		return err
	}
	for i, id := range unused {
		if used[folders[i]] {
			if err := s.Use(id); err != nil && !errors.Is(err, ErrNone) {
				return err
			}
			continue
		}
		if u, err := s.Get(id); err != nil || u.Used >= before { // somebody came meanwhile
			continue
		}
		if err := s.Remove(id); err != nil && !errors.Is(err, ErrNone) {
			return err
		}
		s.Log.Info("removed an upload that nobody uses", "id", id)
	}
	return nil
}
