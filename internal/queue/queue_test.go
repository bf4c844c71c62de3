package queue_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ovate/druid"
	"ovate/internal/queue"
)

func TestNoop(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		ctx := context.Background()
		w.add(q, `{'type':'noop','id':'n','runTime':500,'context':{'priority':3}}`)
		synctest.Wait()
		s, err := q.Status(ctx, "n")
		want := druid.TaskStatusPlus{
			ID: "n", GroupID: "n", Type: "noop", Created: druid.Now(), State: druid.Running, Runner: druid.RunnerRunning,
			Duration: -1, Location: here, DataSource: "none",
		}
		if err != nil || s != want {
			t.Errorf("running: %+v, %v, want %+v", s, err, want)
		}
		if _, err := q.Report(ctx, "n"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("report: %v", err)
		}
		time.Sleep(501 * time.Millisecond) // of the bubble's clock
		synctest.Wait()
		s, err = q.Status(ctx, "n")
		want.State, want.Runner, want.Duration = druid.Success, druid.Waiting, 500
		if err != nil || s != want {
			t.Errorf("complete: %+v, %v, want %+v", s, err, want)
		}
		payload, err := q.Payload(ctx, "n")
		const stored = `{"type":"noop","id":"n","groupId":"n","dataSource":"none","runTime":500,"context":{"useLineageBasedSegmentAllocation":true,"priority":3,"forceTimeChunkLock":true},"resource":{"availabilityGroup":"n","requiredCapacity":1}}`
		if err != nil || string(payload) != stored {
			t.Errorf("payload %s, %v", payload, err)
		}
		log, err := q.Log(ctx, "n", 0)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(log); err != nil || !strings.Contains(string(text), "status=SUCCESS") {
			t.Errorf("log %s, %v", text, err)
		}
		for what, err := range map[string]error{
			"status": second(q.Status(ctx, "x")), "payload": second(q.Payload(ctx, "x")), "log": second(q.Log(ctx, "x", 0)),
			"report": second(q.Report(ctx, "x")), "shutdown": q.Shutdown(ctx, "x", "why"),
		} {
			if !errors.Is(err, queue.ErrNotFound) {
				t.Errorf("%s of an unknown task: %v", what, err)
			}
		}
		w.clean()
	})
}

func second[T any](_ T, err error) error { return err }

func TestRefusals(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.options.MaxSize, w.options.MaxPayload = 2, 2000
		q := w.start()
		ctx := context.Background()
		w.add(q, noop("a", 1000))
		var refusal *druid.Error
		f := func(text, code, message string) {
			t.Helper()
			err := q.Add(ctx, decode(t, text))
			if !errors.As(err, &refusal) || refusal.ErrorCode != code || !strings.Contains(refusal.Message, message) {
				t.Errorf("%.60s: %v", text, err)
			}
		}
		f(noop("a", 1), "entryAlreadyExists", "Task[a] already exists")
		f(fmt.Sprintf(`{'type':'noop','id':'big','context':{'x':'%2000d'}}`, 1), "invalidInput", "maxTaskPayloadSize")
		if err := q.Check(decode(t, fmt.Sprintf(`{'type':'noop','id':'big','context':{'x':'%2000d'}}`, 1))); err == nil || !strings.Contains(err.Error(), "maxTaskPayloadSize") {
			t.Errorf("before it is submitted: %v", err)
		}
		w.add(q, noop("b", 1000))
		f(noop("c", 1), "general", "maxSize")
		if refusal.HTTPStatus() != 429 {
			t.Errorf("status %d of a full queue", refusal.HTTPStatus())
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		f(noop("a", 1), "entryAlreadyExists", "Task[a] already exists") // now it is complete
		w.store.set(func() error { return errors.New("disk full") })
		f(noop("d", 1), "general", "disk full")
		w.store.set(nil)
		w.add(q, noop("d", 1))
		q.Stop()
		if err := q.Add(ctx, decode(t, noop("e", 1))); !errors.Is(err, queue.ErrStopped) {
			t.Errorf("after the end: %v", err)
		}
	})
}

// Of many submissions of one id at once exactly one is accepted.
func TestSubmittedTwiceAtOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		var wg sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			wg.Go(func() { errs[i] = q.Add(context.Background(), decode(t, noop("a", 1))) })
		}
		wg.Wait()
		accepted := 0
		for _, err := range errs {
			var refusal *druid.Error
			switch {
			case err == nil:
				accepted++
			case !errors.As(err, &refusal) || refusal.ErrorCode != "entryAlreadyExists":
				t.Errorf("refused with %v", err)
			}
		}
		if accepted != 1 {
			t.Errorf("%d submissions were accepted", accepted)
		}
	})
}

