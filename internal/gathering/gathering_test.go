package gathering_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"ovate/internal/gathering"
	"ovate/internal/metadata"
)

// ask is a call: its number, and whether it was answered.
type ask struct {
	n    int
	done bool
}

// hall is where calls of a test gather. The first transaction waits until it is let go.
type hall struct {
	*gathering.Gathering[ask]
	letGo  chan struct{}
	shared [][]int                             // the calls of each transaction
	then   func(context.Context, []*ask) error // does what comes after the first
	ends   []context.CancelFunc                // of each call's context
}

func newHall(then func(context.Context, []*ask) error) *hall {
	h := &hall{letGo: make(chan struct{}), then: then}
	h.Gathering = gathering.New(func(ctx context.Context, calls []*ask) error {
		var numbers []int
		for _, c := range calls {
			numbers = append(numbers, c.n)
		}
		if h.shared = append(h.shared, numbers); len(h.shared) == 1 {
			<-h.letGo
		} else if err := h.then(ctx, calls); err != nil {
			return err
		}
		for _, c := range calls {
			c.done = true
		}
		return nil
	})
	return h
}

// gather has as many calls wait while the first is at work, of which those that leave go before it ends, and returns what each, and the first, hears.
func (h *hall) gather(t *testing.T, many int, leave ...int) []error {
	errs := make([]error, many+1)
	ctxs := make([]context.Context, many+1)
	h.ends = make([]context.CancelFunc, many+1)
	var asking sync.WaitGroup
	for i := range errs {
		ctxs[i], h.ends[i] = context.WithCancel(context.WithValue(t.Context(), number{}, i))
		defer h.ends[i]()
		asking.Go(func() {
			call := ask{n: i}
			errs[i] = h.Do(ctxs[i], &call)
			if call.done != (errs[i] == nil) {
				t.Errorf("call %d: done is %v, and it hears %v", i, call.done, errs[i])
			}
		})
		synctest.Wait() // so that they come in order
	}
	if n := h.Waiting(); n != many {
		t.Errorf("%d wait", n)
	}
	for _, i := range leave {
		h.ends[i]()
	}
	synctest.Wait()
	close(h.letGo)
	asking.Wait()
	return errs
}

// number is the key of the number of the call whose context it is.
type number struct{}

var errFault = errors.New("a fault")

func TestThoseWhoWaitShare(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHall(func(context.Context, []*ask) error { return nil })
		if err := errors.Join(h.gather(t, 2*gathering.Most+3)...); err != nil {
			t.Error(err)
		}
		var sizes []int
		for i, calls := range h.shared {
			sizes = append(sizes, len(calls))
			if !slices.IsSorted(calls) || i > 0 && calls[0] < h.shared[i-1][0] {
				t.Errorf("out of turn: %v", calls)
			}
		}
		if want := []int{1, gathering.Most, gathering.Most, 3}; !slices.Equal(sizes, want) {
			t.Errorf("the transactions were of %v calls, not of %v", sizes, want)
		}
	})
}

// Who goes while others wait is not done, and the others are.
func TestWhoGoesIsLeftOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHall(func(context.Context, []*ask) error { return nil })
		errs := h.gather(t, 4, 2, 3)
		for i, err := range errs {
			if leaves := i == 2 || i == 3; leaves != errors.Is(err, context.Canceled) || !leaves && err != nil {
				t.Errorf("call %d hears %v", i, err)
			}
		}
		if want := []int{1, 4}; !slices.Equal(h.shared[1], want) {
			t.Errorf("together came %v, not %v", h.shared[1], want)
		}
	})
}

// What is wrong with one is nothing to the others: each is done alone then.
func TestOneFailsAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHall(func(_ context.Context, calls []*ask) error {
			if slices.ContainsFunc(calls, func(c *ask) bool { return c.n == 2 }) {
				return errFault
			}
			return nil
		})
		for i, err := range h.gather(t, 3) {
			if (i == 2) != errors.Is(err, errFault) || i != 2 && err != nil {
				t.Errorf("call %d hears %v", i, err)
			}
		}
		if want := "[[0] [1 2 3] [1] [2] [3]]"; fmt.Sprint(h.shared) != want {
			t.Errorf("the transactions were %v, not %s", h.shared, want)
		}
	})
}

