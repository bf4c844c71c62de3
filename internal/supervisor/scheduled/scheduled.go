// Package scheduled has something run by a schedule: queries of SQL that a Broker makes tasks of, as Druid's scheduled_batch, and tasks of any kind.
//
// Each time that something is due it is submitted once, under an id that tells the time: where another has led meanwhile, and had submitted it already,
// the queue refuses it. Where a task of another data source has the id it gets another one. What is due while nobody leads, or while something else is being submitted, is passed over, as in Druid.
//
// Schedules go by the machine's clock, as in Druid, and not by the engine's, which never goes back: where the machine's was wrong for a while, that one goes
// on in the future. What is due twice, as the clock was set back, is submitted once.
package scheduled

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"ovate/druid"
	"ovate/internal/clock"
	"ovate/internal/queue"
	"ovate/internal/supervisor"
)

// job is what is run.
type job interface {
	// submit has it run under an id, and returns the id of its task. Empty means that it is left out this time. The error is ErrSubmitted if there is a task of that
	// id already, and wraps errTaken if that is another's.
	submit(ctx context.Context, id string) (task string, err error)
	// taskOf is the id that a task gets which is submitted under an id, as far as can be told, and taskType is the type of its tasks.
	taskOf(id string) string
	taskType() string
}

// errTaken is that a task of another data source has the id that one was to get.
var errTaken = errors.New("a task of another data source has its id")

// scheduled is a supervisor that has a job run.
type scheduled struct {
	supervisor.Life
	supervisor.Host
	*supervisor.Work
	spec   *supervisor.Spec
	timing *timing
	job    job
	report report
	first  string        // what stands at the beginning of the ids of its tasks
	other  string        // what stands at the end of the other id of a task
	turn   chan struct{} // holds something while something is submitted: what was submitted before is looked at first
}

func newScheduled(s *supervisor.Spec, h supervisor.Host, t *timing, j job) *scheduled {
	return &scheduled{spec: s, Host: h, Work: supervisor.NewWork(), timing: t, job: j, report: report{id: s.ID, of: map[string]*entry{}},
		first: j.taskOf(s.ID + "_"), other: otherOf(s.Payload), turn: make(chan struct{}, 1)}
}

// Start implements supervisor.Supervising.
func (s *scheduled) Start() {
	if !s.Go(s.follow) {
		return
	}
	if s.spec.Suspended {
		s.Move(supervisor.State{Stage: supervisor.Suspended})
		return
	}
	s.Move(supervisor.State{Stage: supervisor.Running})
	s.Go(s.keep)
}

// Stop implements supervisor.Supervising. Tasks go on whatever becomes of the schedule, as in Druid: each has an end of its own.
func (s *scheduled) Stop(context.Context, bool) {
	s.End()
	s.Move(supervisor.State{Stage: supervisor.Stopping})
}

// Status implements supervisor.Supervising.
func (s *scheduled) Status(context.Context) ([]byte, error) {
	var next druid.Instant
	if !s.spec.Suspended {
		next, _ = s.timing.next(s.Wall())
	}
	return s.report.append(nil, next), nil
}

// keep submits what is due, each time that it is.
func (s *scheduled) keep() {
	for s.Lasts.Err() == nil {
		after := s.Wall()
		due, is := s.timing.next(after)
		if !is {
			s.Log.Info("a supervisor has nothing to run any more, unless the clock is set back", "supervisor", s.spec.ID)
			due = druid.MaxInstant
		}
		if s.wait(after, due) {
			s.run(due)
		}
	}
}

// wait waits until a time; false if the supervisor is stopped, or the clock is before the time after which it was the first that is due.
func (s *scheduled) wait(after, until druid.Instant) bool {
	for {
		now := s.Wall()
		if now >= until || now < after {
			return now >= until && s.Lasts.Err() == nil
		}
		// The clock may be set, or stand still: it is looked at now and then.
		if !clock.Pause(s.Lasts, min(time.Duration(until-now), time.Minute/time.Millisecond)*time.Millisecond) {
			return false
		}
	}
}

