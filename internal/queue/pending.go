package queue

import (
	"context"
	"fmt"

	"ovate/druid"
	"ovate/internal/metadata"
)

// DeletePending removes the pending segments of a data source that were created within the interval, and tells how many
// there were. It refuses an interval that reaches into the life of an active task of the data source. With nil it
// removes all those older than any active task. Those of a group with an active task stay in any case.
func (q *Queue) DeletePending(ctx context.Context, dataSource string, created *druid.Interval) (int, error) {
	span := druid.Interval{Start: druid.MinInstant, End: q.now()}
	if oldest := q.oldest(dataSource); oldest != nil {
		if created != nil && created.End > oldest.created {
			return 0, druid.InvalidInput("Cannot delete pendingSegments for datasource[%s] as there is at least one active task[%s]"+
				" created at[%s] that overlaps with the delete interval[%s]. Please retry when there are no active tasks.",
				dataSource, oldest.id, oldest.created, created)
		}
		span.End = min(span.End, oldest.created)
	}
	if created != nil {
		span = *created
	}
	for total := 0; ; {
		deleted := 0
		err := q.store.Update(ctx, func(tx metadata.Tx) (err error) {
			deleted, err = tx.DeletePendingByCreated(dataSource, span, deleteTogether)
			return err
		})
		if err != nil {
			return total, fmt.Errorf("delete pending segments of data source[%s]: %w", dataSource, err)
		}
		if total += deleted; deleted < deleteTogether {
			return total, nil
		}
	}
}

// deleteTogether is how many pending segments go in one transaction, for which everybody else waits.
const deleteTogether = 500

// oldest is the task of a data source that was submitted first, of those that may still write segments; nil if there is none.
func (q *Queue) oldest(dataSource string) *entry {
	var oldest *entry
	consider := func(e *entry) {
		if e != nil && (oldest == nil || e.created < oldest.created) {
			oldest = e
		}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if s := q.sources[dataSource]; s != nil {
		for _, e := range s.active.entries {
			consider(e)
		}
	}
	for e := range q.aborted {
		if e.identity.DataSource == dataSource {
			consider(e)
		}
	}
	return oldest
}
