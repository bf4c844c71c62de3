package detect

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sync/atomic"

	"ovate/internal/quantity"
	"ovate/internal/table"
)

// converted is what came of a pass over all rows.
type converted struct {
	rows    int64
	sum     uint64 // of the checksums of the lines that are written, so that it does not depend on who writes which
	span    span
	faults  faults
	seconds int64    // of the faults, those of lines that may be more of the header
	changed []change // by plan
}

func newConverted(plans int) converted {
	return converted{span: newSpan(), changed: make([]change, plans)}
}

// merge adds what another worker converted.
func (c *converted) merge(o *converted) {
	c.rows += o.rows
	c.sum += o.sum
	c.span.merge(o.span)
	c.faults.merge(&o.faults)
	c.seconds += o.seconds
	for i := range c.changed {
		c.changed[i].add(o.changed[i])
	}
}

// rowWriter converts some of the rows.
type rowWriter struct {
	*converter
	in   *table.Table
	sums map[*table.Input]*sumRow
	out  io.Writer // of the rows that fit; nil: they are counted alone
	room *room     // for what all workers write
}

// read implements worker.
func (w *rowWriter) read(b *table.Batch) error {
	for b.Next() {
		w.row(b, w.in)
		if w.bad.Why != "" {
			if sum := w.sums[b.Input]; sum != nil && sum.line == b.Line {
				sum.left = true // by the one worker that has the row
			}
			w.done.faults.addValue(b.Seq+1, w.bad)
			w.countSecond(b.Input, b.Line)
			continue
		}
		w.done.rows++
		w.done.span.add(w.at)
		if w.out == nil {
			continue
		}
		if err := w.room.take(len(w.line)); err != nil {
			return err
		}
		if _, err := w.out.Write(w.line); err != nil {
			return fmt.Errorf("write a copy of the rows: %w", err)
		}
		w.done.sum += uint64(crc32.Checksum(w.line, castagnoli))
	}
	for _, f := range b.Faults {
		w.done.faults.addLine(b.Seq+1, f)
		w.countSecond(b.Input, f.Line)
	}
	return w.leaves.changed(b.Input)
}

// room is what copies may take together.
type room struct {
	most  int64 // bytes; 0: any number
	taken atomic.Int64
}

// ErrNoRoom is that copies would take more than Options.CopyMost.
var ErrNoRoom = errors.New("a copy of the rows would take more room than it may")

func (r *room) take(n int) error {
	if r.most > 0 && r.taken.Add(int64(n)) > r.most {
		return ErrNoRoom
	}
	return nil
}

// countSecond counts a fault if it is of a line that may be more of the header.
func (w *rowWriter) countSecond(f *table.Input, line int64) {
	if f.Dialect.IsSecond(line) {
		w.done.seconds++
	}
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// convert goes over all rows and writes those that fit, if there are writers, of which each worker has one.
func (t *Table) convert(ctx context.Context, in *table.Table, s *scan, o Options, phase string, out []*bufio.Writer) (*converted, error) {
	to := &room{most: o.CopyMost}
	all, err := pass(ctx, in, &o, phase, func(n int) (*rowWriter, error) {
		c, err := newConverter(t, s, o)
		w := &rowWriter{converter: c, in: in, sums: s.sums, room: to}
		if out != nil {
			w.out = out[n]
		}
		return w, err
	})
	if err != nil {
		return nil, err
	}
	sum := &all[0].done
	for _, w := range all[1:] {
		sum.merge(&w.done)
	}
	if sum.rows+sum.faults.n != s.rows+s.faults.n {
		return nil, fmt.Errorf("the files changed while they were read: they had %s, and then %s", quantity.Of(s.rows+s.faults.n, "row"), quantity.Of(sum.rows+sum.faults.n, "row"))
	}
	return sum, nil
}
