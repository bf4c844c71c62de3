package sqlite

import (
	"context"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/timeline"
)

// read runs fn on a connection of its own. Each statement sees one state of the database.
func (s *Store) read(ctx context.Context, fn func(*conn) error) error {
	if err := s.usable(); err != nil {
		return err
	}
	select {
	case c := <-s.readers:
		defer func() { s.readers <- c }()
		return fn(c)
	case <-ctx.Done():
		return ctx.Err()
	case <-s.closing:
		return metadata.ErrClosed
	}
}

// readValue is read for one result, where every statement of fn sees the same state of the database.
func readValue[T any](ctx context.Context, s *Store, fn func(*conn) (T, error)) (value T, err error) {
	err = s.read(ctx, func(c *conn) (err error) {
		if _, err := c.exec("BEGIN"); err != nil {
			return err
		}
		defer func() { // after a panic, too
			if _, endErr := c.exec("ROLLBACK"); err == nil { // Nothing was written.
				err = endErr
			}
		}()
		value, err = fn(c)
		return err
	})
	return value, err
}

// Task implements metadata.Reader.
func (s *Store) Task(ctx context.Context, id string) (*metadata.TaskRow, error) {
	var row *metadata.TaskRow
	err := s.read(ctx, func(c *conn) (err error) {
		row, err = c.Task(ctx, id)
		return err
	})
	return row, err
}

// PayloadSize implements metadata.Reader.
func (s *Store) PayloadSize(ctx context.Context, id string) (int64, error) {
	return readValue(ctx, s, func(c *conn) (int64, error) { return c.PayloadSize(ctx, id) })
}

// TaskStatuses implements metadata.Reader.
func (s *Store) TaskStatuses(ctx context.Context, ids []string) ([]metadata.TaskRow, error) {
	var rows []metadata.TaskRow
	err := s.read(ctx, func(c *conn) (err error) {
		rows, err = c.TaskStatuses(ctx, ids)
		return err
	})
	return rows, err
}

// ActiveTasks implements metadata.Reader.
func (s *Store) ActiveTasks(ctx context.Context, fn func(*metadata.TaskRow) error) error {
	return s.read(ctx, func(c *conn) error { return c.activeTasks(ctx, fn, inParallel) })
}

// ActiveTaskIDs implements metadata.Reader.
func (s *Store) ActiveTaskIDs(ctx context.Context) ([]string, error) {
	return readValue(ctx, s, func(c *conn) ([]string, error) { return c.ActiveTaskIDs(ctx) })
}

// CompleteTasks implements metadata.Reader. It takes a connection for one page of rows at a time.
func (s *Store) CompleteTasks(ctx context.Context, q metadata.TaskQuery, fn func(*metadata.TaskRow) error) error {
	list := completeReader{query: q, with: func(fn func(*conn) error) error { return s.read(ctx, fn) }}
	return list.each(ctx, inParallel, handRows(s.names, s.bad, fn), fn)
}

// TaskPage implements metadata.Reader.
func (s *Store) TaskPage(ctx context.Context, q metadata.TaskPageQuery) (metadata.TaskPage, error) {
	return readValue(ctx, s, func(c *conn) (metadata.TaskPage, error) { return c.TaskPage(ctx, q) })
}

// CountTasks implements metadata.Reader.
func (s *Store) CountTasks(ctx context.Context, q metadata.TaskPageQuery) (int, error) {
	return readValue(ctx, s, func(c *conn) (int, error) { return c.CountTasks(ctx, q) })
}

// Locks implements metadata.Reader.
func (s *Store) Locks(ctx context.Context) ([]metadata.LockRow, error) {
	return readValue(ctx, s, func(c *conn) ([]metadata.LockRow, error) { return c.Locks(ctx) })
}

// DataSources implements metadata.Reader.
func (s *Store) DataSources(ctx context.Context, used bool) ([]string, error) {
	return readValue(ctx, s, func(c *conn) ([]string, error) { return c.DataSources(ctx, used) })
}

