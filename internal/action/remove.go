package action

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
)

// MarkSegmentsAsUnused hides the used segments that lie within the interval and answers how many there were. The task must hold an
// EXCLUSIVE lock over each of them: under the other types of locks they may be what another task has just published.
type MarkSegmentsAsUnused struct {
	DataSource string         `json:"dataSource"`
	Interval   druid.Interval `json:"interval"`
}

// Type is markSegmentsAsUnused.
func (MarkSegmentsAsUnused) Type() string { return "markSegmentsAsUnused" }

func (MarkSegmentsAsUnused) check(given fields) error { return given.need("dataSource", "interval") }

// Perform marks the segments: all of them, in one transaction, or none.
func (a MarkSegmentsAsUnused) Perform(ctx context.Context, box *Box, by Identity) (int, error) {
	if a.DataSource != by.DataSource {
		return 0, druid.InvalidInput("task[%s] of data source[%s] cannot mark segments of data source[%s] as unused", by.TaskID, by.DataSource, a.DataSource)
	}
	rows, err := box.Store.UsedSegments(ctx, a.DataSource, []druid.Interval{a.Interval})
	if err != nil {
		return 0, fmt.Errorf("mark segments of data source[%s] within [%s] as unused: %w", a.DataSource, a.Interval, err)
	}
	var ids []druid.SegmentID
	for _, row := range rows {
		if id := row.Segment.ID(); a.Interval.Encloses(id.Interval) {
			ids = append(ids, id)
		}
	}
	marked := 0
	err = box.underLocks(ctx, by, ids, []druid.LockType{druid.Exclusive}, func(tx metadata.Tx, ids []string) (err error) {
		marked, err = tx.SetUsed(ids, false, box.Now())
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("mark segments of data source[%s] within [%s] as unused: %w", a.DataSource, a.Interval, err)
	}
	return marked, nil
}

// SegmentNuke removes the rows of unused segments. Once a row is gone, its id may be given to another task, which writes its files where
// those of the segment were: therefore the task must hold an EXCLUSIVE or REPLACE lock over each of them. If one is used, nothing is
// removed. Rows that are gone already do no harm.
type SegmentNuke struct {
	Segments []druid.DataSegment `json:"segments"`
}

// Type is segmentNuke.
func (SegmentNuke) Type() string { return "segmentNuke" }

func (SegmentNuke) check(given fields) error { return given.need("segments") }

// Perform removes the rows.
func (a SegmentNuke) Perform(ctx context.Context, box *Box, by Identity) (Nothing, error) {
	segments, err := ownIDs(a.Segments, by)
	if err != nil {
		return Nothing{}, err
	}
	err = box.underLocks(ctx, by, segments, []druid.LockType{druid.Exclusive, druid.Replace}, func(tx metadata.Tx, ids []string) error {
		rows, err := tx.SegmentsByID(ctx, by.DataSource, ids)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if row.Used {
				return druid.InvalidInput("segment[%s] is used: its row can be removed once it is marked as unused", row.Segment.ID())
			}
		}
		_, err = tx.DeleteSegments(ids)
		return err
	})
	if err != nil {
		return Nothing{}, fmt.Errorf("remove %d segments for task[%s]: %w", len(a.Segments), by.TaskID, err)
	}
	box.Meter.Removed(by, a.Segments)
	return Nothing{}, nil
}

// SegmentNukeUnused removes the rows of those of these segments that are unused, and answers which of them have no row any more: of these nobody
// can use the files again, whoever leads by then, so that whoever asked may remove them, however late. It counts those whose rows were gone
// before, as the answer to the first try may be lost. The task must hold locks over all of them: others make no copies of them meanwhile.
type SegmentNukeUnused struct {
	Segments []druid.DataSegment `json:"segments"`
}

// Type is segmentNukeUnused.
func (SegmentNukeUnused) Type() string { return "segmentNukeUnused" }

func (SegmentNukeUnused) check(given fields) error { return given.need("segments") }

