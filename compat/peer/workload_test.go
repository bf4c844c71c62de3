//go:build peer

package peer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ovate/apptest/stored"
	"ovate/client"
	"ovate/druid"
)

// workload is tasks that come all the time, and what was promised of them.
type workload struct {
	t        *testing.T
	ctx      context.Context
	site     *site
	overlord *client.Client
	db       *sql.DB
	lanes    []*lane
	enough   atomic.Bool // no more tasks

	mu    sync.Mutex
	ended map[string]ending // by id of a task that was accepted, or seen in the store; zero while it has not ended
	may   []string          // ids of tasks that may fail
}

// ofDruid is why a part of a parallel task may fail, which has another one made then: it asks six times within 3.1 s where the whole runs, and ovate
// may be away for longer, as it is killed again and again; and an Indexer's tasks change a map at the same time.
var ofDruid = []string{"locator encountered exception", "java.util.ConcurrentModificationException"}

// ending is what is told of a task that has ended.
type ending struct {
	state    druid.TaskState
	duration int64
	errorMsg string
}

// submit sends a task until it is known to be there. An answer that was lost leaves open whether it is; a refusal does not.
func (w *workload) submit(id, task string) error {
	for open := false; ; {
		_, err := w.overlord.Submit(w.ctx, []byte(task))
		refused := (*client.Error)(nil)
		switch {
		case err == nil, open && errors.As(err, &refused) && refused.Code == "entryAlreadyExists":
			w.mu.Lock()
			defer w.mu.Unlock()
			if _, known := w.ended[id]; !known {
				w.ended[id] = ending{}
			}
			return nil
		case !errors.As(err, &refused):
			open = true
		case !passes(refused):
			return fmt.Errorf("submitting %s: %w", id, err)
		}
		if err := w.pause(); err != nil {
			return fmt.Errorf("submitting %s: %w", id, err)
		}
	}
}

// passes tells whether an answer says that nobody leads at the moment.
func passes(refused *client.Error) bool {
	return refused.Status == http.StatusServiceUnavailable || refused.Status == http.StatusTemporaryRedirect
}

func (w *workload) pause() error {
	select {
	case <-w.ctx.Done():
		return w.ctx.Err()
	case <-time.After(pollInterval):
		return nil
	}
}

// again calls something until it gets a whole answer of a leader, and returns what comes of that.
func (w *workload) again(call func() error) error {
	for {
		err := call()
		refused, isRefused := errors.AsType[*client.Error](err)
		_, isLost := errors.AsType[*client.UnreachableError](err)
		_, isCut := errors.AsType[*client.StrangeAnswerError](err)
		if !isLost && !isCut && !(isRefused && passes(refused)) {
			return err
		}
		if pause := w.pause(); pause != nil {
			return errors.Join(pause, err)
		}
	}
}

// end waits for the end of a task that was accepted: it is known all the time.
func (w *workload) end(id string) (e ending, err error) {
	for {
		var status druid.TaskStatusPlus
		err := w.again(func() (err error) {
			status, err = w.overlord.Status(w.ctx, id)
			return err
		})
		if err != nil {
			return e, fmt.Errorf("the status of %s, which was accepted: %w", id, err)
		}
		if e = (ending{status.State, status.Duration, status.ErrorMsg}); e.state != druid.Running {
			w.mu.Lock()
			defer w.mu.Unlock()
			if before := w.ended[id]; before != (ending{}) && before != e {
				return e, fmt.Errorf("%s had ended %+v and is now %+v", id, before, e)
			}
			w.ended[id] = e
			return e, nil
		}
		if err := w.pause(); err != nil {
			return e, fmt.Errorf("%s has not ended: %w", id, err)
		}
	}
}

// succeed waits for tasks to succeed.
func (w *workload) succeed(ids ...string) error {
	for _, id := range ids {
		if e, err := w.end(id); err != nil || e.state != druid.Success {
			return errors.Join(err, fmt.Errorf("%s ends %+v", id, e))
		}
	}
	return nil
}

