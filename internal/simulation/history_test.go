package simulation

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"

	"ovate/druid"
)

// history is what tasks and users were told, and when. What is in the database at the end has to fit it.
type history struct {
	mu           sync.Mutex // guards what follows, the publications too
	publications []*publication
	operations   []porcupine.Operation
	accepted     map[string]time.Time        // tasks, and when it was answered that they are
	shutDown     map[string]time.Time        // tasks, and when it was answered that they are
	mayBeShut    map[string]bool             // tasks that may have been
	ended        map[string]druid.TaskStatus // the first final status that was seen of each task
	outranked    map[int64]bool              // rows of locks that are revoked, or are to be
}

func newHistory() *history {
	return &history{
		accepted: map[string]time.Time{}, shutDown: map[string]time.Time{}, mayBeShut: map[string]bool{},
		ended: map[string]druid.TaskStatus{}, outranked: map[int64]bool{},
	}
}

// publication is what a task wants to publish.
type publication struct {
	task     string
	work     work
	again    bool // the task has run before, and may have its lock from then
	started  time.Time
	lockedAt time.Time // when a replace had its lock; zero if it never had
	begun    time.Time // when the task first asked for it, in an earlier run perhaps; zero if it has not
	answered time.Time // when it was said to be there; zero if it was not
	refusal  bool      // it was said not to be there
	ids      []string
}

func (h *history) begin(task string, w work) *publication {
	h.mu.Lock()
	defer h.mu.Unlock()
	again := slices.ContainsFunc(h.publications, func(p *publication) bool { return p.task == task })
	p := &publication{task: task, work: w, again: again, started: time.Now()}
	h.publications = append(h.publications, p)
	return p
}

func (h *history) change(change func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change()
}

// taken is how many tasks were accepted.
func (h *history) taken() (n int) {
	h.change(func() { n = len(h.accepted) })
	return n
}

func (h *history) locked(p *publication) { h.change(func() { p.lockedAt = time.Now() }) }

func (h *history) publishes(p *publication, segments []druid.DataSegment) {
	h.change(func() {
		p.begun = time.Now()
		for _, before := range h.publications {
			if before.task == p.task && !before.begun.IsZero() && before.begun.Before(p.begun) {
				p.begun = before.begun
			}
		}
		for i := range segments {
			p.ids = append(p.ids, segments[i].ID().String())
		}
	})
}

func (h *history) refused(p *publication)   { h.change(func() { p.refusal = true }) }
func (h *history) published(p *publication) { h.change(func() { p.answered = time.Now() }) }

// sawEnd notes the status of a task that has ended. It stays the same for ever.
func (h *history) sawEnd(s druid.TaskStatus) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	before, seen := h.ended[s.ID]
	if seen && before != s {
		return fmt.Errorf("task %s has ended %s, and later %s", s.ID, before.AppendJSON(nil), s.AppendJSON(nil))
	}
	h.ended[s.ID] = s
	return nil
}

// end is how a task was seen to have ended, if it was.
func (h *history) end(task string) (s druid.TaskStatus, ended bool) {
	h.change(func() { s, ended = h.ended[task] })
	return s, ended
}
