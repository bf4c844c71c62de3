package action

import (
	"cmp"
	"context"

	"ovate/druid"
	"ovate/internal/commit"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
)

// SegmentTransactionalAppend publishes segments under APPEND locks, beside which others may replace: all of them, in one transaction, or none.
// Where a task has replaced a time chunk since the id of a segment was handed out, the id has others besides, under the later versions
// (SegmentTransactionalReplace), and a copy of the segment is published under each of them. Where a task is about to replace it, that is
// noted, and its publication makes the copy. Repeating it publishes nothing twice. What was read of a stream is published along with them, as by a
// SegmentTransactionalInsert.
type SegmentTransactionalAppend struct {
	Segments []druid.DataSegment `json:"segments"`
	// Start and End are from where to where the stream was read: both or neither.
	Start *commit.Metadata `json:"startMetadata,omitempty"`
	End   *commit.Metadata `json:"endMetadata,omitempty"`
}

// Type is segmentTransactionalAppend.
func (SegmentTransactionalAppend) Type() string { return "segmentTransactionalAppend" }

func (a SegmentTransactionalAppend) check(given fields) error {
	return cmp.Or(given.need("segments"), (offsets{a.Start, a.End}).check())
}

// Perform publishes.
func (a SegmentTransactionalAppend) Perform(ctx context.Context, box *Box, by Identity) (PublishResult, error) {
	if len(a.Segments) == 0 {
		return PublishResult{}, druid.InvalidInput("field [segments] is empty, but must name what is to be published")
	}
	if !by.Allocates {
		return PublishResult{}, druid.InvalidInput("task[%s] is of a type that does not append segments", by.TaskID)
	}
	if err := checkSegments(a.Segments); err != nil {
		return PublishResult{}, err
	}
	for _, l := range box.Locks.Locks(by.Holder) {
		if l.Type != druid.Append {
			return PublishResult{}, druid.InvalidInput("task[%s] cannot perform action[%s]: it holds a lock of type[%s] over interval[%s], but they must all be of type[APPEND]",
				by.TaskID, a.Type(), l.Type, l.Interval)
		}
	}
	return publication{segments: a.Segments, read: offsets{a.Start, a.End}}.append(ctx, box, by)
}

// append publishes under APPEND locks.
func (a publication) append(ctx context.Context, box *Box, by Identity) (PublishResult, error) {
	return a.perform(ctx, box, by, func(commit publishing) error {
		return box.Locks.GuardAppend(ctx, by.Holder, a.ids(), func(at druid.Instant, beside []lockbox.Replacing) error {
			return commit(func(tx metadata.Tx) ([]druid.DataSegment, error) {
				return appended{a, at, beside}.write(ctx, tx, box, by)
			})
		})
	})
}

// appended are segments that are published under APPEND locks, at a time, beside tasks that hold REPLACE locks.
type appended struct {
	publication
	at     druid.Instant
	beside []lockbox.Replacing
}

func (a appended) write(ctx context.Context, tx metadata.Tx, box *Box, by Identity) ([]druid.DataSegment, error) {
	copies, err := a.copies(ctx, tx, by) // before the end of the task removes what they are known from
	if err != nil {
		return nil, err
	}
	if err := a.begin(ctx, tx, box, by); err != nil {
		return nil, err
	}
	rows := a.withCopies(a.at, copies)
	inserted, err := a.insert(ctx, tx, rows)
	if err != nil {
		return nil, err
	}
	// A segment that was there already was noted when it was published, if it had to be: whoever has got a lock since has read it.
	if err := a.note(ctx, tx, inserted); err != nil {
		return nil, err
	}
	if err := checkCores(ctx, tx, a.seen(copies, inserted)); err != nil {
		return nil, err
	}
	_, err = tx.DeletePendingByID(rows.ids())
	return inserted, err
}

// seen are the segments that have just been inserted, each as queries are to see it: as the copy of the latest version, if it has copies. One
// that was there already was seen when it was published.
func (a appended) seen(copies []upgraded, inserted []druid.DataSegment) (seen []druid.DataSegment) {
	latest := make(map[string]druid.DataSegment, len(copies))
	for _, c := range copies {
		if c.segment.Version > latest[c.from].Version {
			latest[c.from] = c.segment
		}
	}
	isNew := idsOf(inserted)
	for _, s := range a.segments {
		if c, copied := latest[s.ID().String()]; copied {
			s = c
		}
		if isNew[s.ID()] {
			seen = append(seen, s)
		}
	}
	return seen
}

// upgraded is a copy of a segment under another version, and the id of that segment.
type upgraded struct {
	segment druid.DataSegment
	from    string
}

// copies are the segments under the other ids that they have besides their own.
func (a appended) copies(ctx context.Context, tx metadata.Tx, by Identity) (copies []upgraded, err error) {
	made, err := tx.UpgradedPending(ctx, by.DataSource, by.Allocator)
	if err != nil || len(made) == 0 {
		return nil, err
	}
	byID := make(map[string]*druid.DataSegment, len(a.segments))
	for i := range a.segments {
		byID[a.segments[i].ID().String()] = &a.segments[i]
	}
	for _, m := range made {
		from := byID[m.UpgradedFrom]
		switch {
		case from == nil:
			continue
		case m.Unreadable != nil:
			return nil, druid.InvalidInput("pending segment[%s], as which segment[%s] has to be published, too, cannot be read in the metadata: %v", m.ID, m.UpgradedFrom, m.Unreadable)
		}
		s := *from
		s.Interval, s.Version, s.ShardSpec = m.ID.Interval, m.ID.Version, m.ShardSpec
		copies = append(copies, upgraded{s, m.UpgradedFrom})
	}
	return copies, nil
}

// note notes for the tasks that are about to replace segments which ones they have to carry over. One that has ended meanwhile has
// published before, or never will.
func (a appended) note(ctx context.Context, tx metadata.Tx, inserted []druid.DataSegment) error {
	if len(a.beside) == 0 || len(inserted) == 0 {
		return nil
	}
	isNew := idsOf(inserted)
	tasks := make([]string, len(a.beside))
	for i, r := range a.beside {
		tasks[i] = r.TaskID
	}
	active, err := metadata.ActiveAmong(ctx, tx, tasks...)
	if err != nil {
		return err
	}
	beside := place(a.beside, func(r lockbox.Replacing) druid.Interval { return r.Interval })
	var rows []metadata.UpgradeRow
	for i := range a.segments {
		s := &a.segments[i]
		if !isNew[s.ID()] {
			continue
		}
		for r := range beside.overlapping(s.Interval) {
			if active[r.TaskID] && r.Interval.Encloses(s.Interval) && r.Version > s.Version {
				rows = append(rows, metadata.UpgradeRow{TaskID: r.TaskID, SegmentID: s.ID().String(), LockVersion: r.Version})
			}
		}
	}
	return tx.InsertUpgrades(rows)
}
