package remote_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Once the lead is over no worker is told anything, whatever was begun before: another server tells them what to do.
func TestNothingIsToldWithoutTheLead(t *testing.T) {
	inBubble(t, 1, func(c *cluster) {
		var leads atomic.Bool
		var late atomic.Int64
		leads.Store(true)
		c.leads = leads.Load
		c.serve("h1", func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost && !leads.Load() {
				late.Add(1)
			}
			c.workers["h1"].ServeHTTP(w, r)
		})
		c.start()
		c.run(noop("unclaimed", 24*time.Hour))
		c.expect("running unclaimed")
		c.start()
		c.network.Lose("h1:8091", 3, 0)
		c.run(noop("lost", time.Hour)) // it would be told to end it after five minutes
		pass(10 * time.Second)
		c.run(noop("waits", time.Second))
		leads.Store(false)
		pass(time.Hour)
		c.expect()
		if n := late.Load(); n != 0 {
			t.Errorf("the worker was told something %d times", n)
		}
	})
}

// Nor is it told once more to end a task.
func TestEndsAreNotToldWithoutTheLead(t *testing.T) {
	inBubble(t, 1, func(c *cluster) {
		var leads atomic.Bool
		var told, late atomic.Int64
		leads.Store(true)
		c.leads = leads.Load
		c.serve("h1", func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasSuffix(r.URL.Path, "/shutdown") {
				c.workers["h1"].ServeHTTP(w, r)
				return
			}
			if told.Add(1); !leads.Load() {
				late.Add(1)
			}
			w.WriteHeader(http.StatusInternalServerError)
		})
		c.start()
		c.run(noop("a", time.Hour))
		c.expect("running a")
		c.runner.Cancel("a", errGivenUp)
		pass(10 * time.Minute)
		leads.Store(false)
		pass(10 * time.Minute)
		if told.Load() < 20 || late.Load() != 0 {
			t.Errorf("the worker was told %d times, %d of them without the lead", told.Load(), late.Load())
		}
	})
}

// serve has something else answer in the place of a worker.
func (c *cluster) serve(name string, answer http.HandlerFunc) {
	c.network.Close()
	c.network.Serve(name+":8091", answer)
}
