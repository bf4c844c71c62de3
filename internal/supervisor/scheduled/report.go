package scheduled

import (
	"strconv"
	"sync"

	"ovate/druid"
)

// report is what a supervisor tells of its tasks, as Druid does: of those since its life began, and of its own that were active then.
type report struct {
	id string // of the supervisor

	mu                          sync.Mutex // guards what follows
	tasks                       []*entry   // in the order in which they were submitted
	of                          map[string]*entry
	submitted, succeeded, ended int
	last                        druid.Instant // when a task was submitted last; 0: never
}

// entry is a task of a report.
type entry struct {
	status  druid.TaskStatus
	updated druid.Instant
}

// retained is for how long a report tells of a task of which it hears nothing.
const retained = druid.Instant(2 * 24 * 60 * 60 * 1000)

// began notes a task, unless it is known, and forgets those that are old.
func (r *report) began(task string, now druid.Instant, submitted bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if submitted {
		r.last = now
	}
	if r.of[task] != nil {
		return
	}
	kept := r.tasks[:0]
	for _, e := range r.tasks {
		if e.updated >= now-retained {
			kept = append(kept, e)
		} else {
			delete(r.of, e.status.ID)
		}
	}
	e := &entry{druid.TaskStatus{ID: task, State: druid.Running, Duration: -1, Location: druid.UnknownLocation}, now}
	r.tasks, r.of[task] = append(kept, e), e
	r.submitted++
}

// knows tells whether a task was noted.
func (r *report) knows(task string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.of[task] != nil
}

// changed notes how a task is that was noted before.
func (r *report) changed(s *druid.TaskStatusPlus, now druid.Instant) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.of[s.ID]
	if e == nil || e.status.State != druid.Running || s.State == druid.Running {
		return
	}
	e.status = druid.TaskStatus{ID: s.ID, State: s.State, Duration: s.Duration, ErrorMsg: s.ErrorMsg, Location: s.Location}
	e.updated = now
	r.ended++
	if s.State == druid.Success {
		r.succeeded++
	}
}

// append appends the members of a status, but for the state, in Druid's words; next is when a task is due, 0: never.
func (r *report) append(dst []byte, next druid.Instant) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	dst = druid.AppendString(append(dst, `"supervisorId":`...), r.id)
	dst = appendTime(append(dst, `,"lastTaskSubmittedTime":`...), r.last)
	dst = appendTime(append(dst, `,"nextTaskSubmissionTime":`...), next)
	dst = strconv.AppendInt(append(dst, `,"taskReport":{"totalSubmittedTasks":`...), int64(r.submitted), 10)
	dst = strconv.AppendInt(append(dst, `,"totalSuccessfulTasks":`...), int64(r.succeeded), 10)
	dst = strconv.AppendInt(append(dst, `,"totalFailedTasks":`...), int64(r.ended-r.succeeded), 10)
	dst = append(dst, `,"recentTasks":[`...)
	for i, e := range r.tasks {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = e.status.AppendJSON(append(dst, `{"taskStatus":`...))
		dst = append(appendTime(append(dst, `,"updatedTime":`...), e.updated), '}')
	}
	return append(dst, `]}`...)
}

func appendTime(dst []byte, t druid.Instant) []byte {
	if t == 0 {
		return append(dst, "null"...)
	}
	return append(t.AppendTo(append(dst, '"')), '"')
}
