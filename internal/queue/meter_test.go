package queue_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/queue"
)

// witness is a meter that writes down what it hears.
type witness struct {
	queue.Meter // what else there is panics

	mu    sync.Mutex
	lines []string
}

func (h *witness) note(format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lines = append(h.lines, fmt.Sprintf(format, args...))
}

// take is what was heard since it was asked last, in the order of the alphabet, as some of it happens at the same time.
func (h *witness) take() string {
	synctest.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	slices.Sort(h.lines)
	said := strings.Join(h.lines, "; ")
	h.lines = nil
	return said
}

func (h *witness) Moved(dataSource string, from, to druid.RunnerState) {
	h.note("%s %s-%s", dataSource, from, to)
}

func (h *witness) Submitted(_ context.Context, by action.Identity) { h.note("%s submitted", by.TaskID) }

func (h *witness) Left(by action.Identity) { h.note("%s left", by.TaskID) }

func (h *witness) Readied(by action.Identity, waited time.Duration) {
	h.note("%s readied after %v", by.TaskID, waited)
}

func (h *witness) Began(by action.Identity, waited time.Duration) {
	h.note("%s %s began after %v", by.Type, by.TaskID, waited)
}

func (h *witness) Ended(by action.Identity, s druid.TaskStatus) {
	h.note("%s %s %s", by.Type, by.TaskID, s.State)
}

// A meter hears of each step of a task, in whatever way it ends, once, and of those that a queue finds at its start.
func TestMeter(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		h := &witness{}
		w.options.Meter, w.slots = h, 1
		q := w.start()
		for _, step := range []struct {
			do   func()
			want string
		}{
			{func() { w.add(q, noop("a", 1000)) }, "a submitted; wiki -WAITING; a readied after 0s; wiki WAITING-PENDING; wiki PENDING-RUNNING; noop a began after 0s"},
			{func() { w.add(q, noop("b", 1000)) }, "b submitted; wiki -WAITING; b readied after 0s; wiki WAITING-PENDING"},
			{func() { time.Sleep(time.Second) }, "noop a SUCCESS; a left; wiki RUNNING-; wiki PENDING-RUNNING; noop b began after 1s"},
			{func() { _ = q.Shutdown(context.Background(), "b", "why not") }, "noop b FAILED; b left; wiki RUNNING-"},
			{func() { _ = q.Shutdown(context.Background(), "b", "again") }, ""},
			{func() { w.add(q, noop("c", 3_600_000)) }, "c submitted; wiki -WAITING; c readied after 0s; wiki WAITING-PENDING; wiki PENDING-RUNNING; noop c began after 0s"},
			{q.Stop, ""},
			{func() { q = w.start() }, "wiki -WAITING; wiki WAITING-PENDING; wiki PENDING-RUNNING; noop c began after 0s"},
			{func() { _ = q.Succeed(context.Background(), "c", "done elsewhere") }, "noop c SUCCESS; c left; wiki RUNNING-"},
		} {
			step.do()
			want := strings.Split(step.want, "; ")
			slices.Sort(want)
			if got := h.take(); got != strings.Join(want, "; ") {
				t.Errorf("heard %q, want %q", got, step.want)
			}
		}
	})
}
