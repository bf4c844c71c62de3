package streaming_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"ovate/druid"
	"ovate/internal/clock"
	"ovate/internal/commit"
	"ovate/internal/leadership"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlitetest"
	"ovate/internal/queue"
	"ovate/internal/supervisor"
	"ovate/internal/supervisor/plan"
	"ovate/internal/supervisor/streaming"
	"ovate/internal/supervisor/supervisortest"
	"ovate/internal/task"
	"ovate/internal/tasklog"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a stream, a fleet of workers, and a store, with whoever leads.
type world struct {
	*testing.T
	settings streaming.Settings
	topic    *topic
	fleet    *fleet
	process  streaming.Process
	disk     metadata.Store
	logs     queue.Logs
	clock    *clock.Clock
	log      *slog.Logger // of the next leader; nil: nobody reads it
	skew     atomic.Int64 // how far the machine's clock is ahead, in milliseconds

	term      *metadata.Term
	queue     *queue.Queue
	manager   *supervisor.Manager
	metered   metered
	version   int // is added to that of specs
	queueSize int // 0: no limit
	// relead has another lead once it holds something, while the test waits; nil: never.
	relead chan struct{}
}

// metered is what a meter was told.
type metered struct {
	supervisor.Unmetered
	fetched, required atomic.Int64
}

// FetchedOffsets implements supervisor.Meter.
func (m *metered) FetchedOffsets(*supervisor.Spec, time.Duration) { m.fetched.Add(1) }

// Required implements supervisor.Meter.
func (m *metered) Required(_ *supervisor.Spec, tasks int) {
	m.required.Store(m.required.Load()*10 + int64(tasks))
}

// bare is a world in which nobody leads.
func bare(t *testing.T, length ...int64) *world {
	w := &world{T: t, settings: settings(), topic: newTopic(length...), disk: sqlitetest.Open(t)}
	w.clock = clock.New(w.wall)
	w.fleet = newFleet(w.topic)
	http := w.fleet.network.Client()
	w.process = streaming.Process{HTTP: http, Turns: make(chan struct{}, 4), Thresholds: supervisor.DefaultThresholds()}
	w.topic.covered = w.covered
	t.Cleanup(func() {
		w.fleet.close()
		for _, wrong := range w.fleet.wrong {
			t.Error(wrong)
		}
		http.CloseIdleConnections()
	})
	return w
}

// wall is the machine's clock.
func (w *world) wall() druid.Instant { return druid.Now() + druid.Instant(w.skew.Load()) }

// leap sets how far the machine's clock is ahead.
func (w *world) leap(ahead time.Duration) { w.skew.Store(ahead.Milliseconds()) }

// kind is that of the supervisors of the tests.
func (w *world) kind() supervisor.Kind {
	return supervisor.Kind{Type: "fake", Reads: "index_kafka", Run: func(s *supervisor.Spec, h supervisor.Host) (supervisor.Supervising, error) {
		source, err := w.source(s)
		if err != nil {
			return nil, err
		}
		return streaming.New(s, h, source, &w.process), nil
	}}
}

// inWorld runs a test in a bubble, with a supervisor of a topic of so many records in each partition.
func inWorld(t *testing.T, length []int64, test func(w *world)) {
	t.Helper()
	t.Parallel()
	inSerialWorld(t, length, test)
}

// inSerialWorld is inWorld for a test beside which no other runs.
func inSerialWorld(t *testing.T, length []int64, test func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := bare(t, length...)
		logs, err := tasklog.Open(filepath.Join(t.TempDir(), "logs"), slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		w.logs = logs
		w.lead()
		t.Cleanup(func() { w.end() })
		test(w)
	})
}

// lead begins a term.
func (w *world) lead() {
	w.Helper()
	log := w.log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	lead := &leadership.Lead{Lasts: context.Background()}
	w.term = metadata.NewTerm(lead.Lasts, metadata.Classified(w.disk), 0)
	if err := w.term.Begin(context.Background()); err != nil {
		w.Fatal(err)
	}
	w.manager = supervisor.New(supervisor.Options{Store: w.term, Now: w.clock.Now, Wall: w.wall, Log: log, Meter: &w.metered, Kinds: []supervisor.Kind{w.kind()}})
	w.queue = queue.New(queue.Options{
		Store: w.term, Runner: w.fleet.runner(), Logs: w.logs, Log: log, Clock: w.clock, Places: task.Places{Workers: true}, Supervisors: w.manager,
		MaxSize: w.queueSize,
	})
	if err := w.queue.Start(context.Background()); err != nil {
		w.Fatal(err)
	}
	if err := w.manager.Start(context.Background(), w.queue); err != nil {
		w.Fatal(err)
	}
}

