package sink

import (
	"math"
	"slices"

	"ovate/internal/ingest/row"
	"ovate/internal/spec"
)

// Dimension is one dimension column of an index. Rows are in order of arrival.
type Dimension struct {
	spec.Dimension
	Discovered bool

	values *Values // strings
	sparse         // strings
	numbers
}

// numbers is a column of one numeric type; the value of a null row is 0.
type numbers struct {
	longs   []int64
	floats  []float32
	doubles []float64
	null    []bool // nil while no row is null
}

func (n *numbers) len() int { return len(n.longs) + len(n.floats) + len(n.doubles) } // only one is in use

func (n *numbers) isNull(i int32) bool { return n.null != nil && n.null[i] }

func (n *numbers) allowNull() {
	if n.null == nil {
		n.null = make([]bool, n.len(), max(2*n.len(), 64))
	}
}

func (n *numbers) appendRows(c *row.Column, rows []int32) {
	if c.Null != nil {
		n.allowNull()
		n.null = gather(n.null, c.Null, rows)
	} else if n.null != nil {
		n.null = append(n.null, make([]bool, len(rows))...)
	}
	switch c.Type {
	case spec.Long:
		n.longs = gather(n.longs, c.Longs, rows)
	case spec.Float:
		n.floats = gather(n.floats, c.Floats, rows)
	default:
		n.doubles = gather(n.doubles, c.Doubles, rows)
	}
}

// bits is row i as a number that tells any two values of one type apart.
func (n *numbers) bits(t spec.ColumnType, i int32) uint64 {
	switch t {
	case spec.Long:
		return uint64(n.longs[i])
	case spec.Float:
		return uint64(math.Float32bits(n.floats[i]))
	default:
		return math.Float64bits(n.doubles[i])
	}
}

// appendRows adds rows of a listed dimension, which has codes of all of them.
func (d *Dimension) appendRows(c *row.Column, rows []int32) {
	if d.Type == spec.String {
		d.codes = gather(d.codes, c.IDs, rows)
		return
	}
	d.numbers.appendRows(c, rows)
}

// found adds rows of a discovered dimension; the first of them is the given row of the index.
func (d *Dimension) found(c *row.Discovered, rows []int32, first int) {
	from, to := int32(c.From), int32(c.From+len(c.IDs))
	if n := len(rows); int(rows[n-1]-rows[0]) == n-1 { // they follow each other
		if at, end := max(from, rows[0]), min(to, rows[n-1]+1); at < end {
			d.put(first+int(at-rows[0]), c.IDs[at-from:end-from])
		}
		return
	}
	at, _ := slices.BinarySearch(rows, from)
	for ; at < len(rows) && rows[at] < to; at++ {
		i := rows[at] - from
		d.put(first+at, c.IDs[i:i+1])
	}
}

// equal tells whether row r of c, a column of a batch, holds what row i of the index holds, where the dimension is listed.
func (d *Dimension) equal(c *row.Column, r, i int32) bool {
	if d.Type == spec.String {
		return d.codes[i] == c.IDs[r]
	}
	if null := c.Null != nil && c.Null[r]; null || d.isNull(i) {
		return null == d.isNull(i)
	}
	return d.bits(d.Type, i) == columnBits(c, r)
}

// Bits is the bits of a value, as numbers.bits has them.
func Bits[T int64 | float32 | float64](v T) uint64 {
	switch v := any(v).(type) {
	case int64:
		return uint64(v)
	case float32:
		return uint64(math.Float32bits(v))
	case float64:
		return math.Float64bits(v)
	}
	panic("unreachable")
}

// columnBits is numbers.bits for a column of a batch.
func columnBits(c *row.Column, r int32) uint64 {
	switch c.Type {
	case spec.Long:
		return uint64(c.Longs[r])
	case spec.Float:
		return uint64(math.Float32bits(c.Floats[r]))
	default:
		return math.Float64bits(c.Doubles[r])
	}
}

// addHash adds the hash of every row's value to hashes. A null adds nothing, so that a row from before a dimension was
// discovered hashes as one in which it is null.
func addHash(hashes []uint64, c *row.Column, salt uint64) {
	if c.Type == spec.String {
		for i, id := range c.IDs {
			if id != 0 {
				hashes[i] += mix(uint64(uint32(id)) ^ salt)
			}
		}
		return
	}
	for i := range hashes {
		if c.Null == nil || !c.Null[i] {
			hashes[i] += mix(columnBits(c, int32(i)) ^ salt)
		}
	}
}

// mix spreads the bits of x (the finalizer of SplitMix64).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}

// gather appends the elements of src at the given rows, which ascend.
func gather[T any](dst, src []T, rows []int32) []T {
	if n := len(rows); n > 0 && int(rows[n-1]-rows[0]) == n-1 {
		return append(dst, src[rows[0]:int(rows[0])+n]...)
	}
	return permute(dst, src, rows)
}

// permute is gather for rows in any order.
func permute[T any](dst, src []T, rows []int32) []T {
	for _, r := range rows {
		dst = append(dst, src[r])
	}
	return dst
}
