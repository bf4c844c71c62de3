package metadata_test

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/timeline"
)

// broken is a store that fails with an error of no type; without one it has a row for everybody who reads rows one by one. With tx it is
// the statements of a transaction that fail.
type broken struct {
	err error
	tx  bool
}

func (b broken) Task(context.Context, string) (*metadata.TaskRow, error) { return nil, b.err }
func (b broken) PayloadSize(context.Context, string) (int64, error)      { return 0, b.err }
func (b broken) ActiveTasks(_ context.Context, fn func(*metadata.TaskRow) error) error {
	return row(b, fn)
}
func (b broken) ActiveTaskIDs(context.Context) ([]string, error) { return nil, b.err }
func (b broken) TaskStatuses(context.Context, []string) ([]metadata.TaskRow, error) {
	return nil, b.err
}
func (b broken) CompleteTasks(_ context.Context, _ metadata.TaskQuery, fn func(*metadata.TaskRow) error) error {
	return row(b, fn)
}
func (b broken) TaskPage(context.Context, metadata.TaskPageQuery) (metadata.TaskPage, error) {
	return metadata.TaskPage{}, b.err
}
func (b broken) CountTasks(context.Context, metadata.TaskPageQuery) (int, error)  { return 0, b.err }
func (b broken) Locks(context.Context) ([]metadata.LockRow, error)                { return nil, b.err }
func (b broken) DataSources(context.Context, bool) ([]string, error)              { return nil, b.err }
func (b broken) PendingDataSources(context.Context) ([]string, error)             { return nil, b.err }
func (b broken) Config(context.Context, string) ([]byte, error)                   { return nil, b.err }
func (b broken) Record(context.Context, string, string) (*metadata.Record, error) { return nil, b.err }
func (b broken) Records(context.Context, metadata.RecordQuery) ([]metadata.Record, error) {
	return nil, b.err
}
func (b broken) RecordKinds(context.Context) ([]string, error)            { return nil, b.err }
func (b broken) MakeRecords(context.Context) error                        { return b.err }
func (b broken) IdleAllocators(context.Context, string) ([]string, error) { return nil, b.err }
func (b broken) Update(_ context.Context, fn func(metadata.Tx) error) error {
	if b.tx {
		return fn(brokenTx{b, b.err})
	}
	return errors.Join(fn(nil), b.err)
}
func (b broken) BeginTerm(context.Context, int64) (int64, error) { return 0, b.err }
func (b broken) Identity() string                                { return "" }
func (b broken) Close() error                                    { return b.err }
func (b broken) UsedSegments(context.Context, string, []druid.Interval) ([]metadata.SegmentRow, error) {
	return nil, b.err
}
func (b broken) UsedChunks(context.Context, string, []druid.Interval) ([]timeline.Chunk, error) {
	return nil, b.err
}
func (b broken) LastSegments(context.Context, string, []timeline.Chunk, bool) (map[timeline.Chunk]metadata.SegmentRow, error) {
	return nil, b.err
}
func (b broken) CountSegments(context.Context, string, map[timeline.Chunk]int) (map[timeline.Chunk]int, error) {
	return nil, b.err
}
func (b broken) AllSegments(_ context.Context, fn func(*metadata.SegmentRow) error) error {
	return row(b, fn)
}
func (b broken) SegmentsElsewhere(_ context.Context, fn func(*metadata.SegmentRow) error) error {
	return row(b, fn)
}
func (b broken) UnusedSegments(context.Context, metadata.UnusedQuery) ([]metadata.SegmentRow, error) {
	return nil, b.err
}
func (b broken) SegmentsByID(context.Context, string, []string) ([]metadata.SegmentRow, error) {
	return nil, b.err
}
func (b broken) PendingSegments(context.Context, string, []druid.Interval) ([]metadata.PendingRow, error) {
	return nil, b.err
}
func (b broken) UpgradedPending(context.Context, string, string) ([]metadata.PendingRow, error) {
	return nil, b.err
}
func (b broken) SegmentsUpgradedFrom(context.Context, string, []string) ([]metadata.SegmentRow, error) {
	return nil, b.err
}
func (b broken) PendingOfLineages(context.Context, string, []metadata.Lineage) ([]metadata.PendingRow, error) {
	return nil, b.err
}
func (b broken) Supervisors(context.Context) ([]metadata.SupervisorRow, error) { return nil, b.err }
func (b broken) SupervisorIDs(context.Context) ([]string, error)               { return nil, b.err }
func (b broken) SupervisorVersions(_ context.Context, _ string, _ int, fn func(*metadata.SupervisorRow) error) error {
	return row(b, fn)
}
func (b broken) CommitMetadata(context.Context, string) ([]byte, error)            { return nil, b.err }
func (b broken) UpgradeTasks(context.Context) ([]string, error)                    { return nil, b.err }
func (b broken) Upgrades(context.Context, []string) ([]metadata.UpgradeRow, error) { return nil, b.err }
func (b broken) Audit(_ context.Context, _ metadata.AuditQuery, fn func(*metadata.AuditRow) error) error {
	return row(b, fn)
}

