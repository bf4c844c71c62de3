package lockbox

import (
	"cmp"
	"fmt"
	"slices"

	"ovate/druid"
	"ovate/internal/metadata"
)

// Lost tells that a task could not get back a lock that it held before a restart.
type Lost struct {
	TaskID  string
	GroupID string
	Lock    druid.TaskLock
	Reason  error
}

// Restore puts back the locks that the store holds for the tasks added so far, in the order in which they were
// first granted, and writes nothing. Every task of the group of a lost lock must be failed: its locks no longer
// protect what the group does. Orphans are the rows of tasks that are not active; they should be deleted.
func (b *Lockbox) Restore(rows []metadata.LockRow) (lost []Lost, orphans []int64) {
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(a, b metadata.LockRow) int {
		return cmp.Or(cmp.Compare(a.Lock.Version, b.Lock.Version), cmp.Compare(a.TaskID, b.TaskID), cmp.Compare(a.ID, b.ID))
	})
	for _, row := range rows {
		if row.Unreadable != nil {
			continue // nobody knows what it locks; it goes with its task
		}
		s := b.source(row.Lock.DataSource)
		s.mu.Lock()
		if m := s.members[row.TaskID]; m == nil || row.Lock.Interval.IsEmpty() {
			orphans = append(orphans, row.ID)
		} else if err := s.restore(m, row); err != nil {
			lost = append(lost, Lost{TaskID: row.TaskID, GroupID: m.GroupID, Lock: row.Lock, Reason: err})
		}
		s.mu.Unlock()
	}
	return lost, orphans
}

func (s *source) restore(m *member, row metadata.LockRow) error {
	lock := row.Lock
	if lock.GroupID != m.GroupID {
		return fmt.Errorf("the lock is of group[%s], the task of group[%s]", lock.GroupID, m.GroupID)
	}
	if lock.Priority != m.Priority {
		return fmt.Errorf("the lock has priority %d, the task %d", lock.Priority, m.Priority)
	}
	if lock.Granularity != druid.TimeChunkLock {
		return fmt.Errorf("a lock of granularity[%s] cannot be held here, only timeChunk", lock.Granularity)
	}
	if v, err := druid.ParseInstant(lock.Version); err == nil {
		s.newest = max(s.newest, v)
	}
	var d decision
	if !lock.Revoked {
		var err error
		if d, err = s.decide(request{holder: m.Holder, typ: lock.Type, interval: lock.Interval, stored: true}); err != nil {
			return err
		}
	}
	d.join = s.same(lock) // a wider one of the group would not be the lock that the task had
	for _, p := range d.revoke {
		p.lock.Revoked = true
	}
	if d.join == nil {
		d.join = s.create(m, lock)
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
	s.locks.overlapping(lock.Interval, func(p *posse) bool {
		if p.lock == lock {
			found = p
		}
		return found == nil
	})
	return found
}
