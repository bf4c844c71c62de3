package ingest

import (
	"errors"

	"ovate/druid"
	"ovate/internal/ingest/sink"
	"ovate/internal/spec"
	"ovate/segment"
)

func (m *mergedTable) Interval() druid.Interval { return m.interval }
func (m *mergedTable) Rows() int                { return m.rows }
func (m *mergedTable) Dimensions() []dimension  { return m.dimensions }

func (m *mergedTable) Strings(i int) stringColumn {
	s := &m.strings[i]
	return stringColumn{Dictionary: s, HasNull: s.hasNull, Multi: s.multi}
}

func (m *mergedTable) EachTime(fn func([]int64) error) error {
	return eachNumber(m, segment.TimeColumn, (*segment.Segment).Long, nil, func(times []int64, _ []bool) error { return fn(times) })
}

func (m *mergedTable) EachNumber(i int, fn func(*sink.Numbers) error) error {
	d := m.dimensions[i]
	return m.eachNumbers(d.Name, d.Type, nil, fn)
}

func (m *mergedTable) EachMetric(i int, fn func(*sink.Numbers) error) error {
	a := m.schema.Metrics[i]
	return m.eachNumbers(a.Name, a.Type, &a.Aggregate, fn)
}

func (m *mergedTable) eachNumbers(name string, typ spec.ColumnType, how *spec.Aggregate, fn func(*sink.Numbers) error) error {
	switch typ {
	case spec.Long:
		return eachNumber(m, name, (*segment.Segment).Long, how, func(v []int64, null []bool) error {
			return fn(&sink.Numbers{Longs: v, Null: null})
		})
	case spec.Float:
		return eachNumber(m, name, (*segment.Segment).Float, how, func(v []float32, null []bool) error {
			return fn(&sink.Numbers{Floats: v, Null: null})
		})
	default:
		return eachNumber(m, name, (*segment.Segment).Double, how, func(v []float64, null []bool) error {
			return fn(&sink.Numbers{Doubles: v, Null: null})
		})
	}
}

// eachNumber reads a numeric column. Values of one group are combined; a column that sorts rows (how is nil) has the same
// value in all rows of a group.
func eachNumber[T segment.Number](m *mergedTable, name string, column columnOf[T], how *spec.Aggregate, fn func([]T, []bool) error) error {
	feeds := make([]*numberFeed[T], len(m.runs))
	var null []bool
	for i, r := range m.runs {
		var err error
		if feeds[i], err = feedOf(m, r, name, column); err != nil {
			return err
		}
		if feeds[i].hasNull {
			null = make([]bool, 0, min(chunkRows, m.rows))
		}
	}
	withNull := null != nil
	values := make([]T, 0, min(chunkRows, m.rows))
	flush := func() error {
		if len(values) == 0 {
			return nil
		}
		err := fn(values, null)
		values, null = values[:0], null[:0]
		return err
	}
	for i, from := range m.from {
		if err := m.heard(i); err != nil {
			return err
		}
		v, isNull, err := feeds[from].next()
		if err != nil {
			return err
		}
		if m.repeat != nil && m.repeat[i] {
			if last := len(values) - 1; how != nil && !isNull {
				if withNull && null[last] {
					values[last], null[last] = v, false
				} else {
					values[last] = sink.Combine(*how, values[last], v)
				}
			}
			continue
		}
		// A chunk is passed on only here, when its last group is known to be whole.
		if len(values) == chunkRows {
			if err := flush(); err != nil {
				return err
			}
		}
		values = append(values, v)
		if withNull {
			null = append(null, isNull)
		}
	}
	return errors.Join(flush(), m.read(8*int64(len(m.from))))
}

// eachList reads string dimension k row by row, the first of each group.
func (m *mergedTable) eachList(k int, fn func(list []int32) error) error {
	feeds := make([]*listFeed, len(m.runs))
	for i := range m.runs {
		var err error
		if feeds[i], err = m.listFeed(i, k); err != nil {
			return err
		}
	}
	bytes := int64(0)
	for i, from := range m.from {
		if err := m.heard(i); err != nil {
			return err
		}
		list := nullList
		if f := feeds[from]; f != nil {
			var err error
			if list, err = f.next(); err != nil {
				return err
			}
		}
		bytes += 4 + 4*int64(len(list))
		if m.repeat != nil && m.repeat[i] {
			continue
		}
		if err := fn(list); err != nil {
			return err
		}
	}
	return m.read(bytes)
}

// heard is the error of the context, which is looked at now and then: before row i.
func (m *mergedTable) heard(i int) error {
	if i%chunkRows != 0 {
		return nil
	}
	return m.ctx.Err()
}

func (m *mergedTable) EachIDs(k int, fn func([]int32) error) error {
	lent := borrow(m.ids)
	defer m.ids.Put(lent)
	ids := (*lent)[:0]
	err := m.eachList(k, func(list []int32) error {
		if len(ids) == chunkRows {
			if err := fn(ids); err != nil {
				return err
			}
			ids = ids[:0]
		}
		ids = append(ids, list[0])
		return nil
	})
	*lent = ids
	if err != nil || len(ids) == 0 {
		return err
	}
	return fn(ids)
}

func (m *mergedTable) EachLists(k int, fn func(ends, ids []int32) error) error {
	var ends, ids []int32
	absent := m.dimensions[k].discovered && m.strings[k].hasNull // see sink.Sorted.GatherLists
	err := m.eachList(k, func(list []int32) error {
		if len(ends) == chunkRows || len(ids) >= chunkIDs {
			if err := fn(ends, ids); err != nil {
				return err
			}
			ends, ids = ends[:0], ids[:0]
		}
		if len(list) > 1 || !absent || list[0] != 0 {
			ids = append(ids, list...)
		}
		ends = append(ends, int32(len(ids)))
		return nil
	})
	if err != nil || len(ends) == 0 {
		return err
	}
	return fn(ends, ids)
}
