package engine_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ovate/druid"
	"ovate/internal/deepstorage"
	"ovate/internal/engine"
	"ovate/internal/leadership"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlitetest"
	"ovate/internal/queue"
	"ovate/internal/runner"
)

// hall is a runner whose workers can be chosen.
type hall struct {
	*workshop
	chosen []string
}

func (*hall) Enable(context.Context, string) error  { return nil }
func (*hall) Disable(context.Context, string) error { return nil }
func (h *hall) Configure(config []byte) (func(), error) {
	if strings.Contains(string(config), "odd") {
		return nil, errors.New("it is odd")
	}
	return func() { h.chosen = append(h.chosen, string(config)) }, nil
}

// wavering is a store that breaks while it commits.
type wavering struct {
	metadata.Store
	breaks atomic.Bool // Update does, once
	stores bool        // and what it was given is there
	away   atomic.Bool // reads fail
}

func (s *wavering) Update(ctx context.Context, fn func(metadata.Tx) error) error {
	broken := errors.New("broken")
	if !s.breaks.Swap(false) {
		return s.Store.Update(ctx, fn)
	}
	if s.stores {
		if err := s.Store.Update(ctx, fn); err != nil {
			return err
		}
	}
	return &metadata.TransientError{Err: metadata.Unknown(broken)}
}

func (s *wavering) Audit(ctx context.Context, q metadata.AuditQuery, fn func(*metadata.AuditRow) error) error {
	if s.away.Load() {
		return &metadata.TransientError{Err: errors.New("away")}
	}
	return s.Store.Audit(ctx, q, fn)
}

// Whatever becomes of a commit, and however many ask at once, workers are chosen as is stored.
func TestWorkersAreChosenAsIsStored(t *testing.T) {
	for name, c := range map[string]struct{ stores, gone bool }{
		"stored":                      {stores: true},
		"not stored":                  {},
		"stored, the caller gone":     {stores: true, gone: true},
		"not stored, the caller gone": {gone: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store, h := &wavering{Store: sqlitetest.Open(t), stores: c.stores}, &hall{workshop: &workshop{given: map[string]bool{}}}
				e := engine.New(engine.Options{
					Store: store, Lead: &leadership.Lead{Lasts: t.Context(), Resign: func() {}}, Log: slog.New(slog.DiscardHandler),
					Runner: func(deepstorage.Storage, func() bool) queue.Runner { return h },
				})
				if err := e.Start(t.Context()); err != nil {
					t.Fatal(err)
				}
				defer e.Stop()
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				store.breaks.Store(true)
				store.away.Store(c.gone)
				err := e.Workers().SetConfig(ctx, []byte(`{"a":1}`))
				if (err == nil) != (c.stores && !c.gone) || errors.Is(err, metadata.ErrOutcomeUnknown) != c.gone {
					t.Errorf("error %v", err)
				}
				store.away.Store(false)
				var all sync.WaitGroup
				for i := range 20 {
					all.Go(func() {
						if err := e.Workers().SetConfig(t.Context(), fmt.Appendf(nil, `{"b":%d}`, i)); err != nil {
							t.Error(err)
						}
					})
				}
				all.Wait()
				stored, err := e.Workers().Config(t.Context())
				if err != nil || (h.chosen[0] == `{"a":1}`) != c.stores || h.chosen[len(h.chosen)-1] != string(stored) {
					t.Errorf("stored is %s, %v; chosen were %q", stored, err, h.chosen)
				}
			})
		})
	}
}

// How workers are chosen is stored with an entry in the history, and holds for the next engine, too. What cannot be read stops nobody.
func TestWorkerRule(t *testing.T) {
	t.Parallel()
	store, log := sqlitetest.Open(t), slog.New(slog.DiscardHandler)
	deep, logs := folders(t, log)
	defer deep.Close()
	lead := func() (*engine.Engine, *hall) {
		h := &hall{workshop: &workshop{given: map[string]bool{}}}
		e := engine.New(engine.Options{
			Store: store, Lead: &leadership.Lead{Lasts: t.Context(), Resign: func() {}}, Storage: deep, Logs: logs, Log: log,
			Runner: func(deepstorage.Storage, func() bool) queue.Runner { return h },
		})
		if err := e.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		return e, h
	}
	ctx := t.Context()
	first, h := lead()
	if config, err := first.Workers().Config(ctx); config != nil || err != nil || h.chosen != nil {
		t.Errorf("before it is set: %s, %v, %q", config, err, h.chosen)
	}
	if err := first.Workers().SetConfig(ctx, []byte(`{"odd":1}`)); !errors.Is(err, runner.ErrConfig) {
		t.Errorf("one that nobody can use: %v", err)
	}
	for _, config := range []string{`{"a":1}`, `{"b":2}`} {
		if err := first.Workers().SetConfig(ctx, []byte(config)); err != nil {
			t.Fatal(err)
		}
	}
	first.Stop()
	if err := first.Workers().SetConfig(ctx, []byte(`{"late":1}`)); !errors.Is(err, metadata.ErrTermOver) {
		t.Errorf("after the term: %v", err)
	}
	second, later := lead()
	config, err := second.Workers().Config(ctx)
	if string(config) != `{"b":2}` || err != nil || !slices.Equal(h.chosen, []string{`{"a":1}`, `{"b":2}`}) || !slices.Equal(later.chosen, []string{`{"b":2}`}) {
		t.Errorf("stored is %s, %v; chosen were %q, and %q later", config, err, h.chosen, later.chosen)
	}
	all, err := second.Workers().History(ctx, &druid.Interval{Start: 0, End: druid.Now() + 1000}, -1)
	if err != nil || len(all) != 2 || !strings.Contains(string(all[0]), `"request":null,"payload":"{\"a\":1}"`) {
		t.Errorf("history %s, %v", all, err)
	}
	if last, err := second.Workers().History(ctx, nil, 1); err != nil || len(last) != 1 || !strings.Contains(string(last[0]), `{\"b\":2}`) {
		t.Errorf("the last entry %s, %v", last, err)
	}
	second.Stop()
	if err := store.Update(ctx, func(tx metadata.Tx) error { return tx.SetConfig("worker.config", []byte("odd")) }); err != nil {
		t.Fatal(err)
	}
	third, last := lead()
	if config, err := third.Workers().Config(ctx); err == nil || config != nil || !strings.Contains(err.Error(), "cannot be read, and stays as it is") {
		t.Errorf("what cannot be read is shown as %s, %v", config, err)
	}
	if third.Stop(); last.chosen != nil {
		t.Errorf("chosen %q", last.chosen)
	}
}
