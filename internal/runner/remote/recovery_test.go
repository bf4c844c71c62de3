package remote_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"ovate/druid"
	"ovate/internal/runner/remote"
)

// After an outage of ZooKeeper the leader may be back before its workers are. What they run is not given to others meanwhile.
func TestWorkersThatComeBackLate(t *testing.T) {
	for _, late := range []time.Duration{time.Second, 50 * time.Second} {
		t.Run(late.String(), func(t *testing.T) {
			inBubble(t, 2, func(c *cluster) {
				c.start()
				c.run(noop("a", time.Hour))
				c.expect("running a")
				all := c.nodes
				c.nodes = c.others(c.host("a"))
				c.start()
				c.run(old(noop("a", time.Hour)), noop("new", time.Second))
				pass(late)
				c.expect("running new", "done new SUCCESS") // what is new does not wait
				c.sees(all)
				pass(2 * time.Hour)
				c.expect("done a SUCCESS")
				if n := c.starts("a"); n != 1 {
					t.Errorf("begun %d times", n)
				}
			})
		})
	}
}

// others are all nodes but one.
func (c *cluster) others(host string) (nodes []remote.Node) {
	for _, n := range c.nodes {
		if n.IP != host {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// A worker that nobody hears is waited for if it came in time, also if it is not announced any more, but not for ever; one that comes later
// is not waited for.
func TestSilentWorkersHoldUpNothingForEver(t *testing.T) {
	for name, comes := range map[string]struct {
		first, every time.Duration
		begins       time.Duration // at the latest
	}{
		"from the beginning":        {0, 10 * time.Minute, 20 * time.Minute},
		"later":                     {2 * time.Minute, 10 * time.Minute, time.Minute},
		"from the beginning, moved": {0, 20 * time.Second, 20 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, 1, func(c *cluster) {
				alive := c.nodes
				if comes.first == 0 {
					c.nodes = append(alive, dead(0))
				}
				c.start()
				c.run(old(noop("a", time.Second)))
				begun := time.Now()
				pass(max(comes.first, time.Second))
				for i := 1; c.starts("a") == 0 && time.Since(begun) < 3*time.Hour; i++ {
					c.sees(append(alive, dead(i))) // at another address each time
					pass(comes.every)
				}
				if took := time.Since(begun) - comes.every; took > comes.begins+comes.first {
					t.Errorf("begun after %v", took)
				}
				pass(time.Minute)
				c.expect("running a", "done a SUCCESS")
			})
		})
	}
}

func dead(i int) remote.Node {
	return remote.Node{Scheme: "http", Host: fmt.Sprintf("dead%d:8091", i), Capacity: 2, Version: "0", Category: "_default_worker_category"}
}

// Where nothing is unsure nothing waits: neither what is new, nor what workers tell of.
func TestRecoveryWaitsForNothingElse(t *testing.T) {
	inBubble(t, 1, func(c *cluster) {
		begun := time.Now()
		c.start()
		c.run(noop("a", time.Hour))
		c.expect("running a")
		c.start()
		c.run(old(noop("a", time.Hour)), noop("b", time.Hour))
		c.expect("running b")
		if took := time.Since(begun); took != 0 {
			t.Errorf("it took %v", took)
		}
	})
}

// TestWhereTasksRunIsKnownAtOnce: whoever asks just after the start where a task runs waits until its worker has told, and not for ever.
func TestWhereTasksRunIsKnownAtOnce(t *testing.T) {
	for name, silent := range map[string]bool{"all tell": false, "one is silent": true} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, 1, func(c *cluster) {
				c.start()
				c.run(noop("a", time.Hour))
				c.expect("running a")
				if silent {
					c.nodes = append(c.nodes, dead(0))
				}
				c.begin()
				if at := c.runner.Where(c.Context(), "a"); at.Host != "h1" {
					t.Errorf("it runs at %+v", at)
				}
				begun := time.Now()
				if at := c.runner.Where(c.Context(), "nobody"); at != druid.UnknownLocation || time.Since(begun) > 0 {
					t.Errorf("nobody runs at %+v, known after %v", at, time.Since(begun))
				}
			})
		})
	}
}

// What a worker has told counts after it is gone: the queue asks for one task after the other.
func TestEndsThatAreClaimedLate(t *testing.T) {
	for name, silent := range map[string]bool{"it answers": false, "it is silent": true} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, 1, func(c *cluster) {
				var active atomic.Bool
				active.Store(true)
				c.active = func(context.Context, string) (bool, error) { return active.Load(), nil }
				c.start()
				c.run(noop("a", time.Minute), noop("b", time.Minute))
				c.expect("running a", "running b")
				c.runner.Stop()
				pass(2 * time.Minute)
				c.start()
				c.sees(nil)
				c.network.Cut("h1:8091", silent)
				pass(40 * time.Minute)
				c.run(old(noop("a", time.Minute)))
				c.expect("done a SUCCESS")
				if n := c.starts("a"); n != 1 {
					t.Errorf("begun %d times", n)
				}
				active.Store(false) // b has been shut down
				pass(5 * time.Minute)
				if got := c.runner.Workers(); len(got) != 0 {
					t.Errorf("workers %+v", got)
				}
			})
		})
	}
}
