// Package divided runs each task where it is to run: in this process, or on one of Druid's own workers.
package divided

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"sync"

	"ovate/internal/queue"
	"ovate/internal/runner"
	"ovate/internal/runner/remote"
	"ovate/internal/task"
)

// Runner is a queue.Runner made of two. Its workers, and their capacity, are those of the cluster: whoever asks for them sends tasks there.
type Runner struct {
	*remote.Runner
	here queue.Runner
}

// New makes a runner of the one for this process and of what the one for the workers is made of.
func New(here queue.Runner, workers remote.Options) *Runner {
	r := &Runner{here: here}
	workers.Local = r.settled
	r.Runner = remote.New(workers)
	return r
}

// Start lets both begin.
func (r *Runner) Start(events runner.Events) error {
	if err := r.here.Start(events); err != nil {
		return err
	}
	return r.Runner.Start(events)
}

// Stop ends what runs in this process, and lets go of what runs on workers.
func (r *Runner) Stop() {
	var both sync.WaitGroup
	both.Go(r.here.Stop)
	both.Go(r.Runner.Stop)
	both.Wait()
}

// Run gives a task to where it is to run. One that was active before may be at a worker all the same, which a Java Overlord has given it to:
// the workers are asked first, so that it does not run twice.
func (r *Runner) Run(a runner.Assignment) (starts bool, err error) {
	if a.Place() == task.OnWorker {
		return r.Runner.Run(a)
	}
	if most := r.here.Capacity().Current; a.Slots() > most {
		return false, &runner.TooLarge{ID: a.ID(), Required: a.Slots(), Available: most}
	}
	if a.Recovered() {
		return r.Runner.Run(a)
	}
	return r.here.Run(a)
}

// settled is told that no worker runs a task that was active before.
func (r *Runner) settled(a runner.Assignment) {
	_, _ = r.here.Run(a) // which is not too large: Run has seen to that
}

// Cancel gives up a task. The workers come first: from there it may move to this process, and never back.
func (r *Runner) Cancel(id string, cause error) (running bool) {
	return r.Runner.Cancel(id, cause) || r.here.Cancel(id, cause)
}

// Report is the live report of a task, from wherever it runs.
func (r *Runner) Report(ctx context.Context, id string) (io.ReadCloser, error) {
	report, err := r.here.Report(ctx, id)
	if errors.Is(err, fs.ErrNotExist) {
		return r.Runner.Report(ctx, id)
	}
	return report, err
}
