package queue_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"

	"ovate/druid"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlitetest"
	"ovate/internal/queue"
	"ovate/internal/runner"
	"ovate/internal/task"
)

// workers are a runner whose tasks run elsewhere, until the test ends them.
type workers struct {
	events runner.Events
	given  map[string]runner.Assignment
	logs   map[string]string
}

func (w *workers) Start(e runner.Events) error { w.events = e; return nil }
func (w *workers) Stop()                       {}
func (w *workers) Run(a runner.Assignment) (bool, error) {
	w.given[a.ID()] = a
	return false, nil
}
func (w *workers) Cancel(string, error) bool                             { return false }
func (w *workers) Report(context.Context, string) (io.ReadCloser, error) { return nil, fs.ErrNotExist }
func (w *workers) Workers() []runner.Worker                              { return nil }
func (w *workers) Capacity() runner.Capacity                             { return runner.Capacity{} }
func (w *workers) Log(_ context.Context, id string, offset int64) (io.ReadCloser, error) {
	if text, there := w.logs[id]; there {
		return io.NopCloser(strings.NewReader(text[offset:])), nil
	}
	return nil, fs.ErrNotExist
}

// TestTasksForWorkers: tasks of any kind wait for the locks of theirs, are handed on as they came, also by the next queue, and their logs
// come from where they run.
func TestTasksForWorkers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, ctx := sqlitetest.Open(t), t.Context()
		begin := func() (*queue.Queue, *workers) {
			w := &workers{given: map[string]runner.Assignment{}, logs: map[string]string{}}
			q := queue.New(queue.Options{
				Store: store, Runner: w, Places: task.Places{Workers: true}, ForceTimeChunkLock: true, Log: slog.New(slog.DiscardHandler),
				Logs: &logs{},
			})
			if err := q.Start(ctx); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			return q, w
		}
		first, w := begin()
		submit := func(q *queue.Queue, text string) {
			t.Helper()
			decoded, err := task.DecodeRemote([]byte(text), druid.Now())
			if err != nil {
				t.Fatal(err)
			}
			if err := q.Add(ctx, decoded); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		const parallel = `{"type":"index_parallel","id":%q,"spec":{"dataSchema":{"dataSource":"d","granularitySpec":{"intervals":["2024-01-01/2024-01-02"]}},"odd":[ 1.50 ]}}`
		submit(first, `{"type":"odd","id":"odd","dataSource":"d","n":1.50}`)
		submit(first, fmt.Sprintf(parallel, "one"))
		submit(first, fmt.Sprintf(parallel, "two"))
		submit(first, `{"type":"compact","id":"nothing","dataSource":"empty","ioConfig":{"inputSpec":{"type":"interval","interval":"2024/2025"}}}`)
		if len(w.given) != 2 || w.given["odd"] == nil || w.given["one"] == nil {
			t.Errorf("given were %v, but not the one that has to wait for a lock", w.given)
		}
		if s, err := first.Status(ctx, "nothing"); err != nil || s.State != druid.Failed || !strings.Contains(s.ErrorMsg, "No segments found for compaction") {
			t.Errorf("a compaction of nothing: %+v, %v", s, err)
		}
		w.events.Running("one", druid.TaskLocation{Host: "h", Port: 1, TLSPort: -1})
		w.logs["one"] = "0123"
		log, err := first.Log(ctx, "one", 2)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(log); string(text) != "23" || err != nil {
			t.Errorf("its log %q, %v", text, err)
		}
		if _, err := first.Log(ctx, "nobody", 0); !errors.Is(err, queue.ErrNotFound) {
			t.Errorf("the log of nobody: %v", err)
		}
		first.Stop()

		second, w := begin()
		defer second.Stop()
		if len(w.given) != 2 || w.given["one"] == nil || !w.given["one"].Recovered() {
			t.Errorf("given again are %v", w.given)
		}
		payload, err := w.given["odd"].Payload(ctx)
		if err != nil || !strings.HasPrefix(string(payload), `{"type":"odd","id":"odd","dataSource":"d","n":1.50,"context":{`) {
			t.Errorf("handed on is %s, %v", payload, err)
		}
		w.events.Running("one", druid.UnknownLocation)
		w.events.Done(w.given["one"], runner.Result{Status: druid.TaskStatus{ID: "one", State: druid.Success, Duration: 5, Location: druid.UnknownLocation}})
		synctest.Wait()
		if s, err := second.Status(ctx, "one"); err != nil || s.State != druid.Success || s.Duration != 5 {
			t.Errorf("one ends %+v, %v", s, err)
		}
		if w.given["two"] == nil {
			t.Errorf("the lock is free, and given are %v", w.given)
		}
		if locks := second.Locks().Find(lockbox.Filter{DataSource: "d"}); len(locks) != 1 || locks[0].GroupID != "two" {
			t.Errorf("locks %+v", locks)
		}

		// Those that lock segments take turns, too.
		there := druid.DataSegment{DataSource: "s", Interval: day(1), Version: "v", BinaryVersion: 9, LoadSpec: []byte(`{"type":"local","path":"/there"}`)}
		err = store.Update(ctx, func(tx metadata.Tx) error {
			_, err := tx.InsertSegments([]metadata.SegmentRow{{Segment: there, Used: true}})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"compacts", "waits"} {
			submit(second, fmt.Sprintf(`{"type":"compact","id":%q,"dataSource":"s","interval":%q,"context":{"forceTimeChunkLock":false}}`, id, day(1)))
		}
		if w.given["compacts"] == nil || w.given["waits"] != nil {
			t.Errorf("of two that overwrite the same segment are given %v", w.given)
		}
		w.events.Done(w.given["compacts"], runner.Result{Status: druid.TaskStatus{ID: "compacts", State: druid.Success, Location: druid.UnknownLocation}})
		synctest.Wait()
		if w.given["waits"] == nil {
			t.Errorf("the locks over segments are free, and given are %v", w.given)
		}
	})
}

