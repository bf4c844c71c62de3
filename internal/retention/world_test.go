package retention_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ovate/druid"
	"ovate/internal/datasource"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite"
	"ovate/internal/orphans"
	"ovate/internal/retention"
	"ovate/internal/task"
)

const day = 24 * time.Hour

// world is what there is to keep small. It stands for the logs and the queue, too.
type world struct {
	*testing.T
	mu     sync.Mutex // guards all below but the store
	store  metadata.Store
	active []string
	oldest druid.Instant // 0: no task is active
	tasks  []string      // submitted
	swept  []string
	broken error

	cleared int // how often staging was
	orphans int // that are there
	log     strings.Builder
}

func (w *world) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(b)
}

// count is how often the log says something.
func (w *world) count(text string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Count(w.log.String(), text)
}

func (w *world) DeleteBefore(_ context.Context, t time.Time, keep []string) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.swept = append(w.swept, fmt.Sprint(time.Since(t), " ", keep))
	return 1, w.broken
}

func (w *world) Settle(_ context.Context, _ time.Time, outcome func(string) (bool, bool, error)) (int, error) {
	for _, id := range []string{"done", "failed", "gone", "running"} {
		succeeded, active, err := outcome(id)
		w.change(func() { w.swept = append(w.swept, fmt.Sprint(id, " ", succeeded, " ", active, " ", err)) })
	}
	return 0, nil
}

func (w *world) ClearStaging(context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cleared++
	return nil
}

func (w *world) Find(context.Context, orphans.Query) (*orphans.Findings, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return &orphans.Findings{Orphans: make([]orphans.Orphan, w.orphans)}, nil
}

func (w *world) ActiveIDs() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.active
}

// submitted are the tasks that were handed in so far.
func (w *world) submitted() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.tasks)
}

// end lets every task end.
func (w *world) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.active = nil
}

// change does something to the world while no duty looks at it.
func (w *world) change(what func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	what()
}

// said is what the logs were told so far.
func (w *world) said() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.swept)
}

func (w *world) Oldest() (druid.Instant, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.oldest, w.oldest != 0
}

func (w *world) HasActive(dataSource, prefix string) bool {
	return slices.ContainsFunc(w.ActiveIDs(), func(id string) bool { return strings.HasPrefix(id, prefix+dataSource) })
}

func (w *world) Add(_ context.Context, t task.Task) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tasks = append(w.tasks, string(t.AppendJSON(nil)))
	w.active = append(w.active, t.Header().ID)
	return nil
}

func (w *world) update(fn func(tx metadata.Tx) error) {
	w.Helper()
	if err := w.store.Update(context.Background(), fn); err != nil {
		w.Fatal(err)
	}
}

// inBubble lets duties run by the rules on a clock of their own, which begins in 2000.
func inBubble(t *testing.T, rules retention.Rules, prepare func(w *world), test func(w *world, r *retention.Retention)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, err := sqlite.Open(sqlite.Options{Path: filepath.Join(t.TempDir(), "metadata.db")})
		if err != nil {
			t.Fatal(err)
		}
		w := &world{T: t, store: store}
		prepare(w)
		r := retention.New(retention.Options{
			Store: store, Logs: w, Tasks: w, Storage: w, Orphans: w, Log: slog.New(slog.NewTextHandler(w, nil)), Rules: rules,
			Segments: datasource.New(store, druid.Now, nil),
		})
		r.Start()
		test(w, r)
		r.Stop()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
}

// pass lets time pass, and what is due then run.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func ago(d time.Duration) druid.Instant { return druid.Now() - druid.Instant(d.Milliseconds()) }

func (w *world) insertTask(id string, created druid.Instant, state druid.TaskState) {
	w.Helper()
	w.update(func(tx metadata.Tx) error { return tx.InsertTasks(taskRow(id, created, state)) })
}

func taskRow(id string, created druid.Instant, state druid.TaskState) *metadata.TaskRow {
	return &metadata.TaskRow{
		ID: id, GroupID: id, Type: "noop", DataSource: "wiki", Created: created, Payload: []byte(`{}`),
		Status: druid.TaskStatus{ID: id, State: state, Location: druid.UnknownLocation},
	}
}

func (w *world) complete() (ids []string) {
	w.Helper()
	err := w.store.CompleteTasks(context.Background(), metadata.TaskQuery{Max: -1}, func(row *metadata.TaskRow) error {
		ids = append(ids, row.ID)
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
	return ids
}

// insert adds segments of one time chunk, that many days before the clock began.
func (w *world) insert(daysAgo, partitions int, version string, used bool) {
	w.Helper()
	from := druid.Instant(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()) - druid.Instant(daysAgo)*86_400_000
	var rows []metadata.SegmentRow
	for p := range partitions {
		rows = append(rows, metadata.SegmentRow{
			Segment: druid.DataSegment{
				DataSource: "wiki", Interval: druid.Interval{Start: from, End: from + 86_400_000}, Version: version, ShardSpec: druid.Numbered(p, 0),
				LoadSpec: []byte(`{}`), BinaryVersion: 9,
			},
			Used: used, Created: from, UsedStatusLastUpdated: ago(0),
		})
	}
	w.update(func(tx metadata.Tx) error { _, err := tx.InsertSegments(rows); return err })
}
