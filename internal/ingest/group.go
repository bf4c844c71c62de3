package ingest

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	"golang.org/x/sync/errgroup"

	"ovate/segment"
)

// workGroup is goroutines that work on one job. A panic in one of them is its error: it fails the job, and not the server with
// all the other tasks in it, which would meet the same panic again at every start.
type workGroup struct{ *errgroup.Group }

// groupOf cancels the context that it returns when one of its goroutines fails.
func groupOf(ctx context.Context) (workGroup, context.Context) {
	g, ctx := errgroup.WithContext(ctx)
	return workGroup{g}, ctx
}

// limited has at most n goroutines at a time, and no more than can run.
func limited(n int) workGroup {
	g := new(errgroup.Group)
	g.SetLimit(min(max(1, n), max(1, runtime.GOMAXPROCS(0))))
	return workGroup{g}
}

// Go runs f in a goroutine of the group.
func (g workGroup) Go(f func() error) {
	g.Group.Go(func() (err error) {
		defer func() {
			if problem := recover(); problem != nil {
				err = &PanicError{problem, debug.Stack()}
			}
		}()
		return segment.Guard(f) // f may read runs
	})
}

// PanicError is the error of a job that met a fault of the program.
type PanicError struct {
	Problem any
	Stack   []byte // where it happened, for the log
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("the ingestion failed through a fault of the server: %v", e.Problem)
}
