package metadata

import (
	"ovate/druid"
	"ovate/internal/timeline"
)

// done is the fault of a statement, with a type.
func (c classifiedTx) done(err error) error { return classify(c.ctx, err, nil) }

// counted is a number of rows, or such a fault.
func (c classifiedTx) counted(n int, err error) (int, error) { return n, c.done(err) }

func (c classifiedTx) InTerm(epoch int64) error {
	return c.done(c.tx.InTerm(epoch))
}

func (c classifiedTx) InsertTasks(rows ...*TaskRow) error {
	return c.done(c.tx.InsertTasks(rows...))
}

func (c classifiedTx) SetTaskStatus(status druid.TaskStatus) error {
	return c.done(c.tx.SetTaskStatus(status))
}

func (c classifiedTx) DeleteTasksBefore(t druid.Instant, keep []string, limit int) (int, error) {
	return c.counted(c.tx.DeleteTasksBefore(t, keep, limit))
}

func (c classifiedTx) InsertLocks(rows ...LockRow) ([]int64, error) {
	ids, err := c.tx.InsertLocks(rows...)
	return ids, c.done(err)
}

func (c classifiedTx) ReplaceLocks(rows []LockRow) (int, error) {
	return c.counted(c.tx.ReplaceLocks(rows))
}

func (c classifiedTx) DeleteLocks(ids []int64) (int, error) {
	return c.counted(c.tx.DeleteLocks(ids))
}

func (c classifiedTx) DeleteLocksOfTask(taskID string) (int, error) {
	return c.counted(c.tx.DeleteLocksOfTask(taskID))
}

func (c classifiedTx) InsertSegments(rows []SegmentRow) ([]string, error) {
	inserted, err := c.tx.InsertSegments(rows)
	return inserted, c.done(err)
}

func (c classifiedTx) MarkUnused(dataSource string, interval druid.Interval, versions []string, now druid.Instant) (int, error) {
	return c.counted(c.tx.MarkUnused(dataSource, interval, versions, now))
}

func (c classifiedTx) MarkChunksUnused(dataSource string, chunks []timeline.Chunk, now druid.Instant) (int, error) {
	return c.counted(c.tx.MarkChunksUnused(dataSource, chunks, now))
}

func (c classifiedTx) SetUsed(ids []string, used bool, now druid.Instant) (int, error) {
	return c.counted(c.tx.SetUsed(ids, used, now))
}

func (c classifiedTx) SetPayloads(segments []druid.DataSegment) (int, error) {
	return c.counted(c.tx.SetPayloads(segments))
}

func (c classifiedTx) DeleteSegments(ids []string) (int, error) {
	return c.counted(c.tx.DeleteSegments(ids))
}

func (c classifiedTx) InsertPending(rows []PendingRow) ([]string, error) {
	inserted, err := c.tx.InsertPending(rows)
	return inserted, c.done(err)
}

func (c classifiedTx) DeletePendingByID(ids []string) (int, error) {
	return c.counted(c.tx.DeletePendingByID(ids))
}

func (c classifiedTx) DeletePendingOfGroup(dataSource, allocator string) (int, error) {
	return c.counted(c.tx.DeletePendingOfGroup(dataSource, allocator))
}

func (c classifiedTx) DeletePendingByCreated(dataSource string, created druid.Interval, limit int) (int, error) {
	return c.counted(c.tx.DeletePendingByCreated(dataSource, created, limit))
}

func (c classifiedTx) InsertUpgrades(rows []UpgradeRow) error {
	return c.done(c.tx.InsertUpgrades(rows))
}

func (c classifiedTx) DeleteUpgrades(taskID string) (int, error) {
	return c.counted(c.tx.DeleteUpgrades(taskID))
}

func (c classifiedTx) SetCommitMetadata(dataSource string, payload []byte, now druid.Instant) error {
	return c.done(c.tx.SetCommitMetadata(dataSource, payload, now))
}

func (c classifiedTx) DeleteCommitMetadata(dataSource string) (int, error) {
	return c.counted(c.tx.DeleteCommitMetadata(dataSource))
}

func (c classifiedTx) InsertSupervisor(id string, payload []byte, now druid.Instant) error {
	return c.done(c.tx.InsertSupervisor(id, payload, now))
}

func (c classifiedTx) SetSupervisorPayload(row SupervisorRow) error {
	return c.done(c.tx.SetSupervisorPayload(row))
}

func (c classifiedTx) SetTaskPayload(id string, payload []byte) error {
	return c.done(c.tx.SetTaskPayload(id, payload))
}

func (c classifiedTx) DeleteSupervisorsBefore(t druid.Instant, limit int) (int, error) {
	return c.counted(c.tx.DeleteSupervisorsBefore(t, limit))
}

func (c classifiedTx) InsertAudit(rows ...AuditRow) error {
	return c.done(c.tx.InsertAudit(rows...))
}

func (c classifiedTx) DeleteAuditBefore(t druid.Instant, limit int) (int, error) {
	return c.counted(c.tx.DeleteAuditBefore(t, limit))
}

func (c classifiedTx) SetConfig(name string, payload []byte) error {
	return c.done(c.tx.SetConfig(name, payload))
}

func (c classifiedTx) SwapConfig(name string, old, payload []byte) error {
	return c.done(c.tx.SwapConfig(name, old, payload))
}

func (c classifiedTx) PutRecord(r Record) error {
	return c.done(c.tx.PutRecord(r))
}

func (c classifiedTx) DeleteRecord(kind, id string) (int, error) {
	return c.counted(c.tx.DeleteRecord(kind, id))
}

func (c classifiedTx) DeleteRecordsBefore(kind string, t druid.Instant, limit int) (int, error) {
	return c.counted(c.tx.DeleteRecordsBefore(kind, t, limit))
}
