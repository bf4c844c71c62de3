package format

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"ovate/internal/ingest/source"
	"ovate/internal/spec"
)

// Sizes that a Splitter uses unless told otherwise.
const (
	DefaultChunkBytes = 1 << 20
	DefaultMaxLine    = 256 << 20
	LeastMaxLine      = 4 << 20
)

// ColumnBytes is about how much memory a column takes, besides its name and its values, from the parsers to the segment.
const ColumnBytes = 1 << 10

// Splitter cuts inputs into chunks at line ends. It may be used by several goroutines, each with its own input.
type Splitter struct {
	// ChunkBytes is about how long a chunk is; it is longer only if a line is.
	ChunkBytes int
	// MaxLine bounds the length of a line, in bytes.
	MaxLine int
	// MaxColumnBytes bounds the memory that the columns of a header take, each ColumnBytes and its name; 0 is no limit.
	MaxColumnBytes int64

	text    *textLines // nil for JSON
	buffers sync.Pool
}

// NewSplitter returns a splitter for inputs of the format.
func NewSplitter(f spec.InputFormat) (*Splitter, error) {
	s := &Splitter{ChunkBytes: DefaultChunkBytes, MaxLine: DefaultMaxLine}
	var err error
	switch f := f.(type) {
	case spec.TextFormat:
		s.text, err = newTextLines(f)
	}
	return s, err
}

// Split reads the input to its end and hands its chunks, in their order, to emit, which owns each and releases it. It
// stops at the first error, be it of reading, of ctx or of emit.
func (s *Splitter) Split(ctx context.Context, in source.Input, emit func(Chunk) error) (err error) {
	r, err := in.Open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()

	c := &cutter{s: s, r: r, name: in.Name, buf: s.buffer()}
	file := &File{Name: in.Name, URI: in.URI, Hide: in.Hide}
	skip, err := c.header(file)
	if err != nil {
		return err
	}
	for first := true; ; first = false {
		if err := ctx.Err(); err != nil {
			return err
		}
		end, err := c.cut()
		if err != nil {
			return err
		}
		if end == 0 && c.skipped == 0 {
			return nil
		}
		chunk := Chunk{File: file, Data: c.buf[skip:end], Lines: c.lines, Bytes: c.skipped + int64(end), First: first}
		c.skipped = 0
		chunk.release, chunk.size = s.release(c.buf), int64(cap(c.buf))
		if file.HeaderFault != "" {
			chunk.Data = nil
			return emit(chunk)
		}
		c.lines += int64(bytes.Count(chunk.Data, []byte{'\n'}))
		c.advance(end)
		skip = 0
		if err := emit(chunk); err != nil {
			return err
		}
	}
}

// buffer returns memory for a chunk. Beyond its length it has room for what a parser puts behind the data.
func (s *Splitter) buffer() []byte {
	if b, ok := s.buffers.Get().(*[]byte); ok && len(*b) == s.ChunkBytes {
		return *b
	}
	return newBuffer(s.ChunkBytes)
}

func newBuffer(size int) []byte { return make([]byte, size, size+scanPadding) }

func (s *Splitter) release(buf []byte) func() {
	if len(buf) != s.ChunkBytes {
		return nil // those grown for long lines are left to the garbage collector
	}
	return func() { s.buffers.Put(&buf) }
}

// LongLineError is that a line is longer than the most bytes that one may have.
type LongLineError struct {
	Input string
	Line  int64
	Most  int
}

func (e *LongLineError) Error() string {
	return fmt.Sprintf("read %s: line %d is longer than %d bytes, the limit for a line; is it a text with line ends? "+
		"The limit is a quarter of maxBytesInMemory, at least %d and at most %d bytes", e.Input, e.Line, e.Most, LeastMaxLine, DefaultMaxLine)
}

// cutter reads one input into buffers that end where a line ends.
type cutter struct {
	s     *Splitter
	r     io.Reader
	name  string
	buf   []byte
	n     int  // bytes of buf that are filled
	done  bool // there is nothing left to read
	lines int64

	skipped int64 // bytes before the buffer that belong to no chunk yet
}