func row[T any](b broken, fn func(*T) error) error {
	if b.err != nil {
		return b.err
	}
	return fn(new(T))
}

// brokenTx is a transaction in which every statement fails.
type brokenTx struct {
	metadata.Reader
	err error
}

func (b brokenTx) InsertTasks(...*metadata.TaskRow) error                      { return b.err }
func (b brokenTx) SetTaskStatus(druid.TaskStatus) error                        { return b.err }
func (b brokenTx) DeleteTasksBefore(druid.Instant, []string, int) (int, error) { return 0, b.err }
func (b brokenTx) PutRecord(metadata.Record) error                             { return b.err }
func (b brokenTx) DeleteRecord(string, string) (int, error)                    { return 0, b.err }
func (b brokenTx) DeleteRecordsBefore(string, druid.Instant, int) (int, error) { return 0, b.err }
func (b brokenTx) InTerm(int64) error                                          { return b.err }
func (b brokenTx) InsertLocks(...metadata.LockRow) ([]int64, error)            { return nil, b.err }
func (b brokenTx) ReplaceLocks([]metadata.LockRow) (int, error)                { return 0, b.err }
func (b brokenTx) DeleteLocks([]int64) (int, error)                            { return 0, b.err }
func (b brokenTx) DeleteLocksOfTask(string) (int, error)                       { return 0, b.err }
func (b brokenTx) InsertSegments([]metadata.SegmentRow) ([]string, error)      { return nil, b.err }
func (b brokenTx) MarkUnused(string, druid.Interval, []string, druid.Instant) (int, error) {
	return 0, b.err
}
func (b brokenTx) MarkChunksUnused(string, []timeline.Chunk, druid.Instant) (int, error) {
	return 0, b.err
}
func (b brokenTx) SetUsed([]string, bool, druid.Instant) (int, error)              { return 0, b.err }
func (b brokenTx) DeleteSegments([]string) (int, error)                            { return 0, b.err }
func (b brokenTx) InsertPending([]metadata.PendingRow) ([]string, error)           { return nil, b.err }
func (b brokenTx) DeletePendingByID([]string) (int, error)                         { return 0, b.err }
func (b brokenTx) DeletePendingOfGroup(string, string) (int, error)                { return 0, b.err }
func (b brokenTx) DeletePendingByCreated(string, druid.Interval, int) (int, error) { return 0, b.err }
func (b brokenTx) InsertUpgrades([]metadata.UpgradeRow) error                      { return b.err }
func (b brokenTx) DeleteUpgrades(string) (int, error)                              { return 0, b.err }
func (b brokenTx) InsertAudit(...metadata.AuditRow) error                          { return b.err }
func (b brokenTx) DeleteAuditBefore(druid.Instant, int) (int, error)               { return 0, b.err }
func (b brokenTx) SwapConfig(string, []byte, []byte) error                         { return b.err }
func (b brokenTx) SetCommitMetadata(string, []byte, druid.Instant) error           { return b.err }
func (b brokenTx) DeleteCommitMetadata(string) (int, error)                        { return 0, b.err }
func (b brokenTx) InsertSupervisor(string, []byte, druid.Instant) error            { return b.err }
func (b brokenTx) DeleteSupervisorsBefore(druid.Instant, int) (int, error)         { return 0, b.err }
func (b brokenTx) SetPayloads([]druid.DataSegment) (int, error)                    { return 0, b.err }
func (b brokenTx) SetTaskPayload(string, []byte) error                             { return b.err }
func (b brokenTx) SetSupervisorPayload(metadata.SupervisorRow) error               { return b.err }
func (b brokenTx) SetConfig(string, []byte) error                                  { return b.err }

