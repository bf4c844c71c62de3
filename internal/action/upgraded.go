package action

import (
	"context"
	"fmt"
	"slices"

	"ovate/druid"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
)

// besideLocks are the segments that were published below the REPLACE locks of a task after it got them, or below those of the task of which it
// is a part, which is of the same group. Which these are is known from the notes of those who append, and not from the times at which they
// were published: clocks differ, and one millisecond is long. (Druid goes by the times.)
type besideLocks struct {
	locks placed[lockbox.Replacing]
	noted map[string]bool // ids
}

func (b *Box) appendedBeside(ctx context.Context, by Identity, dataSource string) (beside besideLocks, err error) {
	var locks []lockbox.Replacing
	if dataSource == by.DataSource {
		locks = b.Locks.ReplacingOfGroup(dataSource, by.GroupID)
	}
	if len(locks) == 0 {
		return beside, nil
	}
	beside.locks = place(locks, func(l lockbox.Replacing) druid.Interval { return l.Interval })
	type grant struct{ task, version string }
	held := make(map[grant]bool, len(locks))
	tasks := make([]string, len(locks))
	for i, l := range locks {
		tasks[i], held[grant{l.TaskID, l.Version}] = l.TaskID, true
	}
	notes, err := b.Store.Upgrades(ctx, slices.Compact(slices.Sorted(slices.Values(tasks)))) // one may hold very many
	if err != nil {
		return beside, err
	}
	beside.noted = map[string]bool{}
	for _, n := range notes {
		if held[grant{n.TaskID, n.LockVersion}] { // else it was there before, and is not carried over
			beside.noted[n.SegmentID] = true
		}
	}
	return beside, nil
}

// has tells whether a segment is one of them, or a copy of one, or was published under a version of the locks. A copy may be of a wider time
// chunk than the locks: its rows are those of what it is a copy of.
func (b besideLocks) has(row *metadata.SegmentRow) bool {
	if b.noted[row.Segment.ID().String()] || b.noted[row.UpgradedFrom] {
		return true
	}
	return anyOf(b.locks.overlapping(row.Segment.Interval), func(l lockbox.Replacing) bool {
		return l.Interval.Encloses(row.Segment.Interval) && row.Segment.Version >= l.Version
	})
}

// RetrieveUpgradedFromSegmentIDs answers of which other segments some are copies, under a version that a task has published beside which
// they were appended. Those that are no copies are not in the answer.
type RetrieveUpgradedFromSegmentIDs struct {
	DataSource string   `json:"dataSource"`
	IDs        []string `json:"segmentIds"`
}

// UpgradedFrom are the ids of what segments are copies of, by their own ids.
type UpgradedFrom struct {
	IDs map[string]string `json:"upgradedFromSegmentIds"`
}

// Type is retrieveUpgradedFromSegmentIds.
func (RetrieveUpgradedFromSegmentIDs) Type() string { return "retrieveUpgradedFromSegmentIds" }

func (a RetrieveUpgradedFromSegmentIDs) check(given fields) error {
	return checkIDs(given, a.DataSource, a.IDs)
}

// Perform reads the segments.
func (a RetrieveUpgradedFromSegmentIDs) Perform(ctx context.Context, box *Box, _ Identity) (UpgradedFrom, error) {
	rows, err := box.Store.SegmentsByID(ctx, a.DataSource, a.IDs)
	if err != nil {
		return UpgradedFrom{}, fmt.Errorf("read segments of data source[%s]: %w", a.DataSource, err)
	}
	from := map[string]string{}
	for _, row := range rows {
		if row.UpgradedFrom != "" {
			from[row.Segment.ID().String()] = row.UpgradedFrom
		}
	}
	return UpgradedFrom{from}, nil
}

// RetrieveUpgradedToSegmentIDs answers which copies there are of segments, used or not, and the segment itself if it is there.
type RetrieveUpgradedToSegmentIDs struct {
	DataSource string   `json:"dataSource"`
	IDs        []string `json:"segmentIds"`
}

// UpgradedTo are the ids of segments with the same files, by that of the one for which they were made.
type UpgradedTo struct {
	IDs map[string][]string `json:"upgradedToSegmentIds"`
}

// Type is retrieveUpgradedToSegmentIds.
func (RetrieveUpgradedToSegmentIDs) Type() string { return "retrieveUpgradedToSegmentIds" }

func (a RetrieveUpgradedToSegmentIDs) check(given fields) error {
	return checkIDs(given, a.DataSource, a.IDs)
}

// Perform reads the segments.
func (a RetrieveUpgradedToSegmentIDs) Perform(ctx context.Context, box *Box, _ Identity) (UpgradedTo, error) {
	ids := slices.Compact(slices.Sorted(slices.Values(a.IDs)))
	there, err := box.Store.SegmentsByID(ctx, a.DataSource, ids)
	if err != nil {
		return UpgradedTo{}, fmt.Errorf("read segments of data source[%s]: %w", a.DataSource, err)
	}
	to := map[string][]string{}
	for _, row := range there {
		id := row.Segment.ID().String()
		to[id] = append(to[id], id)
	}
	copies, err := box.Store.SegmentsUpgradedFrom(ctx, a.DataSource, ids)
	if err != nil {
		return UpgradedTo{}, fmt.Errorf("read copies of segments of data source[%s]: %w", a.DataSource, err)
	}
	for _, row := range copies {
		to[row.UpgradedFrom] = append(to[row.UpgradedFrom], row.Segment.ID().String())
	}
	return UpgradedTo{to}, nil
}
