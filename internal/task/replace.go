package task

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"ovate/druid"
	"ovate/internal/ingest"
	"ovate/internal/inventory"
	"ovate/internal/quantity"
	"ovate/segment"
)

// KeyMayReplace is a context key of ours: what a task that replaces time chunks may hide. Druid has no such key, and hides whatever
// is in the chunks. The value is Nothing, or a granularity: then only rows in the same hour, day … as a new row may go.
const KeyMayReplace = "mayReplace"

// Nothing as the value of KeyMayReplace lets a task replace no row at all.
const Nothing = "NOTHING"

// mayReplace reads the key. All is what Druid does.
func (t *Index) mayReplace() (all, nothing bool, unit druid.Granularity, err error) {
	text, err := t.header.Context.String(KeyMayReplace, "")
	switch {
	case err != nil: // it is no text
	case text == "" || t.spec.IO.Append:
		return true, false, unit, nil
	case strings.EqualFold(text, Nothing):
		return false, true, unit, nil
	}
	if err == nil {
		unit, err = druid.ParseGranularity(text)
	}
	if err != nil {
		given, _ := t.header.Context.Get(KeyMayReplace)
		err = contextError(KeyMayReplace, "must be %s or a granularity, like DAY, but is %s", Nothing, given)
	}
	return false, false, unit, err
}

// loss is what of a data source would be hidden. It is the error of a task that must not hide it.
type loss struct {
	rows, segments int64
	first, last    druid.Instant
	reason         string
}

func (l *loss) Error() string {
	return l.reason + ". Nothing was changed: ioConfig.appendToExisting adds to them, and without " + KeyMayReplace + " in the context they are replaced"
}

// append appends what a report says of it, in a key that Druid's reports do not have.
func (l *loss) append(dst []byte) []byte {
	dst = druid.AppendString(append(dst, `,"mayReplace":{"reason":`...), l.reason)
	dst = strconv.AppendInt(append(dst, `,"rows":`...), l.rows, 10)
	return append(strconv.AppendInt(append(dst, `,"segments":`...), l.segments, 10), '}')
}

// replacesWhatItMay fails a task that would hide more than its context allows. It is called under the locks of the chunks, so that
// nothing is published there until this task has ended.
func (r *ingestion) replacesWhatItMay(ctx context.Context, built *ingest.Result) error {
	all, nothing, unit, err := r.mayReplace()
	if all || err != nil || len(built.Segments) == 0 {
		return err
	}
	var stored []inventory.Segment
	query := inventory.Query{DataSource: r.header.DataSource, Intervals: built.Intervals()}
	err = r.tools.Inventory.Segments(ctx, query, func(s *inventory.Segment) error {
		stored = append(stored, *s)
		return nil
	})
	if err != nil || len(stored) == 0 {
		return err
	}
	taken := map[druid.Instant]bool{} // buckets of the unit that have new rows
	if !nothing {
		for _, b := range built.Segments {
			if err := eachTime(b.Dir, func(t druid.Instant) { taken[unit.Bucket(t).Start] = true }); err != nil {
				return err
			}
		}
	}
	var lost loss
	for i := range stored {
		if err := r.count(ctx, &lost, &stored[i], func(t druid.Instant) bool { return nothing || !taken[unit.Bucket(t).Start] }); err != nil {
			return err
		}
	}
	if lost.rows == 0 {
		return nil
	}
	where := "in the time chunks that this task would replace"
	if !nothing {
		where += fmt.Sprintf(", but in no %s that it has a row of", strings.ToLower(unit.String()))
	}
	lost.reason = fmt.Sprintf("data source[%s] holds %s in %s, from %s to %s, %s",
		r.header.DataSource, quantity.Of(lost.rows, "row"), quantity.Of(lost.segments, "segment"), lost.first, lost.last, where)
	return &lost
}

// count adds the rows of a stored segment that queries see and that are of a kind.
func (r *ingestion) count(ctx context.Context, lost *loss, s *inventory.Segment, counts func(druid.Instant) bool) error {
	if s.ShardSpec.IsTombstone() {
		return nil // a tombstone has no rows
	}
	before, read := lost.rows, false
	err := r.tools.Inventory.Read(ctx, s.LoadSpec, func(path string) error {
		read = true
		return eachTime(path, func(t druid.Instant) {
			if !inventory.Within(s.Visible, t) || !counts(t) {
				return
			}
			if lost.rows == 0 {
				lost.first, lost.last = t, t
			}
			lost.first, lost.last = min(lost.first, t), max(lost.last, t)
			lost.rows++
		})
	})
	if err != nil && !read {
		return fmt.Errorf("whether rows of segment[%s] would be hidden: %w", s.ID(), err)
	}
	if lost.rows > before {
		lost.segments++
	}
	return err
}

// eachTime calls fn with the time of every row of a segment.
func eachTime(path string, fn func(druid.Instant)) error {
	return segment.Read(path, func(opened *segment.Segment) error {
		times, err := inventory.NewTimes(opened)
		for err == nil {
			var batch []int64
			if batch, err = times.Next(); err == nil {
				for _, t := range batch {
					fn(druid.Instant(t))
				}
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		return err
	})
}
