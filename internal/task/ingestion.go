package task

import (
	"cmp"
	"context"
	"errors"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/checksum"
	"ovate/internal/ingest"
	"ovate/internal/ingest/source"
	"ovate/internal/metadata"
)

// ingestion is one run of an Index task.
type ingestion struct {
	*Index
	tools    *Toolbox
	progress ingest.Progress
	rates    rates
	chunks   *appendChunks  // nil if the task does not append
	done     int            // segments published, -1 before
	expected []checksum.Sum // of the files it reads, see KeyInputChecksums
}

// Run ingests: it builds segments in staging, takes locks and ids, pushes the segments to deep storage, stores the
// report, and publishes. Only the last step changes what queries see, and it ends the task in the same transaction.
func (t *Index) Run(ctx context.Context, tools *Toolbox) error {
	run := &ingestion{Index: t, tools: tools, done: -1}
	stop := run.rates.watch(&run.progress, (&read{meter: tools.Meter}).tell)
	defer stop()
	tools.Report.Live(run.liveReport)
	err := run.run(ctx)
	if err == nil || errors.Is(context.Cause(ctx), ErrStopped) || errors.Is(err, metadata.ErrOutcomeUnknown) {
		return err
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause // what failed because of the end is of no interest
	}
	return errors.Join(err, tools.Report.Failed(run.report(err)))
}

func (r *ingestion) run(ctx context.Context) (err error) {
	if r.expected, err = r.inputChecksums(); err != nil {
		return err
	}
	built, err := r.buildTraced(ctx)
	if err != nil {
		return err
	}
	chunks := built.Intervals()
	for i := range chunks {
		chunks[i] = r.chunks.of(chunks[i])
	}
	var locks []druid.TaskLock
	err = traced(ctx, "lock", func(ctx context.Context) (err error) {
		locks, err = r.lock(ctx, chunks)
		return err
	})
	if err != nil {
		return err
	}
	if err := r.replacesWhatItMay(ctx, built); err != nil {
		return err
	}
	segments, err := r.identify(ctx, built.Segments, locks)
	if err != nil {
		return err
	}
	err = traced(ctx, "push", func(ctx context.Context) error { return r.push(ctx, built.Segments, segments) })
	if err == nil {
		err = r.publishTraced(ctx, built.Segments, segments)
	}
	if errors.Is(err, metadata.ErrOutcomeUnknown) {
		return err // the files may be those of published segments
	}
	if err != nil {
		return errors.Join(err, r.withdraw(segments))
	}
	return nil
}

func (r *ingestion) build(ctx context.Context) (*ingest.Result, error) {
	folder, err := r.tools.Folder()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	job := ingest.Job{
		Spec: r.spec, Staging: folder, Policy: r.policy(), Workers: r.tools.Workers, MemoryBudget: r.tools.Memory, MemoryLimit: r.tools.MaxMemory,
		Log: r.tools.Log, Progress: &r.progress,
		OmitEmpty: !contextBool(&r.header.Context, "storeEmptyColumns", !r.tools.OmitEmptyColumns),
	}
	defer r.tools.Heap.Hold(job.Memory())()
	if r.spec.IO.Append {
		r.chunks = r.appendChunks(ctx, cancel)
		job.Chunks = r.chunks
	}
	built, err := r.tools.Ingest(ctx, job)
	if tooMany := new(ingest.TooManyFaults); len(r.expected) > 0 && errors.As(err, &tooMany) { // in rows that were checked
		err = cmp.Or(source.Changed(ctx, r.spec.IO.Source, job.Policy), err)
	}
	if cause := context.Cause(ctx); cause != nil {
		return nil, cause
	}
	return built, err
}

// policy is what the task may read.
func (r *ingestion) policy() source.Policy {
	p := r.tools.policy(r.proxied)
	p.Expected = r.expected
	return p
}

func (r *ingestion) appendChunks(ctx context.Context, fail context.CancelCauseFunc) *appendChunks {
	return &appendChunks{
		ctx: ctx, fail: fail, client: r.tools.Actions, dataSource: r.header.DataSource,
		preferred: action.Finer(r.spec.Schema.Granularity.Segment), within: r.Locks().Intervals,
		cut: map[druid.Interval]druid.Interval{},
	}
}
