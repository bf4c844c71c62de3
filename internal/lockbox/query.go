package lockbox

import (
	"slices"

	"ovate/druid"
)

// Count is how many locks there are, revoked ones too. One that several tasks of a group hold counts once.
func (b *Lockbox) Count() int { return int(b.count.Load()) }

// Locks returns the locks that a task holds, revoked ones too, by interval and partition.
func (b *Lockbox) Locks(h Holder) []druid.TaskLock {
	s := b.source(h.DataSource)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.locksOf(h.TaskID)
}

func (s *source) locksOf(taskID string) []druid.TaskLock {
	m := s.members[taskID]
	if m == nil {
		return nil
	}
	locks := make([]druid.TaskLock, len(m.posses))
	for i, p := range m.posses {
		locks[i] = p.lock
	}
	slices.SortFunc(locks, func(a, b druid.TaskLock) int { return placeOf(&a).compare(placeOf(&b)) })
	return locks
}

// Replaces tells whether a task holds a REPLACE lock, or has held one since the start.
func (b *Lockbox) Replaces(h Holder) bool {
	s := b.source(h.DataSource)
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.members[h.TaskID]
	return m != nil && m.replaces
}

// Filter selects locks of one data source that are not revoked.
type Filter struct {
	DataSource  string
	MinPriority int
	// IgnoreAppend leaves APPEND locks out: a replace that may run beside them does not care.
	IgnoreAppend bool
	// Intervals, unless nil, are those that a lock must overlap one of.
	Intervals []druid.Interval
}

// Find returns the locks that match, by interval and partition.
func (b *Lockbox) Find(f Filter) []druid.TaskLock {
	b.mu.Lock()
	s := b.sources[f.DataSource]
	b.mu.Unlock()
	if s == nil {
		return nil
	}
	intervals := f.Intervals
	if intervals == nil {
		intervals = []druid.Interval{druid.Eternity}
	}
	var locks []druid.TaskLock
	seen := map[*posse]bool{} // a lock may overlap several of the intervals
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range druid.CondenseIntervals(intervals) {
		s.locks.overlapping(i, func(p *posse) bool {
			ignored := p.lock.Revoked || p.lock.Priority < f.MinPriority || f.IgnoreAppend && p.lock.Type == druid.Append
			if !ignored && !seen[p] {
				seen[p] = true
				locks = append(locks, p.lock)
			}
			return true
		})
	}
	return locks
}
