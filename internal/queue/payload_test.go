package queue_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"ovate/druid"
	"ovate/internal/metadata"
)

// counting is a store that counts how often tasks are read, with their payloads and without.
type counting struct {
	metadata.Store
	payloads, statuses int
}

func (c *counting) Task(ctx context.Context, id string) (*metadata.TaskRow, error) {
	c.payloads++
	return c.Store.Task(ctx, id)
}

func (c *counting) TaskStatuses(ctx context.Context, ids []string) ([]metadata.TaskRow, error) {
	c.statuses++
	return c.Store.TaskStatuses(ctx, ids)
}

// Whoever asks for statuses reads no payloads, and many of them in few steps.
func TestStatusesReadNoPayloads(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		var ids, want []string
		err := w.store.Store.Update(ctx, func(tx metadata.Tx) error {
			for n := range 1200 {
				id := fmt.Sprint("t", n)
				row := w.row(decode(t, noop(id, 0)), 0)
				row.Status.State = druid.Success
				if err := tx.InsertTasks(row); err != nil {
					return err
				}
				ids, want = append(ids, id, "unknown "+id), append(want, id+" SUCCESS")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		q := w.start()
		w.add(q, noop("runs", 60_000))
		synctest.Wait()
		c := &counting{Store: w.store.Store}
		w.store.Store = c
		ids, want = append([]string{"runs"}, ids...), append([]string{"runs RUNNING"}, want...)
		var got []string
		err = q.Statuses(ctx, ids, func(s druid.TaskStatus) error {
			got = append(got, s.ID+" "+string(s.State))
			return nil
		})
		if err != nil || strings.Join(got, ",") != strings.Join(want, ",") {
			t.Errorf("%d statuses, want %d (%v)", len(got), len(want), err)
		}
		if c.statuses != 5 {
			t.Errorf("the store was asked %d times for the statuses of 2,401 tasks", c.statuses)
		}
		w.expect(q, "t7", "SUCCESS")
		if err := q.Shutdown(ctx, "t7", "why"); err != nil {
			t.Error(err)
		}
		if err := q.Shutdown(ctx, "runs", "why"); err != nil {
			t.Error(err)
		}
		w.expect(q, "runs", "FAILED: why")
		if c.payloads != 0 {
			t.Errorf("%d payloads were read", c.payloads)
		}
		if _, err := q.Payload(ctx, "t7"); err != nil || c.payloads != 1 {
			t.Errorf("the payload itself: %v", err)
		}
	})
}
