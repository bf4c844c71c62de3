package queue

import (
	"slices"
	"time"

	"ovate/druid"
)

// stage is where a task is in its life, as far as the queue knows (docs/state_machine.md).
type stage uint8

const (
	arriving  stage = iota // its row is being written; until that is there it has its id, and is in no list
	waiting                // it is in the store, and not ready: not looked at yet, refused a lock, or the store cannot tell
	giving                 // it is being given to the runner, which may or may not know it
	pending                // the runner has it, and no room for it yet
	running                // it has a worker
	takenBack              // it ended while it was being given: whoever gives it takes it back
	leaving                // it has ended, in the store too, and in the runner something of it may be at work
	over                   // nothing of it is left here
)

// after are the stages that may follow one. A task is running over and over, as it becomes known where.
var after = [...][]stage{
	arriving:  {waiting, over},
	waiting:   {giving, leaving},
	giving:    {pending, running, takenBack},
	pending:   {running, leaving},
	running:   {running, leaving},
	takenBack: {leaving, over},
	leaving:   {over},
	over:      {},
}

// mayFollow tells whether a task goes from one stage to another.
func (s stage) mayFollow(from stage) bool { return slices.Contains(after[from], s) }

// ended tells whether the end is in the store.
func (s stage) ended() bool { return s >= takenBack }

// known tells whether the runner knows the task by now, or never will.
func (s stage) known() bool { return s != giving && s != takenBack }

// phase is what lists show of a task. It is replaced, never changed, so that they can read it without a lock.
type phase struct {
	stage    stage
	runner   druid.RunnerState // of one that has ended what was shown last
	queued   druid.Instant     // when it was given to the runner
	location druid.TaskLocation
}

// Nearly all tasks of a long queue share one of these.
var (
	arrivingPhase = phase{stage: arriving, runner: druid.Waiting, location: druid.UnknownLocation}
	waitingPhase  = phase{stage: waiting, runner: druid.Waiting, location: druid.UnknownLocation}
)

// now is where the task is in its life.
func (e *entry) now() *phase {
	if p := e.phase.Load(); p != nil {
		return p
	}
	return &arrivingPhase
}

// move brings the task to another stage, if that may follow the one in which it is, and tells whether it did. The caller holds the queue's mu.
func (e *entry) move(to stage) bool {
	p := e.now()
	if !to.mayFollow(p.stage) {
		return false
	}
	if to == waiting {
		e.become(&waitingPhase)
		return true
	}
	next := *p
	next.stage = to
	if to == giving {
		next.runner, next.queued = druid.Pending, e.queue.now()
		if !e.identity.Recovered { // else it has waited elsewhere, too
			e.queue.meter.Readied(e.identity, time.Duration(next.queued-e.created)*time.Millisecond)
		}
	}
	e.become(&next)
	return true
}

// become goes over to a phase, and tells who follows the task unless nothing that they see has changed.
func (e *entry) become(next *phase) {
	before := e.now()
	e.phase.Store(next)
	if before.listed() != next.listed() || before.runner != next.runner || before.location != next.location {
		e.queue.tell(e)
	}
	if from, to := before.counted(), next.counted(); from != to {
		e.queue.meter.Moved(e.identity.DataSource, from, to)
	}
	if next.stage == over && before.stage != arriving {
		e.queue.meter.Left(e.identity)
	}
}

// counted is the state as which the task counts; empty if it is not in the lists.
func (p *phase) counted() druid.RunnerState {
	if !p.listed() {
		return ""
	}
	return p.runner
}

// listed tells whether the task is in the lists.
func (p *phase) listed() bool { return p.stage != arriving && !p.stage.ended() }

// runAt is move to running, at a place that the runner tells, more than once perhaps. The caller holds the queue's mu.
func (e *entry) runAt(location druid.TaskLocation) {
	p := e.now()
	if running.mayFollow(p.stage) {
		e.become(&phase{stage: running, runner: druid.RunnerRunning, queued: p.queued, location: location})
		if p.stage != running {
			e.queue.meter.Began(e.identity, time.Duration(e.queue.now()-p.queued)*time.Millisecond)
		}
	}
}

// leave is move to the stage of a task whose end is in the store; false if it was in none of the lists. The caller holds the queue's mu.
func (e *entry) leave() bool {
	switch from := e.now().stage; {
	case from.ended():
		return false
	case from == giving:
		return e.move(takenBack)
	default:
		return e.move(leaving)
	}
}

// finish is move to over: whoever makes it, and nobody else, clears away what the task has left.
func (q *Queue) finish(e *entry) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return e.move(over)
}
