package queue

import (
	"context"

	"ovate/internal/metadata"
)

// entriesTogether is how many entries are made at once. Their memory is free again when the last of their tasks has ended.
const entriesTogether = 32

// eachActive calls fn for the entry of every active task, in the store's order. The store reads on meanwhile.
func (q *Queue) eachActive(ctx context.Context, fn func(*entry)) error {
	var made []entry
	var read headerReader
	return q.store.ActiveTasks(ctx, func(row *metadata.TaskRow) error {
		if len(made) == 0 {
			made = make([]entry, entriesTogether)
		}
		e := &made[0]
		made = made[1:]
		e.recover(q, row, &read)
		fn(e)
		return nil
	})
}
