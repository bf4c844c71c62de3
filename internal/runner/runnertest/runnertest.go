// Package runnertest holds what every runner must do for the queue, as tests that a runner's own tests call.
package runnertest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/lockbox"
	"ovate/internal/queue"
	"ovate/internal/runner"
	"ovate/internal/task"
)

// Exercise checks a runner. The function makes one that has that many slots, not yet started.
func Exercise(t *testing.T, make func(t *testing.T, capacity int) queue.Runner) {
	for _, c := range []struct {
		name string
		test func(*testing.T, func(*testing.T, int) queue.Runner)
	}{
		{"a run is told of", testRun},
		{"failures", testFailures},
		{"tasks begin in their order", testOrder},
		{"a task that is too large is refused", testTooLarge},
		{"a pending task is cancelled", testCancelPending},
		{"a running task is cancelled", testCancelRunning},
		{"a run gives its slots to others", testYield},
		{"suspects run one after the other", testSuspects},
		{"a stop is not told of", testStop},
		{"reports, workers and capacity", testDescribe},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(t, make)
		})
	}
}

// stage is a started runner with what it tells.
type stage struct {
	queue.Runner
	events chan string // "running a", "done a SUCCESS"

	mu      sync.Mutex
	results map[string]runner.Result
	where   map[string]druid.TaskLocation
}

func begin(t *testing.T, r queue.Runner) *stage {
	t.Helper()
	s := &stage{Runner: r, events: make(chan string, 100), results: map[string]runner.Result{}, where: map[string]druid.TaskLocation{}}
	if err := r.Start(s); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Stop)
	return s
}

// Running notes that a task runs.
func (s *stage) Running(id string, location druid.TaskLocation) {
	s.mu.Lock()
	s.where[id] = location
	s.mu.Unlock()
	s.events <- "running " + id
}

// Done notes how a task ended.
func (s *stage) Done(a runner.Assignment, r runner.Result) {
	s.mu.Lock()
	s.results[a.ID()] = r
	s.mu.Unlock()
	s.events <- "done " + a.ID() + " " + string(r.Status.State)
}

// expect takes the next events, which may come in any order among themselves.
func (s *stage) expect(t *testing.T, want ...string) {
	t.Helper()
	var got []string
	for range want {
		got = append(got, <-s.events)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Fatalf("the runner told %q, want %q", got, want)
	}
}

// mustRun gives a task to the runner. One that must wait must not start.
func (s *stage) mustRun(t *testing.T, a *assignment, mayStart bool) {
	t.Helper()
	started, err := s.Run(a)
	if err != nil || started && !mayStart {
		t.Fatalf("run %s: started %v, %v", a.id, started, err)
	}
}

// assignment is a task that does what the test says.
type assignment struct {
	id        string
	slots     int
	suspicion runner.Suspicion
	run       func(ctx context.Context, tools *task.Toolbox) error
	load      error
}

func work(id string, run func(ctx context.Context, tools *task.Toolbox) error) *assignment {
	return &assignment{id: id, slots: 1, run: run}
}

