package action

import (
	"context"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/timeline"
)

// batch are rows of segments that are published at a time, used all of them.
type batch struct {
	at   druid.Instant
	rows []metadata.SegmentRow
	byID map[string]druid.DataSegment
}

func newBatch(at druid.Instant) *batch {
	return &batch{at: at, byID: map[string]druid.DataSegment{}}
}

// add adds a segment. From is the id of the one that it is a copy of, or empty.
func (p *batch) add(s druid.DataSegment, from string) {
	p.byID[s.ID().String()] = s
	p.rows = append(p.rows, metadata.SegmentRow{Segment: s, Created: p.at, Used: true, UsedStatusLastUpdated: p.at, UpgradedFrom: from})
}

// insert inserts those that are not there yet, and tells which ones these are.
func (p *batch) insert(ctx context.Context, tx metadata.Tx) ([]druid.DataSegment, error) {
	if err := p.mustJoin(ctx, tx); err != nil {
		return nil, err
	}
	ids, err := tx.InsertSegments(p.rows)
	if err != nil {
		return nil, err
	}
	segments := make([]druid.DataSegment, len(ids))
	for i, id := range ids {
		segments[i] = p.byID[id]
	}
	return segments, nil
}

func (p *batch) ids() []string {
	ids := make([]string, len(p.rows))
	for i := range p.rows {
		ids[i] = p.rows[i].Segment.ID().String()
	}
	return ids
}

func idsOf(segments []druid.DataSegment) map[druid.SegmentID]bool {
	ids := make(map[druid.SegmentID]bool, len(segments))
	for i := range segments {
		ids[segments[i].ID()] = true
	}
	return ids
}

func chunkOfID(id druid.SegmentID) timeline.Chunk {
	return timeline.Chunk{Interval: id.Interval, Version: id.Version}
}

// mustJoin refuses segments that say that their time chunk has no core partitions, if it has: once one of these is unused, no query would see
// them, and nobody would notice, as what is appended goes by the last segment.
func (p *batch) mustJoin(ctx context.Context, tx metadata.Tx) error {
	var chunks []timeline.Chunk
	first := map[timeline.Chunk]*druid.DataSegment{} // that says so
	for i := range p.rows {
		s := &p.rows[i].Segment
		chunk := chunkOf(s)
		if s.ShardSpec.Type() != "numbered" || s.ShardSpec.CorePartitions() > 0 || first[chunk] != nil {
			continue
		}
		first[chunk] = s
		chunks = append(chunks, chunk)
	}
	if len(chunks) == 0 {
		return nil
	}
	there, err := tx.LastSegments(ctx, p.rows[0].Segment.DataSource, chunks, true)
	if err != nil {
		return err
	}
	for _, chunk := range chunks {
		s := first[chunk]
		last, is := there[chunk]
		if !is || last.Unreadable != nil || last.Segment.ShardSpec.CorePartitions() <= 0 || last.Segment.ShardSpec.Overwrites() {
			continue
		}
		if _, own := p.byID[last.Segment.ID().String()]; !own {
			return druid.InvalidInput("segment[%s] says that its time chunk has no core partitions (shardSpec.partitions), but it has %d, some of which may not be used any more, "+
				"and queries would not see it: run the task again", s.ID(), last.Segment.ShardSpec.CorePartitions())
		}
	}
	return nil
}

// checkCores refuses to append to a time chunk whose core partitions are not all used any more: no query would see what is appended.
func checkCores(ctx context.Context, tx metadata.Tx, segments []druid.DataSegment) error {
	var chunks []timeline.Chunk
	cores := map[timeline.Chunk]int{}
	for i := range segments {
		s := &segments[i]
		chunk, n := chunkOf(s), s.ShardSpec.CorePartitions()
		if s.ShardSpec.PartitionNum() < n || n <= 0 || cores[chunk] > 0 {
			continue
		}
		cores[chunk] = n
		chunks = append(chunks, chunk)
	}
	if len(chunks) == 0 {
		return nil
	}
	used, err := tx.CountSegments(ctx, segments[0].DataSource, cores)
	if err != nil {
		return err
	}
	for _, chunk := range chunks {
		if used[chunk] < cores[chunk] {
			return druid.InvalidInput("the time chunk[%s] of version[%s] has %d of its %d core partitions, the others were marked as unused meanwhile, and queries would not "+
				"see what is appended to it: run the task again", chunk.Interval, chunk.Version, used[chunk], cores[chunk])
		}
	}
	return nil
}
