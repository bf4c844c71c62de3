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
// the SegmentsElsewhere, as are the copies of appended segments under other versions, and all of these are looked at. So are rows that
// cannot be read: what their payloads may name stays.
type SegmentListShared struct {
	Segments []druid.DataSegment `json:"segments"`
}

// Shared is a segment whose files another one needs, or may need if its row cannot be read.
type Shared struct {
	Segment    string `json:"segment"`
	With       string `json:"with"`
	Unreadable bool   `json:"unreadable,omitempty"`
}

// Type is segmentListShared.
func (SegmentListShared) Type() string { return "segmentListShared" }

func (SegmentListShared) check(given fields) error { return given.need("segments") }

// Perform finds the segments.
func (a SegmentListShared) Perform(ctx context.Context, box *Box, by Identity) ([]Shared, error) {
	g := going{by: by, segments: a.Segments, ids: map[string]bool{}, needs: make([]*Shared, len(a.Segments)), traces: map[string][]int{}}
	owners := map[string][]string{} // ids by data source
	for i := range a.Segments {
		s := &a.Segments[i]
		id := s.ID().String()
		g.ids[id] = true
		traces, err := deepstorage.Traces(s.LoadSpec)
		if err != nil {
			continue // nobody knows which files it has, and deep storage removes none for it
		}
		for _, trace := range traces {
			g.traces[trace] = append(g.traces[trace], i)
		}
		g.traces[ofID+id] = append(g.traces[ofID+id], i)
		for _, owner := range deepstorage.Pushed(s.LoadSpec) {
			if owner == s.ID() {
				continue // nearly always
			}
			owners[owner.DataSource] = append(owners[owner.DataSource], owner.String())
			g.traces[ofID+owner.String()] = append(g.traces[ofID+owner.String()], i)
		}
	}
	for dataSource, ids := range owners {
		rows, err := box.Store.SegmentsByID(ctx, dataSource, ids)
		if err != nil {
			return nil, fmt.Errorf("which segments share files with those of data source[%s]: %w", by.DataSource, err)
		}
		for i := range rows {
			id := rows[i].Segment.ID().String()
			if rows[i].Unreadable != nil && !g.ids[id] {
				g.need(ofID+id, &rows[i]) // most likely
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

// ofID begins the traces by which going are found whose files were pushed for an id, or that are copies of it or its originals.
const ofID = "id "

// going are segments whose files are about to be removed.
type going struct {
	by       Identity
	segments []druid.DataSegment
	ids      map[string]bool
	traces   map[string][]int // by what each is found in a row that names its files
	needs    []*Shared        // who needs the files of each
}

// consider notes what another segment needs. One that is used and cannot be read may need anything of its data source.
func (g *going) consider(row *metadata.SegmentRow) error {
	id := row.Segment.ID()
	if row.Unreadable == nil {
		if g.ids[id.String()] {
			return nil
		}
		err := deepstorage.Named(row.Segment.LoadSpec, func(trace string) { g.need(trace, row) })
		if err == nil {
			return nil
		}
		row.Unreadable, row.Payload = err, row.Segment.LoadSpec
	}
	if row.UpgradedFrom != "" {
		g.need(ofID+row.UpgradedFrom, row)
	}
	deepstorage.NamedIn(row.Payload, func(trace string) { g.need(trace, row) })
	return g.undecided(id, row)
}

// need notes that the files are needed of all that have a trace.
func (g *going) need(trace string, row *metadata.SegmentRow) {
	for _, i := range g.traces[trace] {
		if g.needs[i] == nil || g.needs[i].Unreadable && row.Unreadable == nil {
			g.needs[i] = &Shared{g.segments[i].ID().String(), row.Segment.ID().String(), row.Unreadable != nil}
		}
	}
}

// undecided is the error of a used segment of which nobody knows the files; nil for one that may be left alone.
func (g *going) undecided(id druid.SegmentID, row *metadata.SegmentRow) error {
	if !row.Used || id.DataSource != g.by.DataSource {
		return nil
	}
	for i := range g.segments {
		if g.segments[i].Interval.Overlaps(id.Interval) {
			return fmt.Errorf("the used segment[%s] cannot be read in the metadata, so that nobody knows which files it needs; none are removed: %w", id, row.Unreadable)
		}
	}
	return nil
}

// shared are those whose files somebody else needs.
func (g *going) shared() []Shared {
	shared := []Shared{}
	for _, need := range g.needs {
		if need != nil {
			shared = append(shared, *need)
		}
	}
	return shared
}
