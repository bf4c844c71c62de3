// Package inventory tells what is stored: the segments of a data source that queries see, over which time, and how many
// rows a query finds in them. It goes by the metadata and opens a segment's files only to count rows.
package inventory

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/timeline"
)

// Unknown stands for a number of rows that was not counted, or cannot be: the files are not within reach.
const Unknown = -1

// Files finds the files of a segment.
type Files interface {
	// Path is what segment.Open takes; an error if the load spec tells of another storage.
	Path(loadSpec json.RawMessage) (string, error)
}

// Inventory answers for all data sources of a store. It may be used by many goroutines.
type Inventory struct {
	store metadata.Reader
	files Files
}

// New makes an inventory of what the store names and the files hold.
func New(store metadata.Reader, files Files) *Inventory { return &Inventory{store, files} }

// Path is where the files of a segment are.
func (v *Inventory) Path(loadSpec json.RawMessage) (string, error) { return v.files.Path(loadSpec) }

// Segment is a segment that queries see, at least in part.
type Segment struct {
	druid.DataSegment
	// Visible are the parts of its interval, within the time asked for, over which no newer segment hides it.
	Visible []druid.Interval
	Rows    int64 // in those parts; or Unknown
	// Unreadable is why the metadata's row cannot be read; then little but the id is known.
	Unreadable error
}

// AppendJSON appends the segment as Druid writes it, with the two fields more.
func (s *Segment) AppendJSON(dst []byte) []byte {
	dst = s.DataSegment.AppendJSON(dst)
	dst = append(dst[:len(dst)-1], `,"visible":[`...)
	for i, part := range s.Visible {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(part.AppendTo(append(dst, '"')), '"')
	}
	dst = appendRows(append(dst, ']'), s.Rows)
	if s.Unreadable != nil {
		dst = druid.AppendString(append(dst, `,"unreadable":`...), s.Unreadable.Error())
	}
	return append(dst, '}')
}

// DataSource sums up what queries see of a data source.
type DataSource struct {
	Name     string
	Interval druid.Interval // from the beginning of its first segment to the end of its last
	Segments int
	Size     int64 // of whole segments, uncompressed
	Rows     int64 // or Unknown
}

// AppendJSON appends the sums as an object.
func (d *DataSource) AppendJSON(dst []byte) []byte {
	dst = druid.AppendString(append(dst, `{"dataSource":`...), d.Name)
	dst = d.Interval.AppendTo(append(dst, `,"interval":"`...))
	dst = strconv.AppendInt(append(dst, `","segments":`...), int64(d.Segments), 10)
	dst = strconv.AppendInt(append(dst, `,"size":`...), d.Size, 10)
	return append(appendRows(dst, d.Rows), '}')
}

func appendRows(dst []byte, rows int64) []byte {
	if rows == Unknown {
		return append(dst, `,"rows":null`...)
	}
	return strconv.AppendInt(append(dst, `,"rows":`...), rows, 10)
}

// Query says what of a data source is asked for.
type Query struct {
	DataSource string
	Intervals  []druid.Interval // nil: all time
	Rows       bool             // count them, which opens every segment
}

// Segments calls fn for every segment that is visible somewhere within the query's time, in order of time and
// partition; after them for those of which that cannot be told. The segment is valid during the call only.
func (v *Inventory) Segments(ctx context.Context, q Query, fn func(*Segment) error) error {
	rows, err := v.store.UsedSegments(ctx, q.DataSource, q.Intervals)
	if err != nil {
		return err
	}
	used := make([]druid.DataSegment, len(rows))
	unreadable := map[druid.SegmentID]error{}
	for i := range rows {
		used[i] = rows[i].Segment
		if rows[i].Unreadable != nil {
			unreadable[used[i].ID()] = rows[i].Unreadable
		}
	}
	intervals := []druid.Interval{druid.Eternity}
	if q.Intervals != nil {
		intervals = q.Intervals
	}
	for _, set := range timeline.New(used).Shown(intervals) {
		for _, s := range set.Segments {
			if err := ctx.Err(); err != nil {
				return context.Cause(ctx)
			}
			seen := Segment{DataSegment: s, Visible: set.Parts, Rows: Unknown, Unreadable: unreadable[s.ID()]}
			delete(unreadable, s.ID())
			if q.Rows && seen.Unreadable == nil {
				if seen.Rows, err = v.rows(&seen); err != nil {
					return fmt.Errorf("count the rows of segment %s: %w", s.ID(), err)
				}
			}
			if err := fn(&seen); err != nil {
				return err
			}
		}
	}
	return eachUntold(used, unreadable, fn)
}

// eachUntold calls fn for the unreadable segments that are left but for those that others hide: it is not known when they are, or how
// many belong to their set.
func eachUntold(used []druid.DataSegment, unreadable map[druid.SegmentID]error, fn func(*Segment) error) error {
	if len(unreadable) == 0 {
		return nil
	}
	for _, s := range timeline.Overshadowed(used) {
		delete(unreadable, s.ID())
	}
	for _, s := range used {
		problem := unreadable[s.ID()]
		if problem == nil {
			continue
		}
		if err := fn(&Segment{DataSegment: s, Rows: Unknown, Unreadable: problem}); err != nil {
			return err
		}
	}
	return nil
}

// DataSources calls fn for every data source of which queries see something, in the order of their names.
func (v *Inventory) DataSources(ctx context.Context, rows bool, fn func(*DataSource) error) error {
	names, err := v.store.DataSources(ctx, true)
	if err != nil {
		return err
	}
	for _, name := range names {
		sum := DataSource{Name: name}
		if !rows {
			sum.Rows = Unknown
		}
		err := v.Segments(ctx, Query{DataSource: name, Rows: rows}, func(s *Segment) error {
			sum.add(s)
			return nil
		})
		if err != nil {
			return err
		}
		if sum.Segments == 0 {
			continue // its segments are parts of sets that are not complete
		}
		if err := fn(&sum); err != nil {
			return err
		}
	}
	return nil
}

func (d *DataSource) add(s *Segment) {
	switch {
	case s.Interval.IsEmpty(): // not known
	case d.Interval.IsEmpty():
		d.Interval = s.Interval
	default:
		d.Interval.Start, d.Interval.End = min(d.Interval.Start, s.Interval.Start), max(d.Interval.End, s.Interval.End)
	}
	d.Segments++
	d.Size += s.Size
	if d.Rows != Unknown && s.Rows != Unknown {
		d.Rows += s.Rows
	} else {
		d.Rows = Unknown
	}
}
