package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Rows that are added with other columns, or other types of them, than those that are there are told.
func TestAppendTellsOtherColumns(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	first := run(t, "ingest", write("a.csv", "time,a,b\n2024-01-01,1,x\n"), "-d", "t", "--data", data, "--append")
	first.expect(t, 0, "1 row")
	if strings.Contains(first.err, "these rows have") {
		t.Error(first.err)
	}
	same := run(t, "ingest", write("b.csv", "time,a,b\n2024-01-02,2,y\n"), "-d", "t", "--data", data, "--append")
	same.expect(t, 0, "2 rows")
	if strings.Contains(same.err, "these rows have") || strings.Contains(same.err, "other types") {
		t.Error(same.err)
	}
	run(t, "ingest", write("c.csv", "time,a,B\n2024-01-03,q,y\n"), "-d", "t", "--data", data, "--append").expect(t, 0,
		"these rows have no column b, unlike t; there it is null.", "these rows have a column that no row of t has a value in: B.", "columns of other types than in t: a (string, and long there).", "3 rows")
}

// The types of columns are those of the last segment that has them, whatever lies behind it, and no more than a few segments are opened.
func TestAppendComparesWithTheSegmentThatHasTheColumn(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	add := func(text string) result {
		return run(t, "ingest", tempFile(t, "a.csv", text), "-d", "t", "--data", data, "--append", "--granularity", "DAY")
	}
	add("date,a,b\n2024-01-15,1,x\n").expect(t, 0, "1 row")
	add("date,A,B\n2024-01-15,2,y\n").expect(t, 0, "no column a, b, unlike t")
	add("date,C\n2024-02-15,2\n").expect(t, 0, "no column a, b, A, B, unlike t")
	add("date,a,b\n2024-01-15,u,5\n").expect(t, 0, "columns of other types than in t: a (string, and long there), b (long, and string there).")
	add("date,a,b,c\n2024-02-16,,3,\n").expect(t, 0, "5 rows")
	add("date,a,b\n2024-02-17,5,6\n").expect(t, 0, "columns of other types than in t: a (long, and string there).")
	names, row := "date", ""
	for i := range mostOpened + 2 {
		add(fmt.Sprintf("date,x%d\n2024-03-%02d,1\n", i, i+1)).expect(t, 0, "that no row of t has a value in")
		names, row = fmt.Sprintf("%s,x%d", names, i), row+",z"
	}
	add(names+"\n2024-04-01"+row+"\n").expect(t, 0, "x0 (string, and long there)", "x3 (string, and long there)", "not compared", "more than 4 segments", "x4, x5.")
}

// tempFile is a file of a text in a folder of its own.
func tempFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
