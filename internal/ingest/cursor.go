package ingest

import (
	"cmp"
	"slices"

	"ovate/internal/ingest/sink"
	"ovate/internal/spec"
	"ovate/segment"
)

// key is what sorts a row of a merge: its time, then its dimensions.
type key struct {
	time  int64
	parts []part
}

// part is the value of one dimension in a key.
type part struct {
	list   []int32 // strings: entries of the merged dictionary, one unless the row holds a list
	null   bool    // numbers
	number uint64  // numbers: such that they compare as the values do, see sink.Ordered
}

// compare orders as segments are ordered: null first; lists entry by entry, then the shorter first.
func (k *key) compare(other *key) int {
	if c := cmp.Compare(k.time, other.time); c != 0 {
		return c
	}
	for i := range k.parts {
		a, b := &k.parts[i], &other.parts[i]
		if a.null != b.null {
			if a.null {
				return -1
			}
			return 1
		}
		if c := cmp.Compare(a.number, b.number); c != 0 {
			return c
		}
		if c := slices.Compare(a.list, b.list); c != 0 {
			return c
		}
	}
	return 0
}

// set makes k a copy of other that shares nothing with it.
func (k *key) set(other *key) {
	k.time = other.time
	if k.parts == nil {
		k.parts = make([]part, len(other.parts))
	}
	for i := range other.parts {
		list := append(k.parts[i].list[:0], other.parts[i].list...)
		k.parts[i] = other.parts[i]
		k.parts[i].list = list
	}
}

// cursor reads the keys of one run in order.
type cursor struct {
	key
	run     int // its number; of equal rows that of the earlier run comes first
	times   *numberFeed[int64]
	columns []func(*part) error // by dimension: reads the next row; nil where the run lacks it
}

// newCursor returns a cursor before the first row of run i.
func newCursor(m *mergedTable, i int) (*cursor, error) {
	c := &cursor{run: i, columns: make([]func(*part) error, len(m.dimensions))}
	c.parts = make([]part, len(m.dimensions))
	var err error
	if c.times, err = feedOf(m, m.runs[i], segment.TimeColumn, (*segment.Segment).Long); err != nil {
		return nil, err
	}
	for k, d := range m.dimensions {
		switch d.Type {
		case spec.String:
			var feed *listFeed
			if feed, err = m.listFeed(i, k); err == nil && feed == nil {
				c.parts[k].list = []int32{0}
			} else if err == nil {
				c.columns[k] = func(p *part) (err error) { p.list, err = feed.next(); return err }
			}
		case spec.Long:
			c.columns[k], err = numberKey(m, m.runs[i], d, (*segment.Segment).Long)
		case spec.Float:
			c.columns[k], err = numberKey(m, m.runs[i], d, (*segment.Segment).Float)
		default:
			c.columns[k], err = numberKey(m, m.runs[i], d, (*segment.Segment).Double)
		}
		if err != nil {
			return nil, err
		}
	}
	return c, nil
}

func numberKey[T segment.Number](m *mergedTable, r *openRun, d dimension, column columnOf[T]) (func(*part) error, error) {
	feed, err := feedOf(m, r, d.Name, column)
	if err != nil {
		return nil, err
	}
	return func(p *part) error {
		v, null, err := feed.next()
		p.null, p.number = null, 0
		if !null {
			p.number = sink.Ordered(sink.Bits(v), d.Type)
		}
		return err
	}, nil
}

// next moves to the next row, of which there must be one.
func (c *cursor) next() (err error) {
	if c.time, _, err = c.times.next(); err != nil {
		return err
	}
	for i, read := range c.columns {
		if read == nil {
			continue
		}
		if err := read(&c.parts[i]); err != nil {
			return err
		}
	}
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
