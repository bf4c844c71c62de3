package streaming

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"ovate/druid"
	"ovate/internal/queue"
	"ovate/internal/supervisor/plan"
)

// known is an active task, and what it has told.
type known struct {
	plan.Task
	unreadable error // its JSON cannot be read: nothing is done about it
	// stale tells that it may have other checkpoints than it has told, or another end.
	stale    bool
	failures int       // how often in a row it has not answered
	trouble  error     // what came the last time instead
	again    time.Time // when it may be asked again then
	ending   druid.Instant
	// pausedSince is when it was found paused; 0: it is not.
	pausedSince druid.Instant
	killed      bool // in this life
	// published tells that it had published all that it has read when the supervisor was reset, and only waits until others answer for that.
	published bool
	current   plan.Offsets
}

// reads tells whether a task reads, or will, and was not told where to end.
func (t *known) reads() bool {
	return t.unreadable == nil && (t.Heard == nil || t.Heard.End == nil && t.Heard.Phase != plan.Publishing)
}

// meet finds out which tasks are active, and how those have ended that are not any more.
func (s *Supervisor) meet(ctx context.Context) error {
	active, err := s.Tasks.Active(ctx, s.spec.DataSource, s.settings.TaskType)
	if err != nil {
		return fmt.Errorf("the active tasks: %w", err)
	}
	there := make(map[string]bool, len(active))
	for i := range active {
		status := &active[i]
		t := s.tasks[status.ID]
		if t == nil {
			if t, err = s.meetOne(ctx, status); errors.Is(err, queue.ErrNotFound) {
				continue
			} else if err != nil {
				return err
			}
			s.tasks[status.ID] = t
		}
		there[status.ID] = true
		t.Created = status.Created
		t.Placed = status.Location.Host != "" && (status.Location.Port >= 0 || status.Location.TLSPort >= 0)
	}
	for id, t := range s.tasks {
		if there[id] {
			continue
		}
		if err := s.part(ctx, t); err != nil {
			return err
		}
		delete(s.tasks, id)
	}
	s.forgetSuccesses()
	return nil
}

// meetOne is a task that was not known.
func (s *Supervisor) meetOne(ctx context.Context, status *druid.TaskStatusPlus) (*known, error) {
	text, err := s.Tasks.Stored(ctx, status.ID)
	if err != nil {
		return nil, fmt.Errorf("the JSON of task[%s]: %w", status.ID, err)
	}
	t := &known{stale: true}
	if t.Task, err = s.source.Read(text); err != nil {
		t.unreadable = err
		s.Log.Warn("a task is left alone, as its JSON cannot be read", "supervisor", s.spec.ID, "task", status.ID, "error", err)
	}
	t.ID = status.ID
	return t, nil
}

// part notes how a task has ended.
func (s *Supervisor) part(ctx context.Context, t *known) error {
	if t.unreadable != nil {
		return nil
	}
	status, err := s.Tasks.Status(ctx, t.ID)
	switch {
	case errors.Is(err, queue.ErrNotFound):
	case err != nil:
		return fmt.Errorf("how task[%s] has ended: %w", t.ID, err)
	case status.State == druid.Success:
		s.succeeded[t.Sequence] = true
		s.health.taskEnded(true)
		delete(s.rests, t.Group)
	case !t.killed:
		s.health.taskEnded(false)
		s.restAfterFailure(t)
		s.Log.Warn("a task of a supervisor has failed", "supervisor", s.spec.ID, "task", t.ID, "error", status.ErrorMsg)
		s.health.remember(s.Now(), fmt.Errorf("task[%s] has failed: %s", t.ID, status.ErrorMsg))
	default:
		s.restAfterKill(t)
	}
	return nil
}

// forgetSuccesses forgets those of sequences that have no active tasks: tasks that read the same once more have the same name.
func (s *Supervisor) forgetSuccesses() {
	if len(s.succeeded) == 0 {
		return
	}
	active := map[string]bool{}
	for _, t := range s.tasks {
		active[t.Sequence] = true
	}
	for sequence := range s.succeeded {
		if !active[sequence] {
			delete(s.succeeded, sequence)
		}
	}
}

// placed are the tasks that can be asked, in the order of their ids.
func (s *Supervisor) placed() (all []*known) {
	for _, t := range s.tasks {
		if t.Placed && t.unreadable == nil {
			all = append(all, t)
		}
	}
	slices.SortFunc(all, func(a, b *known) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// reads tells whether any task reads, or will.
func (s *Supervisor) reads() bool {
	for _, t := range s.tasks {
		if t.reads() {
			return true
		}
	}
	return false
}

// pausedFor is how long a task is paused at least before it counts as forgotten: one that has read enough may be about to say so.
const pausedFor = 10 * time.Second

// paused are the tasks that wait in vain if they are paused: those that have been for a while, as the leader before was lost who had them pause, or who
// was to answer them. This one does not leave them so.
func (s *Supervisor) paused(now druid.Instant) map[string]bool {
	all := map[string]bool{}
	for id, t := range s.tasks {
		if t.Heard == nil || t.Heard.Phase != plan.Paused {
			t.pausedSince = 0
			continue
		}
		if t.pausedSince == 0 {
			t.pausedSince = now
		}
		all[id] = now-t.pausedSince >= druid.Instant(pausedFor.Milliseconds())
	}
	return all
}

// endings are since when tasks are known to have been told where to end.
func (s *Supervisor) endings(k *plan.Known) map[string]druid.Instant {
	since := map[string]druid.Instant{}
	for _, t := range s.tasks {
		if t.unreadable != nil || t.reads() {
			continue
		}
		if t.ending == 0 {
			t.ending = k.Now
		}
		since[t.ID] = t.ending
	}
	return since
}

// each calls do for tasks at once, and waits until all have returned.
func each[T any](all []T, do func(T)) {
	var work sync.WaitGroup
	for _, one := range all {
		work.Go(func() { do(one) })
	}
	work.Wait()
}
