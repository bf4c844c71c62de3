package task

import (
	"context"
	"sync"

	"ovate/internal/ingest"
	"ovate/internal/span"
)

// mostSteps is how many steps of a run have spans of their own: one that reads and writes in turn, very often, is told of as one that writes from then on.
const mostSteps = 100

// steps are the steps of an ingestion as spans, one after the other.
type steps struct {
	ctx   context.Context
	mu    sync.Mutex
	now   span.Span
	begun int
}

// begin ends the step before and begins one, which has the name that it has in reports.
func (s *steps) begin(step ingest.Step) {
	if step == ingest.Publishing { // what the task does itself has spans of its own
		s.end(nil)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.begun++; s.begun > mostSteps {
		return
	}
	s.now.End(nil)
	_, s.now = span.Begin(s.ctx, string(step))
}

// end ends the last step, with the error that came of it or nil.
func (s *steps) end(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.End(err)
	s.now = span.Span{}
}

// traced does what has a name within a run, as a span.
func traced(ctx context.Context, name string, do func(context.Context) error) error {
	ctx, s := span.Begin(ctx, name)
	err := do(ctx)
	s.End(err)
	return err
}