func (w *world) end() {
	w.manager.Stop()
	w.queue.Stop()
	w.term.End()
}

// restart has another lead. What the one before kept in memory is gone, at whatever it was.
func (w *world) restart() {
	w.Helper()
	w.end()
	w.lead()
}

// submit has the supervisor run.
func (w *world) submit(taskCount, version int) {
	w.Helper()
	const text = `{"type":"fake","dataSource":"wiki","spec":{"ioConfig":{"taskCount":%d,"version":%d}}}`
	if _, err := w.manager.Submit(w.Context(), fmt.Appendf(nil, text, taskCount, version), false); err != nil {
		w.Fatal(err)
	}
}

// at is the supervisor as it is now.
func (w *world) at() *supervisor.Supervisor {
	w.Helper()
	s, err := w.manager.Get("wiki")
	if err != nil {
		w.Fatal(err)
	}
	return s
}

func (w *world) streaming() supervisor.Streaming { return w.at().AtWork.(supervisor.Streaming) }

// published is how far the stream is published.
func (w *world) published() plan.Offsets {
	m, err := commit.Published(context.Background(), w.disk, "wiki")
	if err != nil {
		w.Error(err)
	}
	if m == nil {
		return nil
	}
	o, _, err := (&source{}).Offsets(m)
	if err != nil {
		w.Error(err)
	}
	return o
}

// covered tells whether everything up to some places is published.
func (w *world) covered(to plan.Offsets) bool {
	o := w.published()
	for name, at := range to {
		if o[name] == "" || number(o[name]) < number(at) {
			return false
		}
	}
	return true
}

// tasks are those that run, in the order in which they came.
func (w *world) tasks() (all []*peon) {
	w.fleet.at(func() { all = w.fleet.running() })
	return all
}

// status is that of a task once all is done that the tasks have caused: one that has ended still has to tell whoever leads.
func (w *world) status(id string) (druid.TaskStatusPlus, error) {
	synctest.Wait()
	return w.queue.Status(w.Context(), id)
}

// how is what the tasks are at, in words: by group, phase, and from where to where.
func (w *world) how() string {
	var words []string
	w.fleet.at(func() {
		for _, p := range w.fleet.running() {
			words = append(words, fmt.Sprintf("%d %s %s-%s", p.group, p.phase, text(p.parts[0]), text(p.current)))
		}
	})
	slices.Sort(words)
	return strings.Join(words, ", ")
}

func text(o plan.Offsets) string {
	b, err := json.Marshal(numbers(o))
	if err != nil {
		panic(err)
	}
	return string(b)
}

// become waits until the tasks are at something.
func (w *world) become(want string) {
	w.Helper()
	w.until(want, func() bool { return w.how() == want })
}

// until waits until something is so.
func (w *world) until(what string, is func() bool) {
	w.Helper()
	for begun := time.Now(); !is(); clock.Pause(w.Context(), 500*time.Millisecond) {
		select {
		case <-w.relead:
			w.restart()
		default:
		}
		if time.Since(begun) > 3*time.Hour { // of the bubble's clock
			status, err := w.at().AtWork.Status(w.Context())
			w.Fatalf("it never comes to %s: the tasks are %s; published is %v; %+v; %s, %v", what, w.how(), w.published(), w.at().State, status, err)
		}
	}
}

// questions are those of some kind that tasks have been asked since this was called last.
func (w *world) questions(kind string) (asked []string) {
	w.fleet.at(func() {
		for _, q := range w.fleet.asked {
			if strings.HasPrefix(q, kind) {
				asked = append(asked, q)
			}
		}
		w.fleet.asked = nil
	})
	return asked
}

// Whatever a supervisor must do one of a stream does.
func TestSuite(t *testing.T) {
	t.Parallel()
	supervisortest.Exercise(t, func(t *testing.T, test func(*testing.T, supervisortest.Case)) {
		synctest.Test(t, func(t *testing.T) {
			w := bare(t, 10, 20, 30)
			w.settings.Rules.Replicas = 2
			test(t, supervisortest.Case{
				Kind: w.kind(), Spec: `{"type":"fake","dataSource":"wiki","spec":{"ioConfig":{"taskCount":2}}}`, TaskType: "index_kafka", Tasks: 4,
				Host: supervisortest.Host{Runner: func() queue.Runner { return w.fleet.runner() }, Places: task.Places{Workers: true}},
			})
		})
	})
}
