package queue

import (
	"ovate/druid"
	"ovate/internal/task"
)

// Removing are the intervals of a data source in which a kill task may be removing unused segments at this moment. Asked within a
// transaction, the answer holds for it: a task that is given its lock later finds what the transaction wrote.
func (q *Queue) Removing(dataSource string) []druid.Interval {
	q.mu.Lock()
	var at []*entry
	if s := q.sources[dataSource]; s != nil {
		for _, e := range s.active.entries {
			if e != nil && task.RemovesSegments(e.typ) {
				at = append(at, e)
			}
		}
	}
	for e := range q.leaving {
		if e.identity.DataSource == dataSource && task.RemovesSegments(e.typ) {
			q.mu.Unlock()
			return []druid.Interval{druid.Eternity} // its locks are gone, but perhaps it is still at work
		}
	}
	q.mu.Unlock()
	var intervals []druid.Interval
	for _, e := range at {
		for _, lock := range q.locks.Locks(e.identity.Holder) {
			intervals = append(intervals, lock.Interval)
		}
	}
	return intervals
}
