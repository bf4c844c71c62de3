package retention_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"ovate/druid"
	"ovate/internal/datasource"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite"
	"ovate/internal/orphans"
	"ovate/internal/retention"
	"ovate/internal/task"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

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
			Segments: datasource.New(store, druid.Now, nil, nil),
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

func TestTasks(t *testing.T) {
	rules := retention.Rules{Tasks: retention.TaskRule{InitialDelay: time.Minute, Period: time.Hour, Retain: 7 * day}}
	inBubble(t, rules, func(w *world) {
		w.update(func(tx metadata.Tx) error {
			for i := range 1200 { // more than a batch
				if err := tx.InsertTasks(taskRow(fmt.Sprint("old", i), ago(8*day), druid.Success)); err != nil {
					return err
				}
			}
			return nil
		})
		w.insertTask("new", ago(7*day-30*time.Minute), druid.Success)
		w.insertTask("waiting", ago(9*day), druid.Running)
		w.change(func() { w.active, w.oldest = []string{"waiting"}, ago(9*day) })
		w.change(func() { w.broken = errors.New("the disk of the logs is gone") }) // keeps no row
	}, func(w *world, r *retention.Retention) {
		pass(5*time.Minute - time.Second)
		w.change(func() { w.swept = nil })
		if n := len(w.complete()); n != 1201 {
			w.Errorf("%d rows before the initial delay", n)
		}
		pass(2 * time.Second)
		if got := w.complete(); len(got) != 1 || got[0] != "new" {
			w.Errorf("left: %v", got)
		}
		pass(time.Hour + time.Minute)
		if got := w.complete(); len(got) != 0 {
			w.Errorf("left: %v", got)
		}
		if _, err := w.store.Task(context.Background(), "waiting"); err != nil {
			w.Errorf("the active task: %v", err)
		}
		if want := []string{"168h0m0s [waiting]", "168h0m0s [waiting]"}; !slices.Equal(w.said(), want) {
			w.Errorf("logs removed: %q", w.said())
		}
	})
}

// TestTaskThatHasJustEnded: its row stays for a while, however old the task is, and however short its retention.
func TestTaskThatHasJustEnded(t *testing.T) {
	for _, c := range []struct{ retain, stays time.Duration }{
		{time.Millisecond, 10 * time.Second}, {4 * time.Second, 10 * time.Second}, {time.Minute, time.Minute}, {day, 5 * time.Minute},
	} {
		t.Run(c.retain.String(), func(t *testing.T) {
			rules := retention.Rules{Tasks: retention.TaskRule{InitialDelay: time.Millisecond, Period: 2 * time.Second, Retain: c.retain}}
			inBubble(t, rules, func(w *world) {
				w.insertTask("long", ago(2*day), druid.Running)
				w.change(func() { w.active, w.oldest = []string{"long"}, ago(2*day) })
			}, func(w *world, r *retention.Retention) {
				there := func() bool {
					_, err := w.store.Task(context.Background(), "long")
					return err == nil
				}
				pass(time.Hour - time.Second)
				ended := time.Now()
				w.update(func(tx metadata.Tx) error {
					return tx.SetTaskStatus(druid.TaskStatus{ID: "long", State: druid.Success, Location: druid.UnknownLocation})
				})
				w.change(func() { w.active, w.oldest = nil, 0 })
				w.insertTask("short", ago(0), druid.Success)
				for there() && time.Since(ended) < time.Hour {
					pass(time.Second)
				}
				if took := time.Since(ended); took < c.stays || took > c.stays+c.stays/4+5*time.Second {
					w.Errorf("the row went after %v, want %v or a little more", took, c.stays)
				}
				if got := w.complete(); c.retain < day && len(got) > 0 || c.retain == day && len(got) != 1 {
					w.Errorf("left: %v", got)
				}
			})
		})
	}
}

func TestUnfinishedReports(t *testing.T) {
	inBubble(t, retention.Rules{}, func(w *world) {
		w.insertTask("done", ago(day), druid.Success)
		w.insertTask("failed", ago(day), druid.Failed)
		w.insertTask("running", ago(day), druid.Running)
	}, func(w *world, r *retention.Retention) {
		pass(time.Second)
		want := []string{"done true false <nil>", "failed false false <nil>", "gone false false <nil>", "running false true <nil>"}
		if !slices.Equal(w.said(), want) {
			w.Errorf("outcomes %q", w.said())
		}
		pass(day)
		if len(w.said()) != 8 {
			w.Errorf("outcomes a day later %q", w.said())
		}
	})
}

