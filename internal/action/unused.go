package action

import (
	"context"
	"maps"
	"slices"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/timeline"
)

// occupied are the segments of a data source that are in the way of new ids: publishing under an id that exists would publish nothing. What was read of
// them once is not read again.
type occupied struct {
	tx         metadata.Tx
	dataSource string
	there      map[druid.SegmentID]bool                         // whether there is a segment of an id, used or not
	lasts      map[bool]map[timeline.Chunk]*metadata.SegmentRow // of each chunk, among the used and the unused ones
}

func newOccupied(tx metadata.Tx, dataSource string) *occupied {
	return &occupied{tx, dataSource, map[druid.SegmentID]bool{}, map[bool]map[timeline.Chunk]*metadata.SegmentRow{true: {}, false: {}}}
}

// numbers are ids of one chunk that will most likely be handed out.
type numbers struct {
	first      druid.SegmentID
	count      int
	isNew      bool // nothing of the chunk is visible
	overwrites bool
}

func (n *numbers) ids(first int) (ids []druid.SegmentID) {
	for id := n.first; len(ids) < n.count && first+len(ids) <= maxPartition; {
		id.PartitionNum = first + len(ids)
		ids = append(ids, id)
	}
	return ids
}

// lookAhead reads what is asked of the numbers.
func (o *occupied) lookAhead(ctx context.Context, all []*numbers) error {
	var ids []druid.SegmentID
	var chunks []timeline.Chunk
	for _, n := range all {
		ids = append(ids, n.ids(n.first.PartitionNum)...)
		if n.isNew {
			chunks = append(chunks, chunkOfID(n.first))
		}
	}
	if err := o.readLast(ctx, chunks, true); err != nil {
		return err
	}
	if err := o.lookFor(ctx, ids); err != nil {
		return err
	}
	taken := map[timeline.Chunk]bool{}
	for _, id := range ids {
		if o.there[id] {
			taken[chunkOfID(id)] = true
		}
	}
	if err := o.readLast(ctx, slices.Collect(maps.Keys(taken)), false); err != nil {
		return err
	}
	ids = nil
	for _, n := range all {
		if c := chunkOfID(n.first); taken[c] && !n.overwrites {
			last, known, err := o.lastUnusedRoot(ctx, c)
			if err != nil {
				return err
			}
			if known {
				ids = append(ids, n.ids(max(n.first.PartitionNum, last+1))...)
			}
		}
	}
	return o.lookFor(ctx, ids)
}

// avoidUnused moves an id past those of unused segments, if it is one of them. It tells whether there is a number left for it.
func (o *occupied) avoidUnused(ctx context.Context, partial *PartialShardSpec, e *extent, got *Allocation) (free bool, err error) {
	if taken, err := o.isThere(ctx, got.ID); err != nil || !taken {
		return err == nil, err
	}
	chunk := chunkOfID(got.ID)
	var last int
	known := true
	if partial.overwrites() {
		var all map[timeline.Chunk]int
		all, err = lastPartitions(ctx, o.tx, o.dataSource, []timeline.Chunk{chunk})
		last = all[chunk]
	} else {
		last, known, err = o.lastUnusedRoot(ctx, chunk)
	}
	if err != nil || !known {
		return false, err
	}
	got.ID.PartitionNum = max(got.ID.PartitionNum, last+1)
	for ; got.ID.PartitionNum <= maxPartition; got.ID.PartitionNum++ {
		taken, err := o.isThere(ctx, got.ID) // by one that cannot be read, of which nothing else tells
		if err != nil {
			return false, err
		}
		if !taken {
			got.ShardSpec = partial.complete(got.ID.PartitionNum, e.core)
			return true, nil
		}
	}
	return false, nil
}

// isThere tells whether there is a segment of that id, used or not.
func (o *occupied) isThere(ctx context.Context, id druid.SegmentID) (bool, error) {
	if _, known := o.there[id]; !known {
		if err := o.lookFor(ctx, []druid.SegmentID{id}); err != nil {
			return false, err
		}
	}
	return o.there[id], nil
}

// lookFor finds out of which ids there are segments.
func (o *occupied) lookFor(ctx context.Context, ids []druid.SegmentID) error {
	if len(ids) == 0 {
		return nil
	}
	rows, err := o.tx.SegmentsByID(ctx, o.dataSource, texts(ids))
	if err != nil {
		return err
	}
	for _, id := range ids {
		o.there[id] = len(ids) == 1 && len(rows) > 0
	}
	if len(ids) == 1 {
		return nil
	}
	odd := false
	for i := range rows {
		id := rows[i].Segment.ID()
		_, asked := o.there[id]
		odd = odd || !asked
		o.there[id] = true
	}
	if !odd {
		return nil
	}
	for _, id := range ids { // a row tells another id than it is stored under
		if !o.there[id] {
			if err := o.lookFor(ctx, []druid.SegmentID{id}); err != nil {
				return err
			}
		}
	}
	return nil
}

// last is the segment of a chunk with the highest number, among the used or the unused ones; nil if there is none.
func (o *occupied) last(ctx context.Context, chunk timeline.Chunk, used bool) (*metadata.SegmentRow, error) {
	if _, known := o.lasts[used][chunk]; !known {
		if err := o.readLast(ctx, []timeline.Chunk{chunk}, used); err != nil {
			return nil, err
		}
	}
	return o.lasts[used][chunk], nil
}

func (o *occupied) readLast(ctx context.Context, chunks []timeline.Chunk, used bool) error {
	if len(chunks) == 0 {
		return nil
	}
	rows, err := o.tx.LastSegments(ctx, o.dataSource, chunks, used)
	for _, c := range chunks {
		if row, there := rows[c]; there {
			o.lasts[used][c] = &row
		} else {
			o.lasts[used][c] = nil
		}
	}
	return err
}

// lastUnusedRoot is the highest lastRoot of the unused segments of a chunk; -1 if there are none. Only where one of them overwrites others does
// it look at more than the last one.
func (o *occupied) lastUnusedRoot(ctx context.Context, chunk timeline.Chunk) (last int, known bool, err error) {
	row, err := o.last(ctx, chunk, false)
	if err != nil || row == nil {
		return -1, true, err
	}
	rows := []metadata.SegmentRow{*row}
	if row.Segment.ShardSpec.Overwrites() {
		query := metadata.UnusedQuery{DataSource: o.dataSource, Interval: chunk.Interval, Versions: []string{chunk.Version}}
		if rows, err = o.tx.UnusedSegments(ctx, query); err != nil {
			return 0, false, err
		}
	}
	last = -1
	for _, row := range rows {
		if row.Segment.Interval != chunk.Interval {
			continue
		}
		root, known := lastRoot(row.Segment.ShardSpec)
		if !known {
			return 0, false, nil
		}
		last = max(last, root)
	}
	return last, true, nil
}
