//go:build peer

package peer

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestSegments has ovate ingest what a real Druid once ingested, and a real Druid read the segments: it must find the recorded
// rows in the recorded order, and answer every recorded query as it did from its own segments.
func TestSegments(t *testing.T) {
	// An interrupted test ends as a failed one does, with its processes.
	ctx, stop := signal.NotifyContext(t.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	lib, err := Install(ctx, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	all := recordings(ctx, t)
	t.Run("rows", func(t *testing.T) { compareRows(ctx, t, lib, all) })
	t.Run("sql", func(t *testing.T) { compareSQL(ctx, t, all) })
}

// compareRows holds the rows that Druid's dump-segment finds in ovate's segments against those in Druid's own.
func compareRows(ctx context.Context, t *testing.T, lib string, all []recording) {
	began := time.Now()
	out := t.TempDir()
	args, count := []string{filepath.Join("dump", "Dump.java")}, 0
	dumped := func(i, k int) string { return filepath.Join(out, strconv.Itoa(i)+"_"+strconv.Itoa(k)) }
	for i, r := range all {
		for k, s := range r.segments {
			args = append(args, s.folder, dumped(i, k))
			count++
		}
	}
	if said, err := Java(ctx, lib, args...).CombinedOutput(); err != nil {
		t.Fatalf("dump-segment: %v\n%s", err, said)
	}
	t.Logf("Druid dumped %d segments in %.1f s", count, time.Since(began).Seconds())
	for i, r := range all {
		t.Run(r.name, func(t *testing.T) {
			recorded, err := filepath.Glob(filepath.Join(r.dir, "rows", "*"))
			if err != nil || len(recorded) != len(r.segments) {
				t.Errorf("%d segments, want %d (%v)", len(r.segments), len(recorded), err)
			}
			rows := 0
			for k, s := range r.segments {
				got, want := lines(t, dumped(i, k)), lines(t, s.rows(r))
				if d := cmp.Diff(want, got); d != "" {
					t.Errorf("rows of %v (-want +got):\n%s", s.ID(), d)
				}
				rows += len(want)
			}
			t.Logf("%d segments, %d rows", len(r.segments), rows)
		})
	}
}

func lines(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

const (
	serveTimeout  = 90 * time.Second // from publishing segments to serving them
	settleTimeout = 10 * time.Second // from serving them to having a table of their columns
)

// compareSQL has a cluster load ovate's segments and answer the recorded queries.
func compareSQL(ctx context.Context, t *testing.T, all []recording) {
	druid := startJudge(ctx, t)
	began := time.Now()
	for _, r := range all {
		if err := druid.publish(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	loading, cancel := context.WithTimeout(ctx, serveTimeout)
	defer cancel()
	for _, r := range all {
		if err := druid.waitServed(loading, r); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("Druid serves the segments of all %d recordings, %.1f s after the first was published", len(all), time.Since(began).Seconds())
	for _, r := range all {
		t.Run(r.name, func(t *testing.T) {
			var columns, rows answer
			var aggregates []answer
			readJSON(t, filepath.Join(r.dir, "sql-columns.json"), &columns)
			readJSON(t, filepath.Join(r.dir, "sql-select-all.json"), &rows)
			readJSON(t, filepath.Join(r.dir, "sql-aggregates.json"), &aggregates)
			settling, cancel := context.WithTimeout(ctx, settleTimeout)
			defer cancel()
			druid.compareColumns(settling, t, columns, r.sameColumns())
			druid.compare(ctx, t, rows, true)
			for _, want := range aggregates {
				druid.compare(ctx, t, want, false)
			}
		})
	}
}

// compareColumns waits for the columns to be as recorded: the Broker builds its tables a moment after it has looked at the
// segments. Without ordered, their order does not matter.
func (j judge) compareColumns(ctx context.Context, t *testing.T, want answer, ordered bool) {
	t.Helper()
	query := want.SQL
	if !ordered {
		want = want.without("ORDINAL_POSITION")
	}
	difference := "no answer"
	err := Poll(ctx, func() (bool, error) {
		got, err := j.query(ctx, query)
		if err != nil {
			return false, err
		}
		if !ordered {
			got = got.without("ORDINAL_POSITION")
		}
		difference = want.diff(got, !ordered)
		return difference == "", nil
	})
	if err != nil {
		t.Fatalf("%s: %v: %s", query, err, difference)
	}
	t.Logf("same %d columns: %s", len(want.Rows), query)
}

// sameColumns is whether all segments have the same dimensions. Where they do not, because each discovered its own, the order
// of the table's columns comes from the order in which a Broker merges them, which varies between clusters.
func (r recording) sameColumns() bool {
	return !slices.ContainsFunc(r.segments, func(s ovateSegment) bool {
		return !slices.Equal(s.Dimensions, r.segments[0].Dimensions)
	})
}

func (j judge) compare(ctx context.Context, t *testing.T, want answer, anyOrder bool) {
	t.Helper()
	got, err := j.query(ctx, want.SQL)
	if err != nil {
		t.Error(err)
		return
	}
	if d := want.diff(got, anyOrder); d != "" {
		t.Errorf("%s: %s", want.SQL, d)
		return
	}
	t.Logf("same %d rows: %s", len(want.Rows), want.SQL)
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// without is the answer without a column.
func (a answer) without(name string) answer {
	var order []int
	for i, column := range a.Columns {
		if column != name {
			order = append(order, i)
		}
	}
	return a.picked(order)
}
