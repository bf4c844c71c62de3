package task

import (
	"context"
	"slices"

	"ovate/druid"
	"ovate/internal/action"
)

// appendChunks are the time chunks that rows are appended to: those that the data source has, and in between, as Druid
// chooses them, the longest buckets of the segment granularity or a finer one that overlap none of them.
type appendChunks struct {
	ctx    context.Context
	fail   context.CancelCauseFunc // ends the build: a chunk cannot be told
	client action.Client

	dataSource string
	preferred  []druid.Granularity // coarse to fine
	within     []druid.Interval    // what the task has locked; nil if it locks later whatever it needs

	found []druid.Interval // in order: rows may come in any, and the store is asked once for a chunk
}

// Bucket is the chunk that t belongs to.
func (c *appendChunks) Bucket(t druid.Instant) druid.Interval {
	at := druid.SearchIntervals(c.found, t)
	if at == len(c.found) || !c.found[at].Contains(t) {
		c.found = slices.Insert(c.found, at, c.find(t))
	}
	return c.found[at]
}

func (c *appendChunks) find(t druid.Instant) druid.Interval {
	if there := c.used(druid.Interval{Start: t, End: t + 1}); len(there) > 0 {
		return there[0]
	}
	for _, g := range c.preferred {
		if bucket := g.Bucket(t); c.mayLock(bucket) && len(c.used(bucket)) == 0 {
			return bucket
		}
	}
	return c.preferred[0].Bucket(t)
}

func (c *appendChunks) mayLock(bucket druid.Interval) bool {
	return c.within == nil || slices.ContainsFunc(c.within, func(i druid.Interval) bool { return i.Encloses(bucket) })
}

// used are the chunks that can be seen in the interval.
func (c *appendChunks) used(i druid.Interval) []druid.Interval {
	chunks, err := action.Do(c.ctx, c.client, action.ChunkListUsed{DataSource: c.dataSource, Interval: i})
	if err != nil {
		c.fail(err)
	}
	return chunks
}

// exactly is a granularity one of whose buckets is the chunk: preferred, if it has it.
func exactly(chunk druid.Interval, preferred druid.Granularity) (druid.Granularity, error) {
	if preferred.Bucket(chunk.Start) == chunk {
		return preferred, nil
	}
	return druid.DurationGranularity(int64(chunk.End-chunk.Start), chunk.Start)
}
