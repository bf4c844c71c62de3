package table

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"golang.org/x/sync/errgroup"
)

const (
	blockBytes = 1 << 20  // read at a time
	maxRecord  = 64 << 20 // of one row, so that a quote that is never closed does not take all memory
	padding    = 8        // bytes behind the data of a batch that may be looked at
)

// Scan reads all rows of some inputs, in batches that several workers take in their order. each is called with the number of
// the worker, from 0, and goes through the batch with Batch.Next; a batch is its own until it returns. The first error ends the
// scan: of each, of reading, or of ctx.
func (t *Table) Scan(ctx context.Context, inputs []*Input, workers int, each func(worker int, b *Batch) error) error {
	group, ctx := errgroup.WithContext(ctx)
	s := &scan{table: t, out: make(chan *Batch, workers)}
	group.Go(func() error {
		defer close(s.out)
		for _, in := range inputs {
			if err := s.input(ctx, in); err != nil {
				return fmt.Errorf("%s: %w", in.Name, err)
			}
		}
		return nil
	})
	for worker := range workers {
		group.Go(func() error {
			readers := map[*Input]rows{}
			for b := range s.out {
				reader := readers[b.Input]
				if reader == nil {
					clear(readers)
					reader = newRows(t, b.Input)
					readers[b.Input] = reader
				}
				b.reader, b.Row = reader, -1
				reader.begin(b)
				if err := each(worker, b); err != nil {
					return err
				}
				if cap(b.data) == blockBytes+padding {
					s.buffers.Put(&b.data)
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// scan is one Scan.
type scan struct {
	table   *Table
	out     chan *Batch
	seq     int
	buffers sync.Pool
}

func (s *scan) buffer() []byte {
	if b, ok := s.buffers.Get().(*[]byte); ok {
		return (*b)[:0]
	}
	return make([]byte, 0, blockBytes+padding)
}

// input cuts one input into batches.
func (s *scan) input(ctx context.Context, in *Input) (err error) {
	in.consumed.Store(0)
	r, err := in.read()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	c := newCutter(in)
	var lines int64
	buf := s.buffer()
	for done := false; !done; {
		n, err := io.ReadFull(r, buf[len(buf):cap(buf)-padding])
		buf = buf[:len(buf)+n]
		if done = err == io.EOF || err == io.ErrUnexpectedEOF; err != nil && !done {
			return err
		}
		if in.skip > 0 {
			buf = in.skipLines(buf, &lines)
		}
		end := len(buf)
		if !done {
			end = c.cut(buf)
		}
		if end == 0 && !done {
			if cap(buf) >= maxRecord {
				return fmt.Errorf("line %d: the row that begins there is longer than %d MB; is a quote or bracket never closed?", lines+1, maxRecord>>20)
			}
			buf = append(make([]byte, 0, 2*cap(buf)), buf...)
			continue
		}
		next := s.buffer()
		if rest := len(buf) - end; rest > cap(next)-padding-1 {
			next = make([]byte, 0, 2*rest+padding)
		}
		next = append(next, buf[end:]...)
		b := &Batch{Seq: s.seq, Input: in, data: buf[:end], lines: lines}
		s.seq++
		lines += int64(bytes.Count(b.data, []byte{in.Dialect.Break}))
		select {
		case s.out <- b:
		case <-ctx.Done():
			return ctx.Err()
		}
		buf = next
	}
	return nil
}

// read opens the input and decodes it.
func (in *Input) read() (io.ReadCloser, error) {
	r, err := in.open()
	in.skip = in.Dialect.Skip
	return r, err
}

// skipLines leaves out the lines before the first row.
func (in *Input) skipLines(buf []byte, lines *int64) []byte {
	for in.skip > 0 {
		n := bytes.IndexByte(buf, in.Dialect.Break)
		if n < 0 {
			return buf[:0]
		}
		buf = buf[n+1:]
		in.skip--
		*lines++
	}
	return buf
}
