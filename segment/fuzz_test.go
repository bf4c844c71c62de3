package segment

import (
	"archive/zip"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ovate/segment/smoosh"
)

// unpack returns the table and the only container of a zipped segment.
func unpack(t testing.TB, path string) (meta, chunk []byte) {
	t.Helper()
	z, err := zip.OpenReader(path)
	must(t, err)
	defer z.Close()
	meta, err = unzip(&z.Reader, smoosh.MetaName)
	must(t, err)
	chunk, err = unzip(&z.Reader, smoosh.ChunkName(0))
	must(t, err)
	return meta, chunk
}

// openPacked opens a segment of one container.
func openPacked(meta, chunk []byte) (*Segment, error) {
	return open("fuzz", func(name string) ([]byte, error) {
		switch name {
		case versionName:
			return binary.BigEndian.AppendUint32(nil, version), nil
		case smoosh.MetaName:
			return meta, nil
		case smoosh.ChunkName(0):
			return chunk, nil
		}
		return nil, os.ErrNotExist
	})
}

// readAll reads all there is of a segment and returns the first error.
func readAll(s *Segment) (first error) {
	keep := func(err error) {
		if first == nil && !errors.Is(err, io.EOF) {
			first = err
		}
	}
	for _, c := range s.Columns() {
		switch {
		case c.Type == "LONG" && c.Readable:
			column, err := s.Long(c.Name)
			keep(err)
			keep(drain(column))
		case c.Type == "FLOAT" && c.Readable:
			column, err := s.Float(c.Name)
			keep(err)
			keep(drain(column))
		case c.Type == "DOUBLE" && c.Readable:
			column, err := s.Double(c.Name)
			keep(err)
			keep(drain(column))
		case c.Type == "STRING" && c.Readable:
			column, err := s.String(c.Name)
			keep(err)
			keep(drainStrings(column))
		}
	}
	rows, err := s.RowReader()
	if err != nil {
		return first
	}
	for i := range min(s.Rows(), 10) {
		_, err := rows.AppendJSON(nil, i)
		keep(err)
	}
	return first
}

func drain[T Number](c *NumberColumn[T]) error {
	if c == nil {
		return nil
	}
	r, err := c.Reader()
	if err != nil {
		return err
	}
	var values [1000]T
	var null [1000]bool
	for err == nil {
		_, err = r.Next(values[:], null[:])
	}
	return err
}

func drainStrings(c *StringColumn) (err error) {
	if c == nil {
		return nil
	}
	if c.HasBitmaps() {
		for id := range c.Len() {
			c.At(id)
			if _, err := c.RowsOf(nil, id); err != nil {
				return err
			}
		}
	}
	r := c.Reader()
	var ends, ids []int32
	for err == nil {
		ends, ids, err = r.NextLists(ends[:0], ids[:0], 1000)
	}
	return err
}

// A damaged segment gives an error that says where, and neither a panic nor an out-of-memory.
func FuzzOpen(f *testing.F) {
	for _, name := range []string{"golden/02-multivalue-1/index", "golden/03-numeric-auto-encoding-1/index", "golden/13-month-kolkata-qweek-2/index",
		"golden/14-indexspec-none-frontcoded-1/index", "complex/sketches", "complex/nested"} {
		meta, chunk := unpack(f, filepath.Join("testdata", name+".zip"))
		f.Add(meta, chunk, 0, byte(0))
	}
	f.Fuzz(func(t *testing.T, meta, chunk []byte, at int, to byte) {
		if at >= 0 && at < len(chunk) {
			chunk[at] = to
		}
		s, err := openPacked(meta, chunk)
		if err == nil {
			err = readAll(s)
		}
		var corrupt *CorruptError
		if err != nil && !errors.As(err, &corrupt) && !errors.Is(err, os.ErrNotExist) {
			t.Fatalf("%T: %v", err, err)
		}
	})
}

// Every byte of a segment is changed in turn, to values that hurt.
func TestEveryByteDamaged(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"13-month-kolkata-qweek-2", "14-indexspec-none-frontcoded-1", "02-multivalue-1"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			meta, chunk := unpack(t, "testdata/golden/"+name+"/index.zip")
			step := 1 + len(chunk)/500
			for at := 0; at < len(chunk); at += step {
				before := chunk[at]
				for _, to := range []byte{0, before ^ 1, before ^ 0x80, 0xFF} {
					chunk[at] = to
					s, err := openPacked(meta, chunk)
					if err == nil {
						err = readAll(s)
					}
					var corrupt *CorruptError
					if err != nil && !errors.As(err, &corrupt) && !errors.Is(err, os.ErrNotExist) {
						t.Fatalf("byte %d is %#02x: %v", at, to, err)
					}
				}
				chunk[at] = before
			}
		})
	}
}

func TestCorruptErrorSaysWhere(t *testing.T) {
	t.Parallel()
	meta, chunk := unpack(t, "testdata/golden/13-month-kolkata-qweek-1/index.zip")
	s, err := openPacked(meta, chunk)
	must(t, err)
	// The first byte of the values of cnt is their version.
	entry := s.files["cnt"].entry
	at := int(entry.Start) + 4 + len(descriptorOf(s.files["cnt"].data)) + 4
	chunk[at] = 9
	_, err = openPacked(meta, chunk)
	var corrupt *CorruptError
	if !errors.As(err, &corrupt) {
		t.Fatalf("%v", err)
	}
	want := CorruptError{Segment: "fuzz", File: "00000.smoosh", Column: "cnt", Offset: int64(at) + 1, Problem: "the values begin with version 9 and should with 2"}
	if *corrupt != want {
		t.Errorf("%+v, want %+v", *corrupt, want)
	}
	if text := err.Error(); !strings.Contains(text, "00000.smoosh, byte ") || !strings.Contains(text, `column "cnt"`) {
		t.Error(text)
	}
}
