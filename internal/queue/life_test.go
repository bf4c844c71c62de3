package queue_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ovate/internal/metadata"
	"ovate/internal/queue"
)

// TestLife calls Start and Stop in every order. Whatever comes, nothing hangs, and after the first Stop nothing runs.
func TestLife(t *testing.T) {
	for _, c := range []struct {
		steps string
		want  []error
	}{
		{"stop start stop", []error{nil, queue.ErrStopped, nil}},
		{"start start stop stop start", []error{nil, queue.ErrStarted, nil, nil, queue.ErrStopped}},
		{"late stop start", []error{context.Canceled, nil, queue.ErrStopped}},
		{"late start stop", []error{context.Canceled, queue.ErrStarted, nil}},
	} {
		t.Run(c.steps, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				expired, cancel := context.WithCancel(t.Context())
				cancel()
				q := w.make()
				for i, step := range strings.Fields(c.steps) {
					var err error
					switch step {
					case "start":
						err = q.Start(t.Context())
					case "late":
						err = q.Start(expired)
					case "stop":
						q.Stop()
					}
					if !errors.Is(err, c.want[i]) {
						t.Errorf("step %d, %s: %v, want %v", i, step, err, c.want[i])
					}
				}
				q.Stop()
				if err := q.Add(t.Context(), decode(t, noop("a", 1))); err == nil {
					t.Error("a queue that was stopped takes tasks")
				}
			})
		})
	}
}

// slowReads is a store that reads active tasks slowly, and hears its context.
type slowReads struct {
	metadata.Store
	reading chan struct{} // closed once it reads
}

func (s slowReads) ActiveTasks(ctx context.Context, _ func(*metadata.TaskRow) error) error {
	close(s.reading)
	<-ctx.Done()
	return ctx.Err()
}

// A Stop that comes while the tasks are being recovered does not wait for all of them, and nothing runs afterwards.
func TestStopWhileRecovering(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		first := w.start()
		w.add(first, noop("a", 3_600_000))
		first.Stop()
		whole := w.store.Store
		reading := make(chan struct{})
		w.store.Store = slowReads{whole, reading}
		q := w.make()
		ended := make(chan error)
		go func() { ended <- q.Start(context.Background()) }()
		<-reading
		both := make(chan struct{})
		for range 2 {
			go func() { q.Stop(); both <- struct{}{} }()
		}
		if err := <-ended; !errors.Is(err, queue.ErrStopped) {
			t.Errorf("start: %v", err)
		}
		<-both
		<-both
		w.store.Store = whole
		q = w.start()
		synctest.Wait()
		w.expect(q, "a", "RUNNING/RUNNING")
	})
}

// A submission whose commit lasts longer than the queue is in the store if it was accepted, and the next queue has it. Nobody goes on
// with one of which the answer is lost.
func TestStopDuringSubmissions(t *testing.T) {
	for _, lost := range []bool{false, true} {
		t.Run(fmt.Sprint("lost=", lost), func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				f := &flaky{Store: w.store.Store}
				w.store.Store = f
				q := w.start()
				if lost {
					f.lose.Store(10)
					f.reads.Store(1 << 30)
				}
				w.store.delay(func() { time.Sleep(time.Minute) })
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
				defer cancel()
				results := make(chan string, 10)
				var accepted atomic.Int32
				for i := range 10 {
					added := decode(t, noop(fmt.Sprint(i), 3_600_000))
					go func() {
						err := q.Add(ctx, added)
						if err == nil {
							accepted.Add(1)
						}
						results <- fmt.Sprint(err)
					}()
				}
				synctest.Wait()
				q.Stop()
				w.store.delay(nil)
				f.reads.Store(0)
				for range 10 {
					if text := <-results; lost && !strings.Contains(text, "may have been stored, or not") && text != "<nil>" || !lost && text != "<nil>" {
						t.Errorf("submission: %s", text)
					}
				}
				f.lose.Store(0)
				q = w.start()
				synctest.Wait()
				for i := range 10 {
					if got := w.status(q, fmt.Sprint(i)); !strings.HasPrefix(got, "RUNNING") {
						t.Errorf("task %d is %s", i, got)
					}
				}
			})
		})
	}
}
