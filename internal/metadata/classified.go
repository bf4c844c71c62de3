package metadata

import (
	"context"
	"errors"

	"ovate/druid"
	"ovate/internal/timeline"
)

// Classified makes sure that the faults of a store have a type, those of statements within a transaction, too: faults that the store does
// not classify may pass, and leave the outcome of an Update unknown if its commit met them. What fn or a callback returns, and what Store
// and Reader name, are answers and stay as they are.
func Classified(s Store) Store { return classified{classifiedReader{s}, s} }

// None of these embeds what it wraps, so that the compiler finds the method that is forgotten.
type (
	classified struct {
		classifiedReader
		store Store
	}
	classifiedTx struct {
		classifiedReader
		ctx context.Context // of the Update
		tx  Tx
	}
	classifiedReader struct{ from Reader }
)

func classify(ctx context.Context, err, own error) error {
	switch {
	case err == nil, own != nil && errors.Is(err, own), ctx.Err() != nil && errors.Is(err, ctx.Err()):
		return err
	}
	for _, answer := range []error{ErrNotFound, ErrExists, ErrChanged, ErrNotActive, ErrNoRecords, ErrClosed, ErrTermOver} {
		if errors.Is(err, answer) {
			return err
		}
	}
	_, transient := errors.AsType[*TransientError](err)
	_, permanent := errors.AsType[*PermanentError](err)
	if transient || permanent {
		return err
	}
	return &TransientError{err}
}

func (c classified) Update(ctx context.Context, fn func(Tx) error) error {
	var own error
	err := c.store.Update(ctx, func(tx Tx) error {
		own = fn(classifiedTx{classifiedReader{tx}, ctx, tx})
		return own
	})
	switch typed := classify(ctx, err, own); {
	case typed == err:
		return err
	case errors.Is(err, ErrOutcomeUnknown): // the store has told so much
		return typed
	default:
		return &TransientError{Unknown(err)}
	}
}

func (c classified) BeginTerm(ctx context.Context, epoch int64) (int64, error) {
	epoch, err := c.store.BeginTerm(ctx, epoch)
	return value(ctx, epoch, err)
}

func (c classified) MakeRecords(ctx context.Context) error {
	return classify(ctx, c.store.MakeRecords(ctx), nil)
}

func (c classified) Identity() string { return c.store.Identity() }

func (c classified) Close() error { return c.store.Close() }

// value is what was read, or a fault with a type.
func value[T any](ctx context.Context, value T, err error) (T, error) {
	return value, classify(ctx, err, nil)
}

// each reads rows for fn.
func each[T any](ctx context.Context, fn func(T) error, read func(func(T) error) error) error {
	var own error
	err := read(func(row T) error {
		own = fn(row)
		return own
	})
	return classify(ctx, err, own)
}

func (c classifiedReader) Task(ctx context.Context, id string) (*TaskRow, error) {
	row, err := c.from.Task(ctx, id)
	return value(ctx, row, err)
}

func (c classifiedReader) PayloadSize(ctx context.Context, id string) (int64, error) {
	size, err := c.from.PayloadSize(ctx, id)
	return value(ctx, size, err)
}

func (c classifiedReader) TaskStatuses(ctx context.Context, ids []string) ([]TaskRow, error) {
	rows, err := c.from.TaskStatuses(ctx, ids)
	return value(ctx, rows, err)
}

func (c classifiedReader) ActiveTasks(ctx context.Context, fn func(*TaskRow) error) error {
	return each(ctx, fn, func(fn func(*TaskRow) error) error { return c.from.ActiveTasks(ctx, fn) })
}

func (c classifiedReader) ActiveTaskIDs(ctx context.Context) ([]string, error) {
	ids, err := c.from.ActiveTaskIDs(ctx)
	return value(ctx, ids, err)
}

func (c classifiedReader) CompleteTasks(ctx context.Context, q TaskQuery, fn func(*TaskRow) error) error {
	return each(ctx, fn, func(fn func(*TaskRow) error) error { return c.from.CompleteTasks(ctx, q, fn) })
}

func (c classifiedReader) TaskPage(ctx context.Context, q TaskPageQuery) (TaskPage, error) {
	page, err := c.from.TaskPage(ctx, q)
	return value(ctx, page, err)
}

func (c classifiedReader) CountTasks(ctx context.Context, q TaskPageQuery) (int, error) {
	n, err := c.from.CountTasks(ctx, q)
	return value(ctx, n, err)
}

func (c classifiedReader) Locks(ctx context.Context) ([]LockRow, error) {
	rows, err := c.from.Locks(ctx)
	return value(ctx, rows, err)
}

func (c classifiedReader) DataSources(ctx context.Context, used bool) ([]string, error) {
	names, err := c.from.DataSources(ctx, used)
	return value(ctx, names, err)
}

func (c classifiedReader) UsedSegments(ctx context.Context, dataSource string, intervals []druid.Interval) ([]SegmentRow, error) {
	rows, err := c.from.UsedSegments(ctx, dataSource, intervals)
	return value(ctx, rows, err)
}

func (c classifiedReader) UsedChunks(ctx context.Context, dataSource string, intervals []druid.Interval) ([]timeline.Chunk, error) {
	chunks, err := c.from.UsedChunks(ctx, dataSource, intervals)
	return value(ctx, chunks, err)
}

