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

// mustJoin refuses segments that say that their time chunk has no core partitions, if it has: once one of these is unused, no query would see
// them, and nobody would notice, as what is appended goes by the last segment.
func (p *batch) mustJoin(ctx context.Context, tx metadata.Tx) error {
	seen := map[timeline.Chunk]bool{}
	for i := range p.rows {
		s := &p.rows[i].Segment
		chunk := chunkOf(s)
		if s.ShardSpec.Type() != "numbered" || s.ShardSpec.CorePartitions() > 0 || seen[chunk] {
			continue
		}
		seen[chunk] = true
		last, err := tx.LastSegment(ctx, s.DataSource, chunk, true)
		if err != nil {
			return err
		}
		if last == nil || last.Unreadable != nil || last.Segment.ShardSpec.CorePartitions() <= 0 || last.Segment.ShardSpec.Overwrites() {
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
	seen := map[timeline.Chunk]bool{}
	for i := range segments {
		s := &segments[i]
		chunk, cores := chunkOf(s), s.ShardSpec.CorePartitions()
		if s.ShardSpec.PartitionNum() < cores || cores <= 0 || seen[chunk] {
			continue
		}
		seen[chunk] = true
		used, err := tx.CountSegments(ctx, s.DataSource, chunk, cores)
		if err != nil {
			return err
		}
		if used < cores {
			return druid.InvalidInput("the time chunk[%s] of version[%s] has %d of its %d core partitions, the others were marked as unused meanwhile, and queries would not "+
				"see what is appended to it: run the task again", s.Interval, s.Version, used, cores)
		}
	}
	return nil
}