// mayFail notes that nobody has promised that a task succeeds.
func (w *workload) mayFail(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.may = append(w.may, id)
}

// check holds what is stored at this instant against what was told before, and notes what it has of further tasks, which are parts of others.
func (w *workload) check() (active int, err error) {
	w.mu.Lock()
	told := maps.Clone(w.ended)
	w.mu.Unlock()
	r, err := w.read("")
	if err != nil {
		return 0, err
	}
	var faults []error
	for id, e := range told {
		now, found := r.tasks[id]
		if !found || e != (ending{}) && now != e {
			faults = append(faults, fmt.Errorf("task %s was told to be %+v, and is stored (%v) as %+v", id, e, found, now))
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for id, now := range r.tasks {
		if now == (ending{}) {
			active++
		}
		if w.ended[id] == (ending{}) {
			w.ended[id] = now
		}
	}
	faults = append(faults, stored.CheckLocks(r.locks, func(task string) bool {
		e, found := r.tasks[task]
		return found && e == ending{}
	}), stored.CheckSegments(r.segments))
	return active, errors.Join(faults...)
}

// finish checks what must be true once nothing runs any more.
func (w *workload) finish() {
	w.t.Helper()
	until(w.ctx, w.t, "no task is active", func() bool { return count(w.t, w.db, `SELECT count(*) FROM druid_tasks WHERE active`) == 0 })
	if _, err := w.check(); err != nil {
		w.t.Error(err)
	}
	r, err := w.read("")
	if err != nil {
		w.t.Fatal(err)
	}
	for id, e := range w.ended {
		if e.state != druid.Success && !slices.Contains(w.may, id) && !(r.groups[id] != id && mayFailOnce(e)) {
			w.t.Errorf("task %s ends %+v", id, e)
		}
		if again, err := w.end(id); err != nil || again != e {
			w.t.Errorf("task %s ends %+v, and is shown as %+v, %v", id, e, again, err)
		}
	}
	for _, table := range []string{"pendingsegments", "upgradesegments", "tasklocks"} {
		until(w.ctx, w.t, "nothing of the tasks is left in "+table, func() bool { return count(w.t, w.db, `SELECT count(*) FROM druid_`+table) == 0 })
	}
	for _, s := range r.segments {
		if s.Used {
			if _, err := timesOf(s); err != nil {
				w.t.Error(err)
			}
		}
	}
	for _, l := range w.lanes {
		shown := int64(0)
		err := w.again(func() error {
			shown = 0
			return w.overlord.Segments(w.ctx, l.name, nil, func(s *client.Segment) error {
				if s.Rows == nil {
					return fmt.Errorf("the rows of %s: %s", s.ID(), s.Uncounted)
				}
				shown += *s.Rows
				return nil
			})
		})
		if err != nil || shown != int64(len(l.sees)) {
			w.t.Errorf("%s is shown with %d rows, and has %d; %v", l.name, shown, len(l.sees), err)
		}
	}
}

// mayFailOnce tells whether a part of a task has ended so for a reason of Druid's own.
func mayFailOnce(e ending) bool {
	return slices.ContainsFunc(ofDruid, func(reason string) bool { return strings.Contains(e.errorMsg, reason) })
}

// figures sum up what was done.
func (w *workload) figures() string {
	n := func(query string) int { return count(w.t, w.db, query) }
	done := map[string]int{}
	for _, l := range w.lanes {
		for kind, times := range l.done {
			done[kind] += times
		}
	}
	const failed = ` AND convert_from(status_payload, 'UTF8') LIKE '%"FAILED"%'`
	const parts = `SELECT count(*) FROM druid_tasks WHERE id <> group_id`
	return fmt.Sprintf("%d tasks, %d of them parts of others, of which %d failed and were replaced; %d lost their locks and failed; %d segments, %d of them used; done was %v",
		len(w.ended), n(parts), n(parts+failed), n(`SELECT count(*) FROM druid_tasks WHERE id = group_id`+failed), n(`SELECT count(*) FROM druid_segments`),
		n(`SELECT count(*) FROM druid_segments WHERE used`), done)
}
