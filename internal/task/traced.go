package task

import (
	"context"
	"sync"

	"ovate/druid"
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

// buildTraced is build, with its steps as spans.
func (r *ingestion) buildTraced(ctx context.Context) (*ingest.Result, error) {
	within, traced := span.Begin(ctx, "build segments")
	s := &steps{ctx: within}
	r.progress.Stepped = s.begin
	built, err := r.build(within)
	s.end(err)
	read := r.progress.Snapshot().Build
	traced.Set(span.Rows, read.Processed)
	traced.Set(span.Bytes, read.ProcessedBytes)
	if err == nil {
		traced.Set(span.Segments, int64(len(built.Segments)))
	}
	traced.End(err)
	return built, err
}

// publishTraced is publish, as a span with what is published.
func (r *ingestion) publishTraced(ctx context.Context, built []ingest.Built, segments []druid.DataSegment) error {
	ctx, traced := span.Begin(ctx, "publish")
	rows := int64(0)
	for _, b := range built {
		rows += b.Rows
	}
	traced.Set(span.Rows, rows)
	traced.Set(span.Segments, int64(len(segments)))
	err := r.publish(ctx, segments)
	traced.End(err)
	return err
}
