package lockbox

import (
	"errors"
	"maps"
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

// Held is a lock with the tasks that hold it, by id.
type Held struct {
	druid.TaskLock
	Tasks []string
}

// Held are the locks of a data source, revoked ones too, by interval and partition: no more than most. The tasks that hold one are
// of one group.
func (b *Lockbox) Held(dataSource string, most int) (held []Held) {
	b.mu.Lock()
	s := b.sources[dataSource]
	b.mu.Unlock()
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.locks.overlapping(druid.Eternity, func(p *posse) bool {
		held = append(held, p.held())
		return len(held) < most
	})
	return held
}

func (p *posse) held() Held { return Held{p.lock, slices.Sorted(maps.Keys(p.holds))} }

// DataSources are those of which tasks are active, in their order.
func (b *Lockbox) DataSources() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Sorted(maps.Keys(b.sources))
}

// InTheWay is the lock that keeps a task from having all that it asks for, and over which part of that; nil if none does. It costs no I/O.
func (b *Lockbox) InTheWay(h Holder, wanted Request) (by *Held, over druid.Interval) {
	s := b.source(h.DataSource)
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.creates(h, wanted)
	refused, ok := errors.AsType[*Refused](err)
	if !ok {
		return nil, over
	}
	by = &Held{TaskLock: refused.By}
	s.locks.overlapping(refused.By.Interval, func(p *posse) bool {
		if p.lock == refused.By {
			*by = p.held()
			return false
		}
		return true
	})
	return by, refused.Interval
}
