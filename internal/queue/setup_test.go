package queue_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"ovate/druid"
	"ovate/internal/clock"
	"ovate/internal/ingest"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlitetest"
	"ovate/internal/queue"
	"ovate/internal/runner"
	"ovate/internal/runner/inprocess"
	"ovate/internal/task"
	"ovate/internal/timeline"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// here is the server of the tests.
var here = druid.TaskLocation{Host: "localhost", Port: 8090, TLSPort: -1}

// world is what survives a restart of the queue.
type world struct {
	t       *testing.T
	store   *faulty
	storage *storage
	logs    *logs
	ingest  func(context.Context, ingest.Job) (*ingest.Result, error)
	options queue.Options
	slots   int
	ahead   atomic.Int64 // the machine's clock, a time.Duration

	omitEmpty bool
	wrap      func(queue.Runner) queue.Runner // unless nil, what the queue gets in place of its runner
}

// faulty is a store whose transactions can be made to fail, or to return late.
type faulty struct {
	metadata.Store
	mu   sync.Mutex
	fail func() error
	late func() // called after the commit
}

func (f *faulty) Update(ctx context.Context, fn func(metadata.Tx) error) error {
	f.mu.Lock()
	fail, late := f.fail, f.late
	f.mu.Unlock()
	if late != nil {
		defer late()
	}
	if fail != nil {
		if err := fail(); err != nil {
			return err
		}
	}
	return f.Store.Update(ctx, fn)
}

func (f *faulty) UsedChunks(ctx context.Context, dataSource string, intervals []druid.Interval) ([]timeline.Chunk, error) {
	f.mu.Lock()
	fail := f.fail
	f.mu.Unlock()
	if fail != nil {
		if err := fail(); err != nil {
			return nil, err
		}
	}
	return f.Store.UsedChunks(ctx, dataSource, intervals)
}

func (f *faulty) set(fail func() error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fail = fail
}

func (f *faulty) delay(late func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.late = late
}

// inBubble runs a test on a new world, with a clock that moves when everybody waits.
func inBubble(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	t.Parallel()
	inBubbleHere(t, test)
}

// inBubbleHere is inBubble, now.
func inBubbleHere(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		w := &world{
			t: t, store: &faulty{Store: sqlitetest.Open(t)}, slots: 2,
			storage: &storage{staging: filepath.Join(dir, "staging"), kept: map[string]string{}},
			logs:    &logs{logs: map[string]*bytes.Buffer{}, reports: map[string][]byte{}},
			ingest: func(context.Context, ingest.Job) (*ingest.Result, error) {
				return nil, errors.New("this test does not ingest")
			},
		}
		test(t, w)
	})
}

// start makes a queue on the world and starts it.
func (w *world) start() *queue.Queue {
	w.t.Helper()
	q := w.make()
	if err := q.Start(context.Background()); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(q.Stop)
	return q
}

// make makes a queue on the world.
func (w *world) make() *queue.Queue {
	o := w.options
	o.Store, o.Logs, o.Log, o.ForceTimeChunkLock = metadata.Classified(w.store), w.logs, cmp.Or(o.Log, slog.New(slog.DiscardHandler)), true
	o.Clock = clock.New(func() druid.Instant { return druid.InstantOf(time.Now().Add(time.Duration(w.ahead.Load()))) })
	o.Runner = inprocess.New(inprocess.Options{
		Kit: &task.Kit{
			Storage: w.storage, Logs: w.logs, Workers: 2, Location: here, OmitEmptyColumns: w.omitEmpty,
			Ingest: func(ctx context.Context, job ingest.Job) (*ingest.Result, error) { return w.ingest(ctx, job) },
		},
		Worker: runner.Worker{Capacity: w.slots},
		Log:    o.Log,
	})
	if w.wrap != nil {
		o.Runner = w.wrap(o.Runner)
	}
	return queue.New(o)
}

// storage keeps segments by their load spec.
type storage struct {
	staging string
	mu      sync.Mutex
	pushes  int
	kept    map[string]string // load spec to segment id
	hook    func(id string)
	unhook  func() // called before a segment is deleted
	// undelete, unless nil, may keep a segment from being deleted.
	undelete func(spec string) error
}

