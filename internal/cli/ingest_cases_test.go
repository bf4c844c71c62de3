package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Files that are easily misread are ingested whole, with the flags that say what is found anyway and without.
func TestIngestOfFilesThatAreEasilyMisread(t *testing.T) {
	t.Parallel()
	day := func(day, rest string) string { return `{"__time":"` + day + `",` + rest + `}` }
	for _, f := range []form{
		// The first line is the header, whatever comes again below it.
		{name: "code2.csv", text: "date,country,code\n2024-01-01,Germany,DE\n2024-01-02,Indonesia,code\n", flags: []string{"--header"},
			want: []string{day("2024-01-01", `"country":"Germany","code":"DE"`), day("2024-01-02", `"country":"Indonesia","code":"code"`)}},
		{name: "na.csv", text: "date,NA,EU\n2024-01-01,1,5\n2024-01-02,2,6\n", flags: []string{"--header"}, want: []string{day("2024-01-01", `"NA":1,"EU":5`), day("2024-01-02", `"NA":2,"EU":6`)}},
		{name: "yearhdr.csv", text: "time,2019,2020\n2024-01-01,1,5\n2024-01-02,2,6\n", flags: []string{"--header"}, want: []string{day("2024-01-01", `"2019":1,"2020":5`), day("2024-01-02", `"2019":2,"2020":6`)}},
		// Every row is in, whatever its time is.
		{name: "far.csv", text: "date,v\n2024-01-05,1\n9999-12-31,2\n", flags: []string{"--time-column", "date"}, want: []string{day("2024-01-05", `"v":1`), day("9999-12-31", `"v":2`)}},
		{name: "mmm.csv", text: "date,v\nJan 1 2000,1\n", flags: []string{"--time-column", "date"}, want: []string{day("2000-01-01", `"v":1`)}},
		{name: "month.csv", text: "date,v\n2024-01,1\n", flags: []string{"--time-column", "date"}, want: []string{day("2024-01-01", `"v":1`)}},
		{name: "old.csv", text: "date,v\n1850-01-01,1\n2024-01-01,2\n", flags: []string{"--time-column", "date"}, want: []string{day("1850-01-01", `"v":1`), day("2024-01-01", `"v":2`)}},
		{name: "posixf.csv", text: "ts,v\n1705313472.25,1\n", flags: []string{"--time-column", "ts"}, want: []string{day("2024-01-15T10:11:12.250Z", `"v":1`)}},
		{name: "yy.csv", text: "date,v\n1/15/24,1\n2/16/24,2\n", flags: []string{"--time-column", "date"}, want: []string{day("2024-01-15", `"v":1`), day("2024-02-16", `"v":2`)}},
		// Rows within JSON, and what could be rows.
		{name: "a.json", text: `[{"time":"2024-01-01","a":1}]`, flags: []string{"--format", "json"}, want: []string{day("2024-01-01", `"a":1`)}},
		{name: "b.json", text: `{"nodes":[{"a":1}],"links":[]}`, flags: []string{"--format", "json"}, says: []string{"in which nodes could be the rows", "--json-path nodes"}, code: 2},
		// Blank lines are no rows.
		{name: "blanks.csv", text: "time,v\n2024-01-01,1\n\n2024-01-02,2\n\n", flags: []string{"--skip-bad"}, want: []string{day("2024-01-01", `"v":1`), day("2024-01-02", `"v":2`)}, says: []string{"2 rows"}},
	} {
		f.try(t)
		f.flags = nil
		f.try(t)
	}
}

// A second file never hides rows of the first unasked, and appended rows are seen whatever chunks are there.
func TestASecondFileHidesNothingUnasked(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	a := file("a.csv", "time,v\n2020-01-01,1\n2023-01-01,2\n")
	b := file("b.csv", "time,v\n2024-01-01,3\n2027-01-01,4\n")
	for _, test := range []struct {
		flag string
		says []string
		code int
		rows int
	}{
		{"--append", []string{"s holds:", "4 rows"}, 0, 4},
		{"--replace", []string{"s holds:", "4 rows"}, 0, 4}, // none is of the same days
	} {
		data := t.TempDir()
		run(t, "ingest", a, "-d", "s", "--data", data).expect(t, 0, "2 rows")
		run(t, "ingest", b, "-d", "s", "--data", data, test.flag).expect(t, test.code, test.says...)
		if got := run(t, "dump", "s", "--data", data); strings.Count(got.out, "\n") != test.rows {
			t.Errorf("%s: %s %s", test.flag, got.out, got.err)
		}
	}
	for _, granularity := range []string{"ALL", "YEAR"} {
		data := t.TempDir()
		run(t, "ingest", a, "-d", "s", "--data", data, "--granularity", granularity).expect(t, 0, "2 rows")
		before := run(t, "dump", "s", "--data", data)
		second := run(t, "ingest", b, "-d", "s", "--data", data) // allowed only where it hides nothing
		after := run(t, "dump", "s", "--data", data)
		for _, row := range strings.Split(strings.TrimSpace(before.out), "\n") {
			if !strings.Contains(after.out, row) {
				t.Errorf("%s: %s is gone after exit code %d", granularity, row, second.code)
			}
		}
		if rows := strings.Count(after.out, "\n"); second.code == 0 && rows != 4 || second.code == 2 && rows != 2 {
			t.Errorf("%s: exit code %d, %d rows", granularity, second.code, rows)
		}
	}
}
