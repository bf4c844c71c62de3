package ingest

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"ovate/druid"
	"ovate/internal/ingest/format"
	"ovate/internal/ingest/row"
	"ovate/internal/ingest/sink"
	"ovate/segment"
)

// wideTable is a table of three columns that counts those read from it.
type wideTable struct {
	table
	read int
}

func (w *wideTable) Interval() druid.Interval { return druid.Interval{Start: 0, End: 1} }

func (w *wideTable) Rows() int { return 1 }

func (w *wideTable) Dimensions() []dimension {
	return []dimension{{sink.Discovered("a"), true}, {sink.Discovered("b"), true}, {sink.Discovered("c"), true}}
}

func (w *wideTable) Strings(int) stringColumn {
	return stringColumn{Dictionary: onlyNull{}, HasNull: true}
}

func (w *wideTable) EachTime(fn func([]int64) error) error { return fn([]int64{0}) }

func (w *wideTable) EachIDs(_ int, fn func([]int32) error) error {
	w.read++
	return fn([]int32{0})
}

// onlyNull is a dictionary that holds only null.
type onlyNull struct{}

func (onlyNull) Len() int      { return 1 }
func (onlyNull) At(int) []byte { return nil }

// TestEndIsHeard shows that the columns that are left are neither read nor written once the job ends: there may be very many.
func TestEndIsHeard(t *testing.T) {
	t.Parallel()
	s := inlineSpec(t, `{}`, `{"type": "json"}`, `{"t":1}`)
	ended, end := context.WithCancel(t.Context())
	end()
	for ctx, want := range map[context.Context]int{t.Context(): 3, ended: 0} {
		w := &wideTable{}
		_, err := writeSegment(ctx, filepath.Join(t.TempDir(), "run"), w, s, layout{spec: runSpec, workers: 1, buffers: new(segment.Buffers)})
		if !errors.Is(err, ctx.Err()) || w.read != want {
			t.Errorf("%d columns are written, want %d; it ends with %v", w.read, want, err)
		}
	}
	m := &mergedTable{ctx: ended, from: []uint16{0}, strings: []mergedStrings{{}}}
	if err := m.eachList(0, func([]int32) error { t.Error("a row is read"); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("the rows of a merge end with %v", err)
	}
}

// TestDrainEndsBeforeReading shows that drain, when a worker has failed, looks at no error of reading, which may still go on: the race
// detector tells if it does.
func TestDrainEndsBeforeReading(t *testing.T) {
	t.Parallel()
	failed := errors.New("the worker failed")
	w := &worker{full: make(chan parsed), err: failed}
	close(w.full)
	p, read := &pipeline{ctx: t.Context(), workers: []*worker{w}}, make(chan struct{})
	go func() {
		defer close(read)
		p.err = errors.New("reading failed later")
	}()
	if err := p.drain(nil); err != failed {
		t.Errorf("drain ends with %v, want the error of the worker", err)
	}
	<-read
}

// TestPanicIsNoEndOfTheInput shows that the builder is not finished with what a worker had read when it panicked, and that its end is not
// taken for one of reading, which still goes on.
func TestPanicIsNoEndOfTheInput(t *testing.T) {
	t.Parallel()
	group, ctx := groupOf(t.Context())
	w := &worker{chunks: make(chan format.Chunk, 1), full: make(chan parsed, 1), empty: make(chan *row.Batch, 1)}
	w.empty <- &row.Batch{}
	p := &pipeline{ctx: ctx, workers: []*worker{w}}
	group.Go(func() error { return p.parse(w) }) // panics, as there is no parser
	group.Go(func() (err error) {                // as read does
		defer func() {
			p.err = err
			close(w.chunks)
		}()
		w.chunks <- format.Chunk{}
		<-ctx.Done()
		return context.Cause(ctx)
	})
	group.Go(func() error {
		if err := p.drain(&builder{}); err == nil {
			t.Error("the batches of a worker that panicked end like those of one that has read everything")
		}
		return nil
	})
	var fault *PanicError
	if err := group.Wait(); !errors.As(err, &fault) {
		t.Errorf("the job ends with %v", err)
	}
}
