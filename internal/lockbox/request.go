package lockbox

import (
	"context"
	"errors"
	"fmt"

	"ovate/druid"
)

// Request is what a task asks for.
type Request struct {
	Type druid.LockType
	// Intervals are locked all or not at all, as if one after the other. One that overlaps one before it is either within that, or both locks are of
	// a type that may stand beside the other; else the request is wrong.
	Intervals []druid.Interval
	// Segments, unless there are none, are locked in place of whole intervals, in the same way. They are of the task's data source.
	Segments []druid.SegmentID
}

// count is how many locks are asked for.
func (r *Request) count() int {
	if len(r.Segments) > 0 {
		return len(r.Segments)
	}
	return len(r.Intervals)
}

// at is the i-th of them, for a task.
func (r *Request) at(i int, h Holder) request {
	if len(r.Segments) > 0 {
		return request{holder: h, typ: r.Type, place: place{r.Segments[i].Interval, r.Segments[i].PartitionNum}}
	}
	return request{holder: h, typ: r.Type, place: place{r.Intervals[i], wholeChunk}}
}

// lock is the i-th of them as a lock that nobody holds yet. One over an interval has no version yet.
func (r *Request) lock(i int, h Holder) druid.TaskLock {
	l := druid.TaskLock{Granularity: druid.TimeChunkLock, Type: r.Type, GroupID: h.GroupID, DataSource: h.DataSource, Priority: h.Priority}
	if len(r.Segments) > 0 {
		s := &r.Segments[i]
		l.Granularity, l.Interval, l.Version, l.PartitionID = druid.SegmentLock, s.Interval, s.Version, s.PartitionNum
	} else {
		l.Interval = r.Intervals[i]
	}
	return l
}

// String is for errors.
func (r *Request) String() string {
	if len(r.Segments) > 0 {
		return fmt.Sprintf("%d segments, the first of them of %s", len(r.Segments), r.Segments[0].Interval)
	}
	return fmt.Sprintf("%d intervals", len(r.Intervals))
}

// Obtainable tells which of the segments a task could lock now, in their order: those for which it would not be refused. It costs no I/O.
func (b *Lockbox) Obtainable(h Holder, wanted Request) (segments []druid.SegmentID, err error) {
	s := b.source(h.DataSource)
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, id := range wanted.Segments {
		_, err := s.decide(wanted.at(i, h))
		var refused *Refused
		switch {
		case err == nil:
			segments = append(segments, id)
		case !errors.As(err, &refused):
			return nil, err
		}
	}
	return segments, nil
}

// FreshVersion is a version for segments of an interval that has none yet, under locks over these alone: not before any that the data source
// has had, and before that of each lock over a time chunk from now on.
func (b *Lockbox) FreshVersion(ctx context.Context, dataSource string, interval druid.Interval) (string, error) {
	floor, err := b.newestPublished(ctx, dataSource, Request{Intervals: []druid.Interval{interval}})
	if err != nil {
		return "", err
	}
	s := b.source(dataSource)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.newest = max(s.newest, b.now(), floor+1)
	return s.newest.String(), nil
}
