package runnertest

import (
	"context"
	"fmt"
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

// Stage is a started runner with what it tells.
type Stage struct {
	queue.Runner
	told chan string // "running a", "done a SUCCESS"

	mu      sync.Mutex
	results map[string]runner.Result
	where   map[string]druid.TaskLocation
}

// Begin starts a runner, and stops it at the end of the test.
func Begin(t *testing.T, r queue.Runner) *Stage {
	t.Helper()
	s := &Stage{Runner: r, told: make(chan string, 100), results: map[string]runner.Result{}, where: map[string]druid.TaskLocation{}}
	if err := r.Start(s); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Stop)
	return s
}

// Running notes that a task runs, and where. It tells of it once.
func (s *Stage) Running(id string, location druid.TaskLocation) {
	s.mu.Lock()
	_, again := s.where[id]
	s.where[id] = location
	s.mu.Unlock()
	if !again {
		s.told <- "running " + id
	}
}

// Done notes how a task ended.
func (s *Stage) Done(a runner.Assignment, r runner.Result) {
	s.mu.Lock()
	s.results[a.ID()] = r
	s.mu.Unlock()
	s.told <- "done " + a.ID() + " " + string(r.Status.State)
}

// Result is how a task ended of which Done was told.
func (s *Stage) Result(id string) runner.Result {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.results[id]
}

// Where is where a task runs, or ran.
func (s *Stage) Where(id string) druid.TaskLocation {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.where[id]
}

// Expect waits for what the runner tells next, which may come in any order: "running ID" and "done ID STATE".
func (s *Stage) Expect(t *testing.T, want ...string) {
	t.Helper()
	var got []string
	for range want {
		got = append(got, <-s.told)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Fatalf("the runner told %q, want %q", got, want)
	}
}

// ExpectNothing fails the test if the runner has told anything that Expect has not seen.
func (s *Stage) ExpectNothing(t *testing.T) {
	t.Helper()
	select {
	case got := <-s.told:
		t.Errorf("the runner told %q", got)
	default:
	}
}

// MustRun gives a task to the runner. One that has to wait must not start.
func (s *Stage) MustRun(t *testing.T, a runner.Assignment, mayStart bool) {
	t.Helper()
	started, err := s.Run(a)
	if err != nil || started && !mayStart {
		t.Fatalf("run %s: started %v, %v", a.ID(), started, err)
	}
}

// Job is an assignment of one slot, unless said otherwise, that acts on no store at all.
type Job struct {
	Name      string
	Takes     int // slots; 0 means one
	Precedes  int // what it goes before others with
	Suspected runner.Suspicion
	Old       bool       // it was active before the runner was started
	At        task.Place // where it is to run, if the runner has several places
	JSON      string     // the task, as it is stored
}

// Noop is a job that waits for so many milliseconds.
func Noop(id string, milliseconds int64) Job {
	return Job{Name: id, JSON: fmt.Sprintf(`{"type":"noop","id":%q,"dataSource":"none","runTime":%d}`, id, milliseconds)}
}

// ID is the job's name.
func (j Job) ID() string { return j.Name }

// Slots is what the job takes.
func (j Job) Slots() int { return max(j.Takes, 1) }

// Precedence is what the job was made with.
func (j Job) Precedence() int { return j.Precedes }

// Suspicion is what the job was made with.
func (j Job) Suspicion() runner.Suspicion { return j.Suspected }

// Recovered tells whether the job is old.
func (j Job) Recovered() bool { return j.Old }

// Place is where the job is to run.
func (j Job) Place() task.Place { return j.At }

// Header is that of a noop task.
func (j Job) Header() druid.Task {
	return druid.Task{Type: "noop", ID: j.Name, DataSource: "none", Resource: druid.Resource{AvailabilityGroup: j.Name, RequiredCapacity: j.Slots()}}
}

// Client acts for the task on no store at all.
func (j Job) Client() action.Client {
	locks := lockbox.New(nil, druid.Now, nil)
	return action.NewBox(action.Options{Locks: locks, Now: druid.Now}).For(action.Identity{Holder: lockbox.Holder{TaskID: j.Name, DataSource: "none"}})
}

// Payload is the JSON.
func (j Job) Payload(context.Context) ([]byte, error) { return []byte(j.JSON), nil }

// Load decodes the JSON.
func (j Job) Load(context.Context) (task.Task, error) {
	return task.Decode([]byte(j.JSON), druid.Now())
}
