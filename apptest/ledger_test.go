package apptest

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"ovate/druid"
)

// ledger is what clients sent and what they were told: the server has to stand by every word of it.
type ledger struct {
	mu     sync.Mutex
	tasks  map[string]*entry
	order  []string // ids
	faults []string // answers that should not have been
}

type entry struct {
	body     []byte
	typ      string
	rows     int  // an ingestion's
	doubtful bool // sent without getting an answer, at least once
	accepted bool
	stopping bool      // somebody asked to shut it down
	stopped  time.Time // and was told then that it is; zero if not
	end      *druid.TaskStatus
	ended    time.Time // when somebody was told so
}

func newLedger() *ledger { return &ledger{tasks: map[string]*entry{}} }

func (l *ledger) fault(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults = append(l.faults, fmt.Sprintf(format, args...))
}

// sending notes a task before it is sent.
func (l *ledger) sending(id, typ string, rows int, body []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tasks[id] = &entry{body: body, typ: typ, rows: rows}
	l.order = append(l.order, id)
}

// note changes the entry of a task.
func (l *ledger) note(id string, change func(*entry)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(l.tasks[id])
}

// saw notes a status that somebody was told who asked at some time. A final one must never change.
func (l *ledger) saw(where string, asked time.Time, s druid.TaskStatus) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.tasks[s.ID]
	switch {
	case e == nil:
		l.faults = append(l.faults, fmt.Sprintf("%s tells of task %s, which nobody submitted", where, s.ID))
	case s.State == druid.Running && e.end != nil && e.ended.Before(asked):
		l.faults = append(l.faults, fmt.Sprintf("%s says that task %s is running, but it was %s", where, s.ID, e.end.State))
	case s.State == druid.Running && !e.stopped.IsZero() && e.stopped.Before(asked):
		l.faults = append(l.faults, fmt.Sprintf("%s says that task %s is running after it was shut down", where, s.ID))
	case s.State == druid.Running:
	case e.end == nil:
		e.end, e.ended = &s, time.Now()
	case e.end.State != s.State || e.end.Duration != s.Duration || e.end.ErrorMsg != s.ErrorMsg:
		l.faults = append(l.faults, fmt.Sprintf("%s changes the final status of task %s from %+v to %+v", where, s.ID, *e.end, s))
	}
}

// known are the ids of tasks that match, in the order in which they were sent.
func (l *ledger) known(match func(*entry) bool) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(l.order), func(id string) bool { return !match(l.tasks[id]) })
}

// report fails the test for what was noted.
func (l *ledger) report(t testing.TB) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, fault := range l.faults {
		if i == 20 {
			t.Errorf("and %d more", len(l.faults)-i)
			break
		}
		t.Error(fault)
	}
	l.faults = nil
}
