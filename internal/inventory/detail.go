package inventory

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/timeline"
	"ovate/segment"
)

// Detail is what the metadata tells of one segment, and of its place among the others.
type Detail struct {
	druid.DataSegment
	Created druid.Instant // when it was published
	Used    bool
	// Updated is when Used last changed.
	Updated druid.Instant
	// UpgradedFrom is the id of the segment of which this is a copy under another version; empty of most.
	UpgradedFrom string
	// Visible are the parts of its interval over which queries see it.
	Visible []druid.Interval
	// HiddenBy are the segments that queries see in its place, and Hides those that they would see without it, at least in part; in order of time.
	HiddenBy, Hides []druid.SegmentID
	// Unreadable is why the metadata's row cannot be read; then little but the id is known.
	Unreadable error
}

// Segment finds a segment by its id, used or not; the error is metadata.ErrNotFound if there is none. It reads the metadata of what overlaps it in time, and no files.
func (v *Inventory) Segment(ctx context.Context, dataSource, id string) (*Detail, error) {
	rows, err := v.store.SegmentsByID(ctx, dataSource, []string{id})
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("segment[%s]: %w", id, metadata.ErrNotFound)
	}
	row := &rows[0]
	d := &Detail{
		DataSegment: row.Segment, Created: row.Created, Used: row.Used, Updated: row.UsedStatusLastUpdated, UpgradedFrom: row.UpgradedFrom, Unreadable: row.Unreadable,
	}
	if !d.Used || d.Unreadable != nil || d.Interval.IsEmpty() {
		return d, nil
	}
	beside, err := v.store.UsedSegments(ctx, dataSource, []druid.Interval{d.Interval})
	if err != nil {
		return nil, err
	}
	used := make([]druid.DataSegment, len(beside))
	for i := range beside {
		used[i] = beside[i].Segment
	}
	d.place(used)
	return d, nil
}

// place finds out where the segment is seen among those that are used and overlap it.
func (d *Detail) place(used []druid.DataSegment) {
	id, span := d.ID(), []druid.Interval{d.Interval}
	is := func(s druid.DataSegment) bool { return s.ID() == id }
	for _, set := range timeline.New(used).Shown(span) {
		if slices.ContainsFunc(set.Segments, is) {
			d.Visible = set.Parts
			continue
		}
		for i := range set.Segments {
			d.HiddenBy = append(d.HiddenBy, set.Segments[i].ID())
		}
	}
	if len(d.Visible) == 0 {
		return
	}
	now := visibleParts(timeline.New(used).Shown(span))
	without := slices.DeleteFunc(slices.Clone(used), func(s druid.DataSegment) bool { return s.Interval == d.Interval && s.Version == d.Version })
	for _, set := range timeline.New(without).Shown(span) {
		if slices.Equal(now[set.Chunk], set.Parts) {
			continue
		}
		for i := range set.Segments {
			d.Hides = append(d.Hides, set.Segments[i].ID())
		}
	}
}

// visibleParts are the parts of time over which each chunk is seen.
func visibleParts(shown []*timeline.Shown) map[timeline.Chunk][]druid.Interval {
	parts := map[timeline.Chunk][]druid.Interval{}
	for _, set := range shown {
		parts[set.Chunk] = set.Parts
	}
	return parts
}

// mostUnpacked is the most bytes of a segment that is read as a whole to look into it, as it is far, or packed.
const mostUnpacked = 256 << 20

// ErrNoFiles is the error of looking into a segment that has no files: it tells that there are no rows in its time.
var ErrNoFiles = errors.New("it is a tombstone, which has no files: queries find no rows in its time")

// FarError is a segment whose files have to be fetched as a whole before anything in them can be read.
type FarError struct{ Size int64 }

func (e *FarError) Error() string {
	return fmt.Sprintf("its files are in a store of objects: they have to be fetched as a whole, %d bytes uncompressed", e.Size)
}

// LargeError is a segment that would have to be unpacked as a whole, and is too large for that.
type LargeError struct{ Size int64 }

func (e *LargeError) Error() string {
	return fmt.Sprintf("it would have to be unpacked as a whole, and has %d bytes, of at most %d: `ovate dump` reads it", e.Size, int64(mostUnpacked))
}

// Open calls fn with a segment whose files are opened, and are closed once it returns: fn reads it in its goroutine alone. Files in a folder are read where they are, as far as
// fn asks for them. Others are fetched, if fetch is set, else it is a FarError; one at a time is, of a size that is bounded (LargeError).
func (v *Inventory) Open(ctx context.Context, s *druid.DataSegment, fetch bool, fn func(*segment.Segment) error) error {
	if s.ShardSpec.IsTombstone() {
		return ErrNoFiles
	}
	if v.files.Near() {
		return v.files.Read(ctx, s.LoadSpec, func(path string) error {
			if !segment.Packed(path) {
				return segment.Read(path, fn)
			}
			return v.unpack(ctx, s.Size, func() error { return segment.Read(path, fn) })
		})
	}
	if !fetch {
		return &FarError{s.Size}
	}
	return v.unpack(ctx, s.Size, func() error {
		return v.files.Read(ctx, s.LoadSpec, func(path string) error { return segment.Read(path, fn) })
	})
}

// unpack calls fn, which takes memory for a whole segment, unless that is too much, once nobody else does so.
func (v *Inventory) unpack(ctx context.Context, size int64, fn func() error) error {
	if size > mostUnpacked {
		return &LargeError{size}
	}
	if err := v.unpacking.Acquire(ctx, 1); err != nil {
		return err
	}
	defer v.unpacking.Release(1)
	return fn()
}
