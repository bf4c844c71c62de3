package remote_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/trace"

	"ovate/druid"
	"ovate/internal/runner/remote"
	"ovate/internal/runner/runnertest"
)

// wide is a task of two slots.
func wide(id string, d time.Duration) runnertest.Job {
	f := noop(id, d)
	f.Takes = 2
	f.JSON = fmt.Sprintf(`{"type":"noop","id":%q,"runTime":%d,"resource":{"availabilityGroup":%q,"requiredCapacity":2}}`, id, d.Milliseconds(), id)
	return f
}

// part is a task of another's group.
type part struct {
	runnertest.Job
	group string
}

func (p part) Header() druid.Task {
	h := p.Job.Header()
	h.GroupID = p.group
	return h
}

// A task of two slots waits until a worker has both, which no later task takes meanwhile, but on that worker only.
func TestLargeTasksGetTheirTurn(t *testing.T) {
	inBubble(t, 2, func(c *cluster) {
		c.start()
		c.run(noop("a", 10*time.Minute), noop("b", 20*time.Minute))
		c.expect("running a", "running b") // one slot is free at either
		c.run(wide("large", time.Minute), noop("later", time.Hour), noop("latest", time.Second))
		pass(time.Second)
		c.expect("running later")
		c.run(part{noop("part", time.Second), "a"}) // what runs may wait for it
		pass(2 * time.Second)
		c.expect("running part", "done part SUCCESS")
		pass(30 * time.Minute)
		c.expect("done a SUCCESS", "done b SUCCESS", "running large", "done large SUCCESS", "running latest", "done latest SUCCESS")
		for name, w := range c.workers {
			if w.Most() > 2 {
				t.Errorf("worker %s was given %d slots", name, w.Most())
			}
		}
	})
}

// A strategy that is set counts for the next task.
func TestSelect(t *testing.T) {
	inBubble(t, 2, func(c *cluster) {
		c.start()
		c.run(noop("a", time.Hour), noop("b", time.Hour))
		c.expect("running a", "running b")
		if c.host("a") == c.host("b") {
			t.Error("the slots are not used equally")
		}
		c.runner.Select(remote.Selection{Affinity: &remote.Affinity{Workers: map[string][]string{"none": {"h9:8091"}}, Strong: true}})
		c.run(noop("c", time.Second))
		pass(time.Minute)
		c.expect()
		c.runner.Select(remote.Selection{})
		pass(time.Minute)
		c.expect("running c", "done c SUCCESS")
	})
}

// A limit holds for tasks that are given out together, too.
func TestLimitOfOnePass(t *testing.T) {
	inBubble(t, 3, func(c *cluster) {
		c.start()
		c.runner.Select(remote.Selection{Limits: remote.Limits{Slots: map[string]int{"noop": 0}}})
		c.run(noop("a", time.Hour), noop("b", time.Hour), noop("c", time.Hour))
		c.expect()
		c.runner.Select(remote.Selection{Limits: remote.Limits{Slots: map[string]int{"noop": 1}}})
		synctest.Wait()
		n := 0
		for _, id := range []string{"a", "b", "c"} {
			n += c.starts(id)
		}
		if n != 1 {
			t.Errorf("%d tasks run", n)
		}
	})
}

// A backlog is given out as fast as workers announce, and no worker gets more than it has slots for.
func TestBacklog(t *testing.T) {
	inBubble(t, 3, func(c *cluster) {
		c.start()
		const tasks = 500
		for i := range tasks {
			c.run(noop(fmt.Sprint("t", i), time.Second))
		}
		pass(tasks/6*time.Second + 5*time.Second)
		c.mu.Lock()
		ends := len(c.ends)
		c.mu.Unlock()
		if ends != tasks {
			t.Errorf("%d of %d tasks have ended", ends, tasks)
		}
		for name, w := range c.workers {
			if w.Most() > 2 {
				t.Errorf("worker %s was given %d slots", name, w.Most())
			}
		}
	})
}

// What a worker is told about a task is part of the task's trace, and what it is asked besides of none.
func TestWorkersAreToldOfTraces(t *testing.T) {
	inBubble(t, 1, func(c *cluster) {
		c.within = func(ctx context.Context, id string) context.Context {
			return trace.ContextWithSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{15: id[0]}, SpanID: trace.SpanID{7: id[0]}, TraceFlags: trace.FlagsSampled}))
		}
		var mu sync.Mutex
		told := map[string]string{}
		c.late["h1"].Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			told[r.URL.Path] = r.Header.Get("traceparent")
			mu.Unlock()
			c.workers["h1"].ServeHTTP(w, r)
		})
		c.start()
		c.run(noop("a", time.Hour))
		c.expect("running a")
		c.runner.Cancel("a", errors.New("enough"))
		pass(time.Second)
		mu.Lock()
		defer mu.Unlock()
		const want = "00-00000000000000000000000000000061-0000000000000061-01"
		for path, want := range map[string]string{"/druid-internal/v1/worker/assignTask": want, "/druid/worker/v1/task/a/shutdown": want, "/druid-internal/v1/worker": ""} {
			if got, asked := told[path]; got != want || !asked {
				t.Errorf("%s: %q (asked: %t), want %q", path, got, asked, want)
			}
		}
	})
}
