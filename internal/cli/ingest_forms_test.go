package cli

import (
	"bytes"
	"fmt"
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

// Rows that are left out are told by column and value, and by reason where they have none, with where each was first.
func TestIngestTellsWhatItLeavesOut(t *testing.T) {
	t.Parallel()
	const rows = "date,n,s\n2024-01-01,1,a\n2024-01-01,x,b\n2024-01-02,x,c\nsoon,1,d\n2024-01-02,x\n2024-01-02\n2024-01-02,1,2,3\n2024-01-02,4,K\xf6ln\n2024-01-02,y,\xfc\n2024-01-03,x,\xfc\n"
	form{name: "a.csv", text: rows, flags: []string{"--skip-bad", "--type", "n=long"}, want: []string{`{"__time":"2024-01-01","n":1,"s":"a"}`}, says: []string{
		"Left out: 9 rows", "3 rows, the first", "line 9, column s: \"K\ufffdln\" is not UTF-8", "2 rows, the first", `line 3, column n: "x" is no number`,
		`line 5, column date: "soon" is no time`, `line 6: "2024-01-02, x" has only 2 fields`, `line 7: "2024-01-02" has only 1 field`, `line 8: "3" has 4 fields`}}.try(t)
	form{name: "a.csv", text: rows, flags: []string{"--skip-bad=8", "--type", "n=long"}, says: []string{"9 rows would be left out, more than --skip-bad=8 allows", "3 rows, the first"}, code: 1}.try(t)
	form{name: "a.csv", text: rows, flags: []string{"--skip-bad=9", "--type", "n=long", "--drop", "s,sm"}, says: []string{`--drop: there is no column "sm". Did you mean "s"?`}, code: 2}.try(t)
	form{name: "a.csv", text: rows, flags: []string{"--skip-bad=9", "--columns", "N,date"}, says: []string{`--columns: there is no column "N". Did you mean "n"?`}, code: 2}.try(t)
	form{name: "a.csv", text: rows, flags: []string{"--skip-bad", "--columns", "s"}, want: []string{`{"__time":"2024-01-01","s":"a"}`, `{"__time":"2024-01-01","s":"b"}`, `{"__time":"2024-01-02","s":"c"}`}, says: []string{"Left out: 7 rows"}}.try(t)
}

// A server of another user, or on another machine, may not find what this program hands it: that is told with what to do.
func TestServerThatCannotReadTheFiles(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	server := serving(t, command(t, "serve", "--listen", "127.0.0.1:0", "--data", data))
	for text, says := range map[string][]string{
		"time,v\n2024-01-01,NA\n2024-01-02,2\n": {"could not read the copy of the rows", "another user", "--rows DIR"},
		"time,v\n2024-01-01,1\n2024-01-02,2\n":  {"could not read the file", "another user", "standard input"},
	} {
		path := filepath.Join(t.TempDir(), "a.csv")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		gone := writerFunc(func(task []byte) (int, error) { // as if it were not there for the server
			_, rest, _ := bytes.Cut(task, []byte(`"files": ["`))
			file, _, _ := bytes.Cut(rest, []byte(`"`))
			return len(task), os.Remove(string(file))
		})
		var errs bytes.Buffer
		code := Main(t.Context(), []string{"ingest", path, "-d", "s", "--url", server.url}, &Streams{In: strings.NewReader(""), Out: gone, Err: &errs})
		result{code, "", errs.String()}.expect(t, 1, says...)
	}
	server.end(t, os.Interrupt)
}

// A copy in a folder of the user's choice is for others to read as the umask has it; any other is not.
func TestCopiesOfRowsArePrivateUnlessTheirFolderIsNamed(t *testing.T) {
	t.Parallel()
	rows := filepath.Join(t.TempDir(), "rows")
	form{name: "a.csv", text: "time,v\n2024-01-01,NA\n2024-01-02,2\n", flags: []string{"--rows", rows, "--dry-run"}}.try(t)
	files, err := filepath.Glob(filepath.Join(rows, "*"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	process, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(process), "Umask:")
	var umask os.FileMode
	if _, err := fmt.Sscanf(rest, "%o", &umask); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm() != 0o644&^umask {
		t.Error(info.Mode(), err)
	}
}
