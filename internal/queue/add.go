package queue

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/span"
	"ovate/internal/task"
)

// Add makes a task durable and queues it. When it returns nil the task survives whatever happens. The error is
// a *druid.Error if the task's id is taken, or if a limit refuses it, and a *spec.Error if it asks for what cannot be had.
// A part of another task, which is active, may come twice: that one sends it until it hears an answer, and takes a no for the end.
func (q *Queue) Add(ctx context.Context, t task.Task) error { return q.AddWith(ctx, t, nil) }

// AddWith is Add, and has something else written in the same transaction, unless with is nil: both are stored, or neither. It may be called more than once. An
// error of it that wraps metadata.ErrChanged is returned as it is.
func (q *Queue) AddWith(ctx context.Context, t task.Task, with func(metadata.Tx) error) error {
	h := t.Header()
	if err := druid.ValidateID("Task ID", h.ID); err != nil {
		return err
	}
	payload, err := q.options.check(t)
	if err != nil {
		return err
	}
	e := &entry{
		queue: q, id: h.ID, typ: h.Type, where: task.PlaceOf(t), created: q.now(),
		group: h.Resource.AvailabilityGroup, slots: h.Resource.RequiredCapacity, precedence: task.QueuePriority(&h.Context),
	}
	e.identity = task.Identity(t)
	e.identity.Submitted = e.created
	q.tellClock()
	// Whoever finds the task before it is in the store waits for that.
	if err := e.gate.lock(ctx); err != nil {
		return err
	}
	handedOn := false
	defer func() {
		if !handedOn {
			e.gate.unlock()
		}
	}()
	if err := q.reserve(ctx, e); err != nil {
		return q.unlessSentAgain(ctx, err, e, payload)
	}
	stored := false
	defer func() { // after a panic, too
		if !stored && !handedOn {
			q.giveUp(e)
		}
	}()
	err = q.insert(ctx, e, payload, with)
	if errors.Is(err, metadata.ErrOutcomeUnknown) {
		handedOn = true
		return unknownOutcome(e.id, err)
	}
	if err != nil {
		return q.unlessSentAgain(ctx, err, e, payload)
	}
	stored = true
	e.fresh.Store(&t)
	q.meter.Submitted(ctx, e.identity)
	q.accept(e)
	return nil
}

// Check completes the context of a task, and refuses one that is too large, or asks for what this server does not allow or cannot do. The error may be a *spec.Error.
func (q *Queue) Check(t task.Task) error { return q.options.Check(t) }

// Check is that of a queue with these options.
func (o *Options) Check(t task.Task) error {
	_, err := o.check(t)
	return err
}

// check is Check, and tells how the task is stored.
func (o *Options) check(t task.Task) (payload []byte, err error) {
	o.completeContext(&t.Header().Context)
	if err := task.Check(t, o.Limits); err != nil {
		return nil, err
	}
	payload = task.Stored(t)
	return payload, task.CheckSize(t, len(payload), o.MaxPayload)
}

// accept queues a task that is in the store.
func (q *Queue) accept(e *entry) {
	q.box.Add(e.identity)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.attend(q.enlist(e))
}

// giveUp frees the id of a task that is not in the store.
func (q *Queue) giveUp(e *entry) {
	q.mu.Lock()
	defer q.mu.Unlock()
	e.move(over)
	delete(q.tasks, e.id)
}

// settle ends the submission of a task whose submitter could not wait for its outcome, and held its gate until now: it is queued if it is
// stored, or its id is free again. What is not known when the server ends, the next start finds out.
func (q *Queue) settle(ctx context.Context, e *entry, err error) {
	defer e.gate.unlock()
	if err == nil {
		q.meter.Submitted(ctx, e.identity)
		q.accept(e)
	} else {
		q.giveUp(e)
	}
}

// completeContext adds what Druid adds, in its order.
func (o *Options) completeContext(c *druid.Context) {
	force := json.RawMessage("false")
	if o.ForceTimeChunkLock {
		force = json.RawMessage("true")
	}
	c.SetIfAbsent(task.KeyForceChunks, force)
	for _, key := range slices.Sorted(maps.Keys(o.DefaultContext)) {
		c.SetIfAbsent(key, o.DefaultContext[key])
	}
	c.SetIfAbsent("useLineageBasedSegmentAllocation", json.RawMessage("true"))
}

