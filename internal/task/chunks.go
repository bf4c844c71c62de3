package task

import (
	"context"
	"fmt"
	"slices"

	"ovate/druid"
	"ovate/internal/action"
)

// appendChunks are the time chunks that rows are appended to: those that the data source has, and in between, as Druid
// chooses them, the longest buckets of the segment granularity or a finer one that overlap none of them; where even the finest
// is too long, the gap between two of them. Of a chunk that
// newer ones hide in parts, each visible slice is built by itself: a row goes where queries see it, whatever else is there.
type appendChunks struct {
	ctx    context.Context
	fail   context.CancelCauseFunc // ends the build: a chunk cannot be told
	client action.Client

	dataSource string
	preferred  []druid.Granularity // coarse to fine
	within     []druid.Interval    // what the task has locked; nil if it locks later whatever it needs

	found []druid.Interval                  // in order: rows may come in any, and the store is asked once for a slice
	cut   map[druid.Interval]druid.Interval // the chunks of those that are only a slice of one
}

// Bucket is the chunk that t belongs to, or the slice of it.
func (c *appendChunks) Bucket(t druid.Instant) druid.Interval {
	at := druid.SearchIntervals(c.found, t)
	if at == len(c.found) || !c.found[at].Contains(t) {
		chunk := c.find(t)
		if c.isBesideFound(chunk) {
			c.found = slices.Insert(c.found, at, chunk)
		} else {
			c.fail(fmt.Errorf("the time chunks of data source[%s] around %s have changed while its rows were read: submit the task again", c.dataSource, t))
			return only(t)
		}
	}
	return c.found[at]
}

// isBesideFound tells whether an interval overlaps none of the chunks that rows have been given already.
func (c *appendChunks) isBesideFound(i druid.Interval) bool { return !druid.OverlapsAny(c.found, i) }

// only is the chunk of a row of a build that has failed, of which nothing is kept.
func only(t druid.Instant) druid.Interval { return druid.Interval{Start: t, End: t + 1} }

func (c *appendChunks) find(t druid.Instant) druid.Interval {
	if there := c.used(druid.Interval{Start: t, End: t + 1}); len(there) > 0 {
		chunk := there[0].Chunk
		for _, s := range c.used(chunk) {
			if s.Interval.Contains(t) {
				if s.Interval != chunk {
					c.cut[s.Interval] = chunk
				}
				return s.Interval
			}
		}
	}
	for _, g := range c.preferred {
		if bucket := g.Bucket(t); c.mayLock(bucket) && c.isBesideFound(bucket) && len(c.used(bucket)) == 0 {
			return bucket
		}
	}
	if gap := c.gap(t); !gap.IsEmpty() {
		return gap
	}
	c.fail(fmt.Errorf("there is no time chunk for a row of %s: data source[%s] has segments around it, and the task's locks on %v leave no room beside them",
		t, c.dataSource, c.within))
	return only(t)
}

// gap is the part of the finest bucket around t that is beside all that can be seen, and may be locked.
func (c *appendChunks) gap(t druid.Instant) druid.Interval {
	gap := c.preferred[len(c.preferred)-1].Bucket(t)
	for _, there := range c.used(gap) {
		switch {
		case there.Interval.End <= t:
			gap.Start = max(gap.Start, there.Interval.End)
		case there.Interval.Start > t:
			gap.End = min(gap.End, there.Interval.Start)
		default:
			return druid.Interval{}
		}
	}
	if c.within == nil {
		return gap
	}
	for _, i := range c.within {
		if i.Contains(t) {
			return druid.Interval{Start: max(gap.Start, i.Start), End: min(gap.End, i.End)}
		}
	}
	return druid.Interval{}
}

// of is the chunk that something was built for. Without an appendChunks that is what it was built as.
func (c *appendChunks) of(built druid.Interval) druid.Interval {
	if c == nil {
		return built
	}
	if chunk, cut := c.cut[built]; cut {
		return chunk
	}
	return built
}

func (c *appendChunks) mayLock(bucket druid.Interval) bool {
	return c.within == nil || slices.ContainsFunc(c.within, func(i druid.Interval) bool { return i.Encloses(bucket) })
}

// used is what can be seen in the interval.
func (c *appendChunks) used(i druid.Interval) []action.Slice {
	slices, err := action.Do(c.ctx, c.client, action.ChunkListUsed{DataSource: c.dataSource, Interval: i})
	if err != nil {
		c.fail(err)
	}
	return slices
}
