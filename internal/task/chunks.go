package task

import (
	"context"
	"slices"

	"ovate/druid"
	"ovate/internal/action"
)

// appendChunks are the time chunks that rows are appended to: those that the data source has, and in between, as Druid
// chooses them, the longest buckets of the segment granularity or a finer one that overlap none of them. Of a chunk that
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
		c.found = slices.Insert(c.found, at, c.find(t))
	}
	return c.found[at]
}

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
		if bucket := g.Bucket(t); c.mayLock(bucket) && len(c.used(bucket)) == 0 {
			return bucket
		}
	}
	return c.preferred[0].Bucket(t)
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
