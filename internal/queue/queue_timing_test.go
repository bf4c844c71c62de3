package queue_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlitetest"
	"ovate/internal/queue"
	"ovate/internal/runner"
	"ovate/internal/runner/inprocess"
	"ovate/internal/task"
	"ovate/internal/tasklog"
)

// heard is a runner that tells when a task is done with.
type heard struct {
	*inprocess.Runner
	done chan string
}

type listener struct {
	runner.Events
	done chan string
}

func (h heard) Start(events runner.Events) error { return h.Runner.Start(listener{events, h.done}) }

func (l listener) Done(a runner.Assignment, r runner.Result) {
	l.Events.Done(a, r)
	l.done <- a.ID()
}

// benchQueue starts a queue on a store on disk, with so many active tasks in it.
func benchQueue(b *testing.B, active, slots int) (*queue.Queue, chan string) {
	b.Helper()
	dir := b.TempDir()
	store := sqlitetest.Open(b)
	logs, err := tasklog.Open(filepath.Join(dir, "log"), nil)
	if err != nil {
		b.Fatal(err)
	}
	fill(b, store, active)
	h := heard{done: make(chan string, 1000)}
	h.Runner = inprocess.New(inprocess.Options{
		Kit: &task.Kit{Storage: &storage{staging: filepath.Join(dir, "staging")}, Logs: logs, Location: here}, Worker: runner.Worker{Capacity: slots},
		Log: slog.New(slog.DiscardHandler),
	})
	q := queue.New(queue.Options{Store: store, Runner: h, Logs: logs, Log: slog.New(slog.DiscardHandler), ForceTimeChunkLock: true})
	begun := time.Now()
	if err := q.Start(context.Background()); err != nil {
		b.Fatal(err)
	}
	if active > 0 {
		b.Logf("recovery of %d tasks: %v", active, time.Since(begun))
	}
	b.Cleanup(q.Stop)
	return q, h.done
}

// fill stores active noop tasks of ten data sources.
func fill(b *testing.B, store metadata.Store, n int) {
	b.Helper()
	now := druid.Now()
	err := store.Update(context.Background(), func(tx metadata.Tx) error {
		for i := range n {
			id := fmt.Sprintf("old_%06d", i)
			payload := fmt.Sprintf(`{"type":"noop","id":"%s","groupId":"%s","dataSource":"ds%d","runTime":600000,"context":{"useLineageBasedSegmentAllocation":true,"forceTimeChunkLock":true},"resource":{"availabilityGroup":"%s","requiredCapacity":1}}`, id, id, i%10, id)
			err := tx.InsertTasks(&metadata.TaskRow{
				ID: id, GroupID: id, Type: "noop", DataSource: fmt.Sprintf("ds%d", i%10), Created: now, Payload: []byte(payload),
				Status: druid.TaskStatus{ID: id, State: druid.Running, Duration: -1, Location: druid.UnknownLocation},
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}

func noopTask(b *testing.B, id string, milliseconds int) task.Task {
	t, err := task.Decode(fmt.Appendf(nil, `{"type":"noop","id":"%s","dataSource":"bench","runTime":%d}`, id, milliseconds), druid.Now())
	if err != nil {
		b.Fatal(err)
	}
	return t
}

// BenchmarkNoop is the way of a task of one millisecond from its submission to SUCCESS.
func BenchmarkNoop(b *testing.B) {
	q, done := benchQueue(b, 0, 2)
	for i := 0; b.Loop(); i++ {
		if err := q.Add(context.Background(), noopTask(b, fmt.Sprint("n", i), 1)); err != nil {
			b.Fatal(err)
		}
		<-done
	}
}

// BenchmarkSubmit is eight clients that submit.
func BenchmarkSubmit(b *testing.B) {
	for _, active := range []int{0, 100_000} {
		b.Run(fmt.Sprint(active), func(b *testing.B) {
			q, _ := benchQueue(b, active, 2)
			var times latencies
			b.ResetTimer()
			inParallel(8, b.N, func(i int) {
				t := noopTask(b, fmt.Sprint("n", i), 600_000)
				times.measure(func() {
					if err := q.Add(context.Background(), t); err != nil {
						b.Error(err)
					}
				})
			})
			times.report(b)
		})
	}
}

// BenchmarkStatus and the others below are eight clients on a queue of 100,000 active tasks.
func BenchmarkStatus(b *testing.B) {
	q, _ := benchQueue(b, 100_000, 2)
	var times latencies
	b.ResetTimer()
	inParallel(8, b.N, func(i int) {
		times.measure(func() {
			if _, err := q.Status(context.Background(), fmt.Sprintf("old_%06d", i*7919%100_000)); err != nil {
				b.Error(err)
			}
		})
	})
	times.report(b)
}

func BenchmarkShutdown(b *testing.B) {
	q, _ := benchQueue(b, 100_000, 2)
	var times latencies
	b.ResetTimer()
	inParallel(8, b.N, func(i int) {
		times.measure(func() {
			if err := q.Shutdown(context.Background(), fmt.Sprintf("old_%06d", i*7919%100_000), "end"); err != nil {
				b.Error(err)
			}
		})
	})
	times.report(b)
}

// BenchmarkList tells all active tasks, as JSON.
func BenchmarkList(b *testing.B) {
	for _, active := range []int{2_300, 100_000} {
		b.Run(fmt.Sprint(active), func(b *testing.B) {
			q, _ := benchQueue(b, active, 2)
			var buf bytes.Buffer
			for b.Loop() {
				buf.Reset()
				err := q.List(context.Background(), queue.Filter{Max: -1}, func(s *druid.TaskStatusPlus) error {
					buf.Write(s.AppendJSON(buf.AvailableBuffer()))
					return nil
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			b.SetBytes(int64(buf.Len()))
		})
	}
}

// inParallel calls fn for 0 to n-1 from some goroutines.
func inParallel(clients, n int, fn func(i int)) {
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			for i := c; i < n; i += clients {
				fn(i)
			}
		})
	}
	wg.Wait()
}

// latencies collects how long calls took.
type latencies struct {
	mu  sync.Mutex
	all []time.Duration
}

func (l *latencies) measure(call func()) {
	begun := time.Now()
	call()
	took := time.Since(begun)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, took)
}

func (l *latencies) report(b *testing.B) {
	slices.Sort(l.all)
	b.ReportMetric(float64(l.all[len(l.all)*99/100].Microseconds()), "p99-µs")
}
