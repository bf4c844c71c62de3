package scheduler

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"ovate/druid"
	"ovate/internal/compaction/choice"
	"ovate/internal/compaction/goal"
	"ovate/internal/queue"
)

// reckon brings up to date which compact tasks are active, cancels those that make segments of another granularity than they are to, and notes which of
// ours have ended.
func (s *Scheduler) reckon(ctx context.Context) error {
	s.mu.Lock()
	active, gone := maps.Clone(s.news.active), s.news.ended
	s.news.ended = nil
	goals := maps.Clone(s.goals)
	s.mu.Unlock()
	for id := range s.own {
		if !active[id] && !slices.Contains(gone, id) {
			gone = append(gone, id) // it may never have come: nobody knew whether it was stored
		}
	}
	for i, id := range gone {
		if err := s.part(ctx, id); err != nil {
			s.mu.Lock()
			s.news.ended = append(s.news.ended, gone[i:]...) // to be asked for again
			s.mu.Unlock()
			return err
		}
	}
	maps.DeleteFunc(s.running, func(id string, _ *choice.Running) bool { return !active[id] && s.own[id] == nil })
	maps.DeleteFunc(s.leaving, func(id string, _ bool) bool { return !active[id] })
	for id := range active {
		if err := s.meet(ctx, id, goals); err != nil {
			return err
		}
	}
	return nil
}

// meet reads an active compact task that is not known yet, and cancels it if it is outdated.
func (s *Scheduler) meet(ctx context.Context, id string, goals map[string]*goal.Goal) error {
	r := s.running[id]
	if r == nil {
		payload, err := s.tasks.Stored(ctx, id)
		if errors.Is(err, queue.ErrNotFound) {
			return nil // it has ended, and is gone
		}
		if err != nil {
			return err
		}
		if r, err = choice.ReadRunning(id, payload); err != nil {
			s.Log.Warn("a compact task cannot be read", "task", id, "error", err)
			r = &choice.Running{ID: id, Slots: 1}
		}
		s.running[id] = r
	}
	g := goals[r.DataSource]
	if g == nil || !r.Outdated(g) || s.leaving[id] {
		return nil
	}
	s.Log.Info("a compact task is cancelled, as segments are to be of another granularity", "task", id, "granularity", g.Segment)
	if err := s.tasks.Shutdown(ctx, id, fmt.Sprintf("segments of data source[%s] are to be of granularity %s now", g.DataSource, g.Segment)); err != nil && !errors.Is(err, queue.ErrNotFound) {
		return err
	}
	s.leaving[id] = true
	delete(s.own, id) // that it fails is no failure
	return nil
}

// part takes leave of a compact task that is not active any more, and notes how it has ended if it is one of ours.
func (s *Scheduler) part(ctx context.Context, id string) error {
	own := s.own[id]
	if own == nil {
		return nil
	}
	status, err := s.tasks.Status(ctx, id)
	switch {
	case errors.Is(err, queue.ErrNotFound): // it has never come
	case err != nil:
		return err
	case status.State == druid.Running: // it has just come
		return nil
	default:
		s.ended = append(s.ended, &outcome{own, status.State == druid.Success, cmp.Or(status.ErrorMsg, "it does not say why")})
	}
	delete(s.own, id)
	return nil
}

// working is where compact tasks are, by data source.
func (s *Scheduler) working() map[string][]druid.Interval {
	working := map[string][]druid.Interval{}
	for _, r := range s.running {
		if !r.Interval.IsEmpty() {
			working[r.DataSource] = append(working[r.DataSource], r.Interval)
		}
	}
	return working
}