// run submits what is due.
func (s *scheduled) run(due druid.Instant) {
	task, err := s.submit(s.Lasts, due)
	switch {
	case s.Lasts.Err() != nil: // who leads next finds what was submitted
		return
	case errors.Is(err, ErrSubmitted):
		s.Log.Info("a supervisor passes over what is due, as it was submitted before", "supervisor", s.spec.ID, "due", due)
		return
	case err != nil:
		s.Log.Warn("a supervisor could not submit what was due", "supervisor", s.spec.ID, "due", due, "error", err)
		s.Move(supervisor.State{Stage: supervisor.UnhealthySupervisor, Why: fmt.Sprintf("What was due at %s could not be submitted, and is passed over: %v", due, err)})
		return
	case task == "":
		s.Log.Info("a supervisor leaves out what is due, as what was due before still runs", "supervisor", s.spec.ID, "due", due)
	default:
		s.Log.Info("a supervisor has submitted a task", "supervisor", s.spec.ID, "task", task, "due", due)
	}
	s.Move(supervisor.State{Stage: supervisor.Running})
}

// submit submits what is run at a time, once nothing else is being submitted, and notes it. Empty means that it is left out this time. It is ErrSubmitted what was
// submitted at that time before.
func (s *scheduled) submit(ctx context.Context, due druid.Instant) (task string, err error) {
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	defer func() { <-s.turn }()
	for _, id := range s.ids(due) {
		if task, err = s.job.submit(ctx, id); !errors.Is(err, errTaken) {
			break
		}
	}
	if task != "" || err != nil && !errors.Is(err, ErrSubmitted) && ctx.Err() == nil {
		s.Meter.SubmittedBatch(s.spec, err)
	}
	if err == nil && task != "" {
		s.report.began(task, s.Wall(), true)
		s.look(task)
	}
	return task, err
}

// follow notes what becomes of the tasks.
func (s *scheduled) follow() {
	concerns := func(id string) bool { return s.isOwn(id) || s.report.knows(id) }
	news := s.Tasks.FollowOwn(s.spec.DataSource, concerns, s.job.taskType())
	defer news.Stop()
	for {
		all, err := news.Next(s.Lasts)
		if err != nil {
			return
		}
		for _, n := range all {
			if s.isOwn(n.ID) {
				s.report.began(n.ID, s.Wall(), false)
			}
			if n.Ended && s.report.knows(n.ID) {
				s.look(n.ID)
			}
		}
	}
}

// look notes how a task is.
func (s *scheduled) look(task string) {
	status, err := s.Tasks.Status(s.Lasts, task)
	switch {
	case err == nil:
		s.report.changed(&status, s.Wall())
	case s.Lasts.Err() == nil && !errors.Is(err, queue.ErrNotFound):
		s.Log.Warn("nobody knows what became of a supervisor's task", "supervisor", s.spec.ID, "task", task, "error", err)
	}
}

// stamp is how an id tells a time.
const stamp = "20060102T150405Z"

// idOf is the id of what a supervisor has run that is due at a time.
func idOf(supervisor string, due druid.Instant) string {
	return supervisor + "_" + time.UnixMilli(int64(due)).UTC().Format(stamp)
}

// isOf tells whether a task is of the data source of a supervisor, which of specs that Druid has stored is not always known.
func isOf(status *druid.TaskStatusPlus, dataSource string) bool {
	return dataSource == "" || status.DataSource == dataSource
}

// taken is why a task that there is, or might be, keeps one from being submitted under its id: ErrSubmitted if it is of the data source, or else an error that wraps
// errTaken; or queue.ErrNotFound, or that nobody can tell.
func taken(ctx context.Context, tasks supervisor.Tasks, id, dataSource string) error {
	status, err := tasks.Status(ctx, id)
	switch {
	case err != nil:
		return err
	case isOf(&status, dataSource):
		return ErrSubmitted
	}
	return fmt.Errorf("task[%s] was not submitted: %w", id, errTaken)
}

// ids are those under which what is due at a time is submitted, in the order in which that is tried. The first everybody can tell beforehand, and so anybody who
// may submit tasks can take; the other only who knows the spec, as who leads next does.
func (s *scheduled) ids(due druid.Instant) [2]string {
	id := idOf(s.spec.ID, due)
	return [2]string{id, id + s.other}
}

// otherOf is what stands at the end of the other id, by a spec.
func otherOf(spec []byte) string {
	sum := sha256.Sum256(spec)
	return "_" + hex.EncodeToString(sum[:lengthOfOther/2])
}

// lengthOfOther is how many digits that has.
const lengthOfOther = 16

// isOwn tells whether a task of the data source is one of the supervisor's, by its id.
func (s *scheduled) isOwn(task string) bool {
	at, is := strings.CutPrefix(task, s.first)
	if !is {
		return false
	}
	at = strings.TrimSuffix(at, s.other)
	_, err := time.Parse(stamp, at)
	return err == nil
}
