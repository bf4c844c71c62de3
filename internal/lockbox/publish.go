package lockbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"ovate/druid"
)

// Uncovered means that a task holds no valid lock over a segment it wants to change.
type Uncovered struct {
	TaskID  string
	Segment druid.SegmentID
}

// Error names the task and the segment.
func (e *Uncovered) Error() string {
	return fmt.Sprintf("task[%s] holds no valid lock over segment[%s]", e.TaskID, e.Segment)
}

// Revoked means that a task has lost a lock to a task of higher priority.
type Revoked struct {
	TaskID string
	Lock   druid.TaskLock
}

// Error names the task and the interval lost.
func (e *Revoked) Error() string {
	return fmt.Sprintf("the lock of task[%s] over interval[%s] was revoked for a task of higher priority",
		e.TaskID, e.Lock.Interval)
}

// Guard runs fn while none of the task's locks over the segments can be revoked. Before that it checks that an
// unrevoked lock covers each segment.
// Otherwise the error is an *Uncovered, or a *Revoked if a lock that touches the segments was revoked.
func (b *Lockbox) Guard(ctx context.Context, h Holder, segments []druid.SegmentID, fn func() error) error {
	s := b.source(h.DataSource)
	pinned, err := s.pinCertain(ctx, h.TaskID, segments, func() {})
	if err != nil {
		return err
	}
	defer b.unpin(s, pinned)
	return fn()
}

// pinCertain is pin once it is certain what the task has lost. If that succeeds then is called under the same mu.
func (s *source) pinCertain(ctx context.Context, taskID string, segments []druid.SegmentID, then func()) (pinned []*posse, err error) {
	uncertain := s.certain(ctx, taskID, func() (lost bool) {
		if pinned, err = s.pin(taskID, segments); err == nil {
			then()
		}
		var revoked *Revoked
		return errors.As(err, &revoked)
	})
	return pinned, cmp.Or(uncertain, err)
}

func (b *Lockbox) unpin(s *source, pinned []*posse) {
	s.mu.Lock()
	for _, p := range pinned {
		p.pins--
	}
	if len(pinned) > 0 {
		s.signal()
	}
	s.mu.Unlock()
	if len(pinned) > 0 {
		b.freed(s.name)
	}
}

// lostOver is a revoked lock of the task over a segment that shares time with one of these: as in Druid it is enough to refuse all of them,
// whichever partitions they are.
func (m *member) lostOver(segments []druid.SegmentID) *posse {
	if m == nil {
		return nil
	}
	for _, p := range m.posses {
		over := func(id druid.SegmentID) bool { return p.lock.Interval.Overlaps(id.Interval) }
		if p.lock.Revoked && p.place().isSegment() && slices.ContainsFunc(segments, over) {
			return p
		}
	}
	return nil
}

func (s *source) pin(taskID string, segments []druid.SegmentID) ([]*posse, error) {
	if p := s.members[taskID].lostOver(segments); p != nil {
		return nil, &Revoked{TaskID: taskID, Lock: p.lock}
	}
	pinned := map[*posse]bool{}
	for _, segment := range segments {
		covered := false
		var revoked *posse
		s.locks.meeting(place{segment.Interval, segment.PartitionNum}, func(p *posse) bool {
			if p.holds[taskID] == nil {
				return true
			}
			if p.lock.Revoked {
				revoked = p
				return false
			}
			covered = covered || Covers(&p.lock, segment)
			pinned[p] = true
			return true
		})
		switch {
		case revoked != nil:
			return nil, &Revoked{TaskID: taskID, Lock: revoked.lock}
		case !covered:
			return nil, &Uncovered{TaskID: taskID, Segment: segment}
		}
	}
	for p := range pinned {
		p.pins++
	}
	return slices.Collect(maps.Keys(pinned)), nil
}
