package action

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"ovate/druid"
	"ovate/internal/metadata"
)

// wish is an allocation in an interval that waits for its answer. Each reads what was given before: of two transactions at once the database takes
// one back, of other data sources, too, whose rows are near. So wishes of several callers share one.
type wish struct {
	SegmentAllocate
	by       Identity
	interval druid.Interval
	version  string // of the lock

	// The answer of the last try.
	got      *Allocation
	inactive error // why the task may have no id any more
}

// outcome is what came of a wish whose transaction ended with err.
func (w *wish) outcome(err error) (*Allocation, error) {
	if err = cmp.Or(err, w.inactive); err != nil {
		return nil, err
	}
	return w.got, nil
}

// allocateTogether answers wishes in one transaction, as if one after the other. Those of one interval are either all for its next numbers, or there is one.
// A task that has ended meanwhile gets nothing: what its group has reserved may be gone by now, and nobody would remove what came after.
func allocateTogether(ctx context.Context, box *Box, wishes []*wish) error {
	if len(wishes) == 0 {
		return nil
	}
	defer func(begun time.Time) { box.Meter.Allocated(len(wishes), time.Since(begun)) }(time.Now())
	return box.Store.Update(ctx, func(tx metadata.Tx) error {
		if err := findInactive(ctx, tx, box, wishes); err != nil {
			return err
		}
		of := map[string][]*wish{} // each data source
		for _, w := range wishes {
			if w.inactive == nil {
				of[w.DataSource] = append(of[w.DataSource], w)
			}
		}
		for dataSource, wishes := range of {
			r := reserving{
				tx: tx, dataSource: dataSource, now: box.Now(), occupied: newOccupied(tx, dataSource),
				pending: map[metadata.Lineage][]metadata.PendingRow{}, keys: map[string]bool{},
			}
			if err := r.answer(ctx, wishes); err != nil {
				return fmt.Errorf("allocate segments of data source[%s] in[%s]: %w", dataSource, wishes[0].interval, err)
			}
		}
		return nil
	})
}

// findInactive notes of each wish why its task may have no id any more. Memory tells of an end that is being written, and the store of one that is
// committed before the ids are.
func findInactive(ctx context.Context, tx metadata.Tx, box *Box, wishes []*wish) error {
	tasks := make([]string, len(wishes))
	for i, w := range wishes {
		tasks[i] = w.by.TaskID
	}
	active, err := metadata.ActiveAmong(ctx, tx, tasks...)
	if err != nil {
		return err
	}
	for _, w := range wishes {
		w.got, w.inactive = nil, box.Locks.Active(w.by.Holder)
		if w.inactive == nil && !active[w.by.TaskID] {
			w.inactive = fmt.Errorf("allocate a segment for task[%s], which has ended in the metadata store: %w", w.by.TaskID, metadata.ErrNotActive)
		}
	}
	return nil
}

// reserving is what a transaction that hands out ids of a data source knows, and what it has handed out. The store is asked for all requests at once, as each
// question may be a way to a server and back.
type reserving struct {
	tx         metadata.Tx
	dataSource string
	now        druid.Instant
	occupied   *occupied
	extents    map[druid.Interval]*extent
	placed     placed[*extent]
	pending    map[metadata.Lineage][]metadata.PendingRow
	rows       []metadata.PendingRow // handed out, and not inserted yet
	keys       map[string]bool       // of these
}

// answer hands out an id for each wish; none where none can be had.
func (r *reserving) answer(ctx context.Context, wishes []*wish) (err error) {
	if err := r.read(ctx, wishes); err != nil {
		return err
	}
	for _, w := range wishes {
		if w.got, err = r.allocate(ctx, w); err != nil {
			return err
		}
	}
	return r.insert(ctx, wishes)
}

// read reads what the wishes will most likely need.
func (r *reserving) read(ctx context.Context, all []*wish) (err error) {
	if r.extents, r.placed, err = readExtents(ctx, r.tx, r.dataSource, all); err != nil {
		return err
	}
	var lineages []metadata.Lineage
	next := map[druid.Interval]*numbers{}
	for _, w := range all {
		e := r.extents[w.interval]
		if e == nil || e.has(w.SegmentAllocate) {
			continue
		}
		if w.hasLineage() {
			lineages = append(lineages, metadata.Lineage{Sequence: w.SequenceName, Previous: w.PreviousID})
		}
		if n := next[w.interval]; n != nil {
			n.count++
		} else if got := e.next(r.dataSource, w.version); got != nil {
			next[w.interval] = &numbers{got.ID, 1, e.chunk == nil, w.Partial.overwrites()}
		}
	}
	if len(lineages) > 0 {
		rows, err := r.tx.PendingOfLineages(ctx, r.dataSource, lineages)
		if err != nil {
			return err
		}
		for _, p := range rows {
			r.note(p)
		}
	}
	return r.occupied.lookAhead(ctx, slices.Collect(maps.Values(next)))
}

