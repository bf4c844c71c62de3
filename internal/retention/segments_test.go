package retention_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite"
	"ovate/internal/retention"
)

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
