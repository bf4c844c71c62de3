package remote_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"ovate/internal/runner/remote"
)

// late is a worker that sees later what it is asked, and what it is sent.
type late struct {
	http.Handler
	by atomic.Int64 // a time.Duration
}

// is makes the worker so late from now on.
func (l *late) is(by time.Duration) { l.by.Store(int64(by)) }

// ServeHTTP answers, also if nobody waits for that any more.
func (l *late) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if by := time.Duration(l.by.Load()); by > 0 {
		time.Sleep(by)
	}
	l.Handler.ServeHTTP(w, r)
}

// TestWhatAFormerLeaderHasSent: a task that was on its way to a worker when the lead ended is run by that worker alone, whether it tells that at once
// or late, and whether it is announced then or not.
func TestWhatAFormerLeaderHasSent(t *testing.T) {
	gone := map[string]func(c *cluster){
		"there":                  func(*cluster) {},
		"gone at once":           func(c *cluster) { c.sees(c.others("h2")) },
		"gone before the delay":  func(c *cluster) { pass(20 * time.Second); c.sees(c.others("h2")) },
		"gone for a while":       func(c *cluster) { c.sees(c.others("h2")); pass(20 * time.Second); c.sees(c.nodes) },
		"gone again and again":   func(c *cluster) { flap(c, 30*time.Second); c.sees(c.others("h2")) },
		"gone, and soon is back": func(c *cluster) { pass(20 * time.Second); flap(c, 2*time.Second) },
	}
	for name, goes := range gone {
		for what, is := range map[string]struct {
			arrives time.Duration // the task, after it was sent
			slow    time.Duration // the answers from then on
			well    time.Duration // after that long
		}{
			"prompt":         {50 * time.Second, 0, 0},
			"slow":           {50 * time.Second, 40 * time.Second, time.Hour},
			"slow, and well": {70 * time.Second, 80 * time.Second, 10 * time.Second},
		} {
			t.Run(name+", "+what, func(t *testing.T) {
				inBubble(t, 2, func(c *cluster) {
					all := c.nodes
					c.nodes = c.others("h1")
					c.start()
					c.late["h2"].is(is.arrives)
					c.run(noop("a", time.Hour))
					c.late["h2"].is(is.slow)
					time.AfterFunc(is.well, func() { c.late["h2"].is(0) })
					c.nodes = all
					c.begin()
					c.run(old(noop("a", time.Hour)))
					goes(c)
					pass(2 * time.Hour)
					c.expect("running a", "done a SUCCESS")
					if n := c.starts("a"); n != 1 {
						t.Errorf("begun %d times", n)
					}
				})
			})
		}
	}
}

// flap lets h2 go and come again and again.
func flap(c *cluster, d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		c.sees(c.others("h2"))
		pass(time.Second)
		c.sees(c.nodes)
		pass(time.Second)
	}
}

// TestWorkersThatHaveToldHoldUpNothingForEver: a worker that told what it runs, and answers nothing from then on, holds up tasks for a little while
// once it went, and for TaskCleanupTimeout at most if it is there, or comes and goes for ever.
func TestWorkersThatHaveToldHoldUpNothingForEver(t *testing.T) {
	s := remote.Defaults()
	little, long := 2*s.RecoveryDelay+time.Second, s.RecoveryDelay+s.TaskCleanupTimeout
	for name, goes := range map[string]struct {
		do   func(c *cluster)
		most time.Duration
	}{
		"there":               {func(*cluster) {}, long},
		"gone":                {func(c *cluster) { c.sees(c.others("h2")) }, little},
		"gone later":          {func(c *cluster) { pass(90 * time.Second); c.sees(c.others("h2")) }, 30*time.Second + little},
		"going and gone":      {func(c *cluster) { flap(c, s.RecoveryDelay); c.sees(c.others("h2")) }, little},
		"coming back forever": {func(c *cluster) { flap(c, long) }, long},
	} {
		for how, silent := range map[string]func(c *cluster){
			"nobody reaches it":  func(c *cluster) { c.network.Cut("h2:8091", true) },
			"it takes very long": func(c *cluster) { c.late["h2"].is(time.Hour) },
		} {
			t.Run(name+", "+how, func(t *testing.T) {
				inBubble(t, 2, func(c *cluster) {
					c.start()
					begun := time.Now()
					silent(c)
					c.run(old(noop("a", time.Hour)))
					goes.do(c)
					pass(time.Until(begun.Add(goes.most)))
					c.expect("running a")
					if at := c.host("a"); at != "h1" {
						t.Errorf("it runs at %s", at)
					}
					c.late["h2"].is(0)
					pass(2 * time.Hour)
				})
			})
		}
	}
}

// TestGoneWorkersAreForgotten: one that went just after a lead began is kept no longer than it is of use.
func TestGoneWorkersAreForgotten(t *testing.T) {
	for name, silent := range map[string]bool{"it answers": false, "it is silent": true} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, 1, func(c *cluster) {
				c.start()
				c.sees(nil)
				c.network.Cut("h1:8091", silent)
				pass(2*c.settings.RecoveryDelay + time.Second)
				if got := c.runner.Workers(); len(got) != 0 {
					t.Errorf("workers %+v", got)
				}
			})
		})
	}
}
