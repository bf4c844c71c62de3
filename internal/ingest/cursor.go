package ingest

import (
	"cmp"
	"slices"

	"ovate/internal/ingest/sink"
	"ovate/internal/spec"
	"ovate/segment"
)

// key is what sorts a row of a merge: its time, then the dimensions that it has a value in, in their order. What it lacks takes nothing:
// of very many dimensions most rows may have few.
type key struct {
	time  int64
	parts []part
}

// part is the value of one dimension in a key.
type part struct {
	dimension int32
	list      []int32 // strings: entries of the merged dictionary, one unless the row holds a list
	number    uint64  // numbers: such that they compare as the values do, see sink.Ordered
}

// compare orders as segments are ordered: null first, so that of two rows the first to have a value where the other has none comes after
// it; lists entry by entry, then the shorter first.
func (k *key) compare(other *key) int {
	if c := cmp.Compare(k.time, other.time); c != 0 {
		return c
	}
	for i := range min(len(k.parts), len(other.parts)) {
		a, b := &k.parts[i], &other.parts[i]
		if c := cmp.Compare(b.dimension, a.dimension); c != 0 {
			return c
		}
		if c := cmp.Compare(a.number, b.number); c != 0 {
			return c
		}
		if c := slices.Compare(a.list, b.list); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(k.parts), len(other.parts))
}

// set makes k a copy of other that shares nothing with it.
func (k *key) set(other *key) {
	k.time = other.time
	k.parts = slices.Grow(k.parts[:0], len(other.parts))[:len(other.parts)]
	for i, p := range other.parts {
		p.list = append(k.parts[i].list[:0], p.list...)
		k.parts[i] = p
	}
}

// cursor reads the keys of one run in order.
type cursor struct {
	key
	run     int // its number; of equal rows that of the earlier run comes first
	left    int // rows behind the one that it is at
	times   *numberFeed[int64]
	columns []keyColumn // those that the run has
}

// keyColumn reads a column that sorts rows, row by row, into all of a part but its dimension. ok tells whether a row has a value.
type keyColumn struct {
	dimension int32
	next      func(*part) (ok bool, err error)
}

// newCursor returns a cursor before the first row of run i.
func newCursor(m *mergedTable, i int) (c *cursor, err error) {
	c = &cursor{run: i}
	if c.times, err = feedOf(m, m.runs[i], segment.TimeColumn, (*segment.Segment).Long); err != nil {
		return nil, err
	}
	for k, d := range m.dimensions {
		var next func(*part) (bool, error)
		switch d.Type {
		case spec.String:
			next, err = stringKey(m, i, k)
		case spec.Long:
			next, err = numberKey(m, m.runs[i], d, (*segment.Segment).Long)
		case spec.Float:
			next, err = numberKey(m, m.runs[i], d, (*segment.Segment).Float)
		default:
			next, err = numberKey(m, m.runs[i], d, (*segment.Segment).Double)
		}
		if err != nil {
			return nil, err
		}
		if next != nil {
			c.columns = append(c.columns, keyColumn{int32(k), next})
		}
	}
	c.parts = make([]part, 0, len(c.columns))
	return c, nil
}

// stringKey reads string dimension k of run i; nil if the run lacks it.
func stringKey(m *mergedTable, i, k int) (func(*part) (bool, error), error) {
	feed, err := m.listFeed(i, k)
	if feed == nil {
		return nil, err
	}
	hasNull := m.strings[k].hasNull
	return func(p *part) (_ bool, err error) {
		p.number = 0
		p.list, err = feed.next()
		return !hasNull || len(p.list) > 1 || err == nil && p.list[0] != 0, err
	}, nil
}

func numberKey[T segment.Number](m *mergedTable, r *openRun, d dimension, column columnOf[T]) (func(*part) (bool, error), error) {
	feed, err := feedOf(m, r, d.Name, column)
	if err != nil {
		return nil, err
	}
	return func(p *part) (bool, error) {
		v, null, err := feed.next()
		p.list, p.number = nil, sink.Ordered(sink.Bits(v), d.Type)
		return !null, err
	}, nil
}

// next moves to the next row, of which there must be one.
func (c *cursor) next() (err error) {
	if c.time, _, err = c.times.next(); err != nil {
		return err
	}
	parts := c.parts[:0]
	for i := range c.columns {
		n := len(parts)
		parts = parts[:n+1]
		ok, err := c.columns[i].next(&parts[n])
		if err != nil {
			return err
		}
		if parts[n].dimension = c.columns[i].dimension; !ok {
			parts = parts[:n]
		}
	}
	c.parts = parts
	return nil
}

// queue is a heap of cursors, the one with the least key first.
type queue []*cursor

func newQueue(cursors []*cursor) queue {
	q := queue(cursors)
	for i := len(q)/2 - 1; i >= 0; i-- {
		q.down(i)
	}
	return q
}

// fix restores the order after the first cursor moved, or ended.
func (q queue) fix(ended bool) queue {
	if ended {
		q[0] = q[len(q)-1]
		q = q[:len(q)-1]
	}
	if len(q) > 1 {
		q.down(0)
	}
	return q
}

func (q queue) less(i, j int) bool {
	if c := q[i].compare(&q[j].key); c != 0 {
		return c < 0
	}
	return q[i].run < q[j].run
}

func (q queue) down(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(q); child++ {
			if q.less(child, least) {
				least = child
			}
		}
		if least == i {
			return
		}
		q[i], q[least] = q[least], q[i]
		i = least
	}
}
