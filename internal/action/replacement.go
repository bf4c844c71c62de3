package action

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/timeline"
)

// upgradedSequence begins the sequence names of ids that stand for others under a later version, as in Druid.
const upgradedSequence = "upgraded_to_version__"

// finerError is why a task cannot replace time chunks beside what is appended to wider ones.
type finerError struct {
	id    druid.SegmentID // what is appended
	chunk timeline.Chunk  // of the task
}

func (e *finerError) Error() string {
	return fmt.Sprintf("segment[%s] is appended beside this task, which replaces interval[%s], a part of the segment's: the segment cannot go over to version[%s]. "+
		"Replacing with a finer segment granularity than that of concurrent appends is not possible; run the task again when they have ended", e.id, e.chunk.Interval, e.chunk.Version)
}

// replacement is what a task replaces time chunks with, and what is there besides.
type replacement struct {
	tx         metadata.Tx
	dataSource string
	chunks     placed[*replaced]
	pending    []metadata.PendingRow
}

// replaced is a time chunk that is replaced.
type replaced struct {
	timeline.Chunk
	core int
	last int  // the highest partition number that is known
	read bool // whether those that the store knows are among them
}

func newReplacement(ctx context.Context, tx metadata.Tx, segments []druid.DataSegment) (*replacement, error) {
	r := &replacement{tx: tx, dataSource: segments[0].DataSource}
	chunks := map[druid.Interval]*replaced{}
	for i := range segments {
		s := &segments[i]
		c := chunks[s.Interval]
		if c == nil {
			c = &replaced{Chunk: chunkOf(s), last: -1}
			chunks[s.Interval] = c
		}
		if s.Version > c.Version {
			c.Version, c.last = s.Version, -1
		}
		if s.Version == c.Version {
			c.core, c.last = max(0, s.ShardSpec.CorePartitions()), max(c.last, s.ShardSpec.PartitionNum())
		}
	}
	r.chunks = place(slices.Collect(maps.Values(chunks)), func(c *replaced) druid.Interval { return c.Interval })
	var err error
	r.pending, err = tx.PendingSegments(ctx, r.dataSource, slices.Collect(maps.Keys(chunks)))
	return r, err
}

// within is the chunk that holds an interval, if there is one of a later version than the segment of that interval. That a chunk holds a part
// of it is an error.
func (r *replacement) within(id druid.SegmentID) (*replaced, error) {
	for c := range r.chunks.overlapping(id.Interval) {
		switch {
		case id.Version >= c.Version:
		case c.Interval.Encloses(id.Interval):
			return c, nil
		default:
			return nil, &finerError{id, c.Chunk}
		}
	}
	return nil, nil
}

// carryOver makes copies of what was appended beneath the task's locks, unless they are there already. What lies in none of its time chunks is
// not hidden, and stays as it is. (Druid fails then.) What was marked as unused meanwhile stays so.
func (r *replacement) carryOver(ctx context.Context, taskID string) ([]upgraded, error) {
	notes, err := r.tx.Upgrades(ctx, []string{taskID})
	if err != nil || len(notes) == 0 {
		return nil, err
	}
	lockOf := make(map[string]string, len(notes))
	for _, n := range notes {
		lockOf[n.SegmentID] = max(lockOf[n.SegmentID], n.LockVersion)
	}
	rows, err := r.tx.SegmentsByID(ctx, r.dataSource, slices.Collect(maps.Keys(lockOf)))
	if err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b metadata.SegmentRow) int { return metadata.CompareSegmentIDs(a.Segment.ID(), b.Segment.ID()) })
	origin := func(row *metadata.SegmentRow) string { return cmp.Or(row.UpgradedFrom, row.Segment.ID().String()) }
	origins := make([]string, len(rows))
	for i := range rows {
		origins[i] = origin(&rows[i])
	}
	there, err := r.copiesOf(ctx, origins)
	if err != nil {
		return nil, err
	}
	var copies []upgraded
	var chunks []*replaced // of each copy
	for i := range rows {
		row := &rows[i]
		if !row.Used {
			continue
		}
		c, err := r.within(row.Segment.ID())
		from := origins[i]
		switch {
		case err != nil:
			return nil, err
		case c == nil || lockOf[row.Segment.ID().String()] < c.Version || there[copyOf{from, c.Version}]:
			continue
		case row.Unreadable != nil:
			return nil, druid.InvalidInput("segment[%s], which was appended beside this task, cannot be read in the metadata, so that its rows would be hidden: %v", row.Segment.ID(), row.Unreadable)
		}
		s := row.Segment
		s.Interval, s.Version = c.Interval, c.Version
		copies, chunks = append(copies, upgraded{s, from}), append(chunks, c)
	}
	if err := r.read(ctx, chunks); err != nil {
		return nil, err
	}
	for i, c := range chunks {
		if copies[i].segment.ShardSpec, err = c.next(); err != nil {
			return nil, err
		}
	}
	return copies, nil
}