func TestAudit(t *testing.T) {
	inBubble(t, retention.Rules{Audit: retention.AgeRule{Period: time.Hour, Retain: 90 * day}}, func(w *world) {
		w.update(func(tx metadata.Tx) error {
			for i := range 600 {
				if err := tx.InsertAudit(metadata.AuditRow{Key: "wiki", Type: "task", Created: ago(90*day - time.Duration(i%2)*time.Hour)}); err != nil {
					return err
				}
			}
			return nil
		})
	}, func(w *world, r *retention.Retention) {
		count := func() (n int) {
			if err := w.store.Audit(context.Background(), metadata.AuditQuery{Max: -1}, func(*metadata.AuditRow) error { n++; return nil }); err != nil {
				w.Fatal(err)
			}
			return n
		}
		for _, step := range []struct {
			after time.Duration
			want  int
		}{{3*time.Minute - time.Second, 600}, {2 * time.Second, 300}, {2 * time.Hour, 0}} {
			pass(step.after)
			if n := count(); n != step.want {
				w.Errorf("%d entries, want %d", n, step.want)
			}
		}
	})
}

// What is stored of a supervisor goes once it was terminated long ago, and never of one that was not.
func TestSupervisors(t *testing.T) {
	inBubble(t, retention.Rules{Supervisors: retention.AgeRule{Period: time.Hour, Retain: 90 * day}}, func(w *world) {
		w.update(func(tx metadata.Tx) error {
			for i := range 600 { // more than a batch
				if err := errors.Join(
					tx.InsertSupervisor("ended", []byte(`{"type":"kafka"}`), ago(91*day)), tx.InsertSupervisor("rests", []byte(`{"type":"kafka"}`), ago(91*day)),
				); err != nil {
					return fmt.Errorf("version %d: %w", i, err)
				}
			}
			return tx.InsertSupervisor("ended", []byte(`{"type":"NoopSupervisorSpec"}`), ago(90*day-time.Hour))
		})
	}, func(w *world, r *retention.Retention) {
		count := func(id string) (n int) {
			if err := w.store.SupervisorVersions(context.Background(), id, -1, func(*metadata.SupervisorRow) error { n++; return nil }); err != nil {
				w.Fatal(err)
			}
			return n
		}
		for _, step := range []struct {
			after time.Duration
			want  int
		}{{3*time.Minute - time.Second, 601}, {2 * time.Second, 1}, {2 * time.Hour, 0}} {
			pass(step.after)
			if ended, rests := count("ended"), count("rests"); ended != step.want || rests != 600 {
				w.Errorf("%d versions of the one that was terminated, want %d, and %d of the other", ended, step.want, rests)
			}
		}
	})
}

// What was noted for tasks that are not active goes within a day, though nobody has ended them here; that of active ones stays.
func TestNotesOfAppendedSegments(t *testing.T) {
	inBubble(t, retention.Rules{}, func(w *world) {
		w.update(func(tx metadata.Tx) error {
			for id, state := range map[string]druid.TaskState{"active": druid.Running, "ended": druid.Failed} {
				row := &metadata.TaskRow{
					ID: id, GroupID: id, Type: "index", DataSource: "wiki", Created: ago(day), Payload: []byte(`{}`),
					Status: druid.TaskStatus{ID: id, State: state, Location: druid.UnknownLocation},
				}
				if err := tx.InsertTasks(row); err != nil {
					return err
				}
			}
			return tx.InsertUpgrades([]metadata.UpgradeRow{
				{TaskID: "active", SegmentID: "a", LockVersion: "v"}, {TaskID: "ended", SegmentID: "a", LockVersion: "v"},
				{TaskID: "ended", SegmentID: "b", LockVersion: "v"}, {TaskID: "nobody", SegmentID: "a", LockVersion: "v"},
			})
		})
	}, func(w *world, r *retention.Retention) {
		pass(time.Hour)
		if ids, err := w.store.UpgradeTasks(context.Background()); err != nil || !slices.Equal(ids, []string{"active"}) {
			w.Errorf("there are notes of %v, %v", ids, err)
		}
	})
}

