package remote_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ovate/internal/runner/runnertest"
)

// A worker gets the bytes that are stored, whatever they say beyond what is known here.
func TestPayloadIsHandedOn(t *testing.T) {
	inBubble(t, 1, func(c *cluster) {
		c.start()
		const text = "{ \"runTime\" : 1e0 ,\n\t\"id\":\"a b/ü\", \"of an extension\":{\"n\":1.0000000000000000001,\"n\":[]},\"type\":\"noop\"}\n"
		c.run(runnertest.Job{Name: "a b/ü", JSON: strings.Replace(text, "1e0", "60000", 1)})
		c.expect("running a b/ü")
		if got := string(c.workers["h1"].Payload("a b/ü")); got != strings.Replace(text, "1e0", "60000", 1) {
			t.Errorf("sent %q", got)
		}
		c.runner.Cancel("a b/ü", errGivenUp) // an id that must be escaped in paths
		c.expect("done a b/ü FAILED")
	})
}

// stored is a job whose payload the store does not give.
type stored struct {
	runnertest.Job
	err error // nil: it does not answer
}

func (s stored) Payload(ctx context.Context) ([]byte, error) {
	if s.err == nil {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return nil, s.err
}

func TestPayloadThatCannotBeRead(t *testing.T) {
	inBubble(t, 1, func(c *cluster) {
		c.start()
		c.run(stored{noop("a", time.Second), errors.New("the store is broken")})
		c.expect("running a", "done a FAILED")
		if got := c.end("a").ErrorMsg; !strings.Contains(got, "the store is broken") {
			t.Errorf("message %q", got)
		}
		c.run(stored{noop("b", time.Second), nil}, noop("c", time.Second))
		pass(time.Hour)
		c.expect()
		if !c.runner.Cancel("b", errGivenUp) {
			t.Error("the task is said not to be given to a worker")
		}
		pass(2 * time.Second)
		c.expect("running b", "done b FAILED", "running c", "done c SUCCESS")
		c.run(stored{noop("d", time.Second), nil}) // the runner stops all the same
	})
}

// A task that a worker does not take, and another might, goes to the other. The worker gets no task until it has answered again.
func TestWorkerThatTakesNothing(t *testing.T) {
	for _, code := range []int{http.StatusForbidden, http.StatusNotFound, http.StatusFound} {
		t.Run(http.StatusText(code), func(t *testing.T) {
			inBubble(t, 2, func(c *cluster) {
				var tries atomic.Int64 // by the server's goroutines
				c.network.Close()
				c.network.Serve("h2:8091", c.workers["h2"])
				c.network.Serve("h1:8091", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Method != http.MethodPost {
						c.workers["h1"].ServeHTTP(w, r)
						return
					}
					tries.Add(1)
					w.WriteHeader(code)
				}))
				c.start()
				c.run(noop("a", time.Second))
				pass(time.Minute)
				c.expect("running a", "done a SUCCESS")
				if c.host("a") != "h2" || tries.Load() != int64(c.settings.AssignRequestMaxRetries) {
					t.Errorf("it ran at %s after %d tries", c.host("a"), tries.Load())
				}
			})
		})
	}
}