func (c classifiedReader) LastSegments(ctx context.Context, dataSource string, chunks []timeline.Chunk, used bool) (map[timeline.Chunk]SegmentRow, error) {
	rows, err := c.from.LastSegments(ctx, dataSource, chunks, used)
	return value(ctx, rows, err)
}

func (c classifiedReader) CountSegments(ctx context.Context, dataSource string, below map[timeline.Chunk]int) (map[timeline.Chunk]int, error) {
	counts, err := c.from.CountSegments(ctx, dataSource, below)
	return value(ctx, counts, err)
}

func (c classifiedReader) AllSegments(ctx context.Context, fn func(*SegmentRow) error) error {
	return each(ctx, fn, func(fn func(*SegmentRow) error) error { return c.from.AllSegments(ctx, fn) })
}

func (c classifiedReader) SegmentsElsewhere(ctx context.Context, fn func(*SegmentRow) error) error {
	return each(ctx, fn, func(fn func(*SegmentRow) error) error { return c.from.SegmentsElsewhere(ctx, fn) })
}

func (c classifiedReader) UnusedSegments(ctx context.Context, q UnusedQuery) ([]SegmentRow, error) {
	rows, err := c.from.UnusedSegments(ctx, q)
	return value(ctx, rows, err)
}

func (c classifiedReader) SegmentsByID(ctx context.Context, dataSource string, ids []string) ([]SegmentRow, error) {
	rows, err := c.from.SegmentsByID(ctx, dataSource, ids)
	return value(ctx, rows, err)
}

func (c classifiedReader) PendingSegments(ctx context.Context, dataSource string, intervals []druid.Interval) ([]PendingRow, error) {
	rows, err := c.from.PendingSegments(ctx, dataSource, intervals)
	return value(ctx, rows, err)
}

func (c classifiedReader) IdleAllocators(ctx context.Context, dataSource string) ([]string, error) {
	names, err := c.from.IdleAllocators(ctx, dataSource)
	return value(ctx, names, err)
}

func (c classifiedReader) UpgradedPending(ctx context.Context, dataSource, allocator string) ([]PendingRow, error) {
	rows, err := c.from.UpgradedPending(ctx, dataSource, allocator)
	return value(ctx, rows, err)
}

func (c classifiedReader) UpgradeTasks(ctx context.Context) ([]string, error) {
	ids, err := c.from.UpgradeTasks(ctx)
	return value(ctx, ids, err)
}

func (c classifiedReader) Upgrades(ctx context.Context, taskIDs []string) ([]UpgradeRow, error) {
	rows, err := c.from.Upgrades(ctx, taskIDs)
	return value(ctx, rows, err)
}

func (c classifiedReader) SegmentsUpgradedFrom(ctx context.Context, dataSource string, ids []string) ([]SegmentRow, error) {
	rows, err := c.from.SegmentsUpgradedFrom(ctx, dataSource, ids)
	return value(ctx, rows, err)
}

func (c classifiedReader) PendingOfLineages(ctx context.Context, dataSource string, lineages []Lineage) ([]PendingRow, error) {
	rows, err := c.from.PendingOfLineages(ctx, dataSource, lineages)
	return value(ctx, rows, err)
}

func (c classifiedReader) CommitMetadata(ctx context.Context, dataSource string) ([]byte, error) {
	payload, err := c.from.CommitMetadata(ctx, dataSource)
	return value(ctx, payload, err)
}

func (c classifiedReader) Supervisors(ctx context.Context) ([]SupervisorRow, error) {
	rows, err := c.from.Supervisors(ctx)
	return value(ctx, rows, err)
}

func (c classifiedReader) SupervisorIDs(ctx context.Context) ([]string, error) {
	ids, err := c.from.SupervisorIDs(ctx)
	return value(ctx, ids, err)
}

func (c classifiedReader) SupervisorVersions(ctx context.Context, id string, most int, fn func(*SupervisorRow) error) error {
	return each(ctx, fn, func(fn func(*SupervisorRow) error) error { return c.from.SupervisorVersions(ctx, id, most, fn) })
}

func (c classifiedReader) PendingDataSources(ctx context.Context) ([]string, error) {
	names, err := c.from.PendingDataSources(ctx)
	return value(ctx, names, err)
}

func (c classifiedReader) Audit(ctx context.Context, q AuditQuery, fn func(*AuditRow) error) error {
	return each(ctx, fn, func(fn func(*AuditRow) error) error { return c.from.Audit(ctx, q, fn) })
}

func (c classifiedReader) Config(ctx context.Context, name string) ([]byte, error) {
	payload, err := c.from.Config(ctx, name)
	return value(ctx, payload, err)
}

func (c classifiedReader) Record(ctx context.Context, kind, id string) (*Record, error) {
	record, err := c.from.Record(ctx, kind, id)
	return value(ctx, record, err)
}

func (c classifiedReader) Records(ctx context.Context, q RecordQuery) ([]Record, error) {
	records, err := c.from.Records(ctx, q)
	return value(ctx, records, err)
}

func (c classifiedReader) RecordKinds(ctx context.Context) ([]string, error) {
	kinds, err := c.from.RecordKinds(ctx)
	return value(ctx, kinds, err)
}