// fill reads until the buffer is full or the input ends.
func (c *cutter) fill() error {
	for c.n < len(c.buf) && !c.done {
		k, err := c.r.Read(c.buf[c.n:])
		c.n += k
		switch {
		case err == io.EOF:
			c.done = true
		case err != nil:
			return fmt.Errorf("read %s: %w", c.name, err)
		}
	}
	return nil
}

// grow makes room for a line that is longer than the buffer.
func (c *cutter) grow() error {
	if len(c.buf) >= c.s.MaxLine {
		return &LongLineError{c.name, c.lines + 1, c.s.MaxLine}
	}
	bigger := newBuffer(min(2*len(c.buf), c.s.MaxLine))
	copy(bigger, c.buf[:c.n])
	c.buf = bigger
	return nil
}

// cut returns the end of the last whole line in the buffer, once it is full. At the end of the input that is the end of
// the buffer, 0 if nothing is left.
func (c *cutter) cut() (int, error) {
	for {
		if err := c.fill(); err != nil {
			return 0, err
		}
		if c.done {
			return c.n, nil
		}
		if end := bytes.LastIndexByte(c.buf[:c.n], '\n') + 1; end > 0 {
			return end, nil
		}
		if err := c.grow(); err != nil {
			return 0, err
		}
	}
}

// advance goes on with a new buffer that begins with what stands in the old one after end.
func (c *cutter) advance(end int) {
	rest := c.buf[end:c.n]
	next := c.s.buffer()
	if len(rest) >= len(next) {
		next = newBuffer(2 * len(rest))
	}
	c.buf, c.n = next, copy(next, rest)
}

// header reads the lines before the first row, if the format has any, takes the names of the columns and returns where
// the rows begin.
func (c *cutter) header(file *File) (rows int, err error) {
	t := c.s.text
	if t == nil {
		return 0, nil
	}
	lines := t.SkipHeaderRows
	if t.Header {
		lines++
	}
	var last []byte
	for range lines {
		if rows > len(c.buf)/2 { // what is skipped needs no memory
			c.skipped += int64(rows)
			rows, c.n = 0, copy(c.buf, c.buf[rows:c.n])
		}
		end, err := c.line(rows)
		if err != nil {
			return 0, err
		}
		last = c.buf[rows:end]
		if end == rows {
			break // the input ends before
		}
		rows = end
		c.lines++
	}
	columns := t.Columns
	if t.Header {
		if len(last) == 0 {
			return rows, nil // no header line, hence no rows
		}
		if err := c.bounded(last); err != nil {
			return 0, err
		}
		columns = t.headerColumns(last)
	}
	file.Columns, file.HeaderFault = nameColumns(columns)
	return rows, nil
}

// bounded refuses a header whose columns would take more memory than there is for them, before they take it.
func (c *cutter) bounded(header []byte) error {
	columns := 1 + bytes.Count(header, c.s.text.delimiter)
	if most := c.s.MaxColumnBytes; most > 0 && int64(columns)*ColumnBytes+int64(len(header)) > most {
		return fmt.Errorf("read %s: %w", c.name, tooManyColumns("the header names", columns, most))
	}
	return nil
}

// tooManyColumns is the error of data that have more columns than memory, each ColumnBytes and its name.
func tooManyColumns(what string, columns int, most int64) error {
	return fmt.Errorf("%s %d columns, more than fit into memory, where all columns together may take %d bytes "+
		"(%d each, and their names): raise maxBytesInMemory, or are these the right data?", what, columns, most, ColumnBytes)
}

// line returns where the line ends that begins at c.buf[at], its line feed included.
func (c *cutter) line(at int) (int, error) {
	for {
		if err := c.fill(); err != nil {
			return 0, err
		}
		if n := bytes.IndexByte(c.buf[at:c.n], '\n'); n >= 0 {
			return at + n + 1, nil
		}
		if c.done {
			return c.n, nil
		}
		if err := c.grow(); err != nil {
			return 0, err
		}
	}
}