// TestClassified calls every method that reads, of a store and within a transaction, and those that write: a fault without a type may
// pass, an answer stays what it is, and so does the own error of whoever is called for a row.
func TestClassified(t *testing.T) {
	t.Parallel()
	fault, own := errors.New("the connection broke"), errors.New("the caller's own")
	called := func(on any, method reflect.Method) (rows int, err error) {
		var args []reflect.Value
		for i := range method.Type.NumIn() {
			arg := reflect.Zero(method.Type.In(i))
			switch {
			case arg.Type() == reflect.TypeFor[context.Context]():
				arg = reflect.ValueOf(t.Context())
			case arg.Kind() == reflect.Func:
				arg = reflect.MakeFunc(arg.Type(), func([]reflect.Value) []reflect.Value {
					rows++
					return []reflect.Value{reflect.ValueOf(&own).Elem()}
				})
			}
			args = append(args, arg)
		}
		value := reflect.ValueOf(on).MethodByName(method.Name)
		call := value.Call
		if method.Type.IsVariadic() {
			call = value.CallSlice
		}
		results := call(args)
		err, _ = results[len(results)-1].Interface().(error)
		return rows, err
	}
	check := func(name string, method reflect.Method, call func(broken) (int, error)) {
		t.Run(name+method.Name, func(t *testing.T) {
			if _, err := call(broken{err: fault}); !errors.Is(err, fault) || !metadata.IsTransient(err) || errors.Is(err, metadata.ErrOutcomeUnknown) {
				t.Errorf("a fault became %#v", err)
			}
			if _, err := call(broken{err: metadata.ErrNotFound}); err != metadata.ErrNotFound {
				t.Errorf("an answer became %#v", err)
			}
			if rows, err := call(broken{}); rows > 0 && err != own || rows == 0 && err != nil {
				t.Errorf("after %d rows: %#v", rows, err)
			}
		})
	}
	for method := range reflect.TypeFor[metadata.Reader]().Methods() {
		check("", method, func(b broken) (int, error) { return called(metadata.Classified(b), method) })
	}
	for method := range reflect.TypeFor[metadata.Tx]().Methods() {
		check("Tx.", method, func(b broken) (rows int, err error) {
			b.tx = true
			updateErr := metadata.Classified(b).Update(t.Context(), func(tx metadata.Tx) error {
				rows, err = called(tx, method)
				return err
			})
			if updateErr != err {
				t.Errorf("%s: Update made %#v of %#v", method.Name, updateErr, err)
			}
			return rows, err
		})
	}
	for _, told := range []error{fault, metadata.Unknown(fault), metadata.Unknown(metadata.Unknown(fault)), &metadata.TransientError{Err: metadata.Unknown(fault)}} {
		err := metadata.Classified(broken{err: told}).Update(t.Context(), func(metadata.Tx) error { return nil })
		if !errors.Is(err, metadata.ErrOutcomeUnknown) || !metadata.IsTransient(err) {
			t.Errorf("Update made %v of %v", err, told)
		}
		err = metadata.Settle(t.Context(), err, func(context.Context) (bool, error) { return false, nil })
		if errors.Is(err, metadata.ErrOutcomeUnknown) || !metadata.IsTransient(err) || !errors.Is(err, fault) {
			t.Errorf("of %v, of which nothing is stored, %v is told", told, err)
		}
	}
}
