package cli

import (
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
