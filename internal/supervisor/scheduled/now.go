package scheduled

import (
	"context"
	"errors"

	"ovate/druid"
)

// ErrRuns is that what was submitted before still runs, beside which the spec has nothing run.
var ErrRuns = errors.New("the last task has not ended, and the overlap of the schedule is [skip]")

// RunNow implements supervisor.Prompt. It is ErrRuns where what is run is not to run beside the last one.
func (s *scheduled) RunNow(ctx context.Context) (task string, err error) {
	task, err = s.submit(ctx, idOf(s.spec.ID, s.Wall()))
	if err == nil && task == "" {
		err = ErrRuns
	}
	if err == nil {
		s.Log.Info("a supervisor has submitted a task, as somebody asked for it", "supervisor", s.spec.ID, "task", task)
	}
	return task, err
}

// Next are the next times, n at most, when a spec is due after a time. The error names the field of a spec that does not tell.
func Next(spec []byte, after druid.Instant, n int) (times []druid.Instant, err error) {
	t, err := timingOf(spec)
	if err != nil {
		return nil, err
	}
	for range n {
		due, is := t.next(after)
		if !is {
			break
		}
		times, after = append(times, due), due
	}
	return times, nil
}
