package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"ovate/internal/ingest/format"
	"ovate/internal/ingest/row"
	"ovate/internal/ingest/source"
)

// Run reads the job's input and builds its segments. It returns as soon as ctx ends; what it wrote stays in the job's
// staging folder, for the caller to remove.
func Run(ctx context.Context, job Job) (_ *Result, err error) {
	job.Workers = max(1, job.Workers)
	if err := job.checkColumns(); err != nil {
		return nil, err
	}
	inputs, err := source.Open(ctx, job.Spec.IO.Source, job.Policy, func(i source.Interruption) {
		job.Log.Warn("input was interrupted, trying again", "input", i.Input, "error", i.Err, "try", i.Try, "of", i.Tries, "pause", i.Pause.Round(time.Millisecond))
		job.Progress.interrupted(i)
	})
	if err != nil {
		return nil, err
	}
	job.Progress.reads(inputs)
	job.Log.Info("reading", "inputs", len(inputs), "workers", job.Workers)
	group, ctx := groupOf(ctx)
	reading, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	p := &pipeline{ctx: reading, stop: stop, job: &job, inputs: inputs}
	builder, err := newBuilder(ctx, &job)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, builder.syncer.Close()) }()
	if err := p.start(group); err != nil {
		return nil, err
	}
	group.Go(func() error {
		if err := p.drain(builder); err != nil {
			return err
		}
		read := job.Progress.Snapshot().Build
		job.Log.Info("read", "rows", read.Processed, "withError", read.ProcessedWithError, "unparseable", read.Unparseable,
			"thrownAway", read.ThrownAway, "bytes", read.ProcessedBytes)
		if builder.unlogged > 0 {
			job.Log.Warn("rows that did not parse are not all in the log", "missing", builder.unlogged)
		}
		return builder.finish(builder.set.End())
	})
	if err := group.Wait(); err != nil {
		var fault *PanicError
		if errors.As(err, &fault) {
			job.Log.Error("ingestion panicked", "panic", fault.Problem, "stack", string(fault.Stack))
		}
		return nil, err
	}
	job.Progress.complete()
	return builder.result(), nil
}

// pipeline is the stages before the builder. Chunk k of the whole input goes to worker k mod n, and its batch is taken
// from that worker in turn: rows stay in order without anybody having to sort them.
type pipeline struct {
	ctx     context.Context         // of reading and parsing
	stop    context.CancelCauseFunc // of it
	job     *Job
	inputs  []source.Input
	workers []*worker
	flight  *flight
	err     error // of reading, set before the chunks of the workers are closed
}

// errEnough ends the stages that read and parse once the job has as much as it wants.
var errEnough = errors.New("the job has read enough")

// unlessEnough is the error of a stage, unless nobody wants any more of it.
func (p *pipeline) unlessEnough(err error) error {
	if context.Cause(p.ctx) == errEnough {
		return nil
	}
	return err
}

// worker parses every n-th chunk.
type worker struct {
	parser *format.Parser
	chunks chan format.Chunk
	full   chan parsed
	err    error // set before full is closed
	empty  chan *row.Batch
}

// parsed is a batch of a chunk, which is long if a line of it is, and what is to be called once the builder has taken its rows; nil if nothing is.
type parsed struct {
	*row.Batch
	long  bool
	taken func()
}

