// Package datasource changes which segments of a data source are used, as people ask for it and as newer segments make older
// ones superfluous. A segment that is not used cannot be queried, and a kill task may remove it.
package datasource

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/audit"
	"ovate/internal/deepstorage"
	"ovate/internal/metadata"
	"ovate/internal/timeline"
)

// Marker marks segments as used and unused. When a method returns nil what it did is durable; an error means that nothing, or
// only a part was done, and that asking again does the rest.
type Marker struct {
	store metadata.Store
	now   func() druid.Instant
	files Files
}

// Files is deep storage.
type Files interface {
	Exists(ctx context.Context, loadSpec json.RawMessage) (bool, error)
}

// New makes a Marker. What has no files any more cannot be used again.
func New(store metadata.Store, now func() druid.Instant, files Files) *Marker {
	return &Marker{store: store, now: now, files: files}
}

// Filter selects segments of a data source: either those with the IDs, or those within the interval, if Versions is not nil
// only of these versions.
type Filter struct {
	Interval *druid.Interval
	IDs      []string
	Versions []string
}

// audited is what the audit history keeps of a change.
const audited = "segment.markUnused"

// MarkUnused marks the used segments that match as unused, and tells how many there were. What describes the request goes into the
// audit history in the same transaction, which of many IDs is the first one; it is called with the number of that.
func (m *Marker) MarkUnused(ctx context.Context, dataSource string, f Filter, describe func(changed int) audit.Entry) (changed int, err error) {
	if f.Interval != nil {
		changed, err = m.unuse(ctx, dataSource, describe, func(tx metadata.Tx) (int, error) {
			return tx.MarkUnused(dataSource, *f.Interval, f.Versions, m.now())
		})
	} else {
		changed, err = m.unuseThese(ctx, dataSource, m.ofDataSource(dataSource, f.IDs), describe)
	}
	if err != nil {
		return 0, fmt.Errorf("mark segments of data source[%s] as unused: %w", dataSource, err)
	}
	return changed, nil
}

// unuseThese marks those of some segments as unused that are used: few at a time, as everybody else waits for that. The history has the request with the first of them.
func (m *Marker) unuseThese(ctx context.Context, dataSource string, ids []string, describe func(changed int) audit.Entry) (changed int, err error) {
	var used []string
	for together := range slices.Chunk(ids, setUsedTogether) {
		rows, err := m.store.SegmentsByID(ctx, dataSource, together)
		if err != nil {
			return 0, err
		}
		if slices.ContainsFunc(rows, func(row metadata.SegmentRow) bool { return row.Unreadable != nil }) { // which nobody knows
			used = append(used, together...)
			continue
		}
		used = append(used, idsOf(slices.DeleteFunc(rows, func(row metadata.SegmentRow) bool { return !row.Used }))...)
	}
	if len(used) == 0 {
		return m.unuse(ctx, dataSource, describe, func(metadata.Tx) (int, error) { return 0, nil })
	}
	for together := range slices.Chunk(used, setUsedTogether) {
		n, err := m.unuse(ctx, dataSource, describe, func(tx metadata.Tx) (int, error) { return tx.SetUsed(together, false, m.now()) })
		if err != nil {
			return changed, err
		}
		changed, describe = changed+n, nil
	}
	return changed, nil
}

// unuse is one transaction of MarkUnused.
func (m *Marker) unuse(ctx context.Context, dataSource string, describe func(changed int) audit.Entry, mark func(metadata.Tx) (int, error)) (changed int, err error) {
	err = m.store.Update(ctx, func(tx metadata.Tx) (err error) {
		if changed, err = mark(tx); err != nil || describe == nil {
			return err
		}
		entry := describe(changed)
		entry.Key, entry.Type, entry.Time = dataSource, audited, m.now()
		return tx.InsertAudit(entry.Row(ctx))
	})
	return changed, err
}

// ofDataSource leaves out what is no id of a segment of the data source.
func (m *Marker) ofDataSource(dataSource string, ids []string) []string {
	kept := make([]string, 0, len(ids))
	for _, id := range ids {
		if _, err := druid.ParseSegmentID(dataSource, id); err == nil {
			kept = append(kept, id)
		}
	}
	return kept
}

// MarkUsed marks the unused segments that match as used, but for those that would not be seen as newer ones hide them, and
// tells how many there were. It is a *druid.Error to name an id that does not exist, or if one of them has no files any more: then
// nothing is marked.
func (m *Marker) MarkUsed(ctx context.Context, dataSource string, f Filter) (int, error) {
	unused, err := m.unused(ctx, dataSource, f)
	if err != nil || len(unused) == 0 {
		return 0, err
	}
	visible, err := m.notOvershadowed(ctx, dataSource, unused)
	if err != nil {
		return 0, err
	}
	return m.setUsed(ctx, dataSource, visible)
}

// MarkSegmentUsed marks one segment of the data source as used, whatever hides it.
func (m *Marker) MarkSegmentUsed(ctx context.Context, dataSource, id string) (int, error) {
	rows, err := m.store.SegmentsByID(ctx, dataSource, []string{id})
	if err != nil {
		return 0, fmt.Errorf("mark segments of data source[%s] as used: %w", dataSource, err)
	}
	return m.setUsed(ctx, dataSource, slices.DeleteFunc(rows, func(row metadata.SegmentRow) bool { return row.Used }))
}