// note notes a pending segment of a lineage.
func (r *reserving) note(p metadata.PendingRow) {
	l := metadata.Lineage{Sequence: p.SequenceName, Previous: p.PreviousID}
	r.pending[l] = append(r.pending[l], p)
}

// allocate finds the id that a request was given before, or makes the next one
// (IndexerSQLMetadataStorageCoordinator.allocatePendingSegment).
func (r *reserving) allocate(ctx context.Context, w *wish) (*Allocation, error) {
	e := r.extents[w.interval]
	if e == nil || !e.shows(w.row()) {
		return nil, nil
	}
	if p, there := e.made[w.asked(e.interval)]; there {
		if p.ID.Interval != e.interval {
			return nil, nil
		}
		return &Allocation{ID: p.ID, ShardSpec: p.ShardSpec}, nil
	}
	if r.goesOnElsewhere(w, e) {
		return nil, nil
	}
	got := e.next(r.dataSource, w.version)
	if got == nil {
		return nil, nil
	}
	if e.chunk == nil {
		// Where nothing of its interval is visible there may be segments of its version all the same, some of whose core partitions are not used any
		// more: they would hide it.
		if last, err := r.occupied.last(ctx, chunkOfID(got.ID), true); err != nil || last != nil {
			return nil, err
		}
	}
	if free, err := r.occupied.avoidUnused(ctx, w.Partial, e, got); err != nil || !free {
		return nil, err
	}
	row := metadata.PendingRow{
		ID: got.ID, ShardSpec: got.ShardSpec, Created: r.now, SequenceName: w.SequenceName, PreviousID: w.PreviousID, Allocator: w.by.Allocator,
		Key: metadata.LineageKey(w.SequenceName, w.PreviousID, got.ID.Version),
	}
	if w.SkipLineageCheck {
		row.Key = metadata.IntervalKey(w.SequenceName, e.interval, got.ID.Version)
	}
	if r.keys[row.Key] { // the sequence has an id of another interval
		return nil, nil
	}
	r.keys[row.Key] = true
	r.rows = append(r.rows, row)
	r.note(row)
	addPending(r.placed, row)
	return got, nil
}

// goesOnElsewhere tells whether the sequence has an id in another interval after the same id before.
func (r *reserving) goesOnElsewhere(w *wish, e *extent) bool {
	if !w.hasLineage() {
		return false
	}
	return slices.ContainsFunc(r.pending[metadata.Lineage{Sequence: w.SequenceName, Previous: w.PreviousID}], func(p metadata.PendingRow) bool {
		return p.Unreadable == nil && p.ID.Interval != e.interval && (e.chunk == nil || p.ID.Version == e.chunk.Version)
	})
}

// mustBeOwn refuses rows whose keys are not taken in their own data source. The key of a sequence has no data source in it, but for the version, and that is the same
// for all under APPEND locks. (In Java the transaction fails.)
func (r *reserving) mustBeOwn(ctx context.Context, taken []metadata.PendingRow) error {
	var intervals []druid.Interval
	var lineages []metadata.Lineage
	for _, p := range taken {
		intervals, lineages = append(intervals, p.ID.Interval), append(lineages, metadata.Lineage{Sequence: p.SequenceName, Previous: p.PreviousID})
	}
	near, err := r.tx.PendingSegments(ctx, r.dataSource, intervals)
	if err != nil {
		return err
	}
	same, err := r.tx.PendingOfLineages(ctx, r.dataSource, lineages)
	if err != nil {
		return err
	}
	own := slices.Concat(near, same)
	for _, p := range taken {
		if !slices.ContainsFunc(own, func(o metadata.PendingRow) bool { return o.Key == p.Key || o.ID == p.ID }) {
			return druid.InvalidInput("field [sequenceName] is [%s], and a task of another data source has reserved a segment in interval[%s] by that name: use one of your own, "+
				"or wait until that task has ended", p.SequenceName, p.ID.Interval)
		}
	}
	return nil
}

// insert inserts what was handed out. Where a key is taken the sequence has an id of another interval, and what was to have it gets none.
func (r *reserving) insert(ctx context.Context, wishes []*wish) error {
	if len(r.rows) == 0 {
		return nil
	}
	inserted, err := r.tx.InsertPending(r.rows)
	if err != nil || len(inserted) == len(r.rows) {
		return err
	}
	stored := metadata.Among(append([]string{}, inserted...)) // which is none if nothing was inserted
	taken := slices.DeleteFunc(r.rows, func(p metadata.PendingRow) bool { return stored(p.ID.String()) })
	if err := r.mustBeOwn(ctx, taken); err != nil {
		return err
	}
	refused := map[druid.SegmentID]bool{}
	for _, p := range taken {
		refused[p.ID] = true
	}
	for _, w := range wishes {
		if w.got != nil && refused[w.got.ID] {
			w.got = nil
		}
	}
	return nil
}
