package inventory

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"ovate/druid"
	"ovate/segment"
)

// rows counts the rows of a segment in its visible parts, or tells why they are Unknown. Only where a part is hidden are the times of the
// rows read.
func (v *Inventory) rows(s *Segment) (int64, error) {
	if s.ShardSpec.IsTombstone() {
		return 0, nil // it has no files
	}
	if !v.files.Near() {
		return Unknown, errFar
	}
	var rows int64
	err := segment.Read(s.Path, func(opened *segment.Segment) (err error) {
		rows = int64(opened.Rows())
		if !slices.ContainsFunc(s.Visible, func(part druid.Interval) bool { return part.Encloses(s.Interval) }) {
			if err = CheckTimes(opened, s.Interval); err == nil {
				rows, err = CountWithin(opened, s.Visible)
			}
		}
		return err
	})
	if err != nil {
		return Unknown, err
	}
	return rows, nil
}

// CountWithin counts the rows of a segment whose time lies within the intervals, which must be in order and apart.
func CountWithin(s *segment.Segment, intervals []druid.Interval) (int64, error) {
	times, err := NewTimes(s)
	if err != nil {
		return 0, err
	}
	var count int64
	for {
		batch, err := times.Next()
		if errors.Is(err, io.EOF) {
			return count, nil
		}
		if err != nil {
			return 0, err
		}
		for _, t := range batch {
			if Within(intervals, druid.Instant(t)) {
				count++
			}
		}
	}
}

// Within tells whether t lies within one of the intervals, which must be in order and apart.
func Within(intervals []druid.Interval, t druid.Instant) bool {
	at := druid.SearchIntervals(intervals, t)
	return at < len(intervals) && intervals[at].Contains(t)
}

// Times reads the times of a segment's rows from front to back.
type Times struct {
	reader *segment.LongReader
	batch  [4096]int64
}

// NewTimes begins at the first row.
func NewTimes(s *segment.Segment) (*Times, error) {
	column, err := s.Long(segment.TimeColumn)
	if err != nil {
		return nil, err
	}
	reader, err := column.Reader()
	if err != nil {
		return nil, err
	}
	return &Times{reader: reader}, nil
}

// Next returns the times of the next rows, valid until the next call; io.EOF if there are no more.
func (t *Times) Next() ([]int64, error) {
	n, err := t.reader.Next(t.batch[:], nil)
	return t.batch[:n], err
}

// CheckTimes refuses a segment with a row whose time lies outside of the segment's interval: none is written so, and what such rows hold
// cannot be trusted. An empty interval is none that is known.
func CheckTimes(s *segment.Segment, interval druid.Interval) error {
	if interval.IsEmpty() {
		return nil
	}
	times, err := NewTimes(s)
	if err != nil {
		return err
	}
	for row := 0; ; {
		batch, err := times.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for i, t := range batch {
			if !interval.Contains(druid.Instant(t)) {
				return fmt.Errorf("row %d has the time %s, which is outside of the segment's interval %s: its files are damaged",
					row+i, druid.Instant(t), interval)
			}
		}
		row += len(batch)
	}
}