// reserve takes the id and a place in the queue.
func (q *Queue) reserve(ctx context.Context, e *entry) error {
	for {
		q.mu.Lock()
		other := q.tasks[e.id]
		switch {
		case other != nil && other.now().stage != arriving:
			q.mu.Unlock()
			return errTaken
		case other != nil:
			q.mu.Unlock()
			if err := other.gate.lock(ctx); err != nil { // until the other submission of this id has come to an end
				return err
			}
			other.gate.unlock()
			continue
		}
		defer q.mu.Unlock()
		switch most := q.options.MaxSize; {
		case q.stopping:
			return ErrStopped
		case most > 0 && len(q.tasks) >= most:
			return druid.CapacityExceeded("The queue holds %d tasks, which is all that druid.indexer.queue.maxSize allows:"+
				" submit the task again when others have ended", most)
		}
		q.tasks[e.id] = e
		return nil
	}
}

// insert writes the task's row, and an audit entry for the types that Druid audits, in one transaction, which other submissions may share. If nobody
// knows whether it has, settle is called once that is known.
func (q *Queue) insert(ctx context.Context, e *entry, payload []byte, with func(metadata.Tx) error) error {
	kind := task.KindOf(e.typ)
	row := &metadata.TaskRow{
		ID: e.id, GroupID: e.identity.GroupID, Type: e.typ, DataSource: e.identity.DataSource, Created: e.created, Payload: payload,
		Summary:       Summarize(e.id, payload),
		MakesSegments: kind.MakesSegments,
		Status:        druid.TaskStatus{ID: e.id, State: druid.Running, Duration: -1, Location: druid.UnknownLocation},
	}
	s := submission{row: row, with: with}
	if kind.Audited {
		s.audit = append(s.audit, auditRow(ctx, e))
	}
	within, stored := span.Begin(ctx, "store task")
	err := q.submissions.Do(within, &s)
	stored.End(err)
	err = q.settler.Settle(ctx, err, q.inserted(e, payload), func(_ context.Context, err error) { q.settle(ctx, e, err) })
	refused, isRefused := errors.AsType[*druid.Error](err)
	switch {
	case errors.Is(err, metadata.ErrExists):
		return errTaken
	case isRefused:
		return refused
	case errors.Is(err, metadata.ErrChanged):
		return err
	case err != nil && ctx.Err() == nil && !errors.Is(err, metadata.ErrOutcomeUnknown) && !errors.Is(err, metadata.ErrTermOver):
		return druid.RuntimeFailure("Task[%s] could not be stored: %w", e.id, err)
	}
	return err
}

// submission is the rows of a task that waits to be stored.
type submission struct {
	row   *metadata.TaskRow
	audit []metadata.AuditRow
	with  func(metadata.Tx) error // nil: nothing
}

// submitTogether writes several submissions in one transaction.
func (q *Queue) submitTogether(ctx context.Context, all []*submission) error {
	var rows []*metadata.TaskRow
	var audit []metadata.AuditRow
	for _, s := range all {
		rows, audit = append(rows, s.row), append(audit, s.audit...)
	}
	return q.store.Update(ctx, func(tx metadata.Tx) error {
		if err := tx.InsertTasks(rows...); err != nil {
			return err
		}
		for _, s := range all {
			if s.with == nil {
				continue
			}
			if err := s.with(tx); err != nil {
				return err
			}
		}
		return tx.InsertAudit(audit...)
	})
}

// inserted tells whether the row of a task that was just submitted is in the store: the id alone might be another one's.
func (q *Queue) inserted(e *entry, payload []byte) func(context.Context) (bool, error) {
	return func(ctx context.Context) (bool, error) {
		row, err := q.store.Task(ctx, e.id)
		if errors.Is(err, metadata.ErrNotFound) {
			return false, nil
		}
		return err == nil && row.Created == e.created && bytes.Equal(row.Payload, payload), err
	}
}

// unknownOutcome is the answer to a submission that may have succeeded.
func unknownOutcome(id string, err error) error {
	return druid.RuntimeFailure("Task[%s] may have been stored, or not: %v. Ask for its status before you submit it again", id, err)
}

// errTaken is that there is a task with the id.
var errTaken = errors.New("the id is taken")

// unlessSentAgain is the answer to a submission that failed: none if the id is taken by the same part of the same task.
func (q *Queue) unlessSentAgain(ctx context.Context, err error, e *entry, payload []byte) error {
	if !errors.Is(err, errTaken) {
		return err
	}
	whole := q.find(e.identity.GroupID)
	if whole != nil && whole.id != e.id {
		switch row, err := q.store.Task(ctx, e.id); {
		case err != nil:
			return fmt.Errorf("look whether task %s was sent again: %w", e.id, err)
		case bytes.Equal(row.Payload, payload):
			return nil
		}
	}
	return druid.AlreadyExists("Task[%s] already exists", e.id)
}
