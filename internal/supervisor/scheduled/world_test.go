package scheduled_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ovate/druid"
	"ovate/internal/clock"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlitetest"
	"ovate/internal/queue"
	"ovate/internal/runner"
	"ovate/internal/supervisor"
	"ovate/internal/supervisor/scheduled"
	"ovate/internal/task"
	"ovate/internal/tasklog"
)

// workers are a runner whose tasks run elsewhere, until the test ends them.
type workers struct{}

func (workers) Start(runner.Events) error                                 { return nil }
func (workers) Stop()                                                     {}
func (workers) Run(runner.Assignment) (bool, error)                       { return false, nil }
func (workers) Cancel(string, error) bool                                 { return false }
func (workers) Report(context.Context, string) (io.ReadCloser, error)     { return nil, fs.ErrNotExist }
func (workers) Workers() []runner.Worker                                  { return nil }
func (workers) Capacity() runner.Capacity                                 { return runner.Capacity{} }
func (workers) Log(context.Context, string, int64) (io.ReadCloser, error) { return nil, fs.ErrNotExist }

// world is a leader's queue and supervisors on a store, beside a Broker that makes tasks of queries as Druid's does.
type world struct {
	t       *testing.T
	store   metadata.Store
	places  task.Places
	queue   *queue.Queue
	wrap    func(supervisor.Tasks) supervisor.Tasks // what supervisors see of the queue; nil: all
	manager *supervisor.Manager

	mu     sync.Mutex                  // guards what follows
	asked  []string                    // what the Broker was asked
	answer func() (int, string, error) // instead of what a Broker would say; nil: none
	lost   bool                        // its answers get lost
	silent bool                        // it never answers
	counts []string                    // what became of what was due: ok, or why not

	log bytes.Buffer // to be read when nothing runs
}

// says has the Broker answer so from now on.
func (w *world) says(answer func() (int, string, error)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer = answer
}

// meter is told of what was due.
type meter struct {
	supervisor.Unmetered
	world *world
}

// SubmittedBatch implements supervisor.Meter.
func (m meter) SubmittedBatch(s *supervisor.Spec, err error) {
	m.world.mu.Lock()
	defer m.world.mu.Unlock()
	m.world.counts = append(m.world.counts, fmt.Sprint(s.ID, " ", err == nil))
}

// questions are what it was asked since.
func (w *world) questions() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	asked := w.asked
	w.asked = nil
	return asked
}

func newWorld(t *testing.T, places task.Places) *world {
	w := &world{t: t, store: sqlitetest.Open(t), places: places}
	w.lead(druid.Now)
	t.Cleanup(func() { w.end() })
	return w
}

// lead begins a term on a machine with this clock.
func (w *world) lead(now func() druid.Instant) {
	w.t.Helper()
	log, c := slog.New(slog.NewTextHandler(&w.log, nil)), clock.New(now)
	logs, err := tasklog.Open(filepath.Join(w.t.TempDir(), "logs"), log)
	if err != nil {
		w.t.Fatal(err)
	}
	w.manager = supervisor.New(supervisor.Options{Store: metadata.Classified(w.store), Now: c.Now, Wall: now, Log: log, Meter: meter{world: w}, Kinds: []supervisor.Kind{
		scheduled.Queries(w), scheduled.Tasks(w.places, nil, nil),
	}})
	w.queue = queue.New(queue.Options{Store: metadata.Classified(w.store), Runner: workers{}, Places: w.places, Logs: logs, Log: log, Clock: c})
	if err := w.queue.Start(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	var tasks supervisor.Tasks = w.queue
	if w.wrap != nil {
		tasks = w.wrap(tasks)
	}
	if err := w.manager.Start(w.t.Context(), tasks); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) end() {
	w.manager.Stop()
	w.queue.Stop()
}

// Post implements scheduled.Brokers.
func (w *world) Post(ctx context.Context, path string, body []byte, _ func(string) string) (int, []byte, error) {
	w.mu.Lock()
	w.asked = append(w.asked, path+" "+string(body))
	answer, lost, silent := w.answer, w.lost, w.silent
	w.mu.Unlock()
	if silent {
		<-ctx.Done()
		return 0, nil, ctx.Err()
	}
	if answer != nil {
		status, text, err := answer()
		return status, []byte(text), err
	}
	var request struct {
		Query   string
		Context struct {
			ID string `json:"sqlQueryId"`
		}
	}
	if err := json.Unmarshal(body, &request); err != nil {
		w.t.Error(err)
	}
	if strings.HasPrefix(request.Query, "EXPLAIN PLAN FOR ") {
		return 200, []byte(`[{"PLAN":"[]","RESOURCES":"[]","ATTRIBUTES":"{\"statementType\":\"REPLACE\",\"targetDataSource\":\"wiki\",\"partitionedBy\":\"DAY\"}"}]`), nil
	}
	id := "query-" + request.Context.ID
	t, err := task.DecodeRemote(fmt.Appendf(nil, `{"type":"query_controller","id":%q,"dataSource":"wiki","spec":{"query":{},"destination":{"type":"dataSource","dataSource":"wiki","replaceTimeChunks":[]}},"sqlQuery":"q"}`, id), druid.Now())
	if err != nil {
		w.t.Error(err)
		return 0, nil, err
	}
	if err := w.queue.Add(ctx, t); err != nil {
		return 400, []byte(`{"error":"` + err.Error() + `"}`), nil
	}
	if lost {
		return 0, nil, io.ErrUnexpectedEOF
	}
	return 202, []byte(`{"taskId":"` + id + `","state":"RUNNING"}`), nil
}

func (w *world) submit(spec string) *supervisor.Supervisor {
	w.t.Helper()
	s, err := w.manager.Submit(w.t.Context(), []byte(spec), false)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// pass has time go by until a time of the day on which bubbles begin, 2000-01-01, and all be done that is due until then.
func (w *world) pass(until string) {
	w.t.Helper()
	to, err := time.Parse(time.DateTime, "2000-01-01 "+until)
	if err != nil {
		w.t.Fatal(err)
	}
	if !clock.Pause(w.t.Context(), time.Until(to)) {
		w.t.Fatal("the test is over")
	}
	synctest.Wait()
}

// active are the ids of the tasks of a type, in order.
func (w *world) active(typ string) (ids []string) {
	w.t.Helper()
	active, err := w.queue.Active(w.t.Context(), "", typ)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, s := range active {
		ids = append(ids, s.ID)
	}
	slices.Sort(ids)
	return ids
}

// expect checks the state of a supervisor, and its status.
func (w *world) expect(id string, stage supervisor.Stage, status string) *supervisor.Supervisor {
	w.t.Helper()
	s, err := w.manager.Get(id)
	if err != nil {
		w.t.Fatal(err)
	}
	own, err := s.AtWork.Status(w.t.Context())
	if err != nil || s.State.Stage != stage || string(own) != status {
		w.t.Errorf("it is %+v, %v, and its status\n%s\nwant %s and\n%s", s.State, err, own, stage, status)
	}
	return s
}
