package detect

import (
	"context"

	"ovate/internal/detect/number"
	"ovate/internal/table"
)

// joinCounter counts what comes of joining columns in some of the rows.
type joinCounter struct {
	*counter
	*leaves[int] // of the index among those that are joined
	*joiner
	in  *table.Table
	sum *column
}

func newJoinCounter(in *table.Table, o Options, s *scan, j *join) (*joinCounter, error) {
	c, err := newCounter(o.readsJoined(j))
	if err != nil {
		return nil, err
	}
	joiner, err := newJoiner(j, o)
	if err != nil {
		return nil, err
	}
	return &joinCounter{c, readAgain(s, j.index), joiner, in, newColumn(j.name())}, nil
}

// read implements worker.
func (w *joinCounter) read(b *table.Batch) error {
	w.batch, w.input = b.Seq+1, b.Input.Label
	take := w.take
	for b.Next() {
		w.line = b.Line
		w.joiner.reset()
		w.each(b.Cells, w.in, take)
		w.sum.values++
		switch text, ok := w.joined(); {
		case len(text) == 0:
			w.sum.nulls++
		case !ok:
			w.counter.at(&w.sum.times.firstOther, text)
		default:
			if w.addTime(w.sum, table.Text, text, text, number.Of(text)) {
				w.count(&w.sum.times.short, w.short, text)
			}
		}
	}
	return w.changed(b.Input)
}

// countJoined reads all rows once more and counts what comes of joining columns to times.
func countJoined(ctx context.Context, in *table.Table, o Options, s *scan, j *join) (*column, error) {
	all, err := pass(ctx, in, &o, "joining", func(int) (*joinCounter, error) { return newJoinCounter(in, o, s, j) })
	if err != nil {
		return nil, err
	}
	sum := all[0].sum
	for _, w := range all[1:] {
		sum.merge(w.sum)
	}
	return sum, nil
}
