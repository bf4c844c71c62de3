// Package inventory tells what is stored: the segments of a data source that queries see, over which time, and how many
// rows a query finds in them. It goes by the metadata and opens a segment's files only to count rows.
package inventory

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"

	"golang.org/x/sync/semaphore"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/quantity"
	"ovate/internal/timeline"
)

// Unknown stands for a number of rows that was not counted, or cannot be: the files are not within reach.
const Unknown = -1

// Files finds the files of a segment.
type Files interface {
	// Read calls fn with what segment.Open takes, which is valid until fn returns; an error if the load spec tells of another storage.
	Read(ctx context.Context, loadSpec json.RawMessage, fn func(path string) error) error
	// Near tells that files are read where they are. Others are fetched as a whole, which is not worth it to count rows.
	Near() bool
}

// errFar is why the rows of segments are not counted that are kept in a store of objects.
var errFar = errors.New("its files are not near: they would have to be fetched to count its rows; `ovate dump` fetches them")

// Inventory answers for all data sources of a store. It may be used by many goroutines.
type Inventory struct {
	store     metadata.Reader
	files     Files
	unpacking *semaphore.Weighted // of whole segments: one at a time
}

// New makes an inventory of what the store names and the files hold.
func New(store metadata.Reader, files Files) *Inventory {
	return &Inventory{store, files, semaphore.NewWeighted(1)}
}

// Read reads the files of a segment, as Files does.
func (v *Inventory) Read(ctx context.Context, loadSpec json.RawMessage, fn func(path string) error) error {
	return v.files.Read(ctx, loadSpec, fn)
}

// path is where the files of a segment are that are read there.
func (v *Inventory) path(ctx context.Context, loadSpec json.RawMessage) (path string, err error) {
	err = v.files.Read(ctx, loadSpec, func(at string) error {
		path = at
		return nil
	})
	return path, err
}

// Segment is a segment that queries see, at least in part.
type Segment struct {
	druid.DataSegment
	// Visible are the parts of its interval, within the time asked for, over which no newer segment hides it.
	Visible []druid.Interval
	Rows    int64 // in those parts; or Unknown
	// Path is where its files are; empty if they are in another storage.
	Path string
	// Uncounted is why the rows are Unknown although they were asked for.
	Uncounted error
	// Unreadable is why the metadata's row cannot be read; then little but the id is known.
	Unreadable error
}

// AppendJSON appends the segment as Druid writes it, with the fields more.
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
	if s.Path != "" {
		dst = druid.AppendString(append(dst, `,"path":`...), s.Path)
	}
	if s.Uncounted != nil {
		dst = druid.AppendString(append(dst, `,"uncounted":`...), s.Uncounted.Error())
	}
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
	Rows     int64 // of the segments that could be counted; Unknown if none was
	// Uncounted is how many of the segments could not be counted, as they are kept elsewhere, damaged or missing.
	Uncounted int
}

// AppendJSON appends the sums as an object.
func (d *DataSource) AppendJSON(dst []byte) []byte {
	dst = druid.AppendString(append(dst, `{"dataSource":`...), d.Name)
	dst = d.Interval.AppendTo(append(dst, `,"interval":"`...))
	dst = strconv.AppendInt(append(dst, `","segments":`...), int64(d.Segments), 10)
	dst = strconv.AppendInt(append(dst, `,"size":`...), d.Size, 10)
	dst = appendRows(dst, d.Rows)
	if d.Uncounted > 0 {
		dst = strconv.AppendInt(append(dst, `,"uncounted":`...), int64(d.Uncounted), 10)
	}
	return append(dst, '}')
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
			if v.files.Near() && seen.Unreadable == nil && !s.ShardSpec.IsTombstone() { // which has no files
				seen.Path, seen.Uncounted = v.path(ctx, s.LoadSpec)
			}
			if !q.Rows {
				seen.Uncounted = nil
			} else if seen.Unreadable == nil && seen.Uncounted == nil {
				seen.Rows, seen.Uncounted = v.rows(&seen)
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

// DataSources calls fn for every data source that has used segments, in the order of their names. Of one with none that queries see, as others of their sets are missing,
// the number of segments is 0.
func (v *Inventory) DataSources(ctx context.Context, rows bool, fn func(*DataSource) error) error {
	names, err := v.store.DataSources(ctx, true)
	if err != nil {
		return err
	}
	for _, name := range names {
		sum := DataSource{Name: name, Rows: Unknown}
		err := v.Segments(ctx, Query{DataSource: name, Rows: rows}, func(s *Segment) error {
			sum.add(s, rows)
			return nil
		})
		if err != nil {
			return err
		}
		if err := fn(&sum); err != nil {
			return err
		}
	}
	return nil
}

// Incomplete are the used segments of a data source that queries see nothing of, as others of their sets are missing, and that nothing newer hides.
func (v *Inventory) Incomplete(ctx context.Context, dataSource string) (all []druid.DataSegment, err error) {
	rows, err := v.store.UsedSegments(ctx, dataSource, nil)
	if err != nil {
		return nil, err
	}
	used := make([]druid.DataSegment, 0, len(rows))
	for i := range rows {
		if rows[i].Unreadable == nil {
			used = append(used, rows[i].Segment)
		}
	}
	told := map[druid.SegmentID]bool{}
	for _, s := range slices.Concat(timeline.New(used).Visible([]druid.Interval{druid.Eternity}), timeline.Overshadowed(used)) {
		told[s.ID()] = true
	}
	return slices.DeleteFunc(used, func(s druid.DataSegment) bool { return told[s.ID()] }), nil
}

func (d *DataSource) add(s *Segment, rows bool) {
	switch {
	case s.Interval.IsEmpty(): // not known
	case d.Interval.IsEmpty():
		d.Interval = s.Interval
	default:
		d.Interval.Start, d.Interval.End = min(d.Interval.Start, s.Interval.Start), max(d.Interval.End, s.Interval.End)
	}
	d.Segments++
	d.Size = quantity.Sum(d.Size, s.Size)
	switch {
	case s.Rows != Unknown:
		d.Rows = quantity.Sum(max(d.Rows, 0), s.Rows)
	case rows:
		d.Uncounted++
	}
}
