package segment

import "slices"

// sortRows returns the rows of s sorted by id, ascending for each id; those of an id end where s.counts says. A row
// that has an id several times comes as often; a row without any counts as one of id 0, the null.
func sortRows(s *scratch, size int, lists bool) []uint32 {
	s.counts = slices.Grow(s.counts[:0], size)[:size]
	next := s.counts // how many rows an id has, then where its next row goes
	clear(next)
	for _, id := range s.ids {
		next[id]++
	}
	empty := 0
	if lists {
		empty = countEmpty(s.ends)
		next[0] += int32(empty)
	}
	sum := int32(0)
	for id, n := range next {
		next[id] = sum
		sum += n
	}
	sorted := slices.Grow(s.rows[:0], len(s.ids)+empty)[:len(s.ids)+empty]
	s.rows = sorted
	if !lists {
		for row, id := range s.ids {
			sorted[next[id]] = uint32(row)
			next[id]++
		}
		return sorted
	}
	previous := int32(0)
	for row, end := range s.ends {
		if end == previous {
			sorted[next[0]] = uint32(row)
			next[0]++
		}
		for _, id := range s.ids[previous:end] {
			sorted[next[id]] = uint32(row)
			next[id]++
		}
		previous = end
	}
	return sorted
}

func countEmpty(ends []int32) (n int) {
	previous := int32(0)
	for _, end := range ends {
		if end == previous {
			n++
		}
		previous = end
	}
	return n
}

// dedupe removes repetitions from ascending rows, in place.
func dedupe(rows []uint32) []uint32 {
	kept := 0
	for i, row := range rows {
		if i == 0 || row != rows[kept-1] {
			rows[kept] = row
			kept++
		}
	}
	return rows[:kept]
}
