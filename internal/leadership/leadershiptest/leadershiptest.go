// Package leadershiptest holds what every way to agree on a leader must do, as tests that its own tests call.
package leadershiptest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"ovate/internal/leadership"
)

// Candidate is a server that stands for election.
type Candidate struct {
	leadership.Leadership
	Address string
}

// Exercise checks a kind of leadership. The function makes the candidates of a new election, at least one.
func Exercise(t *testing.T, election func(t *testing.T) []Candidate) {
	for name, test := range map[string]func(*testing.T, []Candidate){
		"a term lasts until it is given back": testTerm,
		"one leads at a time":                 testOneLeads,
		"who waits can give up":               testGiveUp,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, election(t))
		})
	}
}

// mustGain gains the lead of which nobody else wants anything.
func mustGain(t *testing.T, c Candidate) *leadership.Lead {
	t.Helper()
	lead, err := c.Gain(t.Context(), func() { t.Error("the lead is free, and it waits") })
	if err != nil {
		t.Fatal(err)
	}
	if lead.Lasts.Err() != nil || c.Leader() != c.Address {
		t.Fatalf("a lead of %s begins with %v, led by %q", c.Address, lead.Lasts.Err(), c.Leader())
	}
	return lead
}

// testTerm: the lead is gained, given back, and gained again, as another one, with a greater epoch, or none. Giving it back twice takes
// nothing from the next.
func testTerm(t *testing.T, candidates []Candidate) {
	epoch := int64(0)
	for range 2 {
		for _, c := range candidates {
			first := mustGain(t, c)
			first.Resign()
			if first.Lasts.Err() == nil || c.Leader() == c.Address {
				t.Errorf("a lead that was given back has %v, and %q leads", first.Lasts.Err(), c.Leader())
			}
			second := mustGain(t, c)
			first.Resign()
			if second.Lasts.Err() != nil || first.Lasts.Err() == nil {
				t.Errorf("the first lead has %v, the second %v", first.Lasts.Err(), second.Lasts.Err())
			}
			second.Resign()
			if counts := first.Epoch != 0 || second.Epoch != 0; counts && (first.Epoch <= epoch || second.Epoch <= first.Epoch) {
				t.Errorf("epoch %d is followed by %d and %d", epoch, first.Epoch, second.Epoch)
			}
			epoch = second.Epoch
		}
	}
}

// testOneLeads has everybody want the lead at once, again and again.
func testOneLeads(t *testing.T, candidates []Candidate) {
	var leaders atomic.Int32
	var all sync.WaitGroup
	for _, c := range candidates {
		for range 3 {
			all.Go(func() {
				for range 20 {
					lead, err := c.Gain(t.Context(), func() {})
					if err != nil {
						t.Error(err)
						return
					}
					if n := leaders.Add(1); n != 1 || c.Leader() != c.Address {
						t.Errorf("%d lead; %s finds that %q does", n, c.Address, c.Leader())
					}
					leaders.Add(-1)
					lead.Resign()
				}
			})
		}
	}
	all.Wait()
}

// testGiveUp: whoever waits for the lead says so first, and can give up, after which the lead comes to the others.
func testGiveUp(t *testing.T, candidates []Candidate) {
	first, last := candidates[0], candidates[len(candidates)-1]
	lead := mustGain(t, first)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := last.Gain(ctx, cancel)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("who gave up got %v", err)
	}
	if _, err := last.Gain(ctx, func() {}); !errors.Is(err, context.Canceled) {
		t.Errorf("who had given up before got %v", err)
	}
	if lead.Lasts.Err() != nil {
		t.Error("the lead is lost to one who gave up")
	}
	lead.Resign()
	mustGain(t, first).Resign()
}
