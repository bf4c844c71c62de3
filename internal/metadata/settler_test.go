package metadata_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ovate/internal/metadata"
)

// unheard is the error of a commit, and what reading back tells of it.
type unheard struct {
	err error

	mu      sync.Mutex
	reading error // how it fails; nil: it tells there
	there   bool
}

func (u *unheard) stored(context.Context) (bool, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.there, u.reading
}

// tells has reading back tell this from now on.
func (u *unheard) tells(there bool, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.there, u.reading = there, err
}

// gone is the context of a caller who does not wait.
func gone(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

var errBroke = errors.New("the connection broke")

// doubt is the error of a commit without an answer, from a store that does not answer either.
func doubt() *unheard {
	return &unheard{err: &metadata.TransientError{Err: metadata.Unknown(errBroke)}, reading: &metadata.TransientError{Err: errors.New("away")}}
}

func TestSettlerAnswersAtOnce(t *testing.T) {
	t.Parallel()
	s := metadata.NewSettler(t.Context())
	defer s.Stop()
	never := func(context.Context, error) { t.Error("something is done later") }
	own := errors.New("the caller's own")
	for _, c := range []struct {
		err   error
		there bool
		want  error
	}{
		{nil, false, nil},
		{own, true, own},
		{metadata.Unknown(errBroke), true, nil},
		{metadata.Unknown(errBroke), false, errBroke},
	} {
		u := unheard{err: c.err, there: c.there}
		if err := s.Settle(gone(t), u.err, u.stored, never); !errors.Is(err, c.want) || errors.Is(err, metadata.ErrOutcomeUnknown) {
			t.Errorf("of %v, stored %t, it makes %v", c.err, c.there, err)
		}
	}
}

// Who does not wait hears later: once, and whatever the store had to say meanwhile.
func TestSettlerAnswersLater(t *testing.T) {
	t.Parallel()
	for _, there := range []bool{true, false} {
		for _, fault := range []error{&metadata.TransientError{Err: errors.New("away")}, &metadata.PermanentError{Err: errors.New("stopped")}} {
			synctest.Test(t, func(t *testing.T) {
				s, u := metadata.NewSettler(t.Context()), doubt()
				defer s.Stop()
				u.tells(false, fault)
				var heard []error
				err := s.Settle(gone(t), u.err, u.stored, func(ctx context.Context, err error) {
					if ctx.Err() != nil {
						t.Error("there is no time to do anything about it")
					}
					heard = append(heard, err)
				})
				synctest.Wait()
				if !errors.Is(err, metadata.ErrOutcomeUnknown) || heard != nil {
					t.Errorf("while nobody can know, the caller hears %v, and later %v", err, heard)
				}
				u.tells(there, nil)
				time.Sleep(time.Hour)
				synctest.Wait()
				if len(heard) != 1 || (heard[0] == nil) != there || !there && (!errors.Is(heard[0], errBroke) || errors.Is(heard[0], metadata.ErrOutcomeUnknown)) {
					t.Errorf("stored %t after %v: heard is %v", there, fault, heard)
				}
			})
		}
	}
}

// What is not known when the Settler ends stays so, is told all the same, and nothing is left behind.
func TestSettlerStops(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(s *metadata.Settler, cancel func()){
		"stop":       func(s *metadata.Settler, _ func()) { s.Stop() },
		"twice":      func(s *metadata.Settler, _ func()) { s.Stop(); s.Stop() },
		"with a ctx": func(_ *metadata.Settler, cancel func()) { cancel() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				s, u := metadata.NewSettler(ctx), doubt()
				var before, after atomic.Int32
				tells := func(told *atomic.Int32) func(context.Context, error) {
					return func(ctx context.Context, err error) {
						if !errors.Is(err, metadata.ErrOutcomeUnknown) || ctx.Err() == nil {
							t.Errorf("told is %v, ctx %v", err, ctx.Err())
						}
						told.Add(1)
					}
				}
				for range 3 {
					if err := s.Settle(gone(t), u.err, u.stored, tells(&before)); !errors.Is(err, metadata.ErrOutcomeUnknown) {
						t.Error(err)
					}
				}
				end(s, cancel)
				synctest.Wait()
				if before.Load() != 3 {
					t.Errorf("%d of 3 are told", before.Load())
				}
				if err := s.Settle(gone(t), u.err, u.stored, tells(&after)); !errors.Is(err, metadata.ErrOutcomeUnknown) || after.Load() != 1 {
					t.Errorf("afterwards: %v, told to %d", err, after.Load())
				}
			})
		})
	}
	var nobody *metadata.Settler
	u, told := doubt(), 0
	if err := nobody.Settle(gone(t), u.err, u.stored, func(context.Context, error) { told++ }); !errors.Is(err, metadata.ErrOutcomeUnknown) || told != 1 {
		t.Errorf("without a Settler: %v, told %d times", err, told)
	}
}

// A Settler of a term ends with it.
func TestSettlerOfATerm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		term, u := metadata.NewTerm(t.Context(), nil, 0), doubt()
		s, told := term.Settler(), make(chan error, 1)
		defer s.Stop()
		_ = s.Settle(gone(t), u.err, u.stored, func(_ context.Context, err error) { told <- err })
		term.End()
		if err := <-told; !errors.Is(err, metadata.ErrOutcomeUnknown) {
			t.Error(err)
		}
	})
}