// Where each is done alone, and the store fails meanwhile, it is not asked once more for each that is left: they all hear of that.
func TestStoreFailsWhileEachIsAlone(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]error{"transient": &metadata.TransientError{Err: errFault}, "unknown": &metadata.TransientError{Err: metadata.Unknown(errFault)}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHall(func(_ context.Context, calls []*ask) error {
					if len(calls) > 1 {
						return errFault
					}
					return fault
				})
				for i, err := range h.gather(t, 3) {
					if (i > 0) != metadata.IsTransient(err) || (i == 1 && name == "unknown") != errors.Is(err, metadata.ErrOutcomeUnknown) {
						t.Errorf("call %d hears %v", i, err)
					}
				}
				if want := "[[0] [1 2 3] [1]]"; fmt.Sprint(h.shared) != want {
					t.Errorf("the transactions were %v, not %s", h.shared, want)
				}
			})
		})
	}
}

// A fault of the store is that of all, and nothing is tried again of which nobody knows whether it is stored.
func TestAllFailTogether(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]error{"transient": &metadata.TransientError{Err: errFault}, "unknown": metadata.Unknown(errFault)} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHall(func(context.Context, []*ask) error { return fault })
				for i, err := range h.gather(t, 3) {
					if (i > 0) != errors.Is(err, fault) {
						t.Errorf("call %d hears %v", i, err)
					}
				}
				if len(h.shared) != 2 {
					t.Errorf("the transactions were %v", h.shared)
				}
			})
		})
	}
}

// Where the one whose turn it is goes, and the transaction with it, the others are done all the same.
func TestOthersOutliveWhoHasTheTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gone := -1
		h := newHall(nil)
		h.then = func(ctx context.Context, _ []*ask) error {
			if gone < 0 {
				gone = ctx.Value(number{}).(int)
				h.ends[gone]()
			}
			return ctx.Err()
		}
		for i, err := range h.gather(t, 3) {
			if (i == gone) != errors.Is(err, context.Canceled) || i != gone && err != nil {
				t.Errorf("call %d hears %v", i, err)
			}
		}
	})
}

// What may be stored is not done again because whoever had the turn goes before it is known: it would be there twice.
func TestUnknownOutcomeOfOneWhoGoes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		unknown := &metadata.TransientError{Err: metadata.Unknown(errFault)}
		h := newHall(nil)
		h.then = func(ctx context.Context, _ []*ask) error {
			h.ends[ctx.Value(number{}).(int)]()
			return unknown
		}
		for i, err := range h.gather(t, 3) {
			if (i > 0) != errors.Is(err, metadata.ErrOutcomeUnknown) {
				t.Errorf("call %d hears %v", i, err)
			}
		}
		if len(h.shared) != 2 {
			t.Errorf("the transactions were %v", h.shared)
		}
	})
}

// A panic is that of whoever has the turn, and the others hear of a fault; who comes later is done.
func TestPanic(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		letGo := make(chan struct{})
		g := gathering.New(func(context.Context, []*ask) error {
			<-letGo
			panic("of a test")
		})
		panics := 0
		var mu sync.Mutex
		errs := make([]error, 3)
		var asking sync.WaitGroup
		for i := range errs {
			asking.Go(func() {
				defer func() {
					if recover() != nil {
						mu.Lock()
						panics++
						mu.Unlock()
					}
				}()
				errs[i] = g.Do(t.Context(), &ask{n: i})
			})
			synctest.Wait()
		}
		close(letGo)
		asking.Wait()
		faults := 0
		for _, err := range errs {
			if errors.Is(err, gathering.ErrFault) {
				faults++
			}
		}
		if panics != 2 || faults != 1 {
			t.Errorf("%d panicked, and %d heard of a fault", panics, faults)
		}
	})
}
