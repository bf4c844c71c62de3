package lockbox

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"ovate/druid"
	"ovate/internal/metadata"
)

// flaky is a store some of whose transactions fail, or are not answered; some callers are gone by then.
type flaky struct {
	*store
	mu sync.Mutex
	r  *rand.Rand
}

func (f *flaky) draw(n int) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.r.IntN(n)
}

func (f *flaky) Update(ctx context.Context, fn func(metadata.Tx) error) error {
	for range f.draw(5) {
		runtime.Gosched()
	}
	fails, silent := f.draw(4) == 0, f.draw(4) == 0
	err := f.store.Update(ctx, func(tx metadata.Tx) error { return fn(flakyTx{txOf: tx.(txOf), fails: fails}) })
	if end, may := ctx.Value(goes{}).(context.CancelFunc); may && f.draw(4) == 0 {
		end()
	}
	if silent && (err == nil || errors.Is(err, errCut)) {
		return &metadata.TransientError{Err: metadata.Unknown(errCut)}
	}
	return err
}

func (f *flaky) Locks(context.Context) ([]metadata.LockRow, error) { return f.list(), nil }

// flakyTx is a transaction that fails if it is to, unless it only revokes.
type flakyTx struct {
	txOf
	fails bool
}

func (t flakyTx) InsertLocks(rows ...metadata.LockRow) ([]int64, error) {
	if t.fails && len(rows) > 0 {
		return nil, &metadata.TransientError{Err: errCut}
	}
	return t.txOf.InsertLocks(rows...)
}

func (t flakyTx) DeleteLocks(ids []int64) (int, error) {
	if t.fails && len(ids) > 0 {
		return 0, &metadata.TransientError{Err: errCut}
	}
	return t.txOf.DeleteLocks(ids)
}

// Whoever asks for locks at once, and gives them back, and whatever fails of that: memory and store agree in the end on who has which, and which are lost.
func TestMemoryAndStoreAgree(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		b := setup()
		f := &flaky{store: b.store, r: rand.New(rand.NewPCG(seed, 0))}
		b.Lockbox.store, b.freed = f, make(chan string, 1000)
		b.store.ended = map[string]bool{}
		var tasks []Holder
		for i := range 12 {
			group := f.draw(8)
			tasks = append(tasks, b.task(fmt.Sprintf("t%d/g%d/%d", i, group, 10*group)))
			b.store.ended[tasks[i].TaskID] = f.draw(8) == 0
		}
		var asking sync.WaitGroup
		for _, h := range tasks {
			from := int64(f.draw(2))
			within := days(from, from+1+int64(f.draw(2)))
			typ := []druid.LockType{druid.Exclusive, druid.Exclusive, druid.Shared, druid.Append, druid.Replace}[f.draw(5)]
			tries, gives := 1+f.draw(2), f.draw(5) == 0
			asking.Go(func() {
				for range tries {
					if _, err := b.TryAcquire(impatient(t), h, Request{Type: typ, Intervals: []druid.Interval{within}}); err == nil && gives {
						_ = b.Release(context.Background(), h, within) // or it fails
					}
				}
			})
		}
		asking.Wait()
		if b.agrees(t, tasks); t.Failed() {
			t.Fatalf("with seed %d", seed)
		}
	}
}

// watched is a store that calls a function with what is stored after each transaction.
type watched struct {
	*store
	pause func()
	look  func(rows []metadata.LockRow)
}

func (w *watched) Update(ctx context.Context, fn func(metadata.Tx) error) error {
	w.pause()
	err := w.store.Update(ctx, fn)
	w.look(w.list())
	return err
}

// Locks that are stored can be held together after each transaction, however many ask at once: the process may end between any two of them.
func TestStoredLocksAfterEachTransaction(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		b := setup()
		r := rand.New(rand.NewPCG(seed, 1))
		var mu sync.Mutex
		w := &watched{store: b.store, pause: func() {
			mu.Lock()
			defer mu.Unlock()
			for range r.IntN(5) {
				runtime.Gosched()
			}
		}}
		w.look = func(rows []metadata.LockRow) {
			for i, a := range rows {
				for _, c := range rows[i+1:] {
					if a, c := a.Lock, c.Lock; !a.Revoked && !c.Revoked && a != c && a.Interval.Overlaps(c.Interval) && !mayOverlap(a, c) && !mayOverlap(c, a) {
						t.Errorf("seed %d: two locks are stored at once:\n%+v\n%+v", seed, a, c)
					}
				}
			}
		}
		b.Lockbox.store, b.freed = w, make(chan string, 1000)
		var asks []func()
		for i := range 12 {
			h := b.task(fmt.Sprintf("t%d/g%d/%d", i, i/2, 10*r.IntN(8)+i/2))
			from := int64(r.IntN(2))
			within := days(from, from+1+int64(r.IntN(2)))
			asks = append(asks, func() { _, _ = b.try(h, druid.Exclusive, within) }) // or it is refused
		}
		var asking sync.WaitGroup
		for _, ask := range asks {
			asking.Go(ask)
		}
		asking.Wait()
		if t.Failed() {
			return
		}
	}
}
