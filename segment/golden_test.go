package segment

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// golden calls fn for every segment in testdata/golden that Java wrote, with what Java's own tool printed of it.
func golden(t *testing.T, fn func(t *testing.T, name string, s *Segment, rows []byte)) {
	zips, err := filepath.Glob("testdata/golden/*/index.zip")
	if err != nil || len(zips) == 0 {
		t.Fatalf("no golden segments (%v)", err)
	}
	for _, path := range zips {
		dir := filepath.Dir(path)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			rows, err := os.ReadFile(filepath.Join(dir, "rows.jsonl"))
			if err != nil {
				t.Fatal(err)
			}
			s, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			fn(t, filepath.Base(dir), s, rows)
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// sameRows compares lines of JSON, and shows the first that differ.
func sameRows(t testing.TB, got, want []byte) {
	t.Helper()
	g, w := bytes.Split(got, []byte("\n")), bytes.Split(want, []byte("\n"))
	if len(g) != len(w) {
		t.Errorf("%d rows, want %d", len(g)-1, len(w)-1)
	}
	for i := range min(len(g), len(w)) {
		if !bytes.Equal(g[i], w[i]) {
			t.Fatalf("row %d\n got %s\nwant %s", i, g[i], w[i])
		}
	}
}

func TestGoldenRows(t *testing.T) {
	t.Parallel()
	golden(t, func(t *testing.T, _ string, s *Segment, rows []byte) {
		sameRows(t, rowsOf(t, s), rows)
		for _, c := range s.Columns() {
			if c.HasBitmaps {
				checkBitmaps(t, s, c.Name)
			}
		}
	})
}

// What Java wrote is read and written again with the same indexSpec. Everything is as before; everything but LZ4
// blocks and front-coded dictionaries is so byte by byte.
func TestGoldenRewritten(t *testing.T) {
	t.Parallel()
	specs := map[string]IndexSpec{
		"03-numeric-auto-encoding-1":     {LongEncoding: "auto"},
		"14-indexspec-none-frontcoded-1": {DimensionCompression: "uncompressed", MetricCompression: "none", LongEncoding: "auto"},
	}
	golden(t, func(t *testing.T, name string, s *Segment, rows []byte) {
		again, _ := rewrite(t, s, Options{Spec: specs[name]})
		sameRows(t, rowsOf(t, again), rows)
		var ours, theirs int64
		for _, c := range s.Columns() {
			java, written := s.files[c.Name], again.files[c.Name]
			ours += int64(len(written.data))
			theirs += int64(len(java.data))
			if a, b := descriptorOf(java.data), descriptorOf(written.data); a != b {
				t.Errorf("column %q has the descriptor %s, want %s", c.Name, b, a)
			}
			if !strings.Contains(c.Encoding, "lz4") && !strings.Contains(c.Encoding, "front-coded") && !bytes.Equal(java.data, written.data) {
				t.Errorf("column %q (%s): the bytes differ", c.Name, c.Encoding)
			}
		}
		t.Logf("%d bytes of columns, Java %d", ours, theirs)
		if !strings.HasPrefix(name, "14") && ours*100 > theirs*102 {
			t.Errorf("%d bytes of columns, and Java needs %d", ours, theirs)
		}
		for _, file := range []string{indexFile, metaFile} {
			if diff := cmp.Diff(string(s.files[file].data), string(again.files[file].data)); diff != "" {
				t.Errorf("%s: -Java +ours\n%s", file, diff)
			}
		}
		if diff := cmp.Diff(strip(s.Columns()), strip(again.Columns())); !strings.HasPrefix(name, "14") && diff != "" {
			t.Errorf("columns: -Java +ours\n%s", diff)
		}
	})
}

func descriptorOf(file []byte) string { return string(file[4 : 4+int(file[2])<<8+int(file[3])]) }

// strip removes what may differ.
func strip(columns []ColumnInfo) []ColumnInfo {
	for i := range columns {
		columns[i].Size = 0
	}
	return columns
}

// Every layout must bring back the same rows.
func TestGoldenInAllLayouts(t *testing.T) {
	t.Parallel()
	specs := []IndexSpec{
		{DimensionCompression: "zstd", MetricCompression: "zstd"},
		{DimensionCompression: "lzf", MetricCompression: "lzf", LongEncoding: "auto"},
		{DimensionCompression: "uncompressed", MetricCompression: "uncompressed"},
		{DimensionCompression: "lz4", MetricCompression: "none", LongEncoding: "auto"},
	}
	golden(t, func(t *testing.T, _ string, s *Segment, rows []byte) {
		var buffers Buffers
		for _, spec := range specs {
			again, dir := rewrite(t, s, Options{Spec: spec, Buffers: &buffers, MaxChunk: 400_000, Temporary: true})
			sameRows(t, rowsOf(t, again), rows)
			for _, c := range again.Columns() {
				if c.HasBitmaps {
					checkBitmaps(t, again, c.Name)
				}
			}
			out := filepath.Join(t.TempDir(), "index.zip")
			if err := Zip(t.Context(), dir, out); err != nil {
				t.Fatal(err)
			}
			zipped, err := Open(out)
			if err != nil {
				t.Fatal(err)
			}
			sameRows(t, rowsOf(t, zipped), rows)
		}
	})
}

func TestComplexColumns(t *testing.T) {
	t.Parallel()
	for name, unreadable := range map[string]int{"nested": -1, "sketches": -1, "projection": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := Open("testdata/complex/" + name + ".zip")
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, c := range s.Columns() {
				if c.Readable {
					continue
				}
				n++
				if _, err := s.Long(c.Name); err == nil || !strings.Contains(err.Error(), "can not be read") {
					t.Errorf("column %q as long: %v", c.Name, err)
				}
				if c.Type == "" || c.Encoding == "" || c.Size == 0 {
					t.Errorf("column %+v is not described", c)
				}
			}
			if unreadable == 0 && n > 0 || unreadable < 0 && n == 0 {
				t.Errorf("%d columns can not be read", n)
			}
			rows, err := s.RowReader()
			if err != nil {
				t.Fatal(err)
			}
			first, err := rows.AppendJSON(nil, 0)
			var object map[string]any
			if err := errors.Join(err, json.Unmarshal(first, &object)); err != nil {
				t.Fatal(err)
			}
			if left := rows.LeftOut(); len(object)+len(left) != len(s.Columns()) || (n > 0) != (len(left) > 0) {
				t.Errorf("of %d columns, %d of them unreadable, %v are left out and %d are there", len(s.Columns()), n, left, len(object))
			}
		})
	}
}
