package lockbox

import (
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
// unrevoked lock contains each segment, with a version not below the segment's (APPEND locks cover all versions).
// Otherwise the error is an *Uncovered, or a *Revoked if a lock that touches the segments was revoked.
func (b *Lockbox) Guard(h Holder, segments []druid.SegmentID, fn func() error) error {
	s := b.source(h.DataSource)
	s.mu.Lock()
	pinned, err := s.pin(h.TaskID, segments)
	s.mu.Unlock()
	if err != nil {
		return err
	}
	defer func() {
		s.mu.Lock()
		for _, p := range pinned {
			p.pins--
		}
		if len(pinned) > 0 {
			s.signal()
		}
		s.mu.Unlock()
		if len(pinned) > 0 {
			b.freed(h.DataSource)
		}
	}()
	return fn()
}

func (s *source) pin(taskID string, segments []druid.SegmentID) ([]*posse, error) {
	pinned := map[*posse]bool{}
	for _, segment := range segments {
		covered := false
		var revoked *posse
		s.locks.overlapping(segment.Interval, func(p *posse) bool {
			if p.holds[taskID] == nil {
				return true
			}
			if p.lock.Revoked {
				revoked = p
				return false
			}
			covered = covered || p.covers(segment)
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

func (p *posse) covers(segment druid.SegmentID) bool {
	return p.lock.DataSource == segment.DataSource && p.lock.Interval.Encloses(segment.Interval) &&
		(p.lock.Type == druid.Append || p.lock.Version >= segment.Version)
}
