package action

import (
	"context"
	"fmt"

	"ovate/druid"
	"ovate/internal/deepstorage"
	"ovate/internal/metadata"
)

// SegmentListShared answers which of some unused segments have files that another segment needs, one that is none of them: of whatever
// data source and interval, used or not, as it may be used again. Druid asks for segments that were upgraded from others, and for used
// ones of the interval.
//
// It need not read all segments. Whoever shares files with a segment S has a load spec that names the same folder. Either that folder is
// the one that a push of its id makes: then the folder names the id, and one row is looked up by it. Or it is another one: then it is among
// the SegmentsElsewhere, as are the copies of appended segments under other versions, and all of these are looked at.
type SegmentListShared struct {
	Segments []druid.DataSegment `json:"segments"`
}

// Type is segmentListShared.
func (SegmentListShared) Type() string { return "segmentListShared" }

func (SegmentListShared) check(given fields) error { return given.need("segments") }

// Perform finds the segments.
func (a SegmentListShared) Perform(ctx context.Context, box *Box, by Identity) ([]string, error) {
	g := going{by: by, ids: map[string]bool{}, files: map[string]bool{}, segments: a.Segments, keys: make([]string, len(a.Segments))}
	owners := map[string][]string{} // ids by data source
	owned := map[string]string{}    // their files
	for i := range a.Segments {
		s := &a.Segments[i]
		g.ids[s.ID().String()] = true
		key, err := deepstorage.Key(s.LoadSpec)
		if err != nil {
			return nil, druid.InvalidInput("nobody knows which files segment[%s] has: %v", s.ID(), err)
		}
		g.keys[i], g.files[key] = key, false
		for _, id := range deepstorage.Pushed(s.LoadSpec) {
			if id == s.ID() {
				continue // nearly always
			}
			owners[id.DataSource] = append(owners[id.DataSource], id.String())
			owned[id.String()] = key
		}
	}
	for dataSource, ids := range owners {
		rows, err := box.Store.SegmentsByID(ctx, dataSource, ids)
		if err != nil {
			return nil, fmt.Errorf("which segments share files with those of data source[%s]: %w", by.DataSource, err)
		}
		for i := range rows {
			if id := rows[i].Segment.ID().String(); rows[i].Unreadable != nil && !g.ids[id] {
				g.files[owned[id]] = true // most likely
				continue
			}
			if err := g.consider(&rows[i]); err != nil {
				return nil, err
			}
		}
	}
	if err := box.Store.SegmentsElsewhere(ctx, g.consider); err != nil {
		return nil, fmt.Errorf("which segments share files with those of data source[%s]: %w", by.DataSource, err)
	}
	return g.shared(), nil
}

// going are segments whose files are about to be removed.
type going struct {
	by       Identity
	segments []druid.DataSegment
	keys     []string // of the files of each
	ids      map[string]bool
	files    map[string]bool // their files, and whether somebody else needs them
}

// consider notes what another segment needs. One that is used and cannot be read may need anything of its data source.
func (g *going) consider(row *metadata.SegmentRow) error {
	id := row.Segment.ID()
	if g.ids[id.String()] {
		return nil
	}
	key, err := "", row.Unreadable
	if err == nil {
		key, err = deepstorage.Key(row.Segment.LoadSpec)
	}
	if _, asked := g.files[key]; asked && err == nil {
		g.files[key] = true
	}
	if err == nil || !row.Used || id.DataSource != g.by.DataSource {
		return nil
	}
	for i := range g.segments {
		if g.segments[i].Interval.Overlaps(id.Interval) {
			return fmt.Errorf("the used segment[%s] cannot be read in the metadata, so that nobody knows which files it needs; none are removed: %w", id, err)
		}
	}
	return nil
}

// shared are the ids of those whose files somebody else needs.
func (g *going) shared() []string {
	ids := []string{}
	for i, key := range g.keys {
		if key != "" && g.files[key] {
			ids = append(ids, g.segments[i].ID().String())
		}
	}
	return ids
}
