package queue

import (
	"fmt"

	"ovate/internal/runner"
)

// judge decides how a task goes on whose runs ended with earlier processes (docs/state_machine.md tells the rule). Whoever else ran at
// that time is suspected, too, so that a task fails only once the process has ended without another suspect at work.
func (q *Queue) judge(e *entry) {
	if e.doomed != "" {
		q.options.Log.Info("a task fails, as the process that alone was to run it has ended", "task", e.id)
		return
	}
	most := q.options.MaxLostRuns
	if q.options.Runs == nil || most == 0 {
		return
	}
	lost := q.options.Runs.Lost(e.id)
	switch {
	case lost.Times >= most && lost.Sole:
		e.doomed = fmt.Sprintf("The server's process ended %d times while this task was running, which is all that ovate.tasks.maxLostRuns allows."+
			" It may need more memory than there is, or the process was killed; its log tells how far it came", lost.Times)
	case lost.Times >= most:
		e.suspicion = runner.SuspectAlone
	case lost.Times >= max(1, most-1):
		e.suspicion = runner.Suspect
	}
	if lost.Times > 0 {
		q.options.Log.Warn("the process ended while a task was running", "task", e.id, "times", lost.Times, "fails", e.doomed != "")
	}
}

// noteRun writes to the journal of runs, if there is one. What cannot be noted is not counted, which fails nobody.
func (q *Queue) noteRun(note func(Runs) error) {
	if q.options.Runs == nil {
		return
	}
	if err := note(q.options.Runs); err != nil {
		q.options.Log.Warn("runs that end with the process cannot be counted", "error", err)
	}
}
