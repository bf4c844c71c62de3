package ingest

import (
	"errors"
	"slices"

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

// mergeStrings merges the dictionaries that runs have for a dimension.
func mergeStrings(runs []*openRun, name string) (mergedStrings, error) {
	s := mergedStrings{columns: make([]*segment.StringColumn, len(runs)), ids: make([][]int32, len(runs))}
	var all []entry
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
		first := 0
		if c.HasNull() {
			s.hasNull, first = true, 1
		}
		s.ids[i] = make([]int32, c.Len())
		for id := first; id < c.Len(); id++ {
			all = append(all, entry{int32(i), int32(id)})
		}
	}
	slices.SortFunc(all, func(a, b entry) int { return segment.CompareJava(s.text(a), s.text(b)) })
	for i, e := range all {
		if i == 0 || segment.CompareJava(s.text(all[i-1]), s.text(e)) != 0 {
			s.entries = append(s.entries, e)
		}
		s.ids[e.run][e.id] = int32(s.Len() - 1)
	}
	return s, nil
}