// Perform removes the rows.
func (a SegmentNukeUnused) Perform(ctx context.Context, box *Box, by Identity) (gone []string, err error) {
	segments, err := ownIDs(a.Segments, by)
	if err != nil || len(segments) == 0 {
		return nil, err
	}
	ids, places := texts(segments), slices.Clone(segments)
	for i := range places {
		places[i].Version = "" // a lock is over a segment of whatever version, one that sorts behind all times, too
	}
	err = box.Locks.Guard(ctx, by.Holder, places, func() error {
		return box.Store.Update(ctx, func(tx metadata.Tx) (err error) {
			if err = mustBeActive(ctx, tx, by.TaskID); err != nil {
				return err
			}
			if _, err = tx.DeleteSegments(ids); err != nil {
				return err
			}
			gone, err = withoutRow(ctx, tx, by.DataSource, ids)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("remove %d segments for task[%s]: %w", len(a.Segments), by.TaskID, err)
	}
	box.Meter.Removed(by, slices.DeleteFunc(slices.Clone(a.Segments), func(s druid.DataSegment) bool { return !slices.Contains(gone, s.ID().String()) }))
	return gone, nil
}

// withoutRow are those of the ids that no row has.
func withoutRow(ctx context.Context, tx metadata.Tx, dataSource string, ids []string) ([]string, error) {
	rows, err := tx.SegmentsByID(ctx, dataSource, ids)
	if err != nil {
		return nil, err
	}
	there := make(map[string]bool, len(rows))
	for i := range rows {
		there[rows[i].Segment.ID().String()] = true
	}
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return there[id] }), nil
}

// ownIDs are the ids of segments, if all are of the task's data source.
func ownIDs(segments []druid.DataSegment, by Identity) ([]druid.SegmentID, error) {
	ids := make([]druid.SegmentID, len(segments))
	for i := range segments {
		ids[i] = segments[i].ID()
		if ids[i].DataSource != by.DataSource {
			return nil, druid.InvalidInput("task[%s] of data source[%s] cannot remove segment[%s]", by.TaskID, by.DataSource, ids[i])
		}
	}
	return ids, nil
}

func texts(segments []druid.SegmentID) []string {
	ids := make([]string, len(segments))
	for i, id := range segments {
		ids[i] = id.String()
	}
	return ids
}

// underLocks runs a transaction that takes segments away, while the task is active and has a lock of one of the types over each of them
// that cannot be revoked.
func (b *Box) underLocks(
	ctx context.Context, by Identity, segments []druid.SegmentID, types []druid.LockType, fn func(tx metadata.Tx, ids []string) error,
) error {
	if len(segments) == 0 {
		return nil
	}
	return b.Locks.Guard(ctx, by.Holder, segments, func() error {
		if err := b.mustHold(by, types, segments); err != nil {
			return err
		}
		ids := texts(segments)
		return b.Store.Update(ctx, func(tx metadata.Tx) error {
			if err := mustBeActive(ctx, tx, by.TaskID); err != nil {
				return err
			}
			return fn(tx, ids)
		})
	})
}

// mustHold refuses segments over which the task has no lock of any of the types.
func (b *Box) mustHold(by Identity, types []druid.LockType, segments []druid.SegmentID) error {
	held := slices.DeleteFunc(b.Locks.Locks(by.Holder), func(l druid.TaskLock) bool { return l.Revoked || !slices.Contains(types, l.Type) })
	locks := place(held, func(l druid.TaskLock) druid.Interval { return l.Interval })
	for _, id := range segments {
		if !anyOf(locks.overlapping(id.Interval), func(l druid.TaskLock) bool { return lockbox.Covers(&l, id) }) {
			return druid.InvalidInput("task[%s] holds no %s lock over segment[%s]", by.TaskID, oneOf(types), id)
		}
	}
	return nil
}

func oneOf(types []druid.LockType) string {
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = string(t)
	}
	return strings.Join(names, " or ")
}
