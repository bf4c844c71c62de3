package cli

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ovate/client"
	"ovate/druid"
)

// gzipped is a text as gzip has it.
func gzipped(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestFileThatChangesBeforeTheTask: a file that is another one when the task reads it than when its rows were checked is not stored; the command once
// more stores it as it is then, once.
func TestFileThatChangesBeforeTheTask(t *testing.T) {
	t.Parallel()
	const text = "time,v\n2024-01-01,1\n2024-01-02,2\n"
	compressed := gzipped(t, text)
	server := serving(t, command(t, "serve", "--data", t.TempDir(), "--listen", "127.0.0.1:0"))
	for n, test := range []struct {
		name, first, later string
		flags              []string
		rows               []string // stored by the command once more
	}{
		{"a.csv", text, "time,v\n2023-01-01,7\n2024-01-02,2\n", []string{"--append"}, []string{"2023-01-01 7", "2024-01-02 2"}}, // as long
		{"a.csv", text, "v,time\n7,2023-01-01\n2,2024-01-02\n", []string{"--replace", "--granularity", "DAY"}, []string{"2023-01-01 7", "2024-01-02 2"}},
		{"a.csv", text, "time,v\nwhatever,7\n2024-01-02,22\n", nil, nil}, // as long, and does not parse
		{"a.csv", text, text + "2024-01-03,3\n", []string{"--append"}, []string{"2024-01-01 1", "2024-01-02 2", "2024-01-03 3"}},
		{"a.csv", text, text + "2024-01-03", nil, nil}, // half a line so far
		{"a.csv", text, text[:20], []string{"--append"}, []string{"2024-01-01 1"}},
		{"a.csv", text, "", nil, nil},
		{"a.csv.gz", compressed, gzipped(t, "time,v\n2024-01-01,3\n2024-01-02,4\n"), []string{"--append"}, []string{"2024-01-01 3", "2024-01-02 4"}},
		{"a.csv.gz", compressed, compressed + gzipped(t, "2024-01-03,3\n"), nil, []string{"2024-01-01 1", "2024-01-02 2", "2024-01-03 3"}},
		{"a.csv.gz", compressed, compressed[:len(compressed)-9], nil, nil},
	} {
		dir, source := t.TempDir(), fmt.Sprintf("s%d", n)
		path, beside := filepath.Join(dir, test.name), filepath.Join(dir, "b.csv")
		where := []string{"--data", t.TempDir()}
		if n%2 == 1 {
			where = []string{"--url", server.url}
		}
		if err := os.WriteFile(path, []byte(test.first), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(beside, []byte("time,v\n"), 0o600); err != nil { // is read, too, and stays as it is
			t.Fatal(err)
		}
		args := slices.Concat([]string{"ingest", beside, path, "-d", source}, test.flags, where)
		var errs strings.Builder
		out := writerFunc(func(task []byte) (int, error) { return len(task), os.WriteFile(path, []byte(test.later), 0o600) })
		code := Main(t.Context(), args, &Streams{In: strings.NewReader(""), Out: out, Err: &errs})
		want := path + ": it has changed since it was checked: it had " + fmt.Sprint(len(test.first)) + " bytes"
		if code != 1 || !strings.Contains(errs.String(), want) || !strings.Contains(errs.String(), "Nothing was stored: run ovate ingest again") {
			t.Errorf("%d: %d: %s", n, code, errs.String())
		}
		run(t, slices.Concat([]string{"dump", source}, where)...).expect(t, 2, "nothing is stored")
		if test.rows == nil {
			continue
		}
		run(t, args...).expect(t, 0, "SUCCESS")
		var got []string
		for _, line := range strings.Split(strings.TrimSpace(run(t, slices.Concat([]string{"dump", source}, where)...).out), "\n") {
			var day, v string
			if _, err := fmt.Sscanf(strings.NewReplacer(`"`, " ", "T", " ").Replace(line), "{ __time : %s 00:00:00.000Z , v :%s", &day, &v); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			got = append(got, day+" "+strings.Trim(v, " }"))
		}
		if !slices.Equal(got, test.rows) {
			t.Errorf("%d: stored %q, want %q", n, got, test.rows)
		}
	}
}

// TestRowsOfAnotherNumber: what the task of a server that does not look whether files have changed took is counted against what was checked.
func TestRowsOfAnotherNumber(t *testing.T) {
	t.Parallel()
	for rows, ok := range map[client.Rows]bool{{Processed: 2}: true, {Processed: 3}: false, {Processed: 1}: false, {Processed: 2, Unparseable: 1}: false, {Processed: 1, ProcessedWithError: 1}: false} {
		ended := &outcome{status: druid.TaskStatusPlus{State: druid.Success}, rows: client.Ingestion{Rows: rows}}
		if err := ended.printAll(io.Discard, 2); ok != (err == nil) || err != nil && !strings.Contains(err.Error(), "the files have 2 rows, and the task took") {
			t.Errorf("%+v: %v", rows, err)
		}
	}
}

// TestNoReportOfTheEnd: where there is none, no number of segments is told, nor are rows counted that the task told of while it was at work.
func TestNoReportOfTheEnd(t *testing.T) {
	t.Parallel()
	succeeded := druid.TaskStatusPlus{ID: "x", State: druid.Success}
	ended := client.Ingestion{State: client.Completed, Rows: client.Rows{Processed: 2}, SegmentsPublished: 3}
	atWork := client.Ingestion{State: "BUILD_SEGMENTS", Rows: client.Rows{Processed: 1}}
	for _, c := range []struct {
		outcome *outcome
		says    string
		counts  bool
	}{
		{outcomeOf(succeeded, ended, true), "3 published", true},
		{outcomeOf(succeeded, atWork, true), "that its 2 rows are there was not counted", false},
		{outcomeOf(succeeded, client.Ingestion{}, false), "that its 2 rows are there was not counted", false},
	} {
		var text strings.Builder
		if err := c.outcome.printAll(&text, 2); err != nil || !strings.Contains(text.String(), c.says) || strings.Contains(text.String(), "published") != c.counts {
			t.Errorf("%+v: %v\n%s", c.outcome, err, &text)
		}
	}
}
