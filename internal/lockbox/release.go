package lockbox

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"ovate/druid"
	"ovate/internal/metadata"
)

// errReleased is what those hear of a lock who asked for it while its task gave it back: it is to be had again.
var errReleased = &metadata.TransientError{Err: errors.New("the lock was given back at the same moment")}

// Release gives back the lock that a task holds over exactly this interval. Without such a lock it does nothing. Those over segments stay
// until the task ends.
// When it returns nil the lock's row is gone.
func (b *Lockbox) Release(ctx context.Context, h Holder, interval druid.Interval) error {
	s := b.source(h.DataSource)
	held, err := s.takeBack(ctx, h.TaskID, interval)
	if err == nil && len(held) > 0 {
		err = b.delete(ctx, s, h.TaskID, held)
	}
	if err != nil {
		return fmt.Errorf("release the lock of task[%s] over interval[%s]: %w", h.TaskID, interval, err)
	}
	return nil
}

// takeBack finds what a task holds over exactly this interval, once no write of it is under way, and begins a write of each.
func (s *source) takeBack(ctx context.Context, taskID string, interval druid.Interval) ([]grant, error) {
	for {
		held, busy := s.heldOver(taskID, interval)
		if busy == nil {
			return held, nil
		}
		select {
		case <-busy.done:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// heldOver is what takeBack finds, or a write to wait for.
func (s *source) heldOver(taskID string, interval druid.Interval) (held []grant, busy *writing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.members[taskID]
	if m == nil {
		return nil, nil
	}
	for _, p := range m.posses {
		if p.place() != (place{interval, wholeChunk}) {
			continue
		}
		h := p.holds[taskID]
		if !h.write.over() {
			return nil, h.write
		}
		held = append(held, grant{posse: p, hold: h})
	}
	for i := range held {
		held[i].hold.write = newWriting()
	}
	return held, nil
}

// delete deletes the rows of what a task holds. While it is not known whether they are gone, the task keeps the locks, and is not
// given them again.
func (b *Lockbox) delete(ctx context.Context, s *source, taskID string, held []grant) (err error) {
	err = errPanicked
	settled := func(err error) {
		if errors.Is(err, metadata.ErrOutcomeUnknown) {
			return
		}
		s.givenBack(taskID, held, err)
		if err == nil {
			b.freed(s.name)
		}
	}
	defer func() { settled(err) }()
	rows := make([]int64, len(held))
	for i, g := range held {
		rows[i] = g.hold.row
	}
	err = b.store.Update(ctx, func(tx metadata.Tx) error {
		_, err := tx.DeleteLocks(rows)
		return err
	})
	gone := func(ctx context.Context) (bool, error) {
		stored, err := b.store.Locks(ctx)
		left := slices.ContainsFunc(stored, func(r metadata.LockRow) bool { return slices.Contains(rows, r.ID) })
		return !left, err
	}
	return b.settler.Settle(ctx, err, gone, func(_ context.Context, err error) { settled(err) })
}

// givenBack takes locks from a task whose rows are gone. With an error they are there, and the task keeps the locks.
func (s *source) givenBack(taskID string, held []grant, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.members[taskID]
	for _, g := range held {
		if err != nil {
			g.hold.write.end(nil)
			continue
		}
		g.hold.write.end(errReleased)
		if m != nil {
			m.forget(g.posse)
		}
		s.leave(g.posse, taskID)
	}
	if err == nil {
		s.signal()
	}
}
