package detect

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ovate/internal/table"
)

// JSON with a key more in every row costs what it is long, and more columns than can be kept are refused with the first that is too many.
func TestManyColumns(t *testing.T) {
	t.Parallel()
	rows := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "{\"u%d\":%d}\n", i, i)
		}
		return b.String()
	}
	begin := time.Now()
	if table := look(t, rows(6_000), Options{}); len(table.Columns) != 6_000 {
		t.Errorf("%d columns", len(table.Columns))
	}
	_, err := Files(t.Context(), []string{write(t, "many.json", rows(mostRoots+5))}, Options{CopyDir: filepath.Join(t.TempDir(), "copies")})
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("there are more than %d columns", mostRoots)) || !strings.Contains(err.Error(), "If its keys are values") {
		t.Error(err)
	}
	t.Log(time.Since(begin))
}

// A row of far too many columns is refused, and nothing is kept of those that are too many, each of which takes kilobytes.
func TestRowOfManyColumns(t *testing.T) {
	t.Parallel()
	keys := make([]string, 3*mostRoots)
	for i := range keys {
		keys[i] = fmt.Sprintf("u%d", i)
	}
	in, err := table.Open(t.Context(), []string{write(t, "wide.json", `{"`+strings.Join(keys, `":1,"`)+"\":1}\n")}, table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := newRowCounter(in, Options{}, &layout{})
	if err != nil {
		t.Fatal(err)
	}
	err = in.Scan(t.Context(), in.Inputs, 1, func(_ int, b *table.Batch) error { return w.read(b) })
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("there are more than %d columns", mostRoots)) {
		t.Error(err)
	}
	if len(w.roots) > mostRoots+1 {
		t.Errorf("%d columns are kept", len(w.roots))
	}
	if err := in.Close(); err != nil {
		t.Error(err)
	}
}

// However many processors there are, workers together keep no more columns in mind than two of them may.
func TestWorkersOfWideFiles(t *testing.T) {
	t.Parallel()
	row := strings.TrimSuffix(strings.Repeat("1,", mostRoots), ",") + "\n"
	in, err := table.Open(t.Context(), []string{write(t, "wide.csv", row+row)}, table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o := Options{workers: func(string) int { return 8 }}
	workers, err := pass(t.Context(), in, &o, "", func(int) (*rowCounter, error) { return newRowCounter(in, o, &layout{}) })
	if err = errors.Join(err, in.Close()); err != nil || len(workers) != 2 {
		t.Errorf("%d workers: %v", len(workers), err)
	}
}
