package inprocess_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"testing"
	"testing/synctest"
	"time"

	"ovate/internal/runner"
	"ovate/internal/runner/runnertest"
	"ovate/internal/task"
)

// These are tests of what only a task in the same process can do. What all runners do for their tasks is tested by runnertest.

// job is an assignment whose work is a function.
type job struct {
	runnertest.Job
	run func(ctx context.Context, tools *task.Toolbox) error
}

func work(id string, run func(ctx context.Context, tools *task.Toolbox) error) job {
	return job{runnertest.Job{Name: id}, run}
}

// waiting makes a job that ends when the channel is closed, or its context.
func waiting(id string, until chan struct{}) job {
	return work(id, func(ctx context.Context, _ *task.Toolbox) error {
		select {
		case <-until:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	})
}

// suspect makes a waiting job whose runs may have ended the process.
func suspect(id string, suspicion runner.Suspicion, until chan struct{}) job {
	j := waiting(id, until)
	j.Suspected = suspicion
	return j
}

// Load makes the task.
func (j job) Load(context.Context) (task.Task, error) { return running{run: j.run}, nil }

// running is a task of which only Run is of interest to a runner.
type running struct {
	task.Task
	run func(ctx context.Context, tools *task.Toolbox) error
}

// Run does what the test says.
func (r running) Run(ctx context.Context, tools *task.Toolbox) error { return r.run(ctx, tools) }

// unreadable is an assignment that cannot be loaded.
type unreadable struct {
	runnertest.Job
	err error
}

// Load fails.
func (u unreadable) Load(context.Context) (task.Task, error) { return nil, u.err }

func TestFailures(t *testing.T) {
	t.Parallel()
	s := runnertest.Begin(t, newRunner(t, 1))
	for _, c := range []struct {
		runner.Assignment
		want string
	}{
		{work("error", func(context.Context, *task.Toolbox) error { return errors.New("no such file") }), "no such file"},
		{work("panic", func(context.Context, *task.Toolbox) error { panic("oh") }), "the task failed through a fault of the server: oh"},
		{unreadable{runnertest.Job{Name: "load"}, errors.New("no payload")}, "no payload"},
	} {
		s.MustRun(t, c.Assignment, true)
		s.Expect(t, "running "+c.ID())
		s.Expect(t, "done "+c.ID()+" FAILED")
		if got := s.Result(c.ID()).Status.ErrorMsg; got != c.want {
			t.Errorf("%s: message %q, want %q", c.ID(), got, c.want)
		}
	}
}

// The slots of a task that is cancelled are free at once, although it may take its time to end.
func TestCancelFreesSlots(t *testing.T) {
	t.Parallel()
	s := runnertest.Begin(t, newRunner(t, 1))
	end, unwound := errors.New("shut down"), make(chan struct{})
	s.MustRun(t, work("slow", func(ctx context.Context, _ *task.Toolbox) error {
		<-ctx.Done()
		<-unwound
		return context.Cause(ctx)
	}), true)
	s.MustRun(t, waiting("next", nil), false)
	s.Expect(t, "running slow")
	if !s.Cancel("slow", end) {
		t.Error("the task is said not to be running")
	}
	s.Expect(t, "running next")
	if c := s.Capacity(); c.Used != 1 {
		t.Errorf("%d slots are used", c.Used)
	}
	close(unwound)
	s.Expect(t, "done slow FAILED")
	if got := s.Result("slow").Status.ErrorMsg; got != "shut down" {
		t.Errorf("message %q", got)
	}
	s.Cancel("next", end)
	s.Expect(t, "done next FAILED")
}

func TestYield(t *testing.T) {
	t.Parallel()
	s := runnertest.Begin(t, newRunner(t, 1))
	ahead := make(chan struct{})
	s.MustRun(t, work("a", func(_ context.Context, tools *task.Toolbox) error {
		tools.Yield()
		tools.Yield()
		<-ahead // which the other one opens
		return nil
	}), true)
	s.MustRun(t, work("b", func(context.Context, *task.Toolbox) error { close(ahead); return nil }), true)
	s.Expect(t, "running a", "running b", "done a SUCCESS", "done b SUCCESS")
	if c := s.Capacity(); c.Used != 0 {
		t.Errorf("%d slots are used", c.Used)
	}
}

func TestStopEndsRuns(t *testing.T) {
	t.Parallel()
	s := runnertest.Begin(t, newRunner(t, 1))
	ended := false
	s.MustRun(t, work("a", func(ctx context.Context, _ *task.Toolbox) error {
		<-ctx.Done()
		ended = errors.Is(context.Cause(ctx), task.ErrStopped)
		return context.Cause(ctx)
	}), true)
	s.Expect(t, "running a")
	s.Stop()
	if !ended {
		t.Error("the run has not ended, or does not know that the server stops")
	}
}

func TestLiveReport(t *testing.T) {
	t.Parallel()
	s := runnertest.Begin(t, newRunner(t, 2))
	gate, told := make(chan struct{}), make(chan struct{})
	s.MustRun(t, work("a", func(_ context.Context, tools *task.Toolbox) error {
		tools.Report.Live(func() []byte { return []byte(`{"a":1}`) })
		close(told)
		<-gate
		return nil
	}), true)
	s.MustRun(t, waiting("b", gate), true)
	<-told
	report, err := s.Report(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(report); err != nil || string(got) != `{"a":1}` {
		t.Errorf("report %q", got)
	}
	if got, err := s.Report(t.Context(), "b"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("report of a task that has none: %q", got)
	}
	close(gate)
	s.Expect(t, "running a", "running b", "done a SUCCESS", "done b SUCCESS")
}

// Suspects wait for each other and for nobody else, and nobody waits for them.
func TestSuspects(t *testing.T) {
	t.Parallel()
	s := runnertest.Begin(t, newRunner(t, 4))
	hold := map[string]chan struct{}{}
	give := func(id string, suspicion runner.Suspicion, mayStart bool) {
		hold[id] = make(chan struct{})
		s.MustRun(t, suspect(id, suspicion, hold[id]), mayStart)
	}
	give("a", runner.Suspect, true)
	s.Expect(t, "running a")
	give("b", runner.Suspect, false)
	give("gone", runner.Suspect, false)
	give("c", runner.SuspectAlone, false)
	give("d", runner.Suspect, false)
	give("innocent", runner.Trusted, true)
	s.Expect(t, "running innocent")
	if s.Cancel("gone", context.Canceled) {
		t.Error("a suspect that waits is said to run")
	}
	close(hold["a"])
	s.Expect(t, "done a SUCCESS", "running b")
	if !s.Cancel("b", context.Canceled) {
		t.Error("a suspect that runs is said to wait")
	}
	s.Expect(t, "done b FAILED", "running c")
	close(hold["c"])
	s.Expect(t, "done c SUCCESS", "running d")
	close(hold["d"])
	close(hold["innocent"])
	s.Expect(t, "done d SUCCESS", "done innocent SUCCESS")
}

// A suspect that runs for long does not hold up the others; but one that has to be alone is.
func TestSuspectsDoNotWaitForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := runnertest.Begin(t, newRunner(t, 10))
		s.MustRun(t, suspect("a", runner.Suspect, nil), true)
		s.MustRun(t, suspect("b", runner.Suspect, nil), false)
		s.MustRun(t, suspect("c", runner.SuspectAlone, nil), false)
		s.Expect(t, "running a")
		time.Sleep(time.Minute)
		synctest.Wait()
		s.ExpectNothing(t)
		time.Sleep(5 * time.Minute)
		s.Expect(t, "running b")
		time.Sleep(time.Hour)
		synctest.Wait()
		s.ExpectNothing(t)
		s.Cancel("a", context.Canceled)
		s.Expect(t, "done a FAILED")
		synctest.Wait()
		s.ExpectNothing(t)
		s.Cancel("b", context.Canceled)
		s.Expect(t, "done b FAILED", "running c")
	})
}
