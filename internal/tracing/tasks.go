package tracing

import (
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/queue"
)

// Tasks hears of the tasks of one queue before another meter does, and has spans made of what it hears. Of a task that waits it keeps a few words, as there may
// be very many, and spans only once it runs. Publications are told of where they happen.
type Tasks struct {
	queue.Meter
	tracing *Tracing
	begun   time.Time

	mu     sync.Mutex
	closed bool
	tasks  map[string]*task
}

var _ queue.Meter = (*Tasks)(nil)

// task is what is known of one that is active.
type task struct {
	parent    trace.SpanContext // of the request that has submitted it; invalid without one
	since     time.Time         // when it was submitted, or taken up
	recovered bool
	readied   time.Time // zero: not, or nobody knows

	span, running trace.Span // nil until it has a worker
	context       context.Context
	ended         bool
	status        druid.TaskStatus // once it has ended
}

// holder has the Tasks of the queue that there is now.
type holder struct {
	mu  sync.Mutex
	now *Tasks
}

// replace has those of another queue in place of those before, whose tasks are cut off.
func (h *holder) replace(next *Tasks) {
	h.mu.Lock()
	before := h.now
	h.now = next
	h.mu.Unlock()
	if before != nil {
		before.close()
	}
}

// Tasks begins to follow the tasks of a new queue, for which a meter hears of them, too. Those of the queue before are cut off.
func (t *Tracing) Tasks(meter queue.Meter) *Tasks {
	next := &Tasks{Meter: meter, tracing: t, begun: time.Now(), tasks: map[string]*task{}}
	t.tasks.replace(next)
	return next
}

// Within is that of the tasks of the queue that there is; nil if nobody traces anything.
func (t *Tracing) Within() func(ctx context.Context, id string) context.Context {
	return t.ofNow((*Tasks).Within)
}

// About is likewise that of the tasks of the queue that there is.
func (t *Tracing) About() func(ctx context.Context, id string) context.Context {
	return t.ofNow((*Tasks).About)
}

func (t *Tracing) ofNow(do func(k *Tasks, ctx context.Context, id string) context.Context) func(ctx context.Context, id string) context.Context {
	if t == nil {
		return nil
	}
	return func(ctx context.Context, id string) context.Context {
		t.tasks.mu.Lock()
		tasks := t.tasks.now
		t.tasks.mu.Unlock()
		if tasks == nil {
			return ctx
		}
		return do(tasks, ctx, id)
	}
}

// Within is ctx as one of what a task does while it runs, so that what is begun within is part of its trace; as it is for a task that does not run.
func (k *Tasks) Within(ctx context.Context, id string) context.Context {
	k.mu.Lock()
	defer k.mu.Unlock()
	if t := k.tasks[id]; t != nil && t.running != nil {
		return trace.ContextWithSpan(ctx, t.running)
	}
	return ctx
}

// About is ctx as one in which others are told of a task, so that what they do about it is part of its trace, also while it waits: then it is part of the request that has submitted it.
// Nothing can be begun within.
func (k *Tasks) About(ctx context.Context, id string) context.Context {
	k.mu.Lock()
	defer k.mu.Unlock()
	t := k.tasks[id]
	switch {
	case t == nil:
		return ctx
	case t.running != nil:
		return trace.ContextWithSpanContext(ctx, t.running.SpanContext())
	case t.parent.IsValid():
		return trace.ContextWithSpanContext(ctx, t.parent)
	}
	return ctx
}

// Submitted implements queue.Meter.
func (k *Tasks) Submitted(ctx context.Context, by action.Identity) {
	k.Meter.Submitted(ctx, by)
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.closed {
		k.tasks[by.TaskID] = &task{parent: trace.SpanContextFromContext(ctx), since: time.Now()}
	}
}

// of is what is known of a task; of one that was read from the store that begins now. nil once nobody is told of any. The caller holds mu.
func (k *Tasks) of(by action.Identity) *task {
	t := k.tasks[by.TaskID]
	if t == nil && by.Recovered && !k.closed {
		t = &task{since: k.begun, recovered: true}
		if at := by.Submitted.Time(); at.After(k.begun) && at.Before(time.Now()) {
			t.since = at // another program has stored it meanwhile
		}
		k.tasks[by.TaskID] = t
	}
	return t
}

// Readied implements queue.Meter.
func (k *Tasks) Readied(by action.Identity, waited time.Duration) {
	k.Meter.Readied(by, waited)
	k.mu.Lock()
	defer k.mu.Unlock()
	if t := k.of(by); t != nil {
		t.readied = time.Now()
	}
}

// Began implements queue.Meter.
func (k *Tasks) Began(by action.Identity, waited time.Duration) {
	k.Meter.Began(by, waited)
	k.mu.Lock()
	defer k.mu.Unlock()
	t := k.of(by)
	if t == nil || t.running != nil {
		return
	}
	now := time.Now()
	k.tell(t, by, now)
	_, t.running = k.tracing.tracer.Start(t.context, "running", trace.WithTimestamp(now))
}

// tell begins the span of a task, which has waited until now. The caller holds mu.
func (k *Tasks) tell(t *task, by action.Identity, now time.Time) {
	attributes := []attribute.KeyValue{
		attribute.String("druid.task.id", by.TaskID), attribute.String("druid.task.type", by.Type),
		attribute.String("druid.task.group_id", by.GroupID), attribute.String("druid.data_source", by.DataSource),
	}
	if t.recovered {
		attributes = append(attributes, attribute.Bool("druid.task.recovered", true))
	}
	ctx := trace.ContextWithSpanContext(context.Background(), t.parent)
	t.context, t.span = k.tracing.tracer.Start(ctx, "task", trace.WithTimestamp(t.since), trace.WithAttributes(attributes...))
	_, waiting := k.tracing.tracer.Start(t.context, "waiting", trace.WithTimestamp(t.since))
	if !t.readied.IsZero() {
		waiting.AddEvent("ready", trace.WithTimestamp(t.readied))
	}
	waiting.End(trace.WithTimestamp(now))
}

// Ended implements action.Meter.
func (k *Tasks) Ended(by action.Identity, status druid.TaskStatus) {
	k.Meter.Ended(by, status)
	k.mu.Lock()
	defer k.mu.Unlock()
	if t := k.of(by); t != nil {
		t.ended, t.status = true, status
		if t.span != nil {
			t.span.AddEvent("ended")
		}
	}
}

// Left implements queue.Meter.
func (k *Tasks) Left(by action.Identity) {
	k.Meter.Left(by)
	k.mu.Lock()
	defer k.mu.Unlock()
	t := k.of(by)
	if t == nil {
		return
	}
	delete(k.tasks, by.TaskID)
	now := time.Now()
	if t.span == nil {
		k.tell(t, by, now)
	}
	if t.ended {
		t.span.SetAttributes(attribute.String("druid.task.status", string(t.status.State)))
	}
	if t.status.State == druid.Failed {
		t.span.SetStatus(codes.Error, t.status.ErrorMsg)
		if t.running != nil {
			t.running.SetStatus(codes.Error, t.status.ErrorMsg)
		}
	}
	t.end(now)
}

func (t *task) end(at time.Time) {
	if t.running != nil {
		t.running.End(trace.WithTimestamp(at))
	}
	t.span.End(trace.WithTimestamp(at))
}

// close ends what runs. What waits has no span yet: it goes on elsewhere, or after the next start.
func (k *Tasks) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.closed = true
	for _, t := range k.tasks {
		if t.span != nil {
			t.span.AddEvent("cut off: the server stops, or leads no more")
			t.end(time.Now())
		}
	}
	k.tasks = nil
}