// start starts everything that runs before the builder.
func (p *pipeline) start(group workGroup) error {
	splitter, err := format.NewSplitter(p.job.Spec.IO.Format)
	if err != nil {
		return err
	}
	splitter.MaxLine, splitter.MaxColumnBytes = p.job.longestLine(), p.job.columns()
	p.flight = newFlight(p.job.flight())
	for i := range p.job.Workers {
		parser, err := format.NewParser(format.Config{
			Schema:     &p.job.Spec.Schema,
			Format:     p.job.Spec.IO.Format,
			Worker:     i,
			KeepFaults: p.job.Spec.Tuning.MaxSavedParseExceptions > 0 || p.job.Spec.Tuning.LogParseExceptions,

			DictionaryBytes: p.job.dictionaries(),
			MaxColumnBytes:  p.job.columns(),
			MaxList:         p.job.longestList(),
		})
		if err != nil {
			return err
		}
		w := &worker{
			parser: parser,
			chunks: make(chan format.Chunk, 1),
			full:   make(chan parsed, 1),
			empty:  make(chan *row.Batch, 3),
		}
		for range cap(w.empty) {
			w.empty <- &row.Batch{}
		}
		p.workers = append(p.workers, w)
		group.Go(func() error { return p.unlessEnough(p.parse(w)) })
	}
	group.Go(func() error { return p.unlessEnough(p.read(group, splitter)) })
	return nil
}

// errPanicked is the error of a stage that ends by a panic, so that nobody takes its end for that of the input. The group has the panic.
var errPanicked = errors.New("a stage before panicked")

// read hands the chunks of all inputs to the workers, in order. While one input is handed on, the next ones are
// being read and decompressed.
func (p *pipeline) read(group workGroup, splitter *format.Splitter) (err error) {
	err = errPanicked
	defer func() {
		p.err = err
		for _, w := range p.workers {
			close(w.chunks)
		}
	}()
	feeds := make([]chan format.Chunk, len(p.inputs))
	started, next := 0, 0
	for i := range p.inputs {
		p.flight.first(i)
		for ; started < min(i+p.job.Workers, len(p.inputs)); started++ {
			feed, input := make(chan format.Chunk, 2), started
			feeds[started] = feed
			group.Go(func() error {
				defer close(feed)
				return p.unlessEnough(splitter.Split(p.ctx, p.inputs[input], func(c format.Chunk) error {
					if err := p.flight.add(p.ctx, input, &c); err != nil {
						return err
					}
					return send(p.ctx, feed, c)
				}))
			})
		}
		for c := range feeds[i] {
			if err := send(p.ctx, p.workers[next%len(p.workers)].chunks, c); err != nil {
				return err
			}
			next++
		}
	}
	return p.ctx.Err()
}

func (p *pipeline) parse(w *worker) (err error) {
	err = errPanicked
	defer func() {
		w.err = err
		close(w.full)
	}()
	for c := range w.chunks {
		for more := true; more; {
			b, err := receive(p.ctx, w.empty)
			if err != nil {
				return err
			}
			if err := w.parser.Parse(p.ctx, c, b); err != nil {
				return fmt.Errorf("parsing %s: %w", c.File.Name, err)
			}
			full := parsed{b, c.Long(), nil}
			switch more = b.More; {
			case more:
			case full.long: // the next chunk comes when this one is in the sink, as each stage holds a line once more
				c.Data, full.taken = nil, c.Release
			default:
				c.Release()
			}
			if err := send(p.ctx, w.full, full); err != nil {
				return err
			}
		}
	}
	return nil
}

// drain passes the batches to the builder, in order. If a stage before has failed, the batches end, and so
// does it with the error: the context may not have ended by then.
func (p *pipeline) drain(b *builder) error {
	for next := 0; ; {
		w := p.workers[next%len(p.workers)]
		batch, ok := <-w.full
		if !ok {
			if w.err != nil {
				return w.err // reading may still go on: its error cannot be looked at yet
			}
			return cmp.Or(p.err, p.ctx.Err())
		}
		if err := b.add(batch.Batch); err != nil {
			return err
		}
		if b.hasEnough() {
			p.stop(errEnough)
			return nil
		}
		if !batch.More {
			next++
		}
		if batch.long {
			*batch.Batch = row.Batch{} // to be reused without what it holds
		}
		if batch.taken != nil {
			batch.taken()
		}
		w.empty <- batch.Batch
	}
}

func send[T any](ctx context.Context, to chan<- T, v T) error {
	select {
	case to <- v:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func receive[T any](ctx context.Context, from <-chan T) (T, error) {
	select {
	case v := <-from:
		return v, nil
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}
