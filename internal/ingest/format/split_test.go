package format

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"ovate/internal/ingest/source"
	"ovate/internal/spec"
)

func input(r io.Reader) source.Input {
	return source.Input{Name: "x.txt", Size: -1, Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(r), nil }}
}

func TestSplit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.StringOf(rapid.SampledFrom([]rune("ab,\n\n\r"))).Draw(t, "data")
		f := spec.TextFormat{
			Delimiter: ",", Header: rapid.Bool().Draw(t, "header"), Columns: []string{"given"}, SkipHeaderRows: rapid.IntRange(0, 3).Draw(t, "skip"),
		}
		s, err := NewSplitter(f)
		if err != nil {
			t.Fatal(err)
		}
		s.ChunkBytes = rapid.IntRange(1, 20).Draw(t, "chunk")
		var r io.Reader = strings.NewReader(data)
		if rapid.Bool().Draw(t, "slow") {
			r = iotest.OneByteReader(r)
		}

		rest := data
		var header string
		skipped := f.SkipHeaderRows
		if f.Header {
			skipped++
		}
		for range skipped {
			header, rest, _ = strings.Cut(rest, "\n")
		}
		if !f.Header {
			header = ""
		}
		all, read, lines := "", int64(0), int64(min(skipped, len(slices.Collect(strings.Lines(data)))))
		var file *File
		err = s.Split(t.Context(), input(r), func(c Chunk) error {
			defer c.Release()
			if c.First != (file == nil) || file != nil && file != c.File {
				t.Errorf("chunk %q: first %v", c.Data, c.First)
			}
			file = c.File
			if file.HeaderFault == "" && c.Lines != lines {
				t.Errorf("chunk %q begins after %d lines, want %d", c.Data, c.Lines, lines)
			}
			lines += int64(bytes.Count(c.Data, []byte("\n")))
			if n := len(c.Data); n > 0 && c.Data[n-1] != '\n' && len(all)+n != len(rest) {
				t.Errorf("chunk %q does not end with a line", c.Data)
			}
			all += string(c.Data)
			read += c.Bytes
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if file == nil {
			if data != "" {
				t.Error("no chunk")
			}
			return
		}
		if file.HeaderFault == "" && (all != rest || read != int64(len(data))) {
			t.Errorf("chunks hold %q, want %q; they stand for %d bytes of %d", all, rest, read, len(data))
		}
		names, _ := nameColumns(strings.Split(strings.TrimSuffix(header, "\r"), ","))
		if f.Header && strings.Count(data, "\n") >= skipped && strings.Join(file.Columns, ",") != strings.Join(names, ",") {
			t.Errorf("columns %q of header %q", file.Columns, header)
		}
	})
}

// TestSplitSkips makes sure that lines which are skipped take neither memory nor, where there are none, time.
func TestSplitSkips(t *testing.T) {
	t.Parallel()
	s, err := NewSplitter(spec.TextFormat{Delimiter: ",", Columns: []string{"a"}, SkipHeaderRows: math.MaxInt32})
	if err != nil {
		t.Fatal(err)
	}
	s.ChunkBytes, s.MaxLine = 16, 64
	data := strings.Repeat("line\n", 1000)
	read := int64(0)
	err = s.Split(t.Context(), input(strings.NewReader(data)), func(c Chunk) error {
		if read += c.Bytes; len(c.Data) > 0 {
			t.Errorf("%q is a row", c.Data)
		}
		return nil
	})
	if err != nil || read != int64(len(data)) {
		t.Errorf("%d bytes of %d, %v", read, len(data), err)
	}
}

func TestSplitRefusesEndlessLines(t *testing.T) {
	t.Parallel()
	s, err := NewSplitter(spec.JSONFormat{})
	if err != nil {
		t.Fatal(err)
	}
	s.ChunkBytes, s.MaxLine = 16, 64
	data := "first\n" + strings.Repeat("x", 64) + "\n"
	err = s.Split(t.Context(), input(strings.NewReader(data)), func(Chunk) error { return nil })
	for _, part := range []string{"x.txt", "line 2", "64 bytes"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("error %v, want one with %q", err, part)
		}
	}
	s.MaxLine = 128
	if err := s.Split(t.Context(), input(strings.NewReader(data)), func(Chunk) error { return nil }); err != nil {
		t.Error(err)
	}
}

func TestSplitPassesErrorsOn(t *testing.T) {
	t.Parallel()
	s, err := NewSplitter(spec.JSONFormat{})
	if err != nil {
		t.Fatal(err)
	}
	s.ChunkBytes = 4
	broken := errors.New("broken")
	keep := func(Chunk) error { return nil }
	if err := s.Split(t.Context(), input(io.MultiReader(strings.NewReader("a\nb\n"), iotest.ErrReader(broken))), keep); !errors.Is(err, broken) || !strings.Contains(err.Error(), "x.txt") {
		t.Errorf("reading fails with %v", err)
	}
	if err := s.Split(t.Context(), input(strings.NewReader("a\nb\nc\nd\n")), func(Chunk) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("emit fails with %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err = s.Split(ctx, input(strings.NewReader("a\nb\nc\nd\n")), func(Chunk) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled split ends with %v", err)
	}
}

// Chunks that are released are used again; what was parsed from them must not change.
func TestReleasedMemory(t *testing.T) {
	t.Parallel()
	var lines []string
	for i := range 500 {
		lines = append(lines, `{"t":`+strings.Repeat("1", 1+i%5)+`,"a":"`+strings.Repeat("é", i%7)+`"}`)
	}
	data := strings.Join(lines, "\n")
	schema := &spec.DataSchema{
		Timestamp:  spec.TimestampSpec{Column: "t", Format: "millis"},
		Dimensions: spec.DimensionsSpec{Dimensions: []spec.Dimension{{Name: "a"}}},
	}
	whole := ingest(t, spec.InlineSource{Data: data}, schema, spec.JSONFormat{}, DefaultChunkBytes, 100)
	cut := ingest(t, spec.InlineSource{Data: data}, schema, spec.JSONFormat{}, 100, 100)
	if whole.RowStats != cut.RowStats || whole.RowStats.Processed != 500 {
		t.Errorf("%+v in one piece, %+v in many", whole.RowStats, cut.RowStats)
	}
}
