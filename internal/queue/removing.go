package queue

import (
	"ovate/druid"
	"ovate/internal/task"
)

// Marking notes that segments of a data source are about to be marked as used, until the function that it returns is called.
func (q *Queue) Marking(dataSource string) (ended func()) { return q.box.Marking(dataSource) }

// Removing are the intervals of a data source in which a kill task may be removing unused segments at this moment. Asked while what is
// marked was noted with Marking, the answer holds until that has ended: a task that is given its lock later waits for it before it looks for segments.
func (q *Queue) Removing(dataSource string) []druid.Interval {
	q.mu.Lock()
	var at []*entry
	if s := q.sources[dataSource]; s != nil {
		for _, e := range s.active.entries {
			if e != nil && task.KindOf(e.typ).RemovesSegments {
				at = append(at, e)
			}
		}
	}
	for e := range q.aborted {
		if e.identity.DataSource == dataSource && task.KindOf(e.typ).RemovesSegments {
			q.mu.Unlock()
			return []druid.Interval{druid.Eternity} // its locks are gone, but perhaps it is still at work
		}
	}
	q.mu.Unlock()
	var intervals []druid.Interval
	for _, e := range at {
		locks := q.locks.Locks(e.identity.Holder)
		if len(locks) == 0 && q.mayWork(e) {
			return []druid.Interval{druid.Eternity} // it has lost them since the lists were looked at
		}
		for _, lock := range locks {
			intervals = append(intervals, lock.Interval)
		}
	}
	return intervals
}

// Removals is a number that grows whenever a task begins that may remove segments of the data source. As long as it stays, and Removing tells
// of no interval, none was removed. It may grow for another data source, too, as those without tasks share one: so none is remembered.
func (q *Queue) Removals(dataSource string) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	if s := q.sources[dataSource]; s != nil {
		return s.removal
	}
	return q.dropped
}

// noteRemoval notes that a task begins that may remove segments. The caller holds mu.
func (q *Queue) noteRemoval(s *dataSource) {
	q.removals++
	s.removal = q.removals
}

// mayWork tells whether a task was given to the runner and its run has perhaps not ended.
func (q *Queue) mayWork(e *entry) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	p := e.now()
	return p.runner != druid.Waiting && (!p.stage.ended() || q.aborted[e])
}
