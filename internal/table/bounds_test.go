package table

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"ovate/internal/moment"
	"ovate/internal/race"
)

// A text without line ends is no name of a column, and is told of by its beginning.
func TestLongName(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	prose := strings.Repeat("one word after the other ", 400)
	if found, _, err := read(t.Context(), Options{}, put(t, dir+"/name.txt", prose[:longestName]+"\nx\n")); err != nil || len(found) != 1 {
		t.Errorf("as long as a name may be: %v, %v", len(found), err)
	}
	path := put(t, dir+"/prose.txt", prose+"word")
	_, _, err := read(t.Context(), Options{}, path)
	if err == nil || len(err.Error()) > 400 || !strings.Contains(err.Error(), `line 1: "one word after the other`) ||
		!strings.Contains(err.Error(), "would be the name of a column, and has 10,004 bytes, where 10,000 are the most: --no-header takes the line for a row") {
		t.Errorf("a long one: %v", err)
	}
	no := false
	if found, _, err := read(t.Context(), Options{Header: &no}, path); err != nil || len(found) != 1 {
		t.Errorf("taken for a row: %v, %v", len(found), err)
	}
}

// That a long field is a text is seen without going through it.
func TestLongField(t *testing.T) {
	long := bytes.Repeat([]byte("1"), longestLook+1)
	if n := testing.AllocsPerRun(1, func() {
		if lookOf(long, moment.UTC()) != word {
			t.Error("it is none")
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// manyFiles is an archive of so many small files.
func manyFiles(t *testing.T, n int, name, content string) string {
	t.Helper()
	var packed bytes.Buffer
	w := zip.NewWriter(&packed)
	for i := range n {
		f, err := w.CreateHeader(&zip.FileHeader{Name: fmt.Sprintf(name, i)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.zip")
	if err := os.WriteFile(path, packed.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// What many small files take grows with what is in them.
func TestManySmallFiles(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector has pools forget what they have")
	}
	const n = 500
	path := manyFiles(t, n, "%d.csv", "day,n\n2026-01-01,1\n")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	found, _, err := read(t.Context(), Options{}, path)
	runtime.ReadMemStats(&after)
	if err != nil || len(found) != n {
		t.Fatalf("%d rows, %v", len(found), err)
	}
	if each := (after.TotalAlloc - before.TotalAlloc) / n; each > 48<<10 {
		t.Errorf("%d bytes are allocated for each", each)
	}
}

// An archive of far too many files is refused before memory is taken for all of them.
func TestTooManyFiles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		n          int
		name, says string
	}{
		{mostFiles + 1, "%d", "there are more than 100,000 files in this archive: unpack it, and name the folder"},
		{longestList >> 15, "%d" + strings.Repeat("x", 1<<15), "the list of its files has more than 16 MB: unpack it, and name the folder"},
	} {
		if _, err := Open(t.Context(), []string{manyFiles(t, c.n, c.name, "")}, Options{}); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%d files: %v", c.n, err)
		}
	}
}