// waiting makes a task that runs until the channel is closed, or its context ends.
func waiting(id string, until chan struct{}) *assignment {
	return work(id, func(ctx context.Context, _ *task.Toolbox) error {
		select {
		case <-until:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	})
}

// ID is the task's id.
func (a *assignment) ID() string { return a.id }

// Slots is what the task takes.
func (a *assignment) Slots() int { return a.slots }

// Suspicion is what the test says.
func (a *assignment) Suspicion() runner.Suspicion { return a.suspicion }

// Header is that of a noop task.
func (a *assignment) Header() druid.Task {
	return druid.Task{Type: "noop", ID: a.id, Resource: druid.Resource{AvailabilityGroup: a.id, RequiredCapacity: a.slots}}
}

// Client acts for the task on no store at all.
func (a *assignment) Client() action.Client {
	locks := lockbox.New(nil, druid.Now, nil)
	return action.NewBox(action.Options{Locks: locks, Now: druid.Now}).For(action.Identity{Holder: lockbox.Holder{TaskID: a.id, DataSource: "none"}})
}

// Load makes the task.
func (a *assignment) Load(context.Context) (task.Task, error) { return job{run: a.run}, a.load }

// job is a task of which only Run is of interest to a runner.
type job struct {
	task.Task
	run func(ctx context.Context, tools *task.Toolbox) error
}

// Run does what the test says.
func (j job) Run(ctx context.Context, tools *task.Toolbox) error { return j.run(ctx, tools) }

func testRun(t *testing.T, make func(*testing.T, int) queue.Runner) {
	s := begin(t, make(t, 1))
	s.mustRun(t, work("a", func(context.Context, *task.Toolbox) error { return nil }), true)
	s.expect(t, "running a")
	s.expect(t, "done a SUCCESS")
	r := s.results["a"]
	if r.Recorded || r.Status.ID != "a" || r.Status.ErrorMsg != "" || r.Status.Duration < 0 || r.Status.Location != s.where["a"] {
		t.Errorf("result %+v at %+v", r, s.where["a"])
	}
}

func testFailures(t *testing.T, make func(*testing.T, int) queue.Runner) {
	s := begin(t, make(t, 1))
	for _, c := range []struct {
		name string
		*assignment
		want string
	}{
		{"error", work("error", func(context.Context, *task.Toolbox) error { return errors.New("no such file") }), "no such file"},
		{"panic", work("panic", func(context.Context, *task.Toolbox) error { panic("oh") }), "the task failed through a fault of the server: oh"},
		{"load", &assignment{id: "load", slots: 1, load: errors.New("no payload")}, "no payload"},
	} {
		s.mustRun(t, c.assignment, true)
		s.expect(t, "running "+c.name)
		s.expect(t, "done "+c.name+" FAILED")
		if got := s.results[c.name].Status.ErrorMsg; got != c.want {
			t.Errorf("%s: message %q, want %q", c.name, got, c.want)
		}
	}
}

func testOrder(t *testing.T, make func(*testing.T, int) queue.Runner) {
	s := begin(t, make(t, 2))
	first, rest := newGate(), newGate()
	s.mustRun(t, waiting("a", first), true)
	large := waiting("large", rest)
	large.slots = 2
	s.mustRun(t, large, false)
	s.mustRun(t, waiting("small", rest), false) // there is room, but it is not its turn
	s.expect(t, "running a")
	close(first)
	s.expect(t, "done a SUCCESS", "running large")
	close(rest)
	s.expect(t, "done large SUCCESS", "running small", "done small SUCCESS")
}

func newGate() chan struct{} { return make(chan struct{}) }

func testTooLarge(t *testing.T, make func(*testing.T, int) queue.Runner) {
	s := begin(t, make(t, 2))
	a := waiting("a", nil)
	a.slots = 3
	_, err := s.Run(a)
	var large *runner.TooLarge
	if !errors.As(err, &large) || large.Required != 3 || large.Available != 2 {
		t.Errorf("error %v", err)
	}
}

func testCancelPending(t *testing.T, make func(*testing.T, int) queue.Runner) {
	s := begin(t, make(t, 1))
	gate := newGate()
	s.mustRun(t, waiting("a", gate), true)
	s.mustRun(t, work("b", func(context.Context, *task.Toolbox) error { t.Error("b runs"); return nil }), false)
	s.mustRun(t, waiting("c", gate), false)
	if s.Cancel("b", errors.New("end")) {
		t.Error("b is said to be running")
	}
	if s.Cancel("nobody", errors.New("end")) {
		t.Error("a task that was never given is said to be running")
	}
	close(gate)
	s.expect(t, "running a", "done a SUCCESS", "running c", "done c SUCCESS")
}

func testCancelRunning(t *testing.T, make func(*testing.T, int) queue.Runner) {
	s := begin(t, make(t, 1))
	end, unwound := errors.New("shut down"), newGate()
	s.mustRun(t, work("slow", func(ctx context.Context, _ *task.Toolbox) error {
		<-ctx.Done()
		<-unwound
		return context.Cause(ctx)
	}), true)
	s.mustRun(t, waiting("next", nil), false)
	s.expect(t, "running slow")
	if !s.Cancel("slow", end) {
		t.Error("the task is said not to be running")
	}
	s.expect(t, "running next") // although the other one has not ended yet
	if c := s.Capacity(); c.Used != 1 {
		t.Errorf("%d slots are used", c.Used)
	}
	close(unwound)
	s.expect(t, "done slow FAILED")
	if got := s.results["slow"].Status.ErrorMsg; got != "shut down" {
		t.Errorf("message %q", got)
	}
	s.Cancel("next", end)
	s.expect(t, "done next FAILED")
}

func testYield(t *testing.T, make func(*testing.T, int) queue.Runner) {
	s := begin(t, make(t, 1))
	ahead := newGate()
	s.mustRun(t, work("a", func(_ context.Context, tools *task.Toolbox) error {
		tools.Yield()
		tools.Yield()
		<-ahead // which the other one opens
		return nil
	}), true)
	s.mustRun(t, work("b", func(context.Context, *task.Toolbox) error { close(ahead); return nil }), true)
	for range 4 {
		<-s.events
	}
	if c := s.Capacity(); c.Used != 0 {
		t.Errorf("%d slots are used", c.Used)
	}
}

func testStop(t *testing.T, make func(*testing.T, int) queue.Runner) {
	r := make(t, 1)
	s := begin(t, r)
	ended := false
	s.mustRun(t, work("a", func(ctx context.Context, _ *task.Toolbox) error {
		<-ctx.Done()
		ended = errors.Is(context.Cause(ctx), task.ErrStopped)
		return context.Cause(ctx)
	}), true)
	s.mustRun(t, waiting("b", nil), false)
	s.expect(t, "running a")
	r.Stop()
	if !ended {
		t.Error("the run has not ended, or does not know that the server stops")
	}
	s.mustRun(t, waiting("c", nil), false)
	if len(s.events) > 0 {
		t.Errorf("the runner told %q", <-s.events)
	}
}

func testDescribe(t *testing.T, make func(*testing.T, int) queue.Runner) {
	s := begin(t, make(t, 3))
	gate := newGate()
	told := newGate()
	s.mustRun(t, work("a", func(ctx context.Context, tools *task.Toolbox) error {
		tools.Report.Live(func() []byte { return []byte(`{"a":1}`) })
		close(told)
		<-gate
		return nil
	}), true)
	large := waiting("b", gate)
	large.slots = 2
	s.mustRun(t, large, true)
	<-told
	if got := string(s.Report("a")); got != `{"a":1}` {
		t.Errorf("report %q", got)
	}
	if got := s.Report("b"); got != nil {
		t.Errorf("report of a task that has none: %q", got)
	}
	if got := s.Report("nobody"); got != nil {
		t.Errorf("report of nobody: %q", got)
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
	if !slices.Equal(ids, []string{"a", "b"}) {
		t.Errorf("running %v", ids)
	}
	close(gate)
	for range 4 {
		<-s.events
	}
}

// testSuspects has suspects wait for each other and for nobody else, and nobody wait for them.
func testSuspects(t *testing.T, newRunner func(*testing.T, int) queue.Runner) {
	s := begin(t, newRunner(t, 4))
	hold := map[string]chan struct{}{}
	give := func(id string, suspicion runner.Suspicion, mayStart bool) {
		hold[id] = make(chan struct{})
		a := waiting(id, hold[id])
		a.suspicion = suspicion
		s.mustRun(t, a, mayStart)
	}
	give("a", runner.Suspect, true)
	s.expect(t, "running a")
	give("b", runner.Suspect, false)
	give("gone", runner.Suspect, false)
	give("c", runner.SuspectAlone, false)
	give("d", runner.Suspect, false)
	give("innocent", runner.Trusted, true)
	s.expect(t, "running innocent")
	if s.Cancel("gone", context.Canceled) {
		t.Error("a suspect that waits is said to run")
	}
	close(hold["a"])
	s.expect(t, "done a SUCCESS", "running b")
	if !s.Cancel("b", context.Canceled) {
		t.Error("a suspect that runs is said to wait")
	}
	s.expect(t, "done b FAILED", "running c")
	close(hold["c"])
	s.expect(t, "done c SUCCESS", "running d")
	close(hold["d"])
	close(hold["innocent"])
	s.expect(t, "done d SUCCESS", "done innocent SUCCESS")
}
