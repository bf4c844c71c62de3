package table

import (
	"cmp"
	"slices"
)

// position is a place in the order of all rows.
type position struct{ batch, row, field int }

func (p position) compare(q position) int {
	return cmp.Or(cmp.Compare(p.batch, q.batch), cmp.Compare(p.row, q.row), cmp.Compare(p.field, q.field))
}

// add returns the index of a column, which comes at a place; it may be new.
func (c *columns) add(name string, at position) int32 {
	c.mu.Lock()
	defer c.mu.Unlock()
	i, known := c.index[name]
	if !known {
		i = int32(len(c.names))
		c.index[name] = i
		c.names = append(c.names, name)
		c.first = append(c.first, at)
	}
	if at.compare(c.first[i]) < 0 {
		c.first[i] = at
	}
	return i
}

// of notes the columns that the header of an input names.
func (c *columns) of(in *Input) {
	in.columns = in.columns[:0]
	for i, name := range in.Dialect.Columns {
		in.columns = append(in.columns, c.add(name, position{-1, 0, i + len(c.names)}))
	}
}

func (c *columns) inOrder() []int32 {
	c.mu.Lock()
	defer c.mu.Unlock()
	order := make([]int32, len(c.names))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(a, b int32) int { return c.first[a].compare(c.first[b]) })
	return order
}
