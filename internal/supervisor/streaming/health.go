package streaming

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"ovate/druid"
	"ovate/internal/supervisor"
)

// Druid's words for what a supervisor of a stream is at until a run of it has succeeded, and for what is wrong with the stream.
const (
	connecting   = "CONNECTING_TO_STREAM"
	discovering  = "DISCOVERING_INITIAL_TASKS"
	creating     = "CREATING_TASKS"
	notConnected = "UNABLE_TO_CONNECT_TO_STREAM"
	lostContact  = "LOST_CONTACT_WITH_STREAM"
)

// health is how the runs of a supervisor and its tasks have ended. Thresholds apply as in Druid: a supervisor that has been unhealthy is so until enough
// has gone well in a row.
type health struct {
	supervisor.Thresholds
	suspended bool

	state     supervisor.State
	succeeded bool // a run has
	idle      bool
	faults    int  // of this run
	streams   bool // all of them are the stream's

	going, failing           int // runs in a row
	tasksGoing, tasksFailing int // tasks in a row
	recent                   []supervisor.Mishap
}

// begin begins a run.
func (h *health) begin() { h.faults, h.streams = 0, true }

// remember notes something that has gone wrong, and does not end the run.
func (h *health) remember(now druid.Instant, err error) {
	_, streams := errors.AsType[*fault](err)
	h.recent = h.Remember(h.recent, supervisor.Mishap{At: now, Message: err.Error(), Stream: streams})
}

// note notes that the run has a fault, once.
func (h *health) note(now druid.Instant, err error) {
	if h.faults > 0 && h.last() == err.Error() {
		return
	}
	h.remember(now, err)
	h.faults++
	h.streams = h.streams && h.recent[len(h.recent)-1].Stream
}

// taskEnded notes how a task has ended.
func (h *health) taskEnded(well bool) {
	if well {
		h.tasksGoing, h.tasksFailing = h.tasksGoing+1, 0
	} else {
		h.tasksGoing, h.tasksFailing = 0, h.tasksFailing+1
	}
}

// first is the state while no run has succeeded yet; false if it does not change.
func (h *health) first(detail string) (supervisor.State, bool) {
	if h.succeeded || h.suspended || h.faults > 0 || !h.state.Stage.Healthy() {
		return h.state, false
	}
	h.state = supervisor.State{Stage: supervisor.Running, Detailed: detail, Recent: slices.Clone(h.recent)}
	return h.state, true
}

// end ends a run, and is the state that comes of it.
func (h *health) end() supervisor.State {
	if h.faults == 0 {
		h.succeeded = true
		h.going, h.failing = h.going+1, 0
	} else {
		h.going, h.failing = 0, h.failing+1
	}
	to := supervisor.State{Stage: supervisor.Running}
	switch was := h.state; {
	case h.failing >= h.Unhealthy:
		to = supervisor.State{Stage: supervisor.UnhealthySupervisor, Why: h.last()}
		if h.streams && h.succeeded {
			to.Detailed = lostContact
		} else if h.streams {
			to.Detailed = notConnected
		}
	case h.tasksFailing >= h.TasksUnhealthy:
		to = supervisor.State{Stage: supervisor.UnhealthyTasks, Why: fmt.Sprintf("%d tasks have failed one after the other. %s", h.tasksFailing, h.last())}
	case was.Stage == supervisor.UnhealthySupervisor && h.going < h.Healthy, was.Stage == supervisor.UnhealthyTasks && h.tasksGoing < h.TasksHealthy:
		to = was
	case h.suspended:
		to.Stage = supervisor.Suspended
	case h.idle && h.succeeded:
		to.Stage = supervisor.Idle
	case !h.succeeded:
		to = was
	}
	to.Recent = slices.Clone(h.recent)
	h.state = to
	return to
}

func (h *health) last() string {
	if len(h.recent) == 0 {
		return ""
	}
	return h.recent[len(h.recent)-1].Message
}

// at shows what the first run is at.
func (s *Supervisor) at(detail string) {
	if s.Lasts.Err() != nil {
		return
	}
	if to, changes := s.health.first(detail); changes {
		s.Move(to)
	}
}

// ended ends a run, and shows how the supervisor is.
func (s *Supervisor) ended() {
	failed := s.health.failing > 0
	to := s.health.end()
	if failed && s.health.failing == 0 {
		s.Log.Info("supervisor goes on again", "supervisor", s.spec.ID)
	}
	if note := s.waiting(); note != nil {
		to.Recent = append(to.Recent, *note)
	}
	s.Move(to)
}

// longWait is for how long tasks may wait for a worker until people are told.
const longWait = time.Minute

// waiting tells people that nobody runs the tasks; nil if somebody does.
func (s *Supervisor) waiting() *supervisor.Mishap {
	now, since, waiting, replicas := s.Now(), druid.Instant(0), 0, 0
	runs := map[string]bool{}
	for _, t := range s.tasks {
		runs[t.Sequence] = runs[t.Sequence] || t.Placed
	}
	for _, t := range s.tasks {
		if t.Placed || t.unreadable != nil || now-t.Created < druid.Instant(longWait.Milliseconds()) {
			continue
		}
		if waiting++; since == 0 || t.Created < since {
			since = t.Created
		}
		if runs[t.Sequence] {
			replicas++
		}
	}
	if waiting == 0 {
		return nil
	}
	why := fmt.Sprintf("there is none, or none has room for them. Start a worker that can run tasks of type [%s], or give workers more slots (druid.worker.capacity).",
		s.settings.TaskType)
	if replicas == waiting {
		why = fmt.Sprintf("they are replicas of tasks that run, of which a worker runs one alone, however many slots it has. Start more workers that can run tasks of type [%s] "+
			"and have free slots, or set ioConfig.replicas, which is %d, to how many workers there are.", s.settings.TaskType, s.settings.Rules.Replicas)
	}
	return &supervisor.Mishap{At: now, Message: fmt.Sprintf("Of %d tasks %d wait for a worker, one since %s: %s", len(s.tasks), waiting, since, why)}
}
