package ingest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"ovate/druid"
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
	feedRows   int             // that every feed holds
	ids        *sync.Pool      // see memoryTable

	from   []uint16 // by row of the runs together, in segment order: its run
	repeat []bool   // with rollup: the row belongs to the same group as the one before
	rows   int      // after rollup

	unforgotten atomic.Int64 // bytes read since the pages of the runs were given back, about
}

// openRun is a run being merged.
type openRun struct {
	*run
	segment *segment.Segment
}

// What a merge may take at a time. For every run it maps three files, of which a process can have some 65,000, and reads
// every column by a feed of its own, which takes about a kilobyte besides the rows it holds.
const (
	maxRuns      = 512
	maxFeeds     = 50_000
	maxFeedBytes = 32 << 20 // of rows in all feeds together
)

// keysUnheard is how many values are compared before the end of the context is heard.
const keysUnheard = 1 << 16

// kept is how many bytes of the runs may be read before their pages are given back. Giving them back takes a call for each run and
// drops what the next columns need, too, so that it must not be done for every one of very many small columns.
const kept = 4 << 20

// keptInSort is the same while all columns are read at once, each of which needs the page again that it is at.
const (
	keptInSort  = 16 << 20
	bytesPerKey = 8
)

// fanIn is how many of the runs can be merged at a time.
func fanIn(runs []*run) int {
	most := 1
	for _, r := range runs {
		most = max(most, r.columns)
	}
	return min(max(maxFeeds/most, 2), maxRuns)
}

// merge opens the runs of one segment.
func merge(ctx context.Context, interval druid.Interval, runs []*run, schema *spec.DataSchema, ids *sync.Pool) (*mergedTable, error) {
	m := &mergedTable{ctx: ctx, interval: interval, schema: schema, ids: ids}
	if err := segment.Guard(func() error { return m.open(runs) }); err != nil {
		return nil, errors.Join(m.blame(err), m.close())
	}
	return m, nil
}

// open opens the runs, merges their dictionaries, and finds the order of their rows.
func (m *mergedTable) open(runs []*run) (err error) {
	for _, r := range runs {
		s, err := segment.Open(r.dir)
		if err != nil {
			return err
		}
		m.runs = append(m.runs, &openRun{r, s})
	}
	m.dimensions = mergedDimensions(m.schema.Dimensions.Dimensions, m.runs)
	const bytesPerRow = 16
	m.feedRows = min(max(maxFeedBytes/(bytesPerRow*len(runs)*(1+len(m.dimensions))), 16), chunkRows)
	m.strings = make([]mergedStrings, len(m.dimensions))
	for i, d := range m.dimensions {
		if err := m.ctx.Err(); err != nil {
			return err
		}
		if d.Type != spec.String {
			continue
		}
		if m.strings[i], err = mergeStrings(m.runs, d.Name); err != nil {
			return err
		}
	}
	return errors.Join(m.sort(), m.forget())
}

// blame has a fault name the run that was cut off.
func (m *mergedTable) blame(err error) error {
	for _, r := range m.runs {
		err = r.segment.Blame(err)
	}
	return err
}

// forget gives back the pages of the runs that a pass over them has read: together they may be larger than all else.
func (m *mergedTable) forget() error {
	for _, r := range m.runs {
		if err := r.segment.Forget(); err != nil {
			return err
		}
	}
	return nil
}

// read tells that one more column has been read, of about so many bytes.
func (m *mergedTable) read(bytes int64) error {
	if m.unforgotten.Add(bytes) < kept {
		return nil
	}
	m.unforgotten.Store(0)
	return m.forget()
}

// close releases the runs and removes them.
func (m *mergedTable) close() error {
	var errs []error
	for _, r := range m.runs {
		errs = append(errs, r.segment.Close(), r.remove())
	}
	return errors.Join(errs...)
}

// sort finds the order of the rows.
func (m *mergedTable) sort() error {
	heads, err := m.heads()
	if err != nil {
		return err
	}
	s := sorting{mergedTable: m}
	for queue := newQueue(heads); len(queue) > 0; {
		c := queue[0]
		s.put(c)
		ended := c.left == 0
		if !ended {
			c.left--
			if err := c.next(); err != nil {
				return err
			}
		}
		queue = queue.fix(ended)
		if s.keys += 1 + len(c.columns); s.keys > keysUnheard {
			if err := s.pause(); err != nil {
				return err
			}
		}
	}
	return nil
}

// heads is a cursor at the first row of each run. It makes room for the order of all rows.
func (m *mergedTable) heads() (heads []*cursor, err error) {
	total := 0
	for i, r := range m.runs {
		if err := m.ctx.Err(); err != nil {
			return nil, err
		}
		c, err := newCursor(m, i)
		if err != nil {
			return nil, err
		}
		if err := c.next(); err != nil {
			return nil, err
		}
		c.left = r.rows - 1
		heads = append(heads, c)
		total += r.rows
	}
	m.from = make([]uint16, 0, total)
	if m.schema.Granularity.Rollup {
		m.repeat = make([]bool, 0, total)
	}
	return heads, nil
}

// sorting is a table whose rows are put into order.
type sorting struct {
	*mergedTable
	last        key // of the row put last, with rollup
	keys        int // read since the last pause
	unforgotten int // bytes read since the pages of the runs were given back, about
}

// put puts the row behind the others, or adds it to the last one if it rolls up to the same.
func (s *sorting) put(c *cursor) {
	s.from = append(s.from, uint16(c.run))
	if !s.schema.Granularity.Rollup {
		s.rows++
		return
	}
	same := len(s.repeat) > 0 && s.last.compare(&c.key) == 0
	s.repeat = append(s.repeat, same)
	if !same {
		s.rows++
		s.last.set(&c.key)
	}
}

// pause looks whether the sorting is to go on, and gives back pages when many were read.
func (s *sorting) pause() error {
	s.unforgotten += bytesPerKey * s.keys
	s.keys = 0
	if err := s.ctx.Err(); err != nil {
		return err
	}
	if s.unforgotten <= max(keptInSort, len(s.runs)<<17) {
		return nil
	}
	s.unforgotten = 0
	return s.forget()
}

// listFeed reads string dimension k of run i; nil if the run lacks it.
func (m *mergedTable) listFeed(i, k int) (*listFeed, error) {
	c := m.strings[k].columns[i]
	if c == nil {
		return nil, nil
	}
	return &listFeed{reader: c.Reader(), rows: m.feedRows, merged: m.strings[k].ids[i]}, nil
}
