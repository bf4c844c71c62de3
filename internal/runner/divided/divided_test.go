package divided_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"ovate/druid"
	"ovate/internal/queue"
	"ovate/internal/runner"
	"ovate/internal/runner/divided"
	"ovate/internal/runner/inprocess"
	"ovate/internal/runner/remote"
	"ovate/internal/runner/remote/workertest"
	"ovate/internal/runner/runnertest"
	"ovate/internal/task"
)

const (
	host     = "worker:8091"
	location = "worker"
	ours     = "ovate"
)

// site is a worker that outlives runners.
type site struct {
	*testing.T
	network *workertest.Network
}

func inBubble(t *testing.T, test func(s *site)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &site{t, workertest.NewNetwork()}
		w := workertest.New(host, 2, druid.TaskLocation{Host: location, Port: 8091, TLSPort: -1})
		s.network.Serve(host, w)
		t.Cleanup(func() {
			w.Close()
			s.network.Close()
		})
		test(s)
	})
}

// runner makes a runner with two slots in this process.
func (s *site) runner() queue.Runner {
	here := inprocess.New(inprocess.Options{
		Kit:    runnertest.Kit(s.TempDir(), druid.TaskLocation{Host: ours, Port: 8090, TLSPort: -1}),
		Worker: runner.Worker{Host: ours + ":8090", Capacity: 2},
		Log:    slog.New(slog.DiscardHandler),
	})
	return divided.New(here, remote.Options{
		Discovery: remote.Static{{Scheme: "http", Host: host, IP: location, Capacity: 2, Version: "0", Category: "_default_worker_category"}},
		Settings:  remote.Defaults(), HTTP: s.network.Client(), Log: slog.New(slog.DiscardHandler),
	})
}

func at(j runnertest.Job, place task.Place) runnertest.Job {
	j.At = place
	return j
}

func old(j runnertest.Job) runnertest.Job {
	j.Old = true
	return j
}

// Each task runs where it is to run.
func TestPlaces(t *testing.T) {
	inBubble(t, func(s *site) {
		r := runnertest.Begin(s.T, s.runner())
		for id, place := range map[string]task.Place{ours: task.InProcess, location: task.OnWorker} {
			r.MustRun(s.T, at(runnertest.Noop(id, 10), place), true)
			r.Expect(s.T, "running "+id)
			r.Expect(s.T, "done "+id+" SUCCESS")
			if got := r.Where(id).Host; got != id {
				t.Errorf("the task for %s ran at %s", id, got)
			}
		}
		if _, err := r.Run(runnertest.Job{Name: "large", Takes: 3}); !errors.As(err, new(*runner.TooLarge)) {
			t.Errorf("a task that is too large for this process: %v", err)
		}
		if w := r.Workers(); len(w) != 1 || w[0].Host != host || r.Capacity().Current != 2 {
			t.Errorf("workers %+v, capacity %+v", w, r.Capacity())
		}
	})
}

// A task for this process that a worker runs, as a Java Overlord has led meanwhile, goes on there.
func TestFoundAtAWorker(t *testing.T) {
	inBubble(t, func(s *site) {
		java := s.runner()
		r := runnertest.Begin(s.T, java)
		hour := runnertest.Noop("task", time.Hour.Milliseconds())
		r.MustRun(s.T, at(hour, task.OnWorker), false)
		r.Expect(s.T, "running task")
		java.Stop()

		r = runnertest.Begin(s.T, s.runner())
		r.MustRun(s.T, at(old(hour), task.InProcess), false)
		r.Expect(s.T, "running task")
		r.Expect(s.T, "done task SUCCESS")
		if got := r.Where("task").Host; got != location {
			t.Errorf("it ended at %s", got)
		}
		r.ExpectNothing(s.T)
	})
}

// A task for this process that was active before runs here again once it is sure that no worker runs it, unless it was given up meanwhile.
func TestActiveBefore(t *testing.T) {
	inBubble(t, func(s *site) {
		r := runnertest.Begin(s.T, s.runner())
		synctest.Wait()
		for _, id := range []string{"a", "given up", "b"} {
			r.MustRun(s.T, at(old(runnertest.Noop(id, 10)), task.InProcess), false)
		}
		if r.Cancel("given up", context.Canceled) {
			t.Error("a task that waits is said to run")
		}
		r.Expect(s.T, "running a", "running b", "done a SUCCESS", "done b SUCCESS")
		if got := r.Where("a").Host; got != ours {
			t.Errorf("it ran at %s", got)
		}
		r.MustRun(s.T, at(old(runnertest.Noop("c", time.Hour.Milliseconds())), task.InProcess), true)
		r.Expect(s.T, "running c")
		if !r.Cancel("c", errors.New("given up")) {
			t.Error("a task that runs is said to wait")
		}
		r.Expect(s.T, "done c FAILED")
		r.ExpectNothing(s.T)
	})
}
