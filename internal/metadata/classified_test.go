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

// broken is a store that fails with an error of no type; without one it has a row for everybody who reads rows one by one.
type broken struct{ err error }

func (b broken) Task(context.Context, string) (*metadata.TaskRow, error) { return nil, b.err }
func (b broken) PayloadSize(context.Context, string) (int64, error)      { return 0, b.err }
func (b broken) ActiveTasks(_ context.Context, fn func(*metadata.TaskRow) error) error {
	return row(b, fn)
}
func (b broken) TaskStatuses(context.Context, []string) ([]metadata.TaskRow, error) {
	return nil, b.err
}
func (b broken) CompleteTasks(_ context.Context, _ metadata.TaskQuery, fn func(*metadata.TaskRow) error) error {
	return row(b, fn)
}
func (b broken) Locks(context.Context) ([]metadata.LockRow, error)    { return nil, b.err }
func (b broken) DataSources(context.Context, bool) ([]string, error)  { return nil, b.err }
func (b broken) PendingDataSources(context.Context) ([]string, error) { return nil, b.err }
func (b broken) Config(context.Context, string) ([]byte, error)       { return nil, b.err }
func (b broken) Update(_ context.Context, fn func(metadata.Tx) error) error {
	return errors.Join(fn(nil), b.err)
}
func (b broken) Close() error { return b.err }
func (b broken) UsedSegments(context.Context, string, []druid.Interval) ([]metadata.SegmentRow, error) {
	return nil, b.err
}
func (b broken) UsedChunks(context.Context, string, []druid.Interval) ([]timeline.Chunk, error) {
	return nil, b.err
}
func (b broken) LastSegment(context.Context, string, timeline.Chunk, bool) (*metadata.SegmentRow, error) {
	return nil, b.err
}
func (b broken) CountSegments(context.Context, string, timeline.Chunk, int) (int, error) {
	return 0, b.err
}
func (b broken) AllSegments(_ context.Context, fn func(*metadata.SegmentRow) error) error {
	return row(b, fn)
}
func (b broken) UnusedSegments(context.Context, metadata.UnusedQuery) ([]metadata.SegmentRow, error) {
	return nil, b.err
}
func (b broken) SegmentsByID(context.Context, string, []string) ([]metadata.SegmentRow, error) {
	return nil, b.err
}
func (b broken) PendingSegments(context.Context, string, druid.Interval) ([]metadata.PendingRow, error) {
	return nil, b.err
}
func (b broken) Audit(_ context.Context, _ metadata.AuditQuery, fn func(*metadata.AuditRow) error) error {
	return row(b, fn)
}

func row[T any](b broken, fn func(*T) error) error {
	if b.err != nil {
		return b.err
	}
	return fn(new(T))
}

// TestClassified calls every method that reads: a fault without a type may pass, an answer stays what it is, and so does the own error
// of whoever is called for a row.
func TestClassified(t *testing.T) {
	t.Parallel()
	fault, own := errors.New("the connection broke"), errors.New("the caller's own")
	reader := reflect.TypeFor[metadata.Reader]()
	for at := range reader.NumMethod() {
		method := reader.Method(at)
		t.Run(method.Name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			call := func(store metadata.Store) error {
				args := []reflect.Value{reflect.ValueOf(t.Context())}
				for i := 1; i < method.Type.NumIn(); i++ {
					arg := reflect.Zero(method.Type.In(i))
					if arg.Kind() == reflect.Func {
						arg = reflect.MakeFunc(arg.Type(), func([]reflect.Value) []reflect.Value {
							calls++
							return []reflect.Value{reflect.ValueOf(&own).Elem()}
						})
					}
					args = append(args, arg)
				}
				results := reflect.ValueOf(store).MethodByName(method.Name).Call(args)
				err, _ := results[len(results)-1].Interface().(error)
				return err
			}
			if err := call(metadata.Classified(broken{fault})); !errors.Is(err, fault) || !metadata.IsTransient(err) {
				t.Errorf("a fault became %#v", err)
			}
			if err := call(metadata.Classified(broken{metadata.ErrNotFound})); err != metadata.ErrNotFound {
				t.Errorf("an answer became %#v", err)
			}
			if err := call(metadata.Classified(broken{})); calls > 0 && err != own || calls == 0 && err != nil {
				t.Errorf("after %d rows: %#v", calls, err)
			}
		})
	}
	err := metadata.Classified(broken{fault}).Update(t.Context(), func(metadata.Tx) error { return nil })
	if !errors.Is(err, metadata.ErrOutcomeUnknown) || !metadata.IsTransient(err) {
		t.Errorf("Update: %v", err)
	}
}
