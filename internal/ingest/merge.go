package ingest

import (
	"context"
	"fmt"

	"ovate/druid"
	"ovate/internal/ingest/sink"
	"ovate/internal/spec"
	"ovate/segment"
)

// mergedTable is several runs as one table. The order of its rows is found once, from the columns that sort them, and kept
// as two bytes a row: which run the next row comes from. Every column is then read from all runs front to back.
type mergedTable struct {
	ctx        context.Context
	interval   druid.Interval
	schema     *spec.DataSchema
	runs       []*openRun
	dimensions []dimension
	strings    []mergedStrings // by dimension

	from   []uint16 // by row of the runs together, in segment order: its run
	repeat []bool   // with rollup: the row belongs to the same group as the one before
	rows   int      // after rollup
}

// openRun is a run being merged.
type openRun struct {
	*run
	segment *segment.Segment
	// ids are, by merged dimension, the run's dictionary entries as entries of the merged dictionary.
	ids [][]int32
}

const maxRuns = 1 << 16

// merge opens runs, at most maxRuns, of one interval.
func merge(ctx context.Context, interval druid.Interval, runs []*run, schema *spec.DataSchema) (_ *mergedTable, err error) {
	if len(runs) > maxRuns {
		return nil, fmt.Errorf("there are %d runs and at most %d can be merged: give the task more memory (maxBytesInMemory, maxRowsInMemory)", len(runs), maxRuns)
	}
	m := &mergedTable{ctx: ctx, interval: interval, schema: schema, dimensions: mergedDimensions(runs)}
	defer func() {
		if err != nil {
			m.close()
		}
	}()
	for _, r := range runs {
		s, err := segment.Open(r.dir)
		if err != nil {
			return nil, err
		}
		m.runs = append(m.runs, &openRun{run: r, segment: s, ids: make([][]int32, len(m.dimensions))})
	}
	m.strings = make([]mergedStrings, len(m.dimensions))
	for i, d := range m.dimensions {
		if d.Type != spec.String {
			continue
		}
		if m.strings[i], err = mergeStrings(m.runs, i, d.Name); err != nil {
			return nil, err
		}
	}
	return m, m.sort()
}

// close releases the runs and removes them.
func (m *mergedTable) close() {
	for _, r := range m.runs {
		r.segment.Close()
	}
}

func (m *mergedTable) Interval() druid.Interval { return m.interval }
func (m *mergedTable) Rows() int                { return m.rows }
func (m *mergedTable) Dimensions() []dimension  { return m.dimensions }

func (m *mergedTable) Strings(i int) stringColumn {
	s := &m.strings[i]
	return stringColumn{Dictionary: s, HasNull: s.hasNull, Multi: s.multi}
}

// sort finds the order of the rows.
func (m *mergedTable) sort() error {
	heads := make([]*cursor, 0, len(m.runs))
	total := 0
	for i, r := range m.runs {
		c, err := newCursor(m, i)
		if err != nil {
			return err
		}
		total += r.rows
		if ok, err := c.next(); err != nil {
			return err
		} else if ok {
			heads = append(heads, c)
		}
	}
	rollup := m.schema.Granularity.Rollup
	m.from = make([]uint16, 0, total)
	if rollup {
		m.repeat = make([]bool, 0, total)
	}
	queue := newQueue(heads)
	var last key
	for len(queue) > 0 {
		c := queue[0]
		m.from = append(m.from, uint16(c.number))
		if rollup {
			same := len(m.repeat) > 0 && last.compare(&c.key) == 0
			m.repeat = append(m.repeat, same)
			if !same {
				m.rows++
				last.set(&c.key)
			}
		} else {
			m.rows++
		}
		more, err := c.next()
		if err != nil {
			return err
		}
		queue = queue.fix(more)
		if len(m.from)%chunkRows == 0 && m.ctx.Err() != nil {
			return m.ctx.Err()
		}
	}
	return nil
}

func (m *mergedTable) EachTime(fn func([]int64) error) error {
	return eachNumber(m, longColumn("__time"), nil, func(n *sink.Numbers) error { return fn(n.Longs) })
}

func (m *mergedTable) EachNumber(i int, fn func(*sink.Numbers) error) error {
	return nil
}
