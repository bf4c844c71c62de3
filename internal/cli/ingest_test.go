package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ovate/druid"
	"ovate/internal/datadir"
)

const sales = `sold;shop;pieces;price
01.02.2024 10:00;Vienna;2;3.50
01.02.2024 11:00;Graz;1;NA
31.02.2024 11:00;Graz;1;1
02.02.2024 12:00;Linz;4;0.25
`

func salesFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sales.csv")
	if err := os.WriteFile(path, []byte(strings.Replace(sales, "31.02.", "03.02.", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestIngestDryRun(t *testing.T) {
	t.Parallel()
	path := salesFile(t)
	got := run(t, "ingest", path, "-d", "sales", "--dry-run")
	got.expect(t, 0, "sales.csv: text with a header", "4 rows", "column sold (dd.MM.yyyy HH:mm)", "1 string, 1 long, 1 double", "copy as JSON: price", "NA", "--rows DIR keeps it")
	if !json.Valid([]byte(got.out)) {
		t.Errorf("printed %s", got.out)
	}
	rows := filepath.Join(t.TempDir(), "kept")
	run(t, "ingest", path, "-d", "sales", "--dry-run", "--rows", rows).expect(t, 0, rows)
	if kept, err := filepath.Glob(filepath.Join(rows, "*.json")); err != nil || len(kept) != 1 {
		t.Errorf("%v, %v", kept, err)
	}
}

func TestIngestWithoutAServer(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	got := run(t, "ingest", salesFile(t), "-d", "sales", "--data", data, "--granularity", "month")
	got.expect(t, 0, "SUCCESS", "4, ", "published", "4 rows", "sales_2024-02-01T00:00:00.000Z_2024-03-01T00:00:00.000Z")
	paths, err := filepath.Glob(filepath.Join(data, "segments/sales/*/*/0/*/index"))
	if err != nil || len(paths) != 1 {
		t.Fatalf("%v, %v", paths, err)
	}
	run(t, "segment", "info", paths[0]).expect(t, 0, "2024-02-01T00:00:00.000Z/2024-03-01T00:00:00.000Z", "rows", "4", "COLUMN", "__time", "shop", "pieces", "price")
	run(t, "segment", "dump", "--limit=-1", paths[0]).expect(t, 2, "-n -1: must be a number of rows")
	if got := run(t, "segment", "dump", "-n", "0", paths[0]); got.code != 0 || got.out != "" {
		t.Errorf("no row: %+v", got)
	}
	dump := run(t, "segment", "dump", "-n", "2", paths[0])
	dump.expect(t, 0, `"__time":"2024-02-01T10:00:00.000Z"`, "Vienna", "3.5", "Graz")
	if strings.Count(dump.out, "\n") != 2 {
		t.Errorf("not two rows: %s", dump.out)
	}
}

// Rows that do not fit are shown, with the reason, before anything is ingested; those that may be left out are, and told.
func TestIngestTellsWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "rows.csv")
	text := "time,a\n" + strings.Repeat("2024-01-01,1\n", 30) + "soon,2\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	run(t, "ingest", path, "-d", "rows", "--data", data).expect(t, 1, "nothing was ingested", "line 32, column time: \"soon\" is no time", "--skip-bad", "--time-column")
	run(t, "ingest", path, "-d", "rows", "--data", data, "--skip-bad=0").expect(t, 1, "nothing was ingested")
	run(t, "ingest", path, "-d", "rows", "--data", data, "--skip-bad=x").expect(t, 2, "must be a number of rows")
	run(t, "ingest", path, "-d", "rows", "--data", data, "--skip-bad").expect(t, 0, "30 rows", "Left out: 1 row", "line 32, column time: \"soon\"", "SUCCESS", "30 rows")
	if left, err := filepath.Glob(filepath.Join(data, "copies", "*")); err != nil || left != nil {
		t.Errorf("left behind: %v, %v", left, err)
	}
	server := serving(t, command(t, "serve", "--listen", "127.0.0.1:0", "--data", data))
	run(t, "ingest", path, "-d", "rows", "--url", server.url, "--replace", "--skip-bad=1").expect(t, 0, "Left out: 1 row", "SUCCESS")
	server.end(t, os.Interrupt)
}

