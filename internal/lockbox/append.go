package lockbox

import (
	"context"
	"slices"

	"ovate/druid"
)

// What is appended beside a task that replaces must neither get lost nor be there twice: either that task reads it, or it is noted, and
// goes over to the version of the lock when the task publishes. The task reads what was published before its lock was granted. So
//   - a publication under an APPEND lock has one time, taken at the same moment at which it is known which tasks hold REPLACE locks over it:
//     it is not before their versions, and all REPLACE locks that are granted afterwards have later versions;
//   - such a lock is answered only when the publications that have begun before are over, so that its task finds what they have published;
//   - one that is about to be lost counts until that is stored: if whoever takes it does not get it, its task publishes after all.

// Replacing is a task that holds a REPLACE lock.
type Replacing struct {
	TaskID   string
	Interval druid.Interval
	Version  string
}

// appending is a publication under APPEND locks.
type appending struct {
	intervals []druid.Interval
	over      chan struct{}
}

func (a *appending) wait(ctx context.Context) error {
	select {
	case <-a.over:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// GuardAppend is Guard for segments that are appended. It tells fn when they count as published, and beside which tasks: those that hold
// REPLACE locks over all of one of the segments, or over a part, and have not lost them for certain.
func (b *Lockbox) GuardAppend(ctx context.Context, h Holder, segments []druid.SegmentID, fn func(at druid.Instant, beside []Replacing) error) error {
	s := b.source(h.DataSource)
	now := b.now()
	a := &appending{over: make(chan struct{})}
	for _, segment := range segments {
		a.intervals = append(a.intervals, segment.Interval)
	}
	a.intervals = druid.CondenseIntervals(a.intervals)
	var at druid.Instant
	var beside []Replacing
	pinned, err := s.pinCertain(ctx, h.TaskID, segments, func() {
		s.newest = max(s.newest, now)
		at, beside = s.newest, s.replacing(a.intervals)
		s.appending[a] = true
	})
	if err != nil {
		return err
	}
	defer func() {
		s.mu.Lock()
		delete(s.appending, a)
		close(a.over)
		s.mu.Unlock()
		b.unpin(s, pinned)
	}()
	return fn(at, beside)
}

// replacing are the tasks that hold REPLACE locks over any of the intervals, in order, under which they may still publish.
func (s *source) replacing(intervals []druid.Interval) (found []Replacing) {
	seen := map[*posse]bool{}
	for _, i := range intervals {
		s.locks.overlapping(i, func(p *posse) bool {
			if p.lock.Type == druid.Replace && !(p.lock.Revoked && p.loss.over()) && !seen[p] {
				seen[p] = true
				for id := range p.holds {
					found = append(found, Replacing{TaskID: id, Interval: p.lock.Interval, Version: p.lock.Version})
				}
			}
			return true
		})
	}
	return found
}

// ReplacingOfGroup are the tasks of a group that hold REPLACE locks, which they have not lost for certain.
func (b *Lockbox) ReplacingOfGroup(dataSource, group string) (found []Replacing) {
	s := b.source(dataSource)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.replacing([]druid.Interval{druid.Eternity}) {
		if m := s.members[r.TaskID]; m != nil && m.GroupID == group {
			found = append(found, r)
		}
	}
	return found
}

// appendingIn is what is being appended to any of the intervals.
func (s *source) appendingIn(intervals []druid.Interval) (found []*appending) {
	for a := range s.appending {
		if slices.ContainsFunc(a.intervals, func(i druid.Interval) bool { return slices.ContainsFunc(intervals, i.Overlaps) }) {
			found = append(found, a)
		}
	}
	return found
}