// UsedSegments implements metadata.Reader.
func (s *Store) UsedSegments(ctx context.Context, dataSource string, intervals []druid.Interval) ([]metadata.SegmentRow, error) {
	return readValue(ctx, s, func(c *conn) ([]metadata.SegmentRow, error) { return c.UsedSegments(ctx, dataSource, intervals) })
}

// UsedChunks implements metadata.Reader.
func (s *Store) UsedChunks(ctx context.Context, dataSource string, intervals []druid.Interval) ([]timeline.Chunk, error) {
	return readValue(ctx, s, func(c *conn) ([]timeline.Chunk, error) { return c.UsedChunks(ctx, dataSource, intervals) })
}

// LastSegments implements metadata.Reader.
func (s *Store) LastSegments(ctx context.Context, dataSource string, chunks []timeline.Chunk, used bool) (map[timeline.Chunk]metadata.SegmentRow, error) {
	return readValue(ctx, s, func(c *conn) (map[timeline.Chunk]metadata.SegmentRow, error) {
		return c.LastSegments(ctx, dataSource, chunks, used)
	})
}

// CountSegments implements metadata.Reader.
func (s *Store) CountSegments(ctx context.Context, dataSource string, below map[timeline.Chunk]int) (map[timeline.Chunk]int, error) {
	return readValue(ctx, s, func(c *conn) (map[timeline.Chunk]int, error) { return c.CountSegments(ctx, dataSource, below) })
}

// UnusedSegments implements metadata.Reader.
func (s *Store) UnusedSegments(ctx context.Context, q metadata.UnusedQuery) ([]metadata.SegmentRow, error) {
	return readValue(ctx, s, func(c *conn) ([]metadata.SegmentRow, error) { return c.UnusedSegments(ctx, q) })
}

// AllSegments implements metadata.Reader.
func (s *Store) AllSegments(ctx context.Context, fn func(*metadata.SegmentRow) error) error {
	return s.read(ctx, func(c *conn) error { return c.AllSegments(ctx, fn) })
}

// SegmentsElsewhere implements metadata.Reader.
func (s *Store) SegmentsElsewhere(ctx context.Context, fn func(*metadata.SegmentRow) error) error {
	return s.read(ctx, func(c *conn) error { return c.SegmentsElsewhere(ctx, fn) })
}

// SegmentsByID implements metadata.Reader.
func (s *Store) SegmentsByID(ctx context.Context, dataSource string, ids []string) ([]metadata.SegmentRow, error) {
	return readValue(ctx, s, func(c *conn) ([]metadata.SegmentRow, error) { return c.SegmentsByID(ctx, dataSource, ids) })
}

// PendingSegments implements metadata.Reader.
func (s *Store) PendingSegments(ctx context.Context, dataSource string, intervals []druid.Interval) ([]metadata.PendingRow, error) {
	return readValue(ctx, s, func(c *conn) ([]metadata.PendingRow, error) { return c.PendingSegments(ctx, dataSource, intervals) })
}

// IdleAllocators implements metadata.Reader.
func (s *Store) IdleAllocators(ctx context.Context, dataSource string) ([]string, error) {
	return readValue(ctx, s, func(c *conn) ([]string, error) { return c.IdleAllocators(ctx, dataSource) })
}

// UpgradedPending implements metadata.Reader.
func (s *Store) UpgradedPending(ctx context.Context, dataSource, allocator string) ([]metadata.PendingRow, error) {
	return readValue(ctx, s, func(c *conn) ([]metadata.PendingRow, error) { return c.UpgradedPending(ctx, dataSource, allocator) })
}

// PendingOfLineages implements metadata.Reader.
func (s *Store) PendingOfLineages(ctx context.Context, dataSource string, lineages []metadata.Lineage) ([]metadata.PendingRow, error) {
	return readValue(ctx, s, func(c *conn) ([]metadata.PendingRow, error) { return c.PendingOfLineages(ctx, dataSource, lineages) })
}

