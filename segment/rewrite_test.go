package segment

import (
	"errors"
	"io"
	"path/filepath"
	"testing"
)

// rewrite writes all of s once more, in chunks of an odd size, and opens the result.
func rewrite(t testing.TB, s *Segment, o Options) (*Segment, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "segment")
	o.Interval = s.Interval()
	w, err := Create(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	index := Index{Dimensions: s.Dimensions()}
	if m := s.Metadata(); m != nil {
		index.Metadata = *m
	}
	for _, c := range s.Columns() {
		if !c.Dimension && c.Name != TimeColumn {
			index.Metrics = append(index.Metrics, c.Name)
		}
		if err := rewriteColumn(w, s, c); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Finish(index); err != nil {
		t.Fatal(err)
	}
	again, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := again.Close(); err != nil {
			t.Error(err)
		}
	})
	return again, dir
}

func rewriteColumn(w *Writer, s *Segment, c ColumnInfo) error {
	switch c.Type {
	case "LONG":
		column, err := s.Long(c.Name)
		if err != nil {
			return err
		}
		return rewriteNumbers(w.Long(c.Name), column)
	case "FLOAT":
		column, err := s.Float(c.Name)
		if err != nil {
			return err
		}
		return rewriteNumbers(w.Float(c.Name), column)
	case "DOUBLE":
		column, err := s.Double(c.Name)
		if err != nil {
			return err
		}
		return rewriteNumbers(w.Double(c.Name), column)
	}
	if c.NullOnly {
		return w.NullColumn(c.Name, s.Rows())
	}
	column, err := s.String(c.Name)
	if err != nil {
		return err
	}
	out := w.String(c.Name, StringOptions{Dictionary: column, HasNull: c.HasNulls, MultiValue: c.MultiValue, Bitmap: c.HasBitmaps})
	r := column.Reader()
	var ends, ids []int32
	for {
		var err error
		if c.MultiValue {
			if ends, ids, err = r.NextLists(ends[:0], ids[:0], 997); err == nil {
				err = out.AppendLists(ends, ids)
			}
		} else {
			var chunk [997]int32
			n := 0
			if n, err = r.NextIDs(chunk[:]); err == nil {
				err = out.AppendIDs(chunk[:n])
			}
		}
		if errors.Is(err, io.EOF) {
			return out.Close()
		}
		if err != nil {
			return err
		}
	}
}

func rewriteNumbers[T Number](out *NumberWriter[T], column *NumberColumn[T]) error {
	r, err := column.Reader()
	if err != nil {
		return err
	}
	var values [997]T
	var null [997]bool
	for {
		n, err := r.Next(values[:], null[:])
		if errors.Is(err, io.EOF) {
			return out.Close()
		}
		if err != nil {
			return err
		}
		if column.HasNulls() {
			err = out.Append(values[:n], null[:n])
		} else {
			err = out.Append(values[:n], nil)
		}
		if err != nil {
			return err
		}
	}
}

// rowsOf is all of s as JSON lines.
func rowsOf(t testing.TB, s *Segment) []byte {
	t.Helper()
	r, err := s.RowReader()
	if err != nil {
		t.Fatal(err)
	}
	var rows []byte
	for i := range s.Rows() {
		if rows, err = r.AppendJSON(rows, i); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, '\n')
	}
	return rows
}

// checkBitmaps compares the bitmaps of the column name with its rows.
func checkBitmaps(t testing.TB, s *Segment, name string) {
	t.Helper()
	column, err := s.String(name)
	if err != nil {
		t.Fatal(err)
	}
	ends, ids, err := column.Reader().NextLists(nil, nil, column.Rows())
	if err != nil {
		t.Fatal(err)
	}
	want := make([][]uint32, column.Len())
	start := int32(0)
	for row, end := range ends {
		list := ids[start:end]
		if len(list) == 0 {
			list = []int32{0}
		}
		for _, id := range list {
			if n := len(want[id]); n == 0 || want[id][n-1] != uint32(row) {
				want[id] = append(want[id], uint32(row))
			}
		}
		start = end
	}
	for id := range want {
		got, err := column.RowsOf(nil, id)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(want[id]) {
			t.Fatalf("column %q: %q is in %d rows, its bitmap has %d", name, column.At(id), len(want[id]), len(got))
		}
		for i := range got {
			if got[i] != want[id][i] {
				t.Fatalf("column %q: %q is in row %d, its bitmap has %d", name, column.At(id), want[id][i], got[i])
			}
		}
	}
}
