package detect

import (
	"fmt"
	"strings"
	"testing"
)

func TestNotesTellWhatWillBeLost(t *testing.T) {
	t.Parallel()
	f := func(text string, o Options, want string) {
		t.Helper()
		if notes := strings.Join(look(t, text, o).Notes, "\n"); want == "" && notes != "" || !strings.Contains(notes, want) {
			t.Errorf("%q: %s", text, notes)
		}
	}
	f("time,a\n2020-01-01,\"x, \"\"y\"\"\",\n2020-01-02,\"\"\n", Options{}, "1 of 3 lines looked at have more values")
	f("time,a\n2020-01-01,\"x, \"\"y\"\"\"\n2020-01-02,\"\"\n", Options{}, "")
	f("\ufeff2020-01-01,1\n2020-01-02,2\n", Options{}, "begins with a byte order mark")
	f("time;a\n2020-01-01;\"x\"\n", Options{}, "1 of 2 lines looked at have values in quotes")
	f("a,time\n1,2020-01-01\n2,\n", Options{TimeColumn: "time"}, "1 of the 2 rows looked at have no time in time")
	f("time,a\n2020-01-01,K\xf6ln\n", Options{}, "not all of it is UTF-8")
	f("timestamp,__time,a\n2020-01-01,2020-02-01,x\n", Options{TimeColumn: "timestamp"}, "the name of the time itself")
	// A log that is being written.
	f(strings.Repeat(`{"time":"2020-01-01","a":1}`+"\n", 30)+`{"time":"2020-01-02","b":`, Options{}, "1 of 31 lines looked at are not just one JSON object")
}

func TestFilesOfOneCommandGoTogether(t *testing.T) {
	t.Parallel()
	f := func(want string, texts ...string) {
		t.Helper()
		var paths []string
		for i, text := range texts {
			paths = append(paths, write(t, fmt.Sprint(i), text))
		}
		table, err := Files(t.Context(), paths, Options{})
		got := fmt.Sprint(err)
		if err == nil {
			got = fmt.Sprint(table.Span, " ", table.Summary(), " ", table.Notes)
		}
		if !strings.Contains(got, want) {
			t.Errorf("%q: %s", texts, got)
		}
	}
	const table = "time,a\n2020-01-01,1\n"
	f("2 besides the time: 2 long", table, "b,time\n1,2020-01-02\n")
	// A file with a header alone does not stretch the time.
	f("2020-01-01T00:00:00.000Z/2020-01-01T00:00:00.001Z", "time,a\n", table)
	f("[Left out: /", table, "", "\n")
	f("1 does not go with /", table, "2020-01-02,2\n2020-01-03,3\n")
	f("1 does not go with /", table, "time;a\n2020-01-02;2\n")
	f("1 does not go with /", table, `{"time":"2020-01-02"}`)
	f("1 does not go with /", "\ufeff"+table, "a,time\n2,2020-01-02\n")
	f("1: none of the rows looked at has a time in column \"time\"", table+strings.Repeat("2020-01-01,1\n", 20), "date,a\n2020-01-02,2\n")
}

func TestColumnsNotSeenAreTakenToo(t *testing.T) {
	t.Parallel()
	row := `{"time":"2020-01-01","n":1,"o":{}}` + "\n"
	for rows, want := range map[int]string{10: `{"type": "long", "name": "n"}`, 100_000: `"dimensionExclusions": ["o"],`} {
		task, err := look(t, strings.Repeat(row, rows), Options{}).Task("x")
		if err != nil || !strings.Contains(string(task), want) || strings.Contains(string(task), `"includeAllDimensions": true`) != (rows > 10) {
			t.Errorf("%d rows: %s, %v", rows, task, err)
		}
	}
}
