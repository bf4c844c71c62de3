package retention_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite"
	"ovate/internal/retention"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

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
