package queue_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/ingest"
	"ovate/internal/metadata"
	"ovate/internal/queue"
	"ovate/internal/task"
)

// faultyTask is a task of a type that is decoded here, with a fault in it.
type faultyTask struct {
	task.Task
	header druid.Task
}

func (f *faultyTask) Header() *druid.Task                                { return &f.header }
func (f *faultyTask) AppendJSON(dst []byte) []byte                       { return append(dst, `{"type":"kill"}`...) }
func (f *faultyTask) Ready(context.Context, action.Client) (bool, error) { panic("a fault") }

// A panic wherever a task is at work fails that task, says so in its log, and leaves the server and everybody else alone: the
// neighbour, the next task of the data source, and the next start.
func TestPanicFailsOneTask(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		arrange func(w *world)
		submit  func(w *world, q *queue.Queue)
	}{
		"admission": {submit: func(w *world, q *queue.Queue) {
			f := &faultyTask{header: druid.Task{Type: "kill", ID: "a", DataSource: "wiki"}}
			f.header.Complete()
			if err := q.Add(context.Background(), f); err != nil {
				w.t.Error(err)
			}
		}},
		"locks": {arrange: func(w *world) {
			calls := 0
			w.store.set(func() error {
				if calls++; calls == 3 { // after both submissions
					panic("a fault")
				}
				return nil
			})
		}},
		"ingestion": {arrange: func(w *world) {
			w.ingest = func(ctx context.Context, job ingest.Job) (*ingest.Result, error) { panic("a fault") }
		}},
		"push": {arrange: func(w *world) {
			w.storage.hook = func(string) { panic("a fault") }
		}},
		"report": {arrange: func(w *world) {
			w.logs.hook = func(string) { panic("a fault") }
		}},
		"withdrawal": {arrange: func(w *world) {
			w.storage.unhook = func() { panic("a fault") }
			w.storage.hook = func(string) {
				calls := 0
				w.store.set(func() error {
					if calls++; calls == 1 {
						return &metadata.PermanentError{Err: errors.New("not published")}
					}
					return nil
				})
			}
		}},
		"opening the log": {arrange: func(w *world) {
			w.logs.open = func(id string) {
				if id == "a" {
					panic("a fault")
				}
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				w.ingest = builds(1)
				q := w.start()
				w.add(q, noop("neighbour", 1000))
				synctest.Wait()
				if c.arrange != nil {
					c.arrange(w)
				}
				if c.submit == nil {
					c.submit = func(w *world, q *queue.Queue) { w.add(q, index("a", 1, 2, "")) }
				}
				if name == "locks" {
					w.add(q, noop("first", 1))
				}
				c.submit(w, q)
				synctest.Wait()
				if got := w.status(q, "a"); !strings.HasPrefix(got, "FAILED") || !strings.Contains(got, "fault of the server: a fault") {
					t.Errorf("a is %s", got)
				}
				if name != "opening the log" {
					log, err := q.Log(context.Background(), "a", 0)
					if err != nil {
						t.Fatal(err)
					}
					if text, err := io.ReadAll(log); err != nil || !strings.Contains(string(text), "panic_test.go") {
						t.Errorf("its log: %s, %v", text, err)
					}
				}
				w.store.set(nil)
				w.storage.hook, w.storage.unhook, w.logs.hook, w.ingest = nil, nil, nil, builds(1)
				w.add(q, index("next", 1, 2, ""))
				time.Sleep(2 * time.Second)
				w.expect(q, "next", "SUCCESS")
				w.expect(q, "neighbour", "SUCCESS")
				w.clean()
				q.Stop()
				q = w.start()
				if got := w.status(q, "a"); !strings.HasPrefix(got, "FAILED") {
					t.Errorf("after the next start a is %s", got)
				}
			})
		})
	}
}

// A panic in the store while an end is written is tried again like any other fault: the outcome is not lost.
func TestPanicWhileEnding(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		w.add(q, noop("a", 1000))
		synctest.Wait()
		calls := 0
		w.store.set(func() error {
			if calls++; calls < 3 {
				panic("a fault")
			}
			return nil
		})
		time.Sleep(time.Minute)
		w.expect(q, "a", "SUCCESS")
	})
}
