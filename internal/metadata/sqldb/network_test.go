package sqldb_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"ovate/internal/metadata"
	"ovate/internal/metadata/sqldb/sqldbtest"
)

// Whatever happens to connections and to the server, what was told is true: stored, not stored, or not known.
func testNothingIsLostOrDoubled(t *testing.T, s *sqldbtest.Server) {
	p := sqldbtest.NewProxy(t, s.Address)
	const cuts = 25
	n := 0
	w := writing{workers: 8, rounds: 40}
	w.run(t, behind(t, s, p), func() {
		switch n++; {
		case n > cuts:
			return
		case n == cuts/2:
			s.Stop(t)
			s.Start(t)
		}
		p.Cut()
	})
}

// Connections that break while a store is opened are made anew, as later.
func testConnectionsBreakAtTheStart(t *testing.T, s *sqldbtest.Server) {
	for _, times := range []int{1, 2, 6} {
		p := sqldbtest.NewProxy(t, s.Address)
		p.BreakTimes(sqldbtest.LoseAnswer, times)
		store := behind(t, s, p)
		if err := store.Update(t.Context(), func(tx metadata.Tx) error { return tx.InsertTasks(noop("a")) }); err != nil {
			t.Errorf("after %d broken connections: %v", times, err)
		}
	}
}

// A network that is slow, that carries little at a time, that resets connections, or that loses what is sent without telling anybody, loses and doubles
// nothing either.
func testFaultyNetworks(t *testing.T, s *sqldbtest.Server) {
	for name, network := range map[string]struct {
		server *sqldbtest.Server
		pace   sqldbtest.Pace
		each   func(p *sqldbtest.Proxy, n int)
	}{
		"latency":   {server: s, pace: sqldbtest.Pace{Delay: 3 * time.Millisecond}},
		"pieces":    {server: s, pace: sqldbtest.Pace{Piece: 5}},
		"bandwidth": {server: s, pace: sqldbtest.Pace{Delay: time.Millisecond, Piece: 100}},
		"resets":    {server: s, each: func(p *sqldbtest.Proxy, _ int) { p.Reset() }},
		"resets in pieces": {server: s, pace: sqldbtest.Pace{Delay: 100 * time.Microsecond, Piece: 50}, each: func(p *sqldbtest.Proxy, n int) {
			if n%2 == 0 {
				p.Reset()
			}
		}},
		"silence": {server: impatient(s, 1), each: func(p *sqldbtest.Proxy, n int) {
			if n == 3 || n == 7 {
				p.Mute()
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := sqldbtest.NewProxy(t, s.Address)
			store := behind(t, network.server, p)
			p.SetPace(network.pace)
			n := 0
			w := writing{workers: 4, rounds: 10}
			w.run(t, store, func() {
				if n++; network.each != nil {
					network.each(p, n)
				}
			})
			p.SetPace(sqldbtest.Pace{})
		})
	}
}

// writing is many transactions, some of them at once, of which each adds a task and an entry of the audit history.
type writing struct{ workers, rounds int }

// run disturbs them after every few, and checks that of each is stored what was told of it.
func (w writing) run(t *testing.T, store metadata.Store, disturb func()) {
	var mu sync.Mutex
	told := map[string]error{}
	var all sync.WaitGroup
	steps := make(chan struct{}, w.workers*w.rounds)
	for worker := range w.workers {
		all.Go(func() {
			for r := range w.rounds {
				id := fmt.Sprintf("%d_%d", worker, r)
				err := store.Update(context.Background(), func(tx metadata.Tx) error {
					if err := tx.InsertTasks(noop(id)); err != nil {
						return err
					}
					return tx.InsertAudit(metadata.AuditRow{Key: id, Type: strings.Repeat("x", 200), Payload: []byte("{}")})
				})
				mu.Lock()
				told[id] = err
				mu.Unlock()
				steps <- struct{}{}
			}
		})
	}
	for range w.rounds {
		for range w.workers {
			<-steps
		}
		disturb()
	}
	all.Wait()
	entries := map[string]int{}
	err := store.Audit(t.Context(), metadata.AuditQuery{Max: -1}, func(row *metadata.AuditRow) error {
		entries[row.Key]++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	stored, unknown := 0, 0
	for id, err := range told {
		there, readErr := has(t.Context(), store, id)
		n := entries[id]
		switch {
		case readErr != nil:
			t.Fatal(readErr)
		case there != (n == 1) || n > 1:
			t.Errorf("%s: told %v, its task is there: %v, and %d entries", id, err, there, n)
		case errors.Is(err, metadata.ErrOutcomeUnknown):
			unknown++
		case there != (err == nil):
			t.Errorf("%s: told %v, and stored = %v", id, err, there)
		case err != nil && !metadata.IsTransient(err):
			t.Errorf("%s: %v is not told as one that may pass", id, err)
		}
		if there {
			stored++
		}
	}
	t.Logf("of %d transactions %d are stored, of %d it was not known", len(told), stored, unknown)
	if stored == 0 {
		t.Error("none is stored")
	}
}
