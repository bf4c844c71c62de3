package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// form is a file as people have it, and what is to come of it.
type form struct {
	name  string // of the file
	text  string
	flags []string
	want  []string // rows that are stored
	says  []string // in this order
	code  int
}

// try ingests the file within this process, and checks what is stored and told.
func (f form) try(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, f.name)
	if err := os.WriteFile(path, []byte(f.text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	data := filepath.Join(dir, "data")
	code := Main(t.Context(), append([]string{"ingest", path, "-d", "s", "--data", data}, f.flags...), &Streams{In: strings.NewReader(""), Out: &out, Err: &errs})
	result{code, out.String(), errs.String()}.expect(t, f.code, f.says...)
	if got := storedRows(t, data); !slices.Equal(got, f.want) {
		t.Errorf("%q: stored\n%s\nwant\n%s\n%s", f.text, strings.Join(got, "\n"), strings.Join(f.want, "\n"), &errs)
	}
}

// What stands around a table is told and is not taken for rows, whether the task reads the file or a copy.
func TestIngestOfTitles(t *testing.T) {
	t.Parallel()
	const table = "date,n\n2024-01-01,1\n2024-01-02,2\n"
	want := []string{`{"__time":"2024-01-01","n":1}`, `{"__time":"2024-01-02","n":2}`}
	for _, f := range []form{
		{name: "a.csv", text: "Account \"5\n\nmade today\n" + table, want: want, says: []string{`"skipHeaderRows": 4`, "line 4 is taken for the header"}},
		{name: "a.csv", text: "made today\n" + table, flags: []string{"--skip-lines", "1"}, want: want, says: []string{`"skipHeaderRows": 2`, "the header ends in line 2"}},
		{name: "a.csv", text: "made today\n" + table, flags: []string{"--skip-lines", "0"}, says: []string{"line 1 (made today) has 1 field", "--skip-lines 1"}, code: 2},
		{name: "a.csv", text: "made today\n" + table, flags: []string{"--skip-lines=-1"}, says: []string{"--skip-lines -1"}, code: 2},
		{name: "a.csv", text: "made today\n" + strings.Replace(table, ",2", ",NA", 1), want: []string{want[0], `{"__time":"2024-01-02","n":null}`}, says: []string{"copy"}},
		{name: "a.csv", text: table + "n,date\n3,2024-01-03\n", says: []string{"line 4 (n, date) names the columns again"}, code: 1},
		{name: "a.csv", text: table + "n,date\n3,2024-01-03\n", flags: []string{"--skip-bad"}, says: []string{"line 4 (n, date) names the columns again"}, code: 1},
		{name: "a.csv", text: table + "Total,3\n", flags: []string{"--time-column", "date"}, says: []string{`line 4, column date: "Total" is no time`, "--skip-bad"}, code: 1},
		{name: "a.csv", text: table + "\nSource: us\n", flags: []string{"--skip-bad=1"}, want: want, says: []string{`line 5: "Source: us" has only 1 field`}},
	} {
		f.try(t)
	}
}