// copyOf tells copies of a segment apart: there is one for each version.
type copyOf struct{ from, version string }

func (r *replacement) copiesOf(ctx context.Context, origins []string) (map[copyOf]bool, error) {
	rows, err := r.tx.SegmentsUpgradedFrom(ctx, r.dataSource, origins)
	if err != nil {
		return nil, err
	}
	there := make(map[copyOf]bool, len(rows))
	for _, row := range rows {
		there[copyOf{row.UpgradedFrom, row.Segment.Version}] = true
	}
	return there, nil
}

// upgradePending gives ids in the new version to what is being appended, unless it has them already. It returns all that there are then.
func (r *replacement) upgradePending(ctx context.Context, now druid.Instant) (ids []metadata.PendingRow, err error) {
	there := map[copyOf]bool{}
	for _, p := range r.pending {
		there[copyOf{p.UpgradedFrom, p.ID.Version}] = true
		if p.UpgradedFrom != "" && p.Unreadable == nil && r.made(p.ID) {
			ids = append(ids, p)
		}
	}
	var rows []metadata.PendingRow
	var chunks []*replaced // of each row
	for _, p := range r.pending {
		if p.UpgradedFrom != "" || p.Allocator == "" { // a former version's, or of nobody who would ask for it
			continue
		}
		c, err := r.within(p.ID)
		if err != nil {
			return nil, err
		}
		from := p.ID.String()
		if c == nil || there[copyOf{from, c.Version}] {
			continue
		}
		sequence := upgradedSequence + c.Version
		rows, chunks = append(rows, metadata.PendingRow{
			ID:      druid.SegmentID{DataSource: r.dataSource, Interval: c.Interval, Version: c.Version},
			Created: now, SequenceName: sequence, PreviousID: from, Key: metadata.LineageKey(sequence, from, c.Version),
			UpgradedFrom: from, Allocator: p.Allocator,
		}), append(chunks, c)
		there[copyOf{from, c.Version}] = true
	}
	if len(rows) == 0 {
		return ids, nil
	}
	if err := r.read(ctx, chunks); err != nil {
		return nil, err
	}
	for i, c := range chunks {
		shard, err := c.next()
		if err != nil {
			return nil, err
		}
		rows[i].ID.PartitionNum, rows[i].ShardSpec = shard.PartitionNum(), shard
	}
	inserted, err := r.tx.InsertPending(rows)
	if err == nil && len(inserted) < len(rows) {
		err = fmt.Errorf("%d of %d ids for what is being appended to data source[%s], from pending segment[%s] on: %w", len(rows)-len(inserted), len(rows), r.dataSource, rows[0].ID, metadata.ErrExists)
	}
	return append(ids, rows...), err
}

// made tells whether an id is of one of the chunks.
func (r *replacement) made(id druid.SegmentID) bool {
	return anyOf(r.chunks.overlapping(id.Interval), func(c *replaced) bool { return c.Interval == id.Interval && c.Version == id.Version })
}

// read finds out which partitions chunks have, used or not, and which ids were handed out, unless that is known.
func (r *replacement) read(ctx context.Context, chunks []*replaced) error {
	unread := map[timeline.Chunk]*replaced{}
	for _, c := range chunks {
		if !c.read {
			unread[c.Chunk] = c
		}
	}
	if len(unread) == 0 {
		return nil
	}
	last, err := lastPartitions(ctx, r.tx, r.dataSource, slices.Collect(maps.Keys(unread)))
	if err != nil {
		return err
	}
	for chunk, n := range last {
		unread[chunk].last = max(unread[chunk].last, n)
	}
	for _, p := range r.pending {
		if c := unread[chunkOfID(p.ID)]; c != nil {
			c.last = max(c.last, p.ID.PartitionNum)
		}
	}
	for _, c := range unread {
		c.read = true
	}
	return nil
}

// next is the partition after all that the chunk has, once that has been read.
func (c *replaced) next() (s druid.ShardSpec, err error) {
	if c.last >= maxPartition {
		return s, druid.InvalidInput("the time chunk[%s] of version[%s] has a partition[%d], and there is no number after it", c.Interval, c.Version, c.last)
	}
	c.last++
	return druid.Numbered(c.last, c.core), nil
}
