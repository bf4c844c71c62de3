package scheduler

import (
	"fmt"
	"slices"

	"ovate/druid"
	"ovate/internal/compaction/choice"
	"ovate/internal/supervisor"
)

// health is how the tasks of a data source have ended in turn, whatever their intervals. While they fail one after the other only one is tried at a time, and
// ever later: what fails them all must not take the slots of others for as many tasks as there are intervals.
type health struct {
	supervisor.Thresholds
	going, failing int // tasks in a row
	unhealthy      bool
	pauses         int
	until          druid.Instant // when the next one is tried
	recent         []supervisor.Mishap
}

// well notes that a task has succeeded.
func (h *health) well() {
	h.going++
	h.failing, h.pauses, h.until = 0, 0, 0
	h.unhealthy = h.unhealthy && h.going < h.TasksHealthy
}

// failed notes that a task has failed, and why.
func (h *health) failed(i druid.Interval, why string, now druid.Instant) {
	h.going, h.failing = 0, h.failing+1
	h.recent = h.Remember(h.recent, supervisor.Mishap{At: now, Message: fmt.Sprintf("The compact task for interval[%s] has failed: %s", i, why)})
	if !h.fails() {
		return
	}
	h.unhealthy = true
	if now >= h.until { // those that were tried together fail as one
		h.pauses++
		h.until = now + pause(h.pauses)
	}
}

// fails tells that one task after the other does.
func (h *health) fails() bool { return h.failing >= h.TasksUnhealthy }

// allow leaves of what waits what may be tried.
func (h *health) allow(j *choice.Judgement, atWork bool, now druid.Instant) *choice.Judgement {
	if !h.fails() || len(j.Waiting) == 0 {
		return j
	}
	allowed := *j
	if allowed.Waiting = nil; !atWork && now >= h.until {
		allowed.Waiting = j.Waiting[:1]
	}
	return &allowed
}

// tell tells people how the tasks end.
func (h *health) tell(s *Snapshot) {
	s.Unhealthy, s.Recent = h.unhealthy, slices.Clone(h.recent)
	if h.failing == 0 {
		return
	}
	s.Message = h.recent[len(h.recent)-1].Message
	if h.fails() {
		s.Message = fmt.Sprintf("%d tasks have failed one after the other: one is tried at a time, the next at %s or later. %s", h.failing, h.until, s.Message)
	}
}
