// Package runnertest holds what every runner must do for the queue, as tests that a runner's own tests call. Its tasks are JSON, so that
// they run in whatever process the runner has them run.
package runnertest

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"ovate/internal/queue"
	"ovate/internal/runner"
)

// endless is longer than any test, in milliseconds: such a task ends when it is cancelled.
const endless = 1_000_000_000

// errCancelled is the cause with which tests end tasks.
var errCancelled = errors.New("cancelled by the test")

// Exercise checks a runner. The function makes one that has that many slots, not yet started.
func Exercise(t *testing.T, make func(t *testing.T, capacity int) queue.Runner) {
	for _, c := range []struct {
		name string
		test func(*testing.T, func(*testing.T, int) queue.Runner)
	}{
		{"a run is told of", testRun},
		{"a payload that is no task", testNoTask},
		{"tasks begin in their order", testOrder},
		{"some tasks go before others", testPrecedence},
		{"a task that is too large is refused", testTooLarge},
		{"a pending task is cancelled", testCancelPending},
		{"a running task is cancelled", testCancelRunning},
		{"a stop is not told of", testStop},
		{"workers and capacity", testDescribe},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(t, make)
		})
	}
}

// large makes a job take several slots.
func large(j Job, slots int) Job {
	j.Takes = slots
	return j
}

func testRun(t *testing.T, make func(*testing.T, int) queue.Runner) {
	s := Begin(t, make(t, 1))
	s.MustRun(t, Noop("a", 1), true)
	s.Expect(t, "running a")
	s.Expect(t, "done a SUCCESS")
	r := s.Result("a")
	if r.Recorded || r.Status.ID != "a" || r.Status.ErrorMsg != "" || r.Status.Duration < 0 || r.Status.Location != s.Where("a") {
		t.Errorf("result %+v at %+v", r, s.Where("a"))
	}
}

func testNoTask(t *testing.T, make func(*testing.T, int) queue.Runner) {
	s := Begin(t, make(t, 1))
	s.MustRun(t, Job{Name: "a", JSON: `{"type":"noop","id":"a","runTime":"long"}`}, true)
	s.Expect(t, "running a")
	s.Expect(t, "done a FAILED")
	if got := s.Result("a").Status.ErrorMsg; !strings.Contains(got, "runTime") {
		t.Errorf("message %q", got)
	}
}

func testOrder(t *testing.T, make func(*testing.T, int) queue.Runner) {
	s := Begin(t, make(t, 2))
	s.MustRun(t, Noop("a", endless), true)
	s.MustRun(t, large(Noop("large", endless), 2), false)
	s.MustRun(t, Noop("small", 1), false) // there is room, but it is not its turn
	s.Expect(t, "running a")
	s.Cancel("a", errCancelled)
	s.Expect(t, "done a FAILED", "running large")
	s.Cancel("large", errCancelled)
	s.Expect(t, "done large FAILED", "running small", "done small SUCCESS")
}

func testPrecedence(t *testing.T, make func(*testing.T, int) queue.Runner) {
	s := Begin(t, make(t, 1))
	s.MustRun(t, Noop("a", endless), true)
	s.Expect(t, "running a")
	for _, j := range []struct {
		id       string
		precedes int
	}{{"last", -1}, {"usual", 0}, {"gone", 9}, {"early", 5}, {"next", 5}, {"first", 7}} {
		job := Noop(j.id, endless)
		job.Precedes = j.precedes
		s.MustRun(t, job, false) // what runs is never stopped for it
	}
	s.Cancel("gone", errCancelled)
	for before, id := "a", ""; before != "last"; before = id {
		id = map[string]string{"a": "first", "first": "early", "early": "next", "next": "usual", "usual": "last"}[before]
		s.Cancel(before, errCancelled)
		s.Expect(t, "done "+before+" FAILED", "running "+id)
	}
	s.Cancel("last", errCancelled)
	s.Expect(t, "done last FAILED")
	s.ExpectNothing(t)
}

func testTooLarge(t *testing.T, make func(*testing.T, int) queue.Runner) {
	s := Begin(t, make(t, 2))
	_, err := s.Run(large(Noop("a", 1), 3))
	var refused *runner.TooLarge
	if !errors.As(err, &refused) || refused.Required != 3 || refused.Available != 2 {
		t.Errorf("error %v", err)
	}
}

func testCancelPending(t *testing.T, make func(*testing.T, int) queue.Runner) {
	s := Begin(t, make(t, 1))
	s.MustRun(t, Noop("a", endless), true)
	s.Expect(t, "running a")
	s.MustRun(t, Noop("b", 1), false)
	s.MustRun(t, Noop("c", 1), false)
	if s.Cancel("b", errCancelled) {
		t.Error("b is said to be running")
	}
	if s.Cancel("nobody", errCancelled) {
		t.Error("a task that was never given is said to be running")
	}
	s.Cancel("a", errCancelled)
	s.Expect(t, "done a FAILED", "running c", "done c SUCCESS")
	s.ExpectNothing(t)
}

func testCancelRunning(t *testing.T, make func(*testing.T, int) queue.Runner) {
	s := Begin(t, make(t, 1))
	s.MustRun(t, Noop("slow", endless), true)
	s.MustRun(t, Noop("next", endless), false)
	s.Expect(t, "running slow")
	if !s.Cancel("slow", errCancelled) {
		t.Error("the task is said not to be running")
	}
	s.Expect(t, "running next", "done slow FAILED")
	if got := s.Result("slow").Status.ErrorMsg; got != errCancelled.Error() {
		t.Errorf("message %q", got)
	}
	if c := s.Capacity(); c.Used != 1 {
		t.Errorf("%d slots are used", c.Used)
	}
	s.Cancel("next", errCancelled)
	s.Expect(t, "done next FAILED")
}

func testStop(t *testing.T, make func(*testing.T, int) queue.Runner) {
	s := Begin(t, make(t, 1))
	s.MustRun(t, Noop("a", endless), true)
	s.MustRun(t, Noop("b", endless), false)
	s.Expect(t, "running a")
	s.Stop()
	s.MustRun(t, Noop("c", 1), false)
	s.ExpectNothing(t)
}

func testDescribe(t *testing.T, make func(*testing.T, int) queue.Runner) {
	s := Begin(t, make(t, 3))
	s.MustRun(t, Noop("a", endless), true)
	s.MustRun(t, large(Noop("b", endless), 2), true)
	s.Expect(t, "running a", "running b")
	if _, err := s.Report(t.Context(), "nobody"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("report of nobody: %v", err)
	}
	if got, want := s.Capacity(), (runner.Capacity{Current: 3, Maximum: -1, Used: 3}); got != want {
		t.Errorf("capacity %+v, want %+v", got, want)
	}
	var ids []string
	for _, w := range s.Workers() {
		for _, h := range w.Running {
			ids = append(ids, h.ID)
		}
	}
	slices.Sort(ids)
	if !slices.Equal(ids, []string{"a", "b"}) {
		t.Errorf("running %v", ids)
	}
	s.Cancel("a", errCancelled)
	s.Cancel("b", errCancelled)
	s.Expect(t, "done a FAILED", "done b FAILED")
}