func TestSlots(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		var log bytes.Buffer
		w.options.Log = slog.New(slog.NewTextHandler(&log, nil))
		q := w.start()
		for i := range 4 {
			w.add(q, noop(fmt.Sprint("t", i), 1000))
			synctest.Wait()
		}
		w.add(q, strings.Replace(index("huge", 0, 0, ""), `{`, `{'resource':{'availabilityGroup':'a','requiredCapacity':3},`, 1))
		synctest.Wait()
		for id, want := range map[string]string{
			"t0": "RUNNING/RUNNING", "t1": "RUNNING/RUNNING", "t2": "RUNNING/PENDING", "t3": "RUNNING/PENDING",
			"huge": "FAILED: task[huge] requires 3 worker slots (resource.requiredCapacity), but there are only 2 (druid.worker.capacity)",
		} {
			w.expect(q, id, want)
		}
		time.Sleep(1001 * time.Millisecond)
		synctest.Wait()
		w.expect(q, "t0", "SUCCESS")
		w.expect(q, "t3", "RUNNING/RUNNING")
		if said := log.String(); strings.Count(said, "task failed") != 1 || !strings.Contains(said, `level=INFO msg="task failed" task=huge dataSource=wiki error="task[huge] requires 3 worker slots`) {
			t.Errorf("the log says %s", said)
		}
	})
}

func TestShutdown(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.slots = 1
		q := w.start()
		ctx := context.Background()
		for _, id := range []string{"running", "pending", "next"} {
			w.add(q, noop(id, 60_000))
			synctest.Wait()
		}
		w.add(q, index("waiting", 1, 2, ""))
		w.add(q, index("blocked", 1, 2, "")) // by the lock of the one before
		synctest.Wait()
		w.expect(q, "waiting", "RUNNING/PENDING")
		w.expect(q, "blocked", "RUNNING/WAITING")

		const reason = "Shutdown request from user"
		f := func(id string, location druid.TaskLocation) {
			t.Helper()
			for range 2 {
				if err := q.Shutdown(ctx, id, reason); err != nil {
					t.Fatal(err)
				}
			}
			s, err := q.Status(ctx, id)
			if err != nil || s.State != druid.Failed || s.ErrorMsg != reason || s.Duration != -1 || s.Location != location {
				t.Errorf("%s: %+v, %v", id, s, err)
			}
		}
		f("pending", druid.UnknownLocation)
		f("running", here)
		synctest.Wait()
		w.expect(q, "next", "RUNNING/RUNNING")
		f("waiting", druid.UnknownLocation)
		synctest.Wait()
		w.expect(q, "blocked", "RUNNING/PENDING") // the lock is free
		ids, err := q.ShutdownAll(ctx, "wiki", reason)
		slices.Sort(ids)
		if err != nil || !slices.Equal(ids, []string{"blocked", "next"}) {
			t.Errorf("shut down %v, %v", ids, err)
		}
		if ids, err := q.ShutdownAll(ctx, "wiki", reason); err != nil || len(ids) > 0 {
			t.Errorf("shut down %v, %v", ids, err)
		}
		synctest.Wait()
		if c := q.Capacity(); c.Used != 0 {
			t.Errorf("%d slots are used", c.Used)
		}
		w.clean()
	})
}