func (m *Marker) unused(ctx context.Context, dataSource string, f Filter) ([]metadata.SegmentRow, error) {
	if f.Interval != nil {
		rows, err := m.store.UnusedSegments(ctx, metadata.UnusedQuery{DataSource: dataSource, Interval: *f.Interval, Versions: f.Versions})
		if err != nil {
			return nil, fmt.Errorf("mark segments of data source[%s] as used: %w", dataSource, err)
		}
		return rows, nil
	}
	if known := m.ofDataSource(dataSource, f.IDs); len(known) < len(f.IDs) {
		return nil, druid.InvalidInput("Could not parse segment IDs[%s] for datasource[%s]", without(f.IDs, known), dataSource)
	}
	rows, err := m.store.SegmentsByID(ctx, dataSource, f.IDs)
	if err != nil {
		return nil, fmt.Errorf("mark segments of data source[%s] as used: %w", dataSource, err)
	}
	var found []string
	var unused []metadata.SegmentRow
	for _, row := range rows {
		found = append(found, row.Segment.ID().String())
		if !row.Used {
			unused = append(unused, row)
		}
	}
	if missing := without(f.IDs, found); missing != "[]" {
		return nil, druid.InvalidInput("Could not find segment IDs[%s] for datasource[%s]", missing, dataSource)
	}
	return unused, nil
}

// without lists the texts that are not among the others, as Java prints a set.
func without(all, others []string) string {
	known := make(map[string]bool, len(others))
	for _, id := range others {
		known[id] = true
	}
	var missing []string
	for _, id := range all {
		if !known[id] {
			known[id] = true
			missing = append(missing, id)
		}
	}
	return "[" + strings.Join(missing, ", ") + "]"
}

// notOvershadowed are those that would be seen beside what is used.
func (m *Marker) notOvershadowed(ctx context.Context, dataSource string, unused []metadata.SegmentRow) ([]metadata.SegmentRow, error) {
	var segments []druid.DataSegment
	var intervals []druid.Interval
	for _, row := range unused {
		segments, intervals = append(segments, row.Segment), append(intervals, row.Segment.Interval)
	}
	intervals = druid.CondenseIntervals(intervals)
	used, err := m.store.UsedSegments(ctx, dataSource, intervals)
	if err != nil {
		return nil, fmt.Errorf("mark segments of data source[%s] as used: %w", dataSource, err)
	}
	for _, row := range used {
		segments = append(segments, row.Segment)
	}
	hidden := map[druid.SegmentID]bool{}
	for _, s := range timeline.Overshadowed(segments) {
		hidden[s.ID()] = true
	}
	return slices.DeleteFunc(unused, func(row metadata.SegmentRow) bool { return hidden[row.Segment.ID()] }), nil
}

// setUsedTogether is how many segments are read or marked together, for which everybody else waits.
const setUsedTogether = 500

// setUsed marks segments as used, unless the files of one are gone, or its row: then it marks none. A kill task that comes to one while others are being
// marked ends it with an error, and what was marked by then stays.
func (m *Marker) setUsed(ctx context.Context, dataSource string, rows []metadata.SegmentRow) (changed int, err error) {
	if err := m.haveFiles(ctx, dataSource, rows); err != nil {
		return 0, err
	}
	for together := range slices.Chunk(rows, setUsedTogether) {
		n, err := m.setUsedNow(ctx, dataSource, together)
		if err != nil {
			return changed, fmt.Errorf("mark segments of data source[%s] as used: %w", dataSource, err)
		}
		changed += n
	}
	return changed, nil
}

// haveFiles refuses segments whose files somebody has removed and left the rows, as a Druid of before did.
func (m *Marker) haveFiles(ctx context.Context, dataSource string, rows []metadata.SegmentRow) error {
	for _, row := range rows {
		if row.Unreadable != nil {
			continue // nobody knows which they are
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		id := row.Segment.ID()
		there, err := m.files.Exists(ctx, row.Segment.LoadSpec)
		switch {
		case errors.Is(err, deepstorage.ErrElsewhere): // where no kill task of this server removes anything
		case err != nil:
			return fmt.Errorf("look for the files of segment[%s]: %w", id, err)
		case !there:
			return druid.InvalidInput("Segment[%s] of datasource[%s] cannot be used: its files are not in deep storage any more."+
				" A kill task over interval[%s] removes what is left of it; or name the segments that are to be used in [segmentIds].",
				id, dataSource, id.Interval)
		}
	}
	return nil
}

// setUsedNow is one transaction of setUsed. Its rows are there, so that their files are: kill tasks remove rows first.
func (m *Marker) setUsedNow(ctx context.Context, dataSource string, rows []metadata.SegmentRow) (changed int, err error) {
	ids := idsOf(rows)
	err = m.store.Update(ctx, func(tx metadata.Tx) error {
		if changed, err = tx.SetUsed(ids, true, m.now()); err != nil || changed == len(ids) {
			return err
		}
		there, err := tx.SegmentsByID(ctx, dataSource, ids)
		if err != nil {
			return err
		}
		if missing := without(ids, idsOf(there)); missing != "[]" {
			return druid.InvalidInput("Segments%s of datasource[%s] are not there any more: a kill task has just removed them. Retry for the others.", missing, dataSource)
		}
		return nil // others have marked some
	})
	return changed, err
}

func idsOf(rows []metadata.SegmentRow) []string {
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = rows[i].Segment.ID().String()
	}
	return ids
}