func TestIngestShowsWhatQueriesSee(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	path := salesFile(t)
	run(t, "ingest", path, "-d", "sales", "--data", data, "--granularity", "day").expect(t, 0, "sales holds:", "in 3 segments")
	run(t, "ingest", path, "-d", "sales", "--data", data, "--granularity", "month").expect(t, 2, "holds 4 rows in 3 segments, from 2024-02-01T10:00:00.000Z to 2024-02-03T11:00:00.000Z", "Nothing was changed", "--append", "--replace")
	run(t, "ingest", path, "-d", "sales", "--data", data, "--granularity", "month", "--replace").expect(t, 0, "sales holds:", "4 rows", "in 1 segment\n")
	run(t, "ingest", path, "-d", "sales", "--data", data, "--append").expect(t, 0, "8 rows", "in 2 segments")
	run(t, "ingest", path, "-d", "sales", "--data", data, "--append", "--replace").expect(t, 2, "--append", "--replace")
}

// weekly writes a row each week from a first day on, with the number of the week as its value.
func weekly(t *testing.T, name, first string, weeks int) string {
	t.Helper()
	day, err := time.Parse(time.DateOnly, first)
	if err != nil {
		t.Fatal(err)
	}
	text := "day,n\n"
	for i := range weeks {
		text += fmt.Sprintf("%s,%d\n", day.AddDate(0, 0, 7*i).Format(time.DateOnly), i)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// What is of another time stays, whatever the granularities of the runs are, and the rows told are those that a query sees.
func TestReplaceHidesNothingOfAnotherTime(t *testing.T) {
	t.Parallel()
	year, two := weekly(t, "year.csv", "2023-01-01", 53), filepath.Join(t.TempDir(), "two.csv")
	if err := os.WriteFile(two, []byte("day,n\n2023-06-04,99\n2023-11-04,99\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, first := range []string{"ALL", "MONTH"} {
		data := t.TempDir()
		run(t, "ingest", year, "-d", "s", "--data", data, "--granularity", first).expect(t, 0, "53 rows")
		run(t, "ingest", two, "-d", "s", "--data", data).expect(t, 2, "data source[s] holds")
		run(t, "ingest", two, "-d", "s", "--data", data, "--replace").expect(t, 0, "s holds:", "54 rows")
		// Now parts of chunks are hidden by newer ones; each row is to be appended where queries see it.
		run(t, "ingest", year, "-d", "s", "--data", data, "--append").expect(t, 0, "s holds:", "107 rows")
		server := serving(t, command(t, "serve", "--listen", "127.0.0.1:0", "--data", data))
		run(t, "datasources", "--url", server.url).expect(t, 0, "DATASOURCE", "s ", "107")
		run(t, "segments", "s", "--url", server.url, "--interval", "2023-06-04/P1D").expect(t, 0, "PARTITION", "2023-06-04T00:00:00.000Z/2023-06-05T00:00:00.000Z")
		if got := run(t, "dump", "s", "--url", server.url); strings.Count(got.out, "\n") != 107 || strings.Count(got.out, `"__time":"2023-06-04`) != 2 {
			t.Errorf("dumped %s %s", got.out, got.err)
		}
		if got := run(t, "dump", "s", "-n", "3", "--url", server.url); strings.Count(got.out, "\n") != 3 {
			t.Errorf("dumped %s %s", got.out, got.err)
		}
		run(t, "dump", "none", "--url", server.url).expect(t, 2, "none", "ovate datasources")
		server.end(t, os.Interrupt)
		run(t, "ingest", two, "-d", "s", "--data", data, "--replace", "--granularity", "YEAR").expect(t, 0, "s holds:", "2 rows", " 2 rows", "in ")
	}
}

// How many rows were replaced is told, also where they are a part of a segment.
func TestReplacedRowsAreTold(t *testing.T) {
	t.Parallel()
	two, one, other := tempFile(t, "two.csv", "date,a\n2024-01-15,1\n2024-01-16,2\n"), tempFile(t, "one.csv", "date,a\n2024-01-15,9\n"), tempFile(t, "other.csv", "date,a\n2024-03-15,9\n")
	data := t.TempDir()
	run(t, "ingest", two, "-d", "s", "--data", data, "--granularity", "MONTH").expect(t, 0, "2 rows")
	run(t, "ingest", two, "-d", "s", "--data", data, "--append").expect(t, 0, "4 rows")
	run(t, "ingest", other, "-d", "s", "--data", data, "--replace").expect(t, 0, "replaced  nothing: no row was there in the same time chunks", "5 rows")
	run(t, "ingest", one, "-d", "s", "--data", data, "--replace", "--granularity", "DAY").expect(t, 0, "replaced  2 rows of 2 segments", "4 rows")
	if got := run(t, "ingest", two, "-d", "s", "--data", data, "--append"); strings.Contains(got.err, "replaced") {
		t.Error(got.err)
	}
	run(t, "ingest", one, "-d", "s", "--data", data, "--replace", "--granularity", "MONTH").expect(t, 0, "replaced  5 rows of ", "2 rows")
}

// Where rows of other hours of the same days stay, that is told.
func TestReplaceTellsWhatStays(t *testing.T) {
	t.Parallel()
	const stay = "hours without a new row stay, on the same days, too; --granularity DAY replaces whole days"
	days, hour := tempFile(t, "days.csv", "date,a\n2024-01-15,1\n2024-01-16,2\n"), tempFile(t, "hour.csv", "date,a\n2024-01-15T08:00,9\n2024-01-15T08:30,9\n")
	data := t.TempDir()
	run(t, "ingest", days, "-d", "s", "--data", data).expect(t, 0, "2 rows")
	run(t, "ingest", hour, "-d", "s", "--data", data, "--replace").expect(t, 0, stay, "4 rows")
	run(t, "ingest", hour, "-d", "s", "--data", data, "--replace").expect(t, 0, stay, "4 rows")
	run(t, "ingest", hour, "-d", "s", "--data", data, "--replace", "--granularity", "MINUTE").expect(t, 0, "time chunks (MINUTE) without a new row stay, on the same days, too", "4 rows")
	whole := run(t, "ingest", hour, "-d", "s", "--data", data, "--replace", "--granularity", "DAY")
	alone := run(t, "ingest", hour, "-d", "s", "--data", data, "--replace")
	for _, one := range []result{whole, alone} {
		if one.expect(t, 0, "3 rows"); strings.Contains(one.err, "stay") {
			t.Error(one.err)
		}
	}
}

func TestAppendToAnyGranularity(t *testing.T) {
	t.Parallel()
	first, more := weekly(t, "a.csv", "2020-01-01", 3), weekly(t, "b.csv", "2024-01-01", 2)
	for _, g := range [][2]string{{"ALL", "HOUR"}, {"DAY", "ALL"}, {"MONTH", "WEEK"}} {
		data := t.TempDir()
		run(t, "ingest", first, "-d", "s", "--data", data, "--granularity", g[0]).expect(t, 0, "3 rows")
		run(t, "ingest", first, more, "-d", "s", "--data", data, "--append", "--granularity", g[1]).expect(t, 0, "s holds:", "8 rows")
	}
}

// Another program at the address cannot keep what it holds from being replaced.
func TestIngestOnAnotherOverlord(t *testing.T) {
	t.Parallel()
	url := fake(t, map[string][]string{"GET /api/v1/datasources/sales/segments?rows=true&interval=1970-01-01T00%3A00%3A00.000Z_1970-01-01T00%3A00%3A00.001Z": {"404!"}})
	run(t, "ingest", salesFile(t), "-d", "sales", url).expect(t, 2, "another program", "--append", "--replace", "--granularity")
}

// canceler ends the context of a program as soon as it writes a text.
type canceler struct {
	bytes.Buffer
	text   string
	cancel context.CancelFunc
}

func (c *canceler) Write(p []byte) (int, error) {
	if strings.Contains(string(p), c.text) {
		c.cancel()
	}
	return c.Buffer.Write(p)
}

func TestInterruptedIngestLeavesNothingToRun(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	server, err := embed(t.Context(), t.TempDir(), "127.0.0.1:0", &Streams{Err: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for ctx.Err() == nil {
			if status, err := server.Status(ctx, "n"); err == nil && status.Runner == "RUNNING" {
				cancel()
			}
		}
	}()
	if _, err := server.run(ctx, "n", []byte(`{"type":"noop","id":"n","runTime":3600000}`), nil, 0, func() error { return nil }, io.Discard); !errors.Is(err, context.Canceled) || err.Error() != "interrupted: nothing was stored" {
		t.Errorf("%v", err)
	}
	if status, err := server.Status(t.Context(), "n"); err != nil || status.State != druid.Failed {
		t.Errorf("%+v, %v", status, err)
	}
	if err := server.stop(); err != nil {
		t.Error(err)
	}
}

func TestInterruptedWaitTellsWhereTheTaskIs(t *testing.T) {
	t.Parallel()
	url := fake(t, map[string][]string{
		`POST /task {}`: {`{"task":"x"}`}, "GET /task/x/status": {answer("x", "RUNNING", "RUNNING")},
		"GET /task/x/reports": {`{"ingestionStatsAndErrors":{"payload":{"ingestionState":"COMPLETED","rowStats":{"totals":{"buildSegments":{"processed":5}}}}}}`},
	})
	ctx, cancel := context.WithCancel(t.Context())
	errs := &canceler{text: "5 rows", cancel: cancel}
	code := Main(ctx, []string{"submit", "-", "--wait", url}, &Streams{In: strings.NewReader("{}"), Out: io.Discard, Err: errs})
	if code != 130 || !strings.Contains(errs.String(), "interrupted") || !strings.Contains(errs.String(), "ovate wait x") {
		t.Errorf("%d: %s", code, errs)
	}
}

func TestIngestOnAServer(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	server := serving(t, command(t, "serve", "--listen", "127.0.0.1:0", "--data", data))
	path := salesFile(t)
	run(t, "ingest", path, "-d", "sales", "--url", server.url).expect(t, 0, "SUCCESS", "4, ", "1 published")
	run(t, "ingest", path, "-d", "sales", "--data", data, "--append").expect(t, 0, "SUCCESS", "8 rows") // it finds the server
	busy := t.TempDir()
	held, err := datadir.Acquire(busy) // by a process that takes no tasks
	if err != nil {
		t.Fatal(err)
	}
	run(t, "ingest", path, "-d", "sales", "--data", busy).expect(t, 1, "in use", "try again")
	if err := held.Release(); err != nil {
		t.Fatal(err)
	}
	run(t, "tasks", "-d", "sales", "--url", server.url).expect(t, 0, "index_parallel_sales", "SUCCESS")
	run(t, "quickstart", "--data", data, "--listen", "127.0.0.1:0").expect(t, 1, "in use", "--data /tmp/try")
	server.end(t, os.Interrupt).expect(t, 0)
}

func TestIngestRefuses(t *testing.T) {
	t.Parallel()
	path := salesFile(t)
	run(t, "ingest", path).expect(t, 2, "--datasource")
	run(t, "ingest", path, "-d", "a/b").expect(t, 2, "--datasource", "a/b")
	run(t, "ingest", path, "-d", "a", "--time-column", "when").expect(t, 2, `no column "when"`, "sold")
	run(t, "ingest", "none.csv", "-d", "a").expect(t, 2, "none.csv")
}

func TestQuickstart(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	told := run(t, "quickstart", "--once", "--data", data, "--listen", "127.0.0.1:0")
	if strings.Contains(told.out+told.err, "null") {
		t.Errorf("a first try speaks of nulls:\n%s%s", told.out, told.err)
	}
	told.expect(t, 0,
		"listening on http://127.0.0.1:", "SUCCESS in", "27,004, ", "5 published", "5,025 rows", "flights_2012-12-31", "27,004 rows", "in 5 segments")

	again := serving(t, command(t, "quickstart", "--data", data, "--listen", "127.0.0.1:0"))
	again.until(t, "is there already")
	again.until(t, "27,004 rows")
	again.until(t, "Serving on")
	if listed := run(t, "tasks", "-d", "flights", "--url", again.url); strings.Count(listed.out, "index_parallel_flights") != 1 {
		t.Errorf("the flights were ingested again:\n%s", listed.out)
	}
	run(t, "status", "none", "--url", again.url).expect(t, 4, "`ovate tasks`")
	again.end(t, os.Interrupt).expect(t, 0)
}
