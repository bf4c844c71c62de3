package table

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/sync/errgroup"

	"ovate/internal/checksum"
	"ovate/internal/moment"
)

const (
	blockBytes = 1 << 20 // read at a time
	padding    = 8       // bytes behind the data of a batch that may be looked at
)

// LongestRow is how many bytes a row may have, so that a quote that is never closed does not take all memory.
const LongestRow = 64 << 20

// ErrLongRow is of a row that is longer than those that are read.
var ErrLongRow = errors.New("the row that begins there is longer")

// Scan reads all rows of some inputs, in batches that several workers take in their order. each is called with the number of
// the worker, from 0, and goes through the batch with Batch.Next; a batch is its own until it returns. The first error ends the
// scan: of each, of reading, or of ctx.
func (t *Table) Scan(ctx context.Context, inputs []*Input, workers int, each func(worker int, b *Batch) error) error {
	group, ctx := errgroup.WithContext(ctx)
	s := &scan{table: t, out: make(chan *Batch, workers)}
	for _, in := range inputs {
		in.forget()
	}
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
			var reader rows
			var of *Input
			for b := range s.out {
				if of != b.Input {
					of, reader = b.Input, newRows(t, b.Input)
				}
				b.reader, b.Row = reader, -1
				reader.begin(b)
				if err := errors.Join(each(worker, b), b.stop); err != nil {
					return err
				}
				if cap(b.data) == t.block+padding {
					s.buffers.Put(&b.data)
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// forget makes room for what another scan finds.
func (in *Input) forget() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.escaped = escapeTallies{}
	in.odd, in.notes, in.tail, in.marked, in.all, in.gaps, in.lastRow = "", nil, tail{}, tally{}, 0, nil, 0
	in.consumed.Store(0)
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
	return make([]byte, 0, s.table.block+padding)
}

// input cuts one input into batches.
func (s *scan) input(ctx context.Context, in *Input) (err error) {
	stored, err := in.open()
	if err != nil {
		return err
	}
	sum := &checksum.Reader{ReadCloser: stored}
	text, err := in.textOf(sum)
	if err != nil {
		return err
	}
	defer func() {
		if err == nil {
			err = in.summedUp(sum)
		}
		err = errors.Join(err, text.Close(), in.changed())
	}()
	r := &blocks{in: in, r: text, cutter: newCutter(&in.Dialect, moment.UTC()), longest: cmp.Or(s.table.options.Longest, LongestRow), buf: s.buffer()}
	if err := r.start(); err != nil {
		return err
	}
	carrier := newCarrier(s.table, in)
	for first := true; ; first = false {
		data, rest, err := r.next(s.buffer)
		if err != nil {
			return err
		}
		if len(data) == 0 && r.fault == nil {
			return nil
		}
		r.buf = rest
		b := &Batch{Seq: s.seq, Input: in, data: data, lines: r.lines, first: first, list: r.begins}
		r.begins = false
		asks := false
		if b.carry, asks = carrier.take(data, r.lines); asks {
			if b.after, err = r.after(); err != nil {
				return err
			}
		}
		if r.fault != nil {
			b.Faults = append(b.Faults, *r.fault)
			r.fault = nil
		}
		s.seq++
		r.lines += int64(bytes.Count(data, []byte{in.Dialect.Break}))
		select {
		case s.out <- b:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// blocks reads the text of one input in blocks of whole rows.
type blocks struct {
	in      *Input
	r       io.Reader
	cutter  cutter
	longest int // bytes of a row
	buf     []byte
	lines   int64 // before buf
	done    bool  // there is no more to read
	over    bool  // there are no more rows
	begins  bool  // with the first row of a list
	fault   *Fault
}

// start goes to the first row.
func (r *blocks) start() error {
	if err := r.skip(); err != nil {
		return err
	}
	if d := &r.in.Dialect; d.Format == "json" && d.Layout == Array {
		return r.open(r.r)
	}
	return nil
}

// open goes to the first row of a list.
func (r *blocks) open(text io.Reader) error {
	r.begins = true
	w := &walker{Reader: r.in.buffered(text), lines: r.lines}
	err := w.open(r.in.Dialect.path)
	r.r, r.lines = w, w.lines
	return err
}

// skip goes behind the lines before the first row.
func (r *blocks) skip() error {
	d := &r.in.Dialect
	if d.Skip == 0 {
		return nil
	}
	b := r.in.buffered(r.r)
	for range d.Skip {
		for {
			piece, err := b.ReadSlice(d.Break)
			if err == nil {
				break
			}
			if err != bufio.ErrBufferFull && (err != io.EOF || len(piece) == 0) {
				return noEOF(err)
			}
			if err == io.EOF {
				break
			}
		}
	}
	r.r, r.lines = b, d.Skip
	return nil
}

func noEOF(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// next returns a block of whole rows, nothing at the end, and the buffer to go on with.
func (r *blocks) next(buffer func() []byte) (data, rest []byte, err error) {
	for {
		if r.over {
			if more, err := r.further(); err != nil || !more {
				return nil, nil, err
			}
		}
		if err := r.fill(); err != nil {
			return nil, nil, err
		}
		end, over := r.cutter.cut(r.buf)
		r.over = over
		if r.done && !over {
			if v, ok := r.cutter.(*valueCutter); ok && v.list {
				r.fault = &Fault{Input: r.in.Name, Line: r.lines + 1 + int64(bytes.Count(r.buf, []byte{'\n'})), Why: "is where the file ends without the bracket that ends the list of rows: it was cut off, or a row before has a quote or a bracket that is not closed"}
			}
			r.over, r.done = true, true
			data, r.buf = r.buf, nil
			r.r = nil
			return data, nil, nil
		}
		if end > 0 || over {
			rest = buffer()
			if n := len(r.buf) - end; n > cap(rest)-padding-1 {
				rest = make([]byte, 0, 2*n+padding)
			}
			rest = append(rest, r.buf[end:]...)
			if end == 0 {
				r.buf = rest
				continue
			}
			return r.buf[:end], rest, nil
		}
		if cap(r.buf) >= r.longest {
			return nil, nil, fmt.Errorf("line %d: %w than %d MB; is a quote or a bracket never closed?", r.lines+1, ErrLongRow, r.longest>>20)
		}
		r.buf = append(make([]byte, 0, 2*cap(r.buf)), r.buf...)
	}
}

// fill reads until the buffer is full, or the input at its end, so that blocks do not depend on how much a Read returns.
func (r *blocks) fill() error {
	for limit := cap(r.buf) - padding; !r.done && len(r.buf) < limit; {
		n, err := r.r.Read(r.buf[len(r.buf):limit])
		r.buf = r.buf[:len(r.buf)+n]
		if r.done = err == io.EOF; err != nil && !r.done {
			return err
		}
	}
	return nil
}

// after returns the line behind the block at hand, and leaves it there.
func (r *blocks) after() ([]byte, error) {
	for {
		if err := r.fill(); err != nil {
			return nil, err
		}
		if end := lineEnd(r.buf, 0, r.in.Dialect.Break); end < len(r.buf) || r.done || len(r.buf) >= r.longest {
			return bytes.Clone(r.buf[:end]), nil
		}
		if cap(r.buf)-padding == len(r.buf) {
			r.buf = append(make([]byte, 0, 2*cap(r.buf)), r.buf...)
		}
	}
}

// further goes on to the list of rows in the next object, if there is one. Nothing else may come behind a list.
func (r *blocks) further() (more bool, err error) {
	if r.r == nil {
		return false, nil
	}
	path := r.in.Dialect.path
	w := &walker{Reader: r.in.buffered(io.MultiReader(bytes.NewReader(bytes.Clone(r.buf)), r.r)), lines: r.lines}
	if err := w.expect(']', "no end of the list"); err != nil {
		return false, err
	}
	if more, err = w.leave(path); err != nil || !more {
		return false, err
	}
	if len(path) == 0 {
		rest, err := w.Peek(20)
		if err != nil && err != io.EOF {
			return false, err
		}
		return false, fmt.Errorf("line %d: %q comes behind the list of rows", w.lines+1, shown(bytes.TrimSpace(rest)))
	}
	r.buf, r.lines, r.done, r.over = r.buf[:0], w.lines, false, false
	return true, r.open(w)
}

// changed fails if the file is not the one that was opened first.
func (in *Input) changed() error {
	if in.info == nil {
		return nil
	}
	info, err := os.Stat(in.Path)
	if err != nil {
		return err
	}
	if info.Size() != in.info.Size() || !info.ModTime().Equal(in.info.ModTime()) {
		return errChanged
	}
	return nil
}
