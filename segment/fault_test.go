//go:build unix

package segment_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ovate/segment"
)

// texts is a dictionary of long strings.
type texts int

func (n texts) Len() int        { return int(n) }
func (n texts) At(i int) []byte { return fmt.Appendf(nil, "%06d%0100d", i, 0) }

// long writes a segment of many pages.
func long(t *testing.T) (dir string) {
	t.Helper()
	const rows = 5000
	dir = filepath.Join(t.TempDir(), "s")
	w, err := segment.Create(dir, segment.Options{Spec: segment.IndexSpec{MetricCompression: "none", DimensionCompression: "uncompressed"}})
	if err != nil {
		t.Fatal(err)
	}
	numbers, ids := make([]int64, rows), make([]int32, rows)
	for i := range numbers {
		numbers[i], ids[i] = int64(i), int32(i)
	}
	times, words := w.Long(segment.TimeColumn), w.String("word", segment.StringOptions{Dictionary: texts(rows), Bitmap: true})
	err = errors.Join(times.Append(numbers, nil), times.Close(), words.AppendIDs(ids), words.Close())
	if _, err2 := w.Finish(segment.Index{Dimensions: []string{"word"}}); err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	return dir
}

// TestCutOff cuts a file off while it is read in each of the ways there are: the error names the file and its sizes, and the process lives.
func TestCutOff(t *testing.T) {
	t.Parallel()
	numbers := func(s *segment.Segment) error {
		c, err := s.Long(segment.TimeColumn)
		if err != nil {
			return err
		}
		r, err := c.Reader()
		for err == nil {
			_, err = r.Next(make([]int64, 100), nil)
		}
		return err
	}
	words := func(s *segment.Segment) (*segment.StringColumn, error) { return s.String("word") }
	for name, read := range map[string]func(*segment.Segment) error{
		"numbers": numbers,
		"ids": func(s *segment.Segment) error {
			c, err := words(s)
			if err != nil {
				return err
			}
			for r := c.Reader(); err == nil; {
				_, err = r.NextIDs(make([]int32, 100))
			}
			return err
		},
		"dictionary": func(s *segment.Segment) error {
			c, err := words(s)
			if err != nil {
				return err
			}
			return fmt.Errorf("the last entry is %q", c.At(c.Len()-1))
		},
		"bitmaps": func(s *segment.Segment) error {
			c, err := words(s)
			if err != nil {
				return err
			}
			_, err = c.RowsOf(nil, c.Len()-1)
			return err
		},
		"rows": func(s *segment.Segment) error {
			r, err := s.RowReader()
			if err != nil {
				return err
			}
			_, err = r.AppendJSON(nil, s.Rows()-1)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := long(t)
			path := filepath.Join(dir, "00000.smoosh")
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			err = segment.Read(dir, func(s *segment.Segment) error {
				if err := os.Truncate(path, 4096); err != nil {
					t.Error(err)
				}
				return read(s)
			})
			var fault *segment.FaultError
			want := fmt.Sprintf("segment %s: 00000.smoosh was cut off while it was read: it had %d bytes and has 4096", dir, info.Size())
			if !errors.As(err, &fault) || fault.Path != path || fault.Opened != info.Size() || fault.Size != 4096 || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

// TestGuard leaves other errors and panics as they are.
func TestGuard(t *testing.T) {
	t.Parallel()
	dir := long(t)
	mine := errors.New("mine")
	if err := segment.Read(dir, func(*segment.Segment) error { return mine }); !errors.Is(err, mine) {
		t.Error(err)
	}
	if err := segment.Read(filepath.Join(dir, "none"), func(*segment.Segment) error { return nil }); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	defer func() {
		if problem := recover(); problem != "mine" {
			t.Errorf("panic %v", problem)
		}
	}()
	err := segment.Guard(func() error { panic("mine") })
	t.Errorf("no panic, but %v", err)
}

// TestFaultNamesItsFile: of several segments it is the one that was cut off that is named, and a file that is gone is said to be.
func TestFaultNamesItsFile(t *testing.T) {
	t.Parallel()
	whole, cut := long(t), long(t)
	path := filepath.Join(cut, "00000.smoosh")
	var open []*segment.Segment
	for _, dir := range []string{whole, cut} {
		s, err := segment.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		open = append(open, s)
	}
	if err := errors.Join(os.Truncate(path, 0), os.Remove(path)); err != nil {
		t.Fatal(err)
	}
	err := segment.Guard(func() error {
		for _, s := range open {
			c, err := s.Long(segment.TimeColumn)
			if err != nil {
				return err
			}
			r, err := c.Reader()
			if err != nil {
				return err
			}
			if _, err := r.Next(make([]int64, 5000), nil); err != nil {
				return err
			}
		}
		return nil
	})
	for _, s := range open {
		err = s.Blame(err)
	}
	if err == nil || !strings.Contains(err.Error(), cut) || !strings.Contains(err.Error(), "was removed") {
		t.Error(err)
	}
}