func (s *storage) Staging() string { return s.staging }

func (s *storage) Push(ctx context.Context, _ string, segment druid.DataSegment, path string) (json.RawMessage, error) {
	id := segment.ID().String()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	s.mu.Lock()
	s.pushes++
	spec := fmt.Sprintf(`{"type":"local","path":"%s/%s/%d"}`, path, id, s.pushes)
	s.kept[spec] = id
	s.mu.Unlock()
	if s.hook != nil {
		s.hook(id)
	}
	return json.RawMessage(spec), nil
}

func (s *storage) Keeps(json.RawMessage) error { return nil }

func (s *storage) Delete(_ context.Context, spec json.RawMessage) error {
	if s.unhook != nil {
		s.unhook()
	}
	if s.undelete != nil {
		if err := s.undelete(string(spec)); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.kept, string(spec))
	return nil
}

func (s *storage) Exists(_ context.Context, spec json.RawMessage) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kept[string(spec)] != "", nil
}

func (s *storage) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.kept)
}

// logs keeps logs and reports in memory.
type logs struct {
	unprepared error // of PrepareReport
	mu         sync.Mutex
	logs       map[string]*bytes.Buffer
	reports    map[string][]byte
	hook       func(id string) // called before a report is stored
	open       func(id string) // called before a log is opened
}

type logWriter struct {
	*logs
	id string
}

func (l *logs) Append(id string) (io.WriteCloser, error) {
	if l.open != nil {
		l.open(id)
	}
	return logWriter{l, id}, nil
}

func (w logWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.logs.logs[w.id] == nil {
		w.logs.logs[w.id] = &bytes.Buffer{}
	}
	return w.logs.logs[w.id].Write(p)
}

func (w logWriter) Close() error { return nil }

func (l *logs) PutReport(id string, report []byte) error {
	if l.hook != nil {
		l.hook(id)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reports[id] = report
	return nil
}

func (l *logs) PrepareReport(id string, report []byte) error {
	if l.unprepared != nil {
		return l.unprepared
	}
	return l.PutReport(id, report)
}
func (l *logs) AcceptReport(string) error { return nil }

func (l *logs) DropReport(id string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.reports, id)
	return nil
}

func (l *logs) Log(_ context.Context, id string, _ int64) (io.ReadCloser, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.logs[id] == nil {
		return nil, fs.ErrNotExist
	}
	return io.NopCloser(strings.NewReader(l.logs[id].String())), nil
}

func (l *logs) Report(_ context.Context, id string, _ bool) (io.ReadCloser, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.reports[id] == nil {
		return nil, fs.ErrNotExist
	}
	return io.NopCloser(bytes.NewReader(l.reports[id])), nil
}

func (l *logs) Ended(string) {}

// decode makes a task of JSON in which ' stands for ".
func decode(t *testing.T, text string) task.Task {
	t.Helper()
	decoded, err := task.Decode([]byte(strings.ReplaceAll(text, "'", `"`)), druid.Now())
	if err != nil {
		t.Fatal(err)
	}
	return decoded
}

func noop(id string, milliseconds int) string {
	return fmt.Sprintf(`{'type':'noop','id':'%s','dataSource':'wiki','runTime':%d}`, id, milliseconds)
}

// index is a spec for days [from, to) of 2026-02, or of the days that the data have if from is 0.
func index(id string, from, to int, more string) string {
	intervals := ""
	if from > 0 {
		intervals = fmt.Sprintf(`,'intervals':['2026-02-%02d/2026-02-%02d']`, from, to)
	}
	appends := strings.Contains(more, "append")
	return fmt.Sprintf(`{'type':'index_parallel','id':'%s','context':{%s},'spec':{
		'dataSchema':{'dataSource':'wiki','timestampSpec':{'column':'ts','format':'iso'},'dimensionsSpec':{'dimensions':['page']},
			'metricsSpec':[],'granularitySpec':{'type':'uniform','segmentGranularity':'DAY','queryGranularity':'NONE','rollup':false%s}},
		'ioConfig':{'type':'index_parallel','appendToExisting':%v,'inputSource':{'type':'inline','data':'x'},'inputFormat':{'type':'json'}},
		'tuningConfig':{'type':'index_parallel'}}}`, id, strings.TrimPrefix(more, "append"), intervals, appends)
}

