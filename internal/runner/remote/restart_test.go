package remote_test

import (
	"context"
	"testing"
	"time"

	"ovate/internal/runner/remote"
)

func TestTasksOutliveTheRunner(t *testing.T) {
	inBubble(t, 2, func(c *cluster) {
		c.start()
		c.run(noop("long", time.Hour), noop("short", time.Minute))
		c.expect("running long", "running short")
		c.runner.Stop()
		pass(10 * time.Minute) // short ends while nobody looks
		c.expect()
		c.start()
		c.run(old(noop("long", time.Hour)), old(noop("short", time.Minute)), old(noop("other", time.Millisecond)))
		pass(time.Second)
		c.expect("done short SUCCESS") // long is known to run already
		if got := c.end("short"); got.Duration != time.Minute.Milliseconds() || got.Location.Host == "" {
			t.Errorf("short ended with %+v", got)
		}
		pass(c.settings.RecoveryDelay)
		c.expect("running other", "done other SUCCESS")
		pass(time.Hour)
		c.expect("done long SUCCESS")
		if long, short := c.starts("long"), c.starts("short"); long != 1 || short != 1 {
			t.Errorf("long was begun %d times, short %d times", long, short)
		}
	})
}

// While a worker is silent it may run any task that was active before: only those go to others that were not.
func TestRecoveredTasksWaitForSilentWorkers(t *testing.T) {
	inBubble(t, 2, func(c *cluster) {
		c.start()
		c.run(noop("a", time.Hour))
		c.expect("running a")
		silent := c.host("a") + ":8091"
		c.network.Cut(silent, true)
		c.start()
		c.run(old(noop("a", time.Hour)), noop("new", time.Second))
		pass(2 * time.Second)
		c.expect("running new", "done new SUCCESS")
		pass(5 * time.Minute)
		c.network.Cut(silent, false)
		pass(3 * time.Minute)
		if c.starts("a") != 1 {
			t.Errorf("begun %d times", c.starts("a"))
		}
		pass(time.Hour)
		c.expect("done a SUCCESS")
	})
}

func TestRecoveredTasksRunElsewhereInTheEnd(t *testing.T) {
	inBubble(t, 2, func(c *cluster) {
		c.network.Cut("h1:8091", true)
		c.start()
		c.run(old(noop("a", time.Millisecond)))
		pass(c.settings.TaskCleanupTimeout - time.Minute)
		c.expect()
		pass(4 * time.Minute)
		c.expect("running a", "done a SUCCESS")
	})
}

// Nobody asks for a task that a worker runs: it is ended if it is not active.
func TestTasksThatNobodyAsksFor(t *testing.T) {
	inBubble(t, 1, func(c *cluster) {
		c.start()
		c.run(noop("active", 24*time.Hour), noop("over", 24*time.Hour))
		c.expect("running active", "running over")
		c.active = func(_ context.Context, id string) (bool, error) { return id == "active", nil }
		c.start()
		pass(c.settings.ClaimTimeout - time.Second)
		if got := c.runner.Capacity().Used; got != 2 {
			t.Errorf("%d slots are used", got)
		}
		pass(2 * time.Second)
		if got := c.runner.Workers()[0].Running; len(got) != 1 || got[0].ID != "active" {
			t.Errorf("running %+v", got)
		}
		if got := c.discovered.Load(); got == nil || *got != "over" {
			t.Errorf("discovered is %v", got)
		}
		pass(time.Hour)
		if c.runner.Cancel("active", errGivenUp) {
			t.Error("a task that was not asked for is said to be running")
		}
		pass(time.Second)
		if got := c.runner.Capacity().Used; got != 0 {
			t.Errorf("%d slots are used", got)
		}
		c.expect()
	})
}

func TestStopIsFinal(t *testing.T) {
	inBubble(t, 1, func(c *cluster) {
		c.start()
		c.run(noop("a", time.Hour))
		c.expect("running a")
		c.runner.Stop()
		c.runner.Stop()
		c.run(noop("b", 1))
		if c.runner.Cancel("a", errGivenUp) {
			t.Error("a stopped runner cancels")
		}
		if err := c.runner.Start(c); err == nil {
			t.Error("a stopped runner starts")
		}
		pass(2 * time.Hour)
		c.expect()
		unused := remote.New(remote.Options{Discovery: c, Settings: c.settings})
		unused.Stop()
	})
}
