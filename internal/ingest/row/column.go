package row

import "ovate/internal/spec"

// Column is one typed column of a batch. Which slices are in use depends on Type.
type Column struct {
	Type spec.ColumnType

	// IDs (String): what the row holds. id >= 0 is an entry of Dict, 0 being null; id < 0 is list number -1-id.
	IDs []int32
	// ListEnds and ListIDs (String): list k is ListIDs[ListEnds[k-1]:ListEnds[k]]. Lists are as the data have
	// them; what the spec's multiValueHandling makes of them is the sink's. A list has at least two entries: shorter ones are
	// plain ids.
	ListEnds []int32
	ListIDs  []int32
	Dict     View

	Longs   []int64
	Floats  []float32
	Doubles []float64
	// Null (numbers): nil if no row is null; else one per row, and the value of a null row is 0.
	Null []bool

	spareNull []bool // the memory of Null while no row is null
}

// Reset empties the column and keeps its type and memory.
func (c *Column) Reset() {
	if c.Null != nil {
		c.spareNull, c.Null = c.Null, nil
	}
	c.IDs, c.ListEnds, c.ListIDs = c.IDs[:0], c.ListEnds[:0], c.ListIDs[:0]
	c.Longs, c.Floats, c.Doubles = c.Longs[:0], c.Floats[:0], c.Doubles[:0]
	c.Dict = View{}
}

// AppendLong appends a value to a Long column.
func (c *Column) AppendLong(v int64) {
	c.Longs = append(c.Longs, v)
	if c.Null != nil {
		c.Null = append(c.Null, false)
	}
}

// AppendFloat appends a value to a Float column.
func (c *Column) AppendFloat(v float32) {
	c.Floats = append(c.Floats, v)
	if c.Null != nil {
		c.Null = append(c.Null, false)
	}
}

// AppendDouble appends a value to a Double column.
func (c *Column) AppendDouble(v float64) {
	c.Doubles = append(c.Doubles, v)
	if c.Null != nil {
		c.Null = append(c.Null, false)
	}
}

// AppendNull appends a null to a column of any type.
func (c *Column) AppendNull() {
	n := 0
	switch c.Type {
	case spec.String:
		c.IDs = append(c.IDs, 0)
		return
	case spec.Long:
		n = len(c.Longs)
		c.Longs = append(c.Longs, 0)
	case spec.Float:
		n = len(c.Floats)
		c.Floats = append(c.Floats, 0)
	case spec.Double:
		n = len(c.Doubles)
		c.Doubles = append(c.Doubles, 0)
	}
	if c.Null == nil {
		c.Null = c.spareNull[:0]
		if c.Null == nil {
			c.Null = make([]bool, 0, n+1)
		}
		for range n {
			c.Null = append(c.Null, false)
		}
	}
	c.Null = append(c.Null, true)
}

// AppendList appends a row of several values; list is the ids in their order.
func (c *Column) AppendList(list []int32) {
	c.ListIDs = append(c.ListIDs, list...)
	c.ListEnds = append(c.ListEnds, int32(len(c.ListIDs)))
	c.IDs = append(c.IDs, -int32(len(c.ListEnds)))
}

// PadIDs appends nulls to a String column until it has n rows.
func (c *Column) PadIDs(n int) {
	for len(c.IDs) < n {
		c.IDs = append(c.IDs, 0)
	}
}
