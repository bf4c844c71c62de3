package segment_test

import (
	"path/filepath"
	"testing"

	"ovate/segment"
)

// TestForget reads the same before and after the memory of a segment was given back.
func TestForget(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "s")
	w, err := segment.Create(dir, segment.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := w.Long(segment.TimeColumn)
	if err := c.Append([]int64{1, 2, 3}, nil); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Finish(segment.Index{}); err != nil {
		t.Fatal(err)
	}
	s, err := segment.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	for range 2 {
		column, err := s.Long(segment.TimeColumn)
		if err != nil {
			t.Fatal(err)
		}
		r, err := column.Reader()
		if err != nil {
			t.Fatal(err)
		}
		values := make([]int64, 3)
		if n, err := r.Next(values, nil); n != 3 || err != nil || values[2] != 3 {
			t.Errorf("read %d rows %v, %v", n, values, err)
		}
		if err := s.Forget(); err != nil {
			t.Fatal(err)
		}
	}
}
