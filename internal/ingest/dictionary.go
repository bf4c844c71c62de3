package ingest

import (
	"bytes"
	"container/heap"
	"errors"

	"ovate/segment"
)

// mergedStrings is the dictionary of a string dimension of several runs: their entries, each once, in Java's order.
type mergedStrings struct {
	hasNull bool
	multi   bool
	columns []*segment.StringColumn // by run; nil where the run lacks the dimension
	entries []entry                 // without the null
	ids     [][]int32               // by run: its entries as entries of this dictionary
}

// entry is where a string stands.
type entry struct{ run, id int32 }

// Len is the number of entries, null included.
func (s *mergedStrings) Len() int { return len(s.entries) + s.nulls() }

// At returns entry i, nil for null.
func (s *mergedStrings) At(i int) []byte {
	if i -= s.nulls(); i < 0 {
		return nil
	}
	return s.text(s.entries[i])
}

func (s *mergedStrings) text(e entry) []byte { return s.columns[e.run].At(int(e.id)) }

func (s *mergedStrings) nulls() int {
	if s.hasNull {
		return 1
	}
	return 0
}

// mergeStrings merges the dictionaries that runs have for a dimension, each of which is in order.
func mergeStrings(runs []*openRun, name string) (mergedStrings, error) {
	s := mergedStrings{columns: make([]*segment.StringColumn, len(runs)), ids: make([][]int32, len(runs))}
	heads := dictionaryHeads{s: &s}
	for i, r := range runs {
		c, err := r.segment.String(name)
		if errors.Is(err, segment.ErrNoColumn) { // not discovered in this run
			s.hasNull = true
			continue
		}
		if err != nil {
			return s, err
		}
		s.columns[i] = c
		s.multi = s.multi || c.MultiValue()
		first := int32(0)
		if c.HasNull() {
			s.hasNull, first = true, 1
		}
		s.ids[i] = make([]int32, c.Len())
		if int(first) < c.Len() {
			heads.next = append(heads.next, entry{int32(i), first})
		}
	}
	heap.Init(&heads)
	for len(heads.next) > 0 {
		e := &heads.next[0]
		if last := len(s.entries) - 1; last < 0 || !bytes.Equal(s.text(s.entries[last]), s.text(*e)) {
			s.entries = append(s.entries, *e)
		}
		s.ids[e.run][e.id] = int32(s.Len() - 1)
		if e.id++; int(e.id) < s.columns[e.run].Len() {
			heap.Fix(&heads, 0)
		} else {
			heap.Pop(&heads)
		}
	}
	return s, nil
}

// dictionaryHeads is a heap of the next entries of dictionaries, the least first.
type dictionaryHeads struct {
	s    *mergedStrings
	next []entry
}

func (h *dictionaryHeads) Len() int      { return len(h.next) }
func (h *dictionaryHeads) Swap(i, j int) { h.next[i], h.next[j] = h.next[j], h.next[i] }
func (h *dictionaryHeads) Less(i, j int) bool {
	return segment.CompareJava(h.s.text(h.next[i]), h.s.text(h.next[j])) < 0
}

// Push is not used: dictionaries are all there at the beginning.
func (h *dictionaryHeads) Push(e any) { h.next = append(h.next, e.(entry)) }

// Pop removes the last entry, as package heap asks for.
func (h *dictionaryHeads) Pop() any {
	last := h.next[len(h.next)-1]
	h.next = h.next[:len(h.next)-1]
	return last
}
