package detect

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

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
	bytes  int64    // that the lines stand for
	spread bool     // some lines are from here and there up to the end
}

// takeSamples looks at every file and reads the beginning of some: the first, the last and others evenly between.
func takeSamples(ctx context.Context, paths []string) ([]sample, error) {
	if len(paths) == 0 {
		return nil, errors.New("no file given")
	}
	samples := make([]sample, len(paths))
	step := max(1, float64(len(paths)-1)/(sampleFiles-1))
	next := 0.0
	var disk, text int64 // of the files read, to guess the others by
	for i, path := range paths {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		s, err := stat(path)
		if err != nil {
			return nil, err
		}
		if float64(i) >= next-1e-9 {
			if err := s.read(ctx); err != nil {
				return nil, err
			}
			next += step
			disk, text = disk+s.Size, text+s.Text
		}
		samples[i] = s
	}
	for i := range samples {
		if s := &samples[i]; len(s.lines) == 0 {
			s.Text = int64(float64(s.Size) * float64(text) / float64(disk))
		}
	}
	return samples, nil
}

func stat(path string) (sample, error) {
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
		return sample{}, fmt.Errorf("%s is not a regular file", path)
	case info.Size() == 0:
		return sample{}, fmt.Errorf("%s is empty", path)
	}
	return sample{File: File{Path: absolute, Size: info.Size()}}, nil
}

// read reads the beginning, opening the file as ingestion will.
func (s *sample) read(ctx context.Context) error {
	if err := checkName(s.Path); err != nil {
		return err
	}
	inputs, err := source.Open(ctx, spec.LocalSource{Files: []string{s.Path}}, source.Policy{AnyLocalFile: true})
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
	if s.Text = int64(len(text)); s.Text == limit {
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
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if bytes.IndexByte(text, 0) >= 0 {
		return fmt.Errorf("%s: it is not text; rows must be lines of json, csv or tsv", s.Path)
	}
	for line := range bytes.Lines(text) {
		if line = bytes.TrimRight(line, "\r\n"); len(bytes.TrimSpace(line)) > 0 {
			s.lines = append(s.lines, string(line))
		}
	}
	if len(s.lines) == 0 {
		return fmt.Errorf("%s: there are only blank lines in it", s.Path)
	}
	return nil
}
