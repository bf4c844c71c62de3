package queue

import (
	"iter"
	"slices"
	"strings"

	"ovate/druid"
)

// atWork are the tasks that are active, or were shut down and may still be at work. The caller holds mu.
func (q *Queue) atWork() iter.Seq[*entry] {
	return func(yield func(*entry) bool) {
		for _, e := range q.tasks {
			if !yield(e) {
				return
			}
		}
		for e := range q.aborted {
			if q.tasks[e.id] != e && !yield(e) {
				return
			}
		}
	}
}

// ActiveIDs are the ids of the tasks that are active, or were shut down and may still be at work.
func (q *Queue) ActiveIDs() []string {
	q.mu.Lock()
	defer q.mu.Unlock()
	ids := make([]string, 0, len(q.tasks)+len(q.aborted))
	for e := range q.atWork() {
		ids = append(ids, e.id)
	}
	return ids
}

// Oldest is when the oldest of these tasks was submitted; false if there is none.
func (q *Queue) Oldest() (oldest druid.Instant, there bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for e := range q.atWork() {
		if !there || e.created < oldest {
			oldest, there = e.created, true
		}
	}
	return oldest, there
}

// OldestIn is, for each data source, when the oldest of these tasks was submitted.
func (q *Queue) OldestIn() map[string]druid.Instant {
	q.mu.Lock()
	defer q.mu.Unlock()
	oldest := map[string]druid.Instant{}
	for e := range q.atWork() {
		if since, there := oldest[e.identity.DataSource]; !there || e.created < since {
			oldest[e.identity.DataSource] = e.created
		}
	}
	return oldest
}

// HasActive tells whether a task of the data source is active whose id begins with the prefix.
func (q *Queue) HasActive(dataSource, prefix string) bool {
	return slices.ContainsFunc(q.snapshot(dataSource), func(e *entry) bool { return strings.HasPrefix(e.id, prefix) })
}
