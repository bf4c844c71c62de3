package sink

import "sort"

// sparse is the codes of a string dimension by row (see Values). Rows between its spans and behind the last one are null and take nothing,
// so that what a column takes depends on the values that it has and not on the rows that lack it.
type sparse struct {
	codes []int32
	spans []span // in order; nil: there is one, from row 0 on
}

// span is codes of rows that follow each other.
type span struct {
	row int32 // the first
	at  int32 // where its code stands
}

// filled is how many nulls between two values are held as codes, which is cheaper than another span.
const filled = 4

// end is the row after the last one that codes stand for.
func (s *sparse) end() int {
	if n := len(s.spans); n > 0 {
		last := s.spans[n-1]
		return int(last.row) + len(s.codes) - int(last.at)
	}
	return len(s.codes)
}

// skip has the next code stand for the given row, which does not come before the end.
func (s *sparse) skip(row int) {
	gap := row - s.end()
	switch {
	case gap == 0:
	case gap <= filled:
		s.codes = append(s.codes, make([]int32, gap)...)
	default:
		if s.spans == nil && len(s.codes) > 0 {
			s.spans = append(s.spans, span{})
		}
		s.spans = append(s.spans, span{int32(row), int32(len(s.codes))})
	}
}

// put adds codes of the rows from row on. Nulls among them need not be kept.
func (s *sparse) put(row int, codes []int32) {
	for i := 0; i < len(codes); {
		if codes[i] == 0 {
			i++
			continue
		}
		end := i + 1
		for end < len(codes) && codes[end] != 0 {
			end++
		}
		s.skip(row + i)
		s.codes = append(s.codes, codes[i:end]...)
		i = end
	}
}

// each calls fn for every span.
func (s *sparse) each(fn func(row int, codes []int32)) {
	if s.spans == nil {
		fn(0, s.codes)
		return
	}
	for i, p := range s.spans {
		end := int32(len(s.codes))
		if i+1 < len(s.spans) {
			end = s.spans[i+1].at
		}
		fn(int(p.row), s.codes[p.at:end])
	}
}

// at is the code of a row.
func (s *sparse) at(row int32) int32 {
	at := int(row)
	if s.spans != nil {
		i := sort.Search(len(s.spans), func(i int) bool { return s.spans[i].row > row }) - 1
		if i < 0 {
			return 0
		}
		at = int(row-s.spans[i].row) + int(s.spans[i].at)
		if i+1 < len(s.spans) && at >= int(s.spans[i+1].at) {
			return 0
		}
	}
	if at >= len(s.codes) {
		return 0
	}
	return s.codes[at]
}

// dense is the codes of rows 0..n-1.
func (s *sparse) dense(n int) []int32 {
	if s.spans == nil && len(s.codes) == n {
		return s.codes
	}
	all := make([]int32, n)
	s.each(func(row int, codes []int32) { copy(all[row:], codes) })
	return all
}

// bytes is about how much memory the column takes.
func (s *sparse) bytes() int64 { return 4*int64(len(s.codes)) + 8*int64(len(s.spans)) }
