package sink

import (
	"math"
	"slices"
	"unsafe"

	"ovate/internal/ingest/row"
	"ovate/internal/spec"
	"ovate/segment"
)

// lists holds distinct multi-value entries. List k is ids[ends[k-1]:ends[k]]; its code is -1-k.
type lists struct {
	ends  []int32
	ids   []int32
	codes map[string]int32
}

func (l *lists) at(code int32) []int32 {
	k, start := -1-code, int32(0)
	if k > 0 {
		start = l.ends[k-1]
	}
	return l.ids[start:l.ends[k]]
}

// listColumn is a column of the batch at hand that has lists; the first of codes is that of row from.
type listColumn struct {
	of    *lists
	from  int
	codes []int32
}

// addLists notes that a column of the batch at hand has lists, if it has.
func (s *Set) addLists(v *Values, c *row.Column, from int) {
	if len(c.ListEnds) > 0 {
		s.lists = append(s.lists, listColumn{&v.lists, from, c.IDs})
	}
}

// listValues is how many values the lists of a row have.
func (s *Set) listValues(row int) (n int64) {
	for i := range s.lists {
		c := &s.lists[i]
		if at := row - c.from; at >= 0 && at < len(c.codes) && c.codes[at] < 0 {
			n += int64(len(c.of.at(c.codes[at])))
		}
	}
	return n
}

// code returns the code of a list of ids, which is added if it is new. A list of one is that entry, an empty one null.
func (l *lists) code(ids []int32) int32 {
	switch len(ids) {
	case 0:
		return 0
	case 1:
		return ids[0]
	}
	key := unsafe.String((*byte)(unsafe.Pointer(&ids[0])), len(ids)*4)
	if c, ok := l.codes[key]; ok {
		return c
	}
	if l.codes == nil {
		l.codes = make(map[string]int32)
	}
	l.ids = append(l.ids, ids...)
	l.ends = append(l.ends, int32(len(l.ids)))
	code := int32(-len(l.ends))
	l.codes[string([]byte(key))] = code
	return code
}

// full tells whether the offsets have come half as far as they reach.
func (l *lists) full() bool { return len(l.ids) > math.MaxInt32/2 }

// bytes is about how much memory the lists take, map entries included.
func (l *lists) bytes() int64 { return int64(cap(l.ids))*8 + int64(cap(l.ends))*52 }

// arrange brings a list into the form that the dimension's multiValueHandling asks for, in place.
func (v *Values) arrange(ids []int32) []int32 {
	if v.handling == spec.Array {
		return ids
	}
	slices.SortFunc(ids, func(a, b int32) int {
		switch {
		case a == b:
			return 0
		case a == 0:
			return -1
		case b == 0:
			return 1
		}
		return segment.CompareJava(v.at(a), v.at(b))
	})
	if v.handling == spec.SortedSet {
		return slices.Compact(ids)
	}
	return ids
}