// TestPartSentAgain: a part of a task that is active may be sent twice, as Druid does when it hears no answer, also while it runs, after its end and
// to the next queue. Nothing else may: not another task of that id, nor one that is no part, nor once the whole has ended.
func TestPartSentAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, ctx := sqlitetest.Open(t), t.Context()
		begin := func() (*queue.Queue, *workers) {
			w := &workers{given: map[string]runner.Assignment{}}
			q := queue.New(queue.Options{Store: store, Runner: w, Places: task.Places{Workers: true}, Log: slog.New(slog.DiscardHandler), Logs: &logs{}})
			if err := q.Start(ctx); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			return q, w
		}
		const whole, part, other = `{"type":"odd","id":"whole","dataSource":"d"}`, `{"type":"odd","id":"part","groupId":"whole","dataSource":"d","n":1}`,
			`{"type":"odd","id":"part","groupId":"whole","dataSource":"d","n":2}`
		submit := func(q *queue.Queue, text string) error {
			t.Helper()
			decoded, err := task.DecodeRemote([]byte(text), druid.Now())
			if err != nil {
				t.Fatal(err)
			}
			defer synctest.Wait()
			return q.Add(ctx, decoded)
		}
		refused := func(q *queue.Queue, text string) {
			t.Helper()
			if err := submit(q, text); err == nil || !strings.Contains(err.Error(), "already exists") {
				t.Errorf("%s a second time: %v", text, err)
			}
		}
		taken := func(q *queue.Queue, text string) {
			t.Helper()
			if err := submit(q, text); err != nil {
				t.Errorf("%s: %v", text, err)
			}
		}
		succeed := func(w *workers, id string) {
			w.events.Done(w.given[id], runner.Result{Status: druid.TaskStatus{ID: id, State: druid.Success, Duration: 5, Location: druid.UnknownLocation}})
			synctest.Wait()
		}
		first, _ := begin()
		taken(first, whole)
		taken(first, part)
		taken(first, part)
		refused(first, whole)
		refused(first, other)
		first.Stop()

		second, w := begin()
		defer second.Stop()
		taken(second, part)
		if len(w.given) != 2 {
			t.Errorf("given are %v", w.given)
		}
		succeed(w, "part")
		taken(second, part)
		if s, err := second.Status(ctx, "part"); err != nil || s.State != druid.Success {
			t.Errorf("the part that was sent again after its end is %+v, %v", s, err)
		}
		refused(second, other)
		succeed(w, "whole")
		refused(second, part)
	})
}