func (w *world) add(q *queue.Queue, text string) {
	w.t.Helper()
	if err := q.Add(context.Background(), decode(w.t, text)); err != nil {
		w.t.Fatal(err)
	}
}

// day is 2026-02-n.
func day(n int) druid.Interval {
	i, err := druid.ParseInterval(fmt.Sprintf("2026-02-%02d/P1D", n))
	if err != nil {
		panic(err)
	}
	return i
}

// builds makes an ingestion that builds one segment for each of the days.
func builds(days ...int) func(context.Context, ingest.Job) (*ingest.Result, error) {
	return func(_ context.Context, job ingest.Job) (*ingest.Result, error) {
		r := &ingest.Result{}
		partitions := map[int]int{}
		for _, n := range days {
			dir := filepath.Join(job.Staging, fmt.Sprint(n, partitions[n]))
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return nil, err
			}
			r.Segments = append(r.Segments, ingest.Built{Interval: day(n), Partition: partitions[n], Dir: dir, Dimensions: []string{"page"}, Size: 10, Rows: 1})
			partitions[n]++
		}
		return r, nil
	}
}

// status is the state of a task as the API would tell it: "RUNNING/PENDING", or "FAILED: message".
func (w *world) status(q *queue.Queue, id string) string {
	w.t.Helper()
	s, err := q.Status(context.Background(), id)
	switch {
	case err != nil:
		w.t.Fatal(err)
	case s.State == druid.Running:
		return "RUNNING/" + string(s.Runner)
	case s.ErrorMsg != "":
		return string(s.State) + ": " + s.ErrorMsg
	}
	return string(s.State)
}

func (w *world) expect(q *queue.Queue, id, want string) {
	w.t.Helper()
	if got := w.status(q, id); got != want {
		w.t.Fatalf("task %s is %s, want %s", id, got, want)
	}
}

// used lists the used segments as "day partition/core".
func (w *world) used() string {
	w.t.Helper()
	rows, err := w.store.UsedSegments(context.Background(), "wiki", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	var all []string
	for _, row := range rows {
		s := row.Segment
		all = append(all, fmt.Sprintf("%d %d/%d", s.Interval.Start.Time().Day(), s.ShardSpec.PartitionNum(), s.ShardSpec.CorePartitions()))
	}
	return strings.Join(all, ",")
}

// clean fails if a lock or a pending segment is left.
func (w *world) clean() {
	w.t.Helper()
	locks, err := w.store.Locks(context.Background())
	if err != nil || len(locks) > 0 {
		w.t.Errorf("locks are left: %+v, %v", locks, err)
	}
	pending, err := w.store.PendingSegments(context.Background(), "wiki", nil)
	if err != nil || len(pending) > 0 {
		w.t.Errorf("pending segments are left: %+v, %v", pending, err)
	}
	if entries, err := os.ReadDir(w.storage.staging); err == nil && len(entries) > 0 {
		w.t.Errorf("staging holds %v", entries)
	}
}

// row is an active task as it is stored.
func (w *world) row(t task.Task, created druid.Instant) *metadata.TaskRow {
	h := t.Header()
	return &metadata.TaskRow{
		ID: h.ID, GroupID: h.GroupID, Type: h.Type, DataSource: h.DataSource, Created: created, Payload: task.Stored(t),
		Status: druid.TaskStatus{ID: h.ID, State: druid.Running, Duration: -1, Location: druid.UnknownLocation},
	}
}

// markUnused marks all segments as unused.
func (w *world) markUnused() error {
	return w.store.Update(context.Background(), func(tx metadata.Tx) error {
		_, err := tx.MarkUnused("wiki", druid.Eternity, nil, druid.Now())
		return err
	})
}