func TestList(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.options.RecentlyFinished = time.Hour
		q := w.start()
		ctx := context.Background()
		start := druid.Now()
		for i := range 3 {
			w.add(q, noop(fmt.Sprint("done", i), 1))
			time.Sleep(2 * time.Second)
		}
		w.add(q, `{'type':'noop','id':'other','dataSource':'news','runTime':60000}`)
		time.Sleep(time.Second)
		for i := range 3 {
			w.add(q, noop(fmt.Sprint("live", i), 60_000))
			synctest.Wait()
		}
		later := druid.Interval{Start: start + 2000, End: start + 1_000_000}
		for _, c := range []struct {
			filter queue.Filter
			want   string
		}{
			{queue.Filter{Max: -1}, "done2 done1 done0 other live0 live1 live2"},
			{queue.Filter{Max: 1}, "done2 other live0 live1 live2"},
			{queue.Filter{Max: 0, State: "complete"}, ""},
			{queue.Filter{Max: -1, State: "complete"}, "done2 done1 done0"},
			{queue.Filter{Max: -1, State: "running"}, "other live0"},
			{queue.Filter{Max: -1, State: "pending"}, "live1 live2"},
			{queue.Filter{Max: -1, State: "waiting"}, ""},
			{queue.Filter{Max: -1, DataSource: "news"}, "other"},
			{queue.Filter{Max: -1, DataSource: "nothing"}, ""},
			{queue.Filter{Max: -1, Type: "index"}, ""},
			{queue.Filter{Max: 2, Type: "noop", DataSource: "wiki"}, "done2 done1 live0 live1 live2"},
			{queue.Filter{Max: -1, Created: &later}, "done2 done1 other live0 live1 live2"},
		} {
			if got := list(t, q, c.filter); got != c.want {
				t.Errorf("%+v: %s, want %s", c.filter, got, c.want)
			}
		}
		var queued []druid.Instant
		err := q.List(ctx, queue.Filter{Max: -1, DataSource: "wiki"}, func(s *druid.TaskStatusPlus) error {
			queued = append(queued, s.QueueInserted)
			return nil
		})
		if err != nil || queued[0] != 0 || queued[5] == 0 {
			t.Errorf("queued at %v, %v: only the runner tells", queued, err)
		}
		if _, err := q.ShutdownAll(ctx, "wiki", "end"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Hour)
		if got := list(t, q, queue.Filter{Max: -1}); got != "" {
			t.Errorf("after two hours: %s", got)
		}
	})
}

func list(t *testing.T, q *queue.Queue, f queue.Filter) string {
	t.Helper()
	var ids []string
	if err := q.List(context.Background(), f, func(s *druid.TaskStatusPlus) error { ids = append(ids, s.ID); return nil }); err != nil {
		t.Fatal(err)
	}
	return strings.Join(ids, " ")
}

// A task that completes while a list is told must be in it once.
func TestListWhileTasksEnd(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		w.add(q, noop("before", 1))
		time.Sleep(time.Second)
		w.add(q, noop("a", 60_000))
		w.add(q, noop("b", 60_000))
		synctest.Wait()
		var ids []string
		err := q.List(context.Background(), queue.Filter{Max: -1}, func(s *druid.TaskStatusPlus) error {
			if s.ID == "before" {
				if err := q.Shutdown(context.Background(), "a", "end"); err != nil {
					t.Error(err)
				}
			}
			ids = append(ids, s.ID)
			return nil
		})
		slices.Sort(ids)
		if err != nil || !slices.Equal(ids, []string{"a", "b", "before"}) {
			t.Errorf("told %v, %v", ids, err)
		}
	})
}

func TestStatuses(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		w.add(q, noop("done", 1))
		time.Sleep(time.Second)
		w.add(q, noop("live", 60_000))
		synctest.Wait()
		var got []druid.TaskStatus
		err := q.Statuses(context.Background(), []string{"live", "absent", "done"}, func(s druid.TaskStatus) error {
			got = append(got, s)
			return nil
		})
		want := []druid.TaskStatus{
			{ID: "live", State: druid.Running, Duration: -1, Location: here},
			{ID: "done", State: druid.Success, Duration: 1, Location: here},
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

// While the store cannot take the end of a task it stays active; the end is not lost.
func TestEndIsWrittenInTheEnd(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		w.add(q, noop("a", 1000))
		synctest.Wait()
		w.store.set(func() error { return errors.New("disk full") })
		time.Sleep(10 * time.Second)
		synctest.Wait()
		w.expect(q, "a", "RUNNING/RUNNING")
		if err := q.Shutdown(context.Background(), "a", "end"); err == nil || !strings.Contains(err.Error(), "disk full") {
			t.Errorf("shutdown: %v", err)
		}
		w.store.set(nil)
		time.Sleep(time.Minute)
		synctest.Wait()
		w.expect(q, "a", "SUCCESS")
	})
}

func TestDeletePending(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		ctx := context.Background()
		w.ingest = builds(1)
		w.add(q, noop("old", 1))
		time.Sleep(time.Second)
		w.add(q, noop("live", 60_000))
		synctest.Wait()
		all := druid.Interval{Start: 0, End: druid.Now() + 1}
		_, err := q.DeletePending(ctx, "wiki", &all)
		var refusal *druid.Error
		if !errors.As(err, &refusal) || !strings.Contains(refusal.Message, "there is at least one active task[live] created at[") {
			t.Errorf("error %v", err)
		}
		for _, created := range []*druid.Interval{nil, {Start: 0, End: 1}} {
			if n, err := q.DeletePending(ctx, "wiki", created); n != 0 || err != nil {
				t.Errorf("deleted %d, %v", n, err)
			}
		}
	})
}
