package remote_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"ovate/internal/runner/remote"
)

// A runner is rid of what was begun before it once every worker has told what it runs, or is given up, and what nobody has asked for has ended.
func TestRid(t *testing.T) {
	s := remote.Defaults()
	for name, c := range map[string]struct {
		asked, silent bool
		after, before time.Duration
	}{
		"what runs was asked for":  {true, false, 0, 2 * s.RecoveryDelay},
		"what runs nobody wants":   {false, false, s.ClaimTimeout, s.ClaimTimeout + 2*s.RecoveryDelay},
		"a worker does not answer": {true, true, s.TaskCleanupTimeout, s.TaskCleanupTimeout + 2*s.RecoveryDelay},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, 1, func(cl *cluster) {
				cl.start()
				cl.run(noop("a", 24*time.Hour))
				cl.expect("running a")
				if c.silent {
					cl.nodes = append(cl.nodes, dead(0))
				}
				cl.start()
				begun := time.Now()
				if c.asked {
					cl.run(old(noop("a", 24*time.Hour)))
				}
				if !cl.runner.Rid(cl.Context()) {
					cl.Error("it was not to be known")
				}
				if took := time.Since(begun); took < c.after || took > c.before {
					cl.Errorf("it took %v", took)
				}
				synctest.Wait()
				cl.mu.Lock()
				defer cl.mu.Unlock()
				if runs := cl.copies["a"] > 0; runs != c.asked {
					cl.Errorf("it runs: %v", runs)
				}
			})
		})
	}
}

// Whoever waits for that waits no longer than he wants.
func TestRidIsNotForEver(t *testing.T) {
	inBubble(t, 1, func(c *cluster) {
		c.nodes = append(c.nodes, dead(0))
		c.start()
		ctx, cancel := context.WithTimeout(c.Context(), time.Second)
		defer cancel()
		if c.runner.Rid(ctx) {
			c.Error("nobody knows that yet")
		}
	})
}