func TestPending(t *testing.T) {
	inBubble(t, retention.Rules{Pending: 30 * time.Minute}, func(w *world) {
		w.change(func() { w.oldest = ago(5 * day) })
		w.update(func(tx metadata.Tx) error {
			for i := range 1_100 { // more than a batch
				id := druid.SegmentID{DataSource: "many", Interval: druid.Interval{Start: 0, End: 1}, Version: "v", PartitionNum: i}
				row := metadata.PendingRow{ID: id, ShardSpec: druid.Numbered(i, 0), Created: ago(9 * day), Key: fmt.Sprint("many", i)}
				if _, err := tx.InsertPending([]metadata.PendingRow{row}); err != nil {
					return err
				}
			}
			for i, created := range []druid.Instant{ago(7 * day), ago(5*day + 12*time.Hour), ago(2 * day), ago(0)} {
				id := druid.SegmentID{DataSource: "wiki", Interval: druid.Interval{Start: 0, End: 1}, Version: "v", PartitionNum: i}
				row := metadata.PendingRow{ID: id, ShardSpec: druid.Numbered(i, 0), Created: created, Key: fmt.Sprint(i)}
				if _, err := tx.InsertPending([]metadata.PendingRow{row}); err != nil {
					return err
				}
			}
			return nil
		})
	}, func(w *world, r *retention.Retention) {
		expect := func(want int) {
			w.Helper()
			if rows, err := w.store.PendingSegments(context.Background(), "wiki", nil); err != nil || len(rows) != want {
				w.Errorf("%d are left, %v, want %d", len(rows), err, want)
			}
		}
		expect(4)
		pass(31 * time.Minute)
		if names, err := w.store.PendingDataSources(context.Background()); err != nil || !slices.Equal(names, []string{"wiki"}) {
			w.Errorf("data sources with pending segments: %v, %v", names, err)
		}
		expect(3) // those younger than a day before the oldest task was submitted
		w.change(func() { w.oldest = 0 })
		pass(30 * time.Minute)
		expect(1)
		pass(day)
		expect(0)
	})
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

func TestOvershadowed(t *testing.T) {
	inBubble(t, retention.Rules{Overshadowed: time.Minute}, func(w *world) {
		w.insert(5, 1500, "a", true)
		w.insert(5, 1, "b", true)
		w.insert(3, 2, "a", true)
	}, func(w *world, r *retention.Retention) {
		expect := func(want int) {
			w.Helper()
			rows, err := w.store.UsedSegments(context.Background(), "wiki", nil)
			if err != nil || len(rows) != want {
				w.Errorf("%d are used, %v, want %d", len(rows), err, want)
			}
		}
		pass(61 * time.Second)
		expect(3)
		w.insert(3, 1, "b", true) // nobody tells of it
		pass(2 * time.Minute)
		expect(4)
		r.Published("wiki", []druid.Interval{druid.Eternity})
		pass(time.Minute)
		expect(2)
	})
}

func TestUnused(t *testing.T) {
	rules := retention.Rules{Unused: retention.UnusedRule{
		Period: 10 * time.Minute, Retain: 90 * day, Buffer: time.Hour, MaxSegments: 3, MaxInterval: 30 * day,
	}}
	inBubble(t, rules, func(w *world) {
		w.insert(200, 2, "a", false)
		w.insert(190, 1, "a", false)
		w.insert(150, 1, "a", false)
		w.insert(10, 1, "a", false)
		w.insert(180, 1, "a", true)
	}, func(w *world, r *retention.Retention) {
		pass(59 * time.Minute) // days would cost: the store looks at its files each second
		if len(w.submitted()) != 0 {
			w.Errorf("killed within the buffer period: %v", w.submitted())
		}
		pass(15 * time.Minute)
		if len(w.submitted()) != 1 { // while it is active there is no second one
			w.Fatalf("%d tasks: %v", len(w.submitted()), w.submitted())
		}
		for _, want := range []string{
			`"id":"coordinator-issued_kill_wiki_`, `"interval":"1999-06-15T00:00:00.000Z/1999-06-26T00:00:00.000Z"`, `"limit":3`,
			`"maxUsedStatusLastUpdatedTime":"2000-01-01T00:0`,
		} {
			if !strings.Contains(w.submitted()[0], want) {
				w.Errorf("task %s has no %s", w.submitted()[0], want)
			}
		}
		w.end() // it has failed: nothing is gone, and the others get their turn
		pass(10 * time.Minute)
		if want := `"interval":"1999-08-04T00:00:00.000Z/1999-08-05T00:00:00.000Z"`; len(w.submitted()) != 2 || !strings.Contains(w.submitted()[1], want) {
			w.Errorf("tasks %v", w.submitted())
		}
		w.end()
		pass(10 * time.Minute)
		if len(w.submitted()) != 3 || !strings.Contains(w.submitted()[2], `"1999-06-15T`) {
			w.Errorf("tasks %v", w.submitted())
		}
	})
}

func TestLife(t *testing.T) {
	t.Parallel()
	w := &world{T: t}
	make := func() *retention.Retention {
		return retention.New(retention.Options{Logs: w, Tasks: w, Storage: w, Log: slog.New(slog.DiscardHandler)})
	}
	never := make()
	never.Stop()
	never.Stop()
	never.Start()
	twice := make()
	twice.Stop()
	twice.Start()
	twice.Stop()
}

// marker marks nothing, and fails as it is told to.
type marker struct {
	*world
	fail  func()
	asked []string
}

func (m *marker) MarkOvershadowed(_ context.Context, dataSource string, intervals []druid.Interval) (int, []druid.Interval, error) {
	m.change(func() { m.asked = append(m.asked, fmt.Sprint(dataSource, intervals)) })
	if m.fail != nil {
		m.fail()
		return 0, []druid.Interval{failed}, errors.New("not now")
	}
	return 0, nil, nil
}

// failed is the part of what it is asked for that a marker fails in.
var failed = druid.Interval{Start: 0, End: 3_600_000}

// TestChangesAreNotLost: what a duty does not come to through an error or a panic it looks at the next time.
func TestChangesAreNotLost(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(){"error": func() {}, "panic": func() { panic("a fault") }} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store, err := sqlite.Open(sqlite.Options{Path: filepath.Join(t.TempDir(), "metadata.db")})
				if err != nil {
					t.Fatal(err)
				}
				m := &marker{world: &world{T: t, store: store}}
				r := retention.New(retention.Options{
					Store: store, Logs: m, Tasks: m, Storage: m, Segments: m, Log: slog.New(slog.DiscardHandler), Rules: retention.Rules{Overshadowed: time.Minute},
				})
				r.Start()
				pass(61 * time.Second) // all there is is nothing
				m.change(func() { m.fail = fail })
				r.Published("a", []druid.Interval{druid.Eternity})
				r.Published("b", []druid.Interval{druid.Eternity})
				pass(time.Minute)
				m.change(func() { m.fail, m.asked = nil, nil })
				pass(time.Minute)
				pass(time.Minute)
				left := []druid.Interval{failed}
				if name == "panic" { // at the first one
					left[0] = druid.Eternity
				}
				want := []string{fmt.Sprint("a", left), fmt.Sprint("b", left)}
				if !slices.Equal(m.asked, want) {
					t.Errorf("looked at %q, want %q", m.asked, want)
				}
				r.Stop()
				if err := store.Close(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestStorage: staging is cleared soon after the start; orphans are told, and told again only if they are others.
func TestStorage(t *testing.T) {
	inBubble(t, retention.Rules{Orphans: 10 * time.Minute}, func(w *world) { w.orphans = 3 }, func(w *world, r *retention.Retention) {
		const said = "belong to no segment"
		for i, step := range []struct{ orphans, told int }{{3, 1}, {3, 1}, {4, 2}, {0, 2}, {4, 3}} {
			w.change(func() { w.orphans = step.orphans })
			if i == 0 {
				pass(4 * time.Minute)
			} else {
				pass(10 * time.Minute)
			}
			if n := w.count(said); n != step.told {
				t.Errorf("with %d orphans: told %d times, want %d", step.orphans, n, step.told)
			}
			w.change(func() {
				if w.cleared != 1 {
					t.Errorf("staging was cleared %d times", w.cleared)
				}
			})
		}
	})
}

// stuck is logs that take for ever to look through.
type stuck struct{ *world }

func (s stuck) DeleteBefore(ctx context.Context, _ time.Time, _ []string) (int, error) {
	<-ctx.Done()
	return 0, ctx.Err()
}

// TestStopWaitsForNoDuty: a duty that has much to do ends with the server.
func TestStopWaitsForNoDuty(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, err := sqlite.Open(sqlite.Options{Path: filepath.Join(t.TempDir(), "metadata.db")})
		if err != nil {
			t.Fatal(err)
		}
		w := stuck{&world{T: t, store: store}}
		r := retention.New(retention.Options{
			Store: store, Logs: w, Tasks: w, Storage: w, Log: slog.New(slog.NewTextHandler(w, nil)),
			Rules: retention.Rules{Tasks: retention.TaskRule{InitialDelay: time.Minute, Period: time.Hour}},
		})
		r.Start()
		pass(time.Hour)
		begun := time.Now()
		r.AboutToStop()
		r.Stop()
		if took := time.Since(begun); took > 0 || w.count("ERROR") > 0 {
			t.Errorf("it took %v: %s", took, w.log.String())
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
}

// A kill task stays within the longest interval, however far apart the segments are.
func TestMaxIntervalOfCenturies(t *testing.T) {
	rules := retention.Rules{Unused: retention.UnusedRule{Period: 10 * time.Minute, Everything: true, Buffer: time.Hour, MaxSegments: 30, MaxInterval: 30 * day}}
	inBubble(t, rules, func(w *world) {
		w.insert(320*365, 1, "a", false)
		w.insert(190, 1, "a", false)
	}, func(w *world, r *retention.Retention) {
		pass(75 * time.Minute)
		if s := w.submitted(); len(s) != 1 || !strings.Contains(s[0], `"interval":"1680-03-18T00:00:00.000Z/1680-03-19T00:00:00.000Z"`) {
			t.Errorf("%v", s)
		}
	})
}