// CommitMetadata implements metadata.Reader.
func (s *Store) CommitMetadata(ctx context.Context, dataSource string) ([]byte, error) {
	return readValue(ctx, s, func(c *conn) ([]byte, error) { return c.CommitMetadata(ctx, dataSource) })
}

// Upgrades implements metadata.Reader.
func (s *Store) Upgrades(ctx context.Context, taskIDs []string) ([]metadata.UpgradeRow, error) {
	return readValue(ctx, s, func(c *conn) ([]metadata.UpgradeRow, error) { return c.Upgrades(ctx, taskIDs) })
}

// UpgradeTasks implements metadata.Reader.
func (s *Store) UpgradeTasks(ctx context.Context) ([]string, error) {
	return readValue(ctx, s, func(c *conn) ([]string, error) { return c.UpgradeTasks(ctx) })
}

// SegmentsUpgradedFrom implements metadata.Reader.
func (s *Store) SegmentsUpgradedFrom(ctx context.Context, dataSource string, ids []string) ([]metadata.SegmentRow, error) {
	return readValue(ctx, s, func(c *conn) ([]metadata.SegmentRow, error) { return c.SegmentsUpgradedFrom(ctx, dataSource, ids) })
}

// Supervisors implements metadata.Reader.
func (s *Store) Supervisors(ctx context.Context) ([]metadata.SupervisorRow, error) {
	return readValue(ctx, s, func(c *conn) ([]metadata.SupervisorRow, error) { return c.Supervisors(ctx) })
}

// SupervisorIDs implements metadata.Reader.
func (s *Store) SupervisorIDs(ctx context.Context) ([]string, error) {
	return readValue(ctx, s, func(c *conn) ([]string, error) { return c.SupervisorIDs(ctx) })
}

// SupervisorVersions implements metadata.Reader.
func (s *Store) SupervisorVersions(ctx context.Context, id string, most int, fn func(*metadata.SupervisorRow) error) error {
	return metadata.EachVersion(ctx, id, most, fn, func(before int64, most int) (page []metadata.SupervisorRow, err error) {
		err = s.read(ctx, func(c *conn) error {
			page, err = c.versionsBefore(id, before, most)
			return err
		})
		return page, err
	})
}

// PendingDataSources implements metadata.Reader.
func (s *Store) PendingDataSources(ctx context.Context) ([]string, error) {
	return readValue(ctx, s, func(c *conn) ([]string, error) { return c.PendingDataSources(ctx) })
}

// Audit implements metadata.Reader.
func (s *Store) Audit(ctx context.Context, q metadata.AuditQuery, fn func(*metadata.AuditRow) error) error {
	return s.read(ctx, func(c *conn) error { return c.Audit(ctx, q, fn) })
}

// Config implements metadata.Reader.
func (s *Store) Config(ctx context.Context, name string) ([]byte, error) {
	return readValue(ctx, s, func(c *conn) ([]byte, error) { return c.Config(ctx, name) })
}

// Record implements metadata.Reader.
func (s *Store) Record(ctx context.Context, kind, id string) (*metadata.Record, error) {
	return readValue(ctx, s, func(c *conn) (*metadata.Record, error) { return c.Record(ctx, kind, id) })
}

// Records implements metadata.Reader.
func (s *Store) Records(ctx context.Context, q metadata.RecordQuery) ([]metadata.Record, error) {
	return readValue(ctx, s, func(c *conn) ([]metadata.Record, error) { return c.Records(ctx, q) })
}

// RecordKinds implements metadata.Reader.
func (s *Store) RecordKinds(ctx context.Context) ([]string, error) {
	return readValue(ctx, s, func(c *conn) ([]string, error) { return c.RecordKinds(ctx) })
}
