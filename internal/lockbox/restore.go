package lockbox

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"ovate/druid"
	"ovate/internal/metadata"
)

// Lost tells that a task could not get back a lock that it held before a restart.
type Lost struct {
	Holder Holder
	Lock   druid.TaskLock
	Reason error
}

// Restore puts back the locks that the store holds for the tasks added so far, in the order in which they were
// first granted, and writes nothing. Every task of the group of a lost lock must be failed: its locks no longer
// protect what the group does. Orphans are the rows of tasks that are not active, and of locks over nothing; they should be deleted.
func (b *Lockbox) Restore(rows []metadata.LockRow) (lost []Lost, orphans []int64) {
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(a, b metadata.LockRow) int {
		return cmp.Or(cmp.Compare(a.Lock.Version, b.Lock.Version), cmp.Compare(a.TaskID, b.TaskID), cmp.Compare(a.ID, b.ID))
	})
	elsewhere := sync.OnceValue(b.holders)
	for _, row := range rows {
		if row.Unreadable != nil {
			continue // nobody knows what it locks; it goes with its task
		}
		s := b.source(row.Lock.DataSource)
		s.mu.Lock()
		m := s.members[row.TaskID]
		if m != nil && !row.Lock.Interval.IsEmpty() {
			if err := s.restore(m, row); err != nil {
				lost = append(lost, Lost{Holder: m.Holder, Lock: row.Lock, Reason: err})
			}
		}
		s.mu.Unlock()
		switch {
		case row.Lock.Interval.IsEmpty():
			orphans = append(orphans, row.ID)
		case m == nil:
			if h, active := elsewhere()[row.TaskID]; active {
				lost = append(lost, Lost{h, row.Lock, fmt.Errorf("the lock is of data source[%s], the task of data source[%s]", row.Lock.DataSource, h.DataSource)})
			} else {
				orphans = append(orphans, row.ID)
			}
		}
	}
	return lost, orphans
}

// holders are all active tasks, by their ids.
func (b *Lockbox) holders() map[string]Holder {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := map[string]Holder{}
	for _, s := range b.sources {
		s.mu.Lock()
		for id, m := range s.members {
			all[id] = m.Holder
		}
		s.mu.Unlock()
	}
	return all
}

func (s *source) restore(m *member, row metadata.LockRow) error {
	lock := row.Lock.WithPriority(m.Priority)
	if lock.GroupID != m.GroupID {
		return fmt.Errorf("the lock is of group[%s], the task of group[%s]", lock.GroupID, m.GroupID)
	}
	if lock.Priority != m.Priority {
		return fmt.Errorf("the lock has priority %d, the task %d", lock.Priority, m.Priority)
	}
	if lock.Granularity != druid.SegmentLock { // that of a segment was not handed out here
		if v, err := druid.ParseInstant(lock.Version); err == nil {
			s.newest = max(s.newest, v)
		}
	}
	var d decision
	if !lock.Revoked {
		var err error
		if d, err = s.decide(request{holder: m.Holder, typ: lock.Type, place: placeOf(&lock), stored: true}); err != nil {
			return err
		}
	}
	d.join = s.same(lock) // a wider one of the group would not be the lock that the task had
	for _, p := range d.revoke {
		p.lock.Revoked = true
	}
	if d.join == nil {
		d.join = newPosse(lock)
		s.add(d.join)
	}
	if h := d.join.holds[m.TaskID]; h != nil {
		h.row = row.ID
	} else {
		s.enter(m, d.join, &hold{row: row.ID})
	}
	return nil
}

// same finds the posse whose lock equals one that another task of the group held too.
func (s *source) same(lock druid.TaskLock) (found *posse) {
	s.locks.meeting(placeOf(&lock), func(p *posse) bool {
		if p.lock == lock {
			found = p
		}
		return found == nil
	})
	return found
}
