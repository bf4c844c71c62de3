package table

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// readAll is all rows of some files, each as "column=value" with a sign for the kind, and the faults.
func readAll(t *testing.T, o Options, texts ...string) (rows, faults []string) {
	t.Helper()
	var paths []string
	for i, text := range texts {
		path := filepath.Join(t.TempDir(), fmt.Sprint(i))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	table, err := Open(t.Context(), paths, o)
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	err = table.Scan(t.Context(), table.Inputs, 1, func(_ int, b *Batch) error {
		names := table.Columns()
		for b.Next() {
			if known := table.Columns(); len(known) > len(names) {
				names = known
			}
			var row []string
			for _, c := range b.Cells {
				row = append(row, fmt.Sprintf("%s=%c%s", names[c.Column], " tqs0bnlo"[c.Kind], c.Raw))
			}
			rows = append(rows, fmt.Sprintf("%d: %s", b.Line, strings.Join(row, " ")))
		}
		for _, f := range b.Faults {
			faults = append(faults, fmt.Sprintf("%d: %s %q %s", f.Line, f.Column, f.Value, f.Why))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows, faults
}

func TestRows(t *testing.T) {
	t.Parallel()
	f := func(text string, want ...string) {
		t.Helper()
		rows, faults := readAll(t, Options{}, text)
		if got := append(rows, faults...); strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%q:\n%s", text, strings.Join(got, "\n"))
		}
	}
	f("a,b\n1,\"x\ny\"\n\n\"\",\n1\n1,2,3\n", "2: a=t1 b=qx\ny", "5: a=q b= ", `6:  "" has only 1 fields, and there are 2 columns`, `7:  "3" has 3 fields, and there are 2 columns`)
	f(`{"a":1,"b":"x\ny"}`+"\n"+`{"c":[1],"a":null}`, `1: a=01 b=sx`+"\n"+`y`, `2: c=l[1] a=nnull`)
}
