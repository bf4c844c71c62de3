package streaming_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"ovate/internal/metadata"
	"ovate/internal/race"
	"ovate/internal/supervisor/plan"
)

// breaking is a store that ends the term in which it is at one of its transactions: before that is written, or right afterwards.
type breaking struct {
	metadata.Store
	mu     sync.Mutex
	left   int // transactions until then; below 0: never
	before bool
	broken chan struct{} // closed then
}

func (b *breaking) Update(ctx context.Context, fn func(metadata.Tx) error) error {
	b.mu.Lock()
	now := b.left == 0
	b.left--
	b.mu.Unlock()
	if !now {
		return b.Store.Update(ctx, fn)
	}
	defer close(b.broken)
	if b.before {
		return &metadata.TransientError{Err: context.DeadlineExceeded}
	}
	if err := b.Store.Update(ctx, fn); err != nil {
		return err
	}
	return &metadata.TransientError{Err: context.DeadlineExceeded}
}

// often is how often a test is to run, of which one run of the race detector tells as much as many.
func often(n int) int {
	if race.Enabled {
		return n / 4
	}
	return n
}

// rounds has two rounds of tasks read and publish, and tells whether they have.
func (w *world) rounds() {
	w.Helper()
	w.untilPublished(plan.Offsets{"0": "10", "1": "20"})
	w.grow(30, 40)
	w.untilPublished(plan.Offsets{"0": "30", "1": "40"})
	w.become(`0 READING {"0":30}-{"0":30}, 0 READING {"0":30}-{"0":30}, 1 READING {"1":40}-{"1":40}, 1 READING {"1":40}-{"1":40}`)
}

// At whatever transaction a leader is lost, be it written or not, the next one goes on: everything is read and published, once, as each publication follows
// on the one before.
func TestLeaderLostAtATransaction(t *testing.T) {
	for n := range often(20) {
		for _, before := range []bool{true, false} {
			t.Run(fmt.Sprint(n, before), func(t *testing.T) {
				inWorld(t, []int64{10, 20}, func(w *world) {
					w.settings.Rules.Replicas, w.settings.Rules.TaskDuration = 2, 2*time.Minute
					w.submit(2, 0)
					w.end()
					b := &breaking{Store: w.disk, left: n, before: before, broken: make(chan struct{})}
					w.disk = b
					w.lead()
					gone := make(chan struct{})
					defer func() { <-gone }()
					done, cancel := context.WithCancel(w.Context())
					defer cancel()
					w.relead = make(chan struct{}, 1)
					go func() {
						defer close(gone)
						select {
						case <-b.broken:
							w.relead <- struct{}{}
						case <-done.Done():
						}
					}()
					w.rounds()
					select {
					case <-b.broken:
					default:
						w.Errorf("there have not been %d transactions", n)
					}
				})
			})
		}
	}
}

// At whatever question to a task a leader is lost, be it heard or not, the next one goes on.
func TestLeaderLostAtAQuestion(t *testing.T) {
	for n := range often(12) {
		for _, heard := range []bool{false, true} {
			t.Run(fmt.Sprint(n, heard), func(t *testing.T) {
				inWorld(t, []int64{10, 20}, func(w *world) {
					w.settings.Rules.Replicas, w.settings.Rules.TaskDuration = 2, 2*time.Minute
					w.relead = make(chan struct{}, 1)
					left := n
					w.fleet.fault = func(_ *peon, question string) int {
						if !strings.HasPrefix(question, "POST") {
							return 0
						}
						if left--; left != -1 {
							return 0
						}
						w.relead <- struct{}{}
						if heard {
							return 0
						}
						return -1
					}
					w.submit(2, 0)
					w.rounds()
					if left >= 0 {
						w.Errorf("tasks were not told %d things", n)
					}
				})
			})
		}
	}
}

// Whatever gets lost, whoever leads, and whatever tasks do: in the end everything is read and published.
func TestBadDays(t *testing.T) {
	for seed := range uint64(often(8)) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			inWorld(t, []int64{10, 20, 30}, func(w *world) {
				r := rand.New(rand.NewPCG(seed, 1))
				w.settings.Rules.Replicas = 1 + r.IntN(2)
				w.settings.Rules.StopTaskCount = 1 + r.IntN(3)
				w.settings.Rules.TaskDuration = time.Duration(1+r.IntN(4)) * time.Minute
				w.fleet.slow = r.IntN(2) == 0
				w.submit(1+r.IntN(3), 0)
				of := rand.New(rand.NewPCG(seed, 2)) // which the fleet alone asks
				trouble := func(_ *peon, _ string) int {
					switch of.IntN(20) {
					case 0:
						return -1
					case 1:
						return 500
					case 2:
						if of.IntN(10) == 0 {
							return 400
						}
					}
					return 0
				}
				for range 60 {
					time.Sleep(time.Duration(r.IntN(60_000)) * time.Millisecond)
					switch r.IntN(6) {
					case 0:
						w.restart()
					case 1:
						w.fleet.at(func() { w.fleet.fault = trouble })
					case 2:
						w.fleet.at(func() { w.fleet.fault = nil })
					case 3:
						if all := w.tasks(); len(all) > 0 && r.IntN(3) == 0 {
							all[r.IntN(len(all))].die()
						}
					case 4:
						if all := w.tasks(); len(all) > 0 {
							p := all[r.IntN(len(all))]
							is := false
							w.fleet.at(func() { is = p.phase == "READING" && p.endAt == nil })
							if is {
								if err := w.full(p); err != nil {
									w.Logf("task[%s] does not hear where to publish: %v", p.id, err) // it has ended, say
								}
							}
						}
					case 5:
						w.topic.at(func() { w.topic.length[r.IntN(3)] += r.Int64N(50) })
					}
				}
				w.fleet.at(func() { w.fleet.fault = nil })
				end := plan.Offsets{}
				w.topic.at(func() {
					for i, n := range w.topic.length {
						end[fmt.Sprint(i)] = place(n)
					}
				})
				w.untilPublished(end)
				w.until("healthy", func() bool { return w.at().State.Word() == "RUNNING" })
			})
		})
	}
}
