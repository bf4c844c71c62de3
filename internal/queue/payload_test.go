package queue_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/queue"
	"ovate/internal/runner"
	"ovate/internal/task"
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

// A payload that is no JSON, or not UTF-8, is told of, and part of no answer.
func TestUnreadablePayload(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		for i, damaged := range []string{`{"type":"noop"`, "{\"type\":\"\xff\"}", "-"} {
			row := w.row(decode(t, noop(fmt.Sprint("t", i), 0)), 0)
			row.Status.State, row.Payload = druid.Success, []byte(damaged)
			if err := w.store.Store.Update(t.Context(), func(tx metadata.Tx) error { return tx.InsertTasks(row) }); err != nil {
				t.Fatal(err)
			}
			if shown, err := q.Payload(t.Context(), row.ID); err == nil || !strings.Contains(err.Error(), "cannot be read: its payload is no JSON") {
				t.Errorf("%q is shown as %q, %v", damaged, shown, err)
			}
		}
	})
}

// Whoever made a task gets it as it was stored, with what is shown to nobody.
func TestStoredHasItsSecrets(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.options.Places = task.Places{Workers: true}
		w.wrap = func(queue.Runner) queue.Runner { return &workers{given: map[string]runner.Assignment{}} }
		q := w.start()
		const text = `{"type":"index_kafka","id":"k","dataSource":"wiki","ioConfig":{"consumerProperties":{"sasl.jaas.config":"hidden"},"odd":[ 1.50 ]}}`
		decoded, err := task.DecodeRemote([]byte(text), druid.Now())
		if err != nil {
			t.Fatal(err)
		}
		if err := q.Add(t.Context(), decoded); err != nil {
			t.Fatal(err)
		}
		if stored, err := q.Stored(t.Context(), "k"); err != nil || string(stored) != string(task.Stored(decoded)) || !strings.Contains(string(stored), `"hidden"},"odd":[ 1.50 ]`) {
			t.Errorf("stored is %s, %v", stored, err)
		}
		if shown, err := q.Payload(t.Context(), "k"); err != nil || strings.Contains(string(shown), "hidden") {
			t.Errorf("shown is %s, %v", shown, err)
		}
		if _, err := q.Stored(t.Context(), "never"); !errors.Is(err, queue.ErrNotFound) {
			t.Errorf("one that there is not: %v", err)
		}
	})
}
