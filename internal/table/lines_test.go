package table

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A delimiter that stands before nothing, or in few lines, belongs to the values of a list, whatever the file is called.
func TestListsOfOneValueALine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, f := range []struct {
		text  string
		names string // that are read, all with the same rows
		want  []string
	}{
		{"said\nHello;\nWorld\nbye;\n", "a.txt b.dat c.tab d.csv e f.list g.unknown", []string{"2: said=tHello;", "3: said=tWorld", "4: said=tbye;"}},
		{"said\nwait~\ngo^\nstop|\n\tx\n", "a.txt c", []string{"2: said=twait~", "3: said=tgo^", "4: said=tstop|", "5: said=t\tx"}},
		{"said\nHello, you\nWorld\nbye\n", "a.txt b.dat c", []string{"2: said=tHello, you", "3: said=tWorld", "4: said=tbye"}},
		{"# x\n0.5\n1.5\n2.5\n", "a.txt b.dat c", []string{"2: column_1=t0.5", "3: column_1=t1.5", "4: column_1=t2.5"}},
		{"aaa bbb\nccc\nddd eee\n", "a.txt b.dat", []string{"2: aaa bbb=tccc", "3: aaa bbb=tddd eee"}},
		{"Aql Aquila\nAnd Andromeda\nAnt Antlia\n", "a.txt b.gz c.log d", []string{"2: Aql Aquila=tAnd Andromeda", "3: Aql Aquila=tAnt Antlia"}},
		{"a;b\n1;\n2;\n", "a.txt a.csv a", []string{"2: a=t1 b= ", "3: a=t2 b= "}},
	} {
		for _, name := range strings.Fields(f.names) {
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, []byte(f.text), 0o600); err != nil {
				t.Fatal(err)
			}
			got, _, err := read(t.Context(), Options{}, path)
			if err != nil || strings.Join(got, "|") != strings.Join(f.want, "|") {
				t.Errorf("%s %q: %q %v", name, f.text, got, err)
			}
		}
	}
}

// What Prometheus writes of its metrics is refused by what it is, whose comments name no columns.
func TestMetrics(t *testing.T) {
	t.Parallel()
	check(t, Options{}, "# HELP up x\n# TYPE up gauge\nup{job=\"a\"} 1 1705312800000\nup{job=\"b\"} 0 1705312800000\n", "FILE is in the text format of Prometheus")
	check(t, Options{}, "# TYPE http_requests_total counter\nhttp_requests_total 5\n", "FILE is in the text format of Prometheus")
	check(t, Options{}, "# TYPE of thing\na,b\n1,2\n", "3: a=t1 b=t2")
}

// The files of Weka are refused with the flags that read their rows.
func TestARFF(t *testing.T) {
	t.Parallel()
	const text = "% by us\n@RELATION iris\n\n@ATTRIBUTE \"sepal length\" REAL\n@attribute\tclass {a,b}\n@data\n5.1,a\n% so far\n?,b\n"
	check(t, Options{}, text, "is ARFF, as Weka has it, which is not read. Its rows stand behind line 6: --skip-lines 6 --no-header --comment % --null '?' takes them, with columns named by their places: column_1 and those behind it are sepal length, class")
	no, lines := false, int64(6)
	check(t, Options{Header: &no, SkipLines: &lines, Comment: "%"}, text, "7: column_1=t5.1 column_2=ta", "9: column_1=t? column_2=tb")
	check(t, Options{}, "@relation x\n@attribute a numeric\n", "make a csv file of it")
	check(t, Options{}, "@relation,b\n1,2\n3,4\n", "2: @relation=t1 b=t2", "3: @relation=t3 b=t4")
}
