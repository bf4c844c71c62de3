package ingest

import (
	"cmp"
	"slices"
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
		p := &k.parts[i]
		list := append(p.list[:0], other.parts[i].list...)
		*p = other.parts[i]
		p.list = list
	}
}

// cursor reads the keys of one run in order.
type cursor struct {
	key
	run     int // its number; of equal rows that of the earlier run comes first
	times   *reader[int64]
	columns []keyReader // by dimension; nil where the run lacks it
}

// keyReader reads the next row of one dimension into a key.
type keyReader interface {
	next(*part) error
}

// next moves to the next row, or tells that there is none.
func (c *cursor) next() (bool, error) {
	t, _, ok, err := c.times.next()
	if !ok || err != nil {
		return false, err
	}
	c.time = t
	for i, r := range c.columns {
		if r == nil {
			continue
		}
		if err := r.next(&c.parts[i]); err != nil {
			return false, err
		}
	}
	return true, nil
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
func (q queue) fix(more bool) queue {
	if !more {
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
