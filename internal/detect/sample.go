package detect

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"unicode/utf8"

	"ovate/internal/ingest/source"
	"ovate/internal/spec"
)

const (
	sampleBytes = 1 << 20 // read of one file, decompressed; twice as much if that is all there is
	sampleFiles = 16      // files read, if there are more
)

// sample is the beginning of a file, in whole lines that are not blank.
type sample struct {
	File
	lines  []string // none if the file was not read
	before int      // blank lines before the first
	marked bool     // a byte order mark stands before that
	broken bool     // not all of it is UTF-8
	whole  bool     // it is all of the file
	bytes  int64    // that the lines stand for
	spread bool     // some lines are from here and there up to the end
}

// emptyError is a file without a row. Among others it is left out.
type emptyError struct{ path, why string }

func (e *emptyError) Error() string { return e.path + e.why }

// takeSamples looks at every file and reads the beginning of some: the first, the last and others evenly between. Files with
// nothing in them are left out, and told.
func takeSamples(ctx context.Context, paths []string) (samples []sample, notes []string, err error) {
	if len(paths) == 0 {
		return nil, nil, errors.New("no file given")
	}
	step := max(1, float64(len(paths)-1)/(sampleFiles-1))
	next := 0.0
	var disk, text int64 // of the files read, to guess the others by
	var empty *emptyError
	for i, path := range paths {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		s, err := stat(path)
		if err == nil && float64(i) >= next-1e-9 {
			next += step
			if err = s.read(ctx); err == nil {
				disk, text = disk+s.Size, text+s.Text
			}
		}
		switch {
		case errors.As(err, &empty):
			notes = append(notes, "Left out: "+empty.Error()+".")
			continue
		case err != nil:
			return nil, nil, err
		}
		samples = append(samples, s)
	}
	if disk == 0 {
		return nil, nil, empty
	}
	for i := range samples {
		if s := &samples[i]; len(s.lines) == 0 {
			s.Text = int64(float64(s.Size) * float64(text) / float64(disk))
		}
	}
	return samples, notes, nil
}

func stat(path string) (sample, error) {
	if path == "-" {
		return sample{}, errors.New("rows cannot come from standard input, as the server opens the files itself; save them to a file first")
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return sample{}, err
	}
	info, err := os.Stat(absolute)
	switch {
	case err != nil:
		return sample{}, fmt.Errorf("%s: %w", path, errors.Unwrap(err))
	case info.IsDir():
		return sample{}, fmt.Errorf("%s is a folder; name its files, for example %s", path, filepath.Join(path, "*.csv"))
	case !info.Mode().IsRegular():
		return sample{}, fmt.Errorf("%s is not a regular file, which the server could open itself; save the rows to one first", path)
	case info.Size() == 0:
		return sample{}, &emptyError{path, " is empty"}
	}
	return sample{File: File{Path: absolute, Size: info.Size()}}, nil
}

// read reads the beginning, opening the file as ingestion will.
func (s *sample) read(ctx context.Context) error {
	if err := checkName(s.Path); err != nil {
		return err
	}
	inputs, err := source.Open(ctx, spec.LocalSource{Files: []string{s.Path}}, source.Policy{AnyLocalFile: true}, nil)
	if err != nil {
		return err
	}
	content, err := inputs[0].Open(ctx)
	if err != nil {
		return err
	}
	limit := int64(sampleBytes)
	if s.Size <= 2*sampleBytes {
		limit = 2 * sampleBytes
	}
	text, err := io.ReadAll(io.LimitReader(content, limit))
	if err := errors.Join(err, content.Close()); err != nil {
		return fmt.Errorf("%s: %w", s.Path, err)
	}
	if s.Text = int64(len(text)); s.Text < limit {
		s.whole = true
	} else {
		// The reader may be ahead of the decompressor by one buffer, which is little against what it has read.
		consumed := max(1, inputs[0].Consumed.Load())
		s.Text = max(s.Text, int64(float64(s.Size)*float64(len(text))/float64(consumed)))
		end := bytes.LastIndexByte(text, '\n')
		if end < 0 {
			return fmt.Errorf("%s: its first %d bytes are one line; rows must be lines", s.Path, limit)
		}
		text = text[:end+1]
		if consumed == limit && s.Size > limit { // plain text, so that one can look further on without reading all before it
			further, err := s.further()
			if err != nil {
				return err
			}
			text, s.spread = append(text, further...), true
		}
	}
	s.bytes = int64(len(text))
	return s.cut(text)
}

// further reads whole lines here and there up to the end of a file of plain text, which show how far its times reach.
func (s *sample) further() (text []byte, err error) {
	const places, length = 11, 64 << 10 // a prime number, so as not to fall in step with what repeats
	step := (s.Size - sampleBytes - length) / places
	file, err := os.Open(s.Path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	part := make([]byte, length)
	for place := range int64(places) {
		n, err := file.ReadAt(part, s.Size-length-place*step)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		begin, end := bytes.IndexByte(part[:n], '\n'), bytes.LastIndexByte(part[:n], '\n')
		if begin < end {
			text = append(text, part[begin+1:end+1]...)
		}
	}
	return text, nil
}

// cut splits text into lines, without a byte order mark and blank lines.
func (s *sample) cut(text []byte) error {
	text, s.marked = bytes.CutPrefix(text, []byte("\ufeff"))
	switch {
	case bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")):
		return fmt.Errorf("%s is UTF-16, and rows must be UTF-8: iconv -f utf-16 -t utf-8 FILE > rows", s.Path)
	case bytes.IndexByte(text, 0) >= 0:
		return fmt.Errorf("%s: it is not text; rows must be lines of json, csv or tsv", s.Path)
	case bytes.IndexByte(text, '\n') < 0 && bytes.IndexByte(bytes.TrimRight(text, "\r"), '\r') >= 0:
		return fmt.Errorf("%s: its lines end in a carriage return alone: tr '\\r' '\\n' < FILE > rows", s.Path)
	}
	s.broken = !utf8.Valid(text)
	for line := range bytes.Lines(text) {
		switch line = bytes.TrimRight(line, "\r\n"); {
		case len(bytes.TrimSpace(line)) > 0:
			s.lines = append(s.lines, string(line))
		case len(s.lines) == 0:
			s.before++
		}
	}
	if len(s.lines) == 0 {
		return &emptyError{s.Path, ": there are only blank lines in it"}
	}
	return nil
}
