package queue_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ovate/internal/ingest"
	"ovate/internal/task"
)

// Who goes before others gets the next slot, also after a restart that reads no payloads; and a freed lock, of those who want it with the same
// priority of locks.
func TestQueuePriority(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.slots = 1
		var order []string
		w.ingest = func(ctx context.Context, job ingest.Job) (*ingest.Result, error) {
			order = append(order, job.Spec.Schema.Timestamp.Column)
			select {
			case <-time.After(time.Second):
			case <-ctx.Done():
				return nil, ctx.Err()
			}
			return builds(1)(ctx, job)
		}
		q := w.start()
		const key = `'` + task.KeyQueuePriority + `':`
		for i, context := range []string{"", "", key + "-3", key + "8", key + "20"} {
			text := marked(fmt.Sprint("t", i), context)
			if i > 2 { // the first three want one lock
				text = strings.Replace(text, "'wiki'", fmt.Sprintf("'wiki%d'", i), 1)
			}
			w.add(q, text)
			synctest.Wait()
		}
		if why, err := q.Why(t.Context(), "t3"); err != nil || !why.Pending || why.Ahead != 1 {
			t.Errorf("t3 waits for %+v, %v, want t4 to be ahead alone", why, err)
		}
		w.add(q, marked("t5", key+"1")) // the lock is taken: it goes before those that wait for it already
		synctest.Wait()
		q.Stop()
		order = nil
		q = w.start()
		time.Sleep(time.Minute)
		synctest.Wait()
		for i := range 6 {
			w.expect(q, fmt.Sprint("t", i), "SUCCESS")
		}
		// Whose data source is looked at first gets the free slot; t5 cannot go before t0, which has the lock.
		rest := slices.DeleteFunc([]string{"t4", "t3", "t0", "t5", "t1", "t2"}, func(id string) bool { return id == order[0] })
		if !slices.Equal(order[1:], rest) {
			t.Errorf("they ran in the order %q, want %q after the first", order, rest)
		}
	})
}

// marked is a task that replaces a day, whose column of time has its id for a name.
func marked(id, context string) string {
	return strings.Replace(index(id, 1, 2, context), "'column':'ts'", "'column':'"+id+"'", 1)
}
