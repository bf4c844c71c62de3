package sink

import "cmp"

// rowLists is the end of the sort key of rows that lack most of the dimensions which were discovered: what they have in the others, row by
// row. Its cost depends on the values that there are, and not on how many dimensions rows lack.
type rowLists struct {
	columns []rowColumn
	starts  []int  // by row: where its values begin; the row after the last one tells where they end
	values  []cell // of each row in the order of the dimensions
}

type rowColumn struct {
	codes *sparse
	place func(code int32) int32
}

// cell is a value of a row that is not null: the number of the dimension, and the place of the value in it.
type cell struct{ column, place int32 }

func newRowLists(rows int) *rowLists { return &rowLists{starts: make([]int, rows+1)} }

// add adds the next dimension.
func (l *rowLists) add(codes *sparse, place func(code int32) int32) {
	l.columns = append(l.columns, rowColumn{codes, place})
	codes.each(func(row int, codes []int32) {
		for i, code := range codes {
			if code != 0 {
				l.starts[row+i]++
			}
		}
	})
}

// build makes the lists, after all dimensions have been added.
func (l *rowLists) build() {
	total := 0
	for row, n := range l.starts {
		total += n
		l.starts[row] = total // where the row ends, from which it is filled backwards
	}
	l.values = make([]cell, total)
	for column := len(l.columns) - 1; column >= 0; column-- {
		c := l.columns[column]
		c.codes.each(func(row int, codes []int32) {
			for i, code := range codes {
				if code != 0 {
					l.starts[row+i]--
					l.values[l.starts[row+i]] = cell{int32(column), c.place(code)}
				}
			}
		})
	}
}

// compare orders two rows as they are ordered when every dimension is compared, null first: the row that is the first to have a value
// where the other has none comes after it.
func (l *rowLists) compare(a, b int32) int {
	listA, listB := l.values[l.starts[a]:l.starts[a+1]], l.values[l.starts[b]:l.starts[b+1]]
	for i := range min(len(listA), len(listB)) {
		if c := cmp.Or(cmp.Compare(listB[i].column, listA[i].column), cmp.Compare(listA[i].place, listB[i].place)); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(listA), len(listB))
}
