package sink

import (
	"ovate/internal/ingest/row"
	"ovate/internal/spec"
)

// Metric is one metric column of an index.
type Metric struct {
	spec.Aggregator
	numbers
}

// appendRows starts a group for each of the given rows of a batch.
func (m *Metric) appendRows(c *row.Column, rows []int32) {
	if m.Aggregate == spec.Count {
		for range rows {
			m.longs = append(m.longs, 1)
		}
		return
	}
	m.numbers.appendRows(c, rows)
}

// fold adds rows of a batch to groups: rows[i] to groups[i]. Values are combined in the order given, as sums of
// floating point numbers depend on it.
func (m *Metric) fold(c *row.Column, rows, groups []int32) {
	if m.Aggregate == spec.Count {
		for _, g := range groups {
			m.longs[g]++
		}
		return
	}
	switch m.Type {
	case spec.Long:
		foldColumn(m.Aggregate, m.longs, m.null, c.Longs, c.Null, rows, groups)
	case spec.Float:
		foldColumn(m.Aggregate, m.floats, m.null, c.Floats, c.Null, rows, groups)
	default:
		foldColumn(m.Aggregate, m.doubles, m.null, c.Doubles, c.Null, rows, groups)
	}
}

func foldColumn[T int64 | float32 | float64](how spec.Aggregate, into []T, intoNull []bool, from []T, fromNull []bool, rows, groups []int32) {
	for i, r := range rows {
		if fromNull != nil && fromNull[r] {
			continue
		}
		g := groups[i]
		if intoNull != nil && intoNull[g] {
			into[g], intoNull[g] = from[r], false
			continue
		}
		into[g] = Combine(how, into[g], from[r])
	}
}

// Combine joins two values that are not null; counts are joined as sums.
func Combine[T int64 | float32 | float64](how spec.Aggregate, a, b T) T {
	switch how {
	case spec.Min:
		return min(a, b)
	case spec.Max:
		return max(a, b)
	default:
		return a + b
	}
}
