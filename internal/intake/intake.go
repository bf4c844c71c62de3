// Package intake takes tasks in: it submits what is handed in, perhaps again and again under one key, submits tasks of the past once more, and tells all that is
// wrong with a task.
package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sync/atomic"

	"ovate/druid"
	"ovate/internal/ingest/source"
	"ovate/internal/queue"
	"ovate/internal/spec"
	"ovate/internal/task"
)

// Tasks is what an Intake asks of the queue.
type Tasks interface {
	// Now is the time that goes into the ids of tasks.
	Now() druid.Instant
	// Add makes a task durable and queues it.
	Add(ctx context.Context, t task.Task) error
	// Check refuses a task that asks for what this server does not give, as Add does.
	Check(t task.Task) error
	// Status is the status of a task, or queue.ErrNotFound.
	Status(ctx context.Context, id string) (druid.TaskStatusPlus, error)
	// PayloadSize is about how many bytes Stored has.
	PayloadSize(ctx context.Context, id string) (int64, error)
	// Stored is the JSON of a task with its passwords, or queue.ErrNotFound.
	Stored(ctx context.Context, id string) ([]byte, error)
}

// Intake takes tasks in. Nothing of it is kept from one to the next.
type Intake struct {
	Tasks  Tasks
	Places task.Places
	// MayRead refuses tasks that ask for input which they may not read (source.Refused) or cannot have, and marks those of senders who may read less than others
	// (task.SetProxied); nil refuses none.
	MayRead func(task.Task) error
	// MayRun refuses tasks that their sender may not have run; nil refuses none. Of one that was submitted before there is no document.
	MayRun func(t *druid.Task, document []byte) error

	again atomic.Int64 // how many bytes Retry has submitted
}

// Fault is something that is wrong with a task.
type Fault struct {
	// Pointer is the JSON pointer (RFC 6901) to the field; empty where it is the task as a whole.
	Pointer string `json:"pointer"`
	Detail  string `json:"detail"`
}

// Invalid is that a task cannot be accepted.
type Invalid struct{ Faults []Fault }

func (e *Invalid) Error() string {
	first := e.Faults[0]
	text := first.Detail
	if first.Pointer != "" {
		text = first.Pointer + ": " + text
	}
	if more := len(e.Faults) - 1; more > 0 {
		text = fmt.Sprintf("%s (and %d more)", text, more)
	}
	return text
}

// Below is an error with the pointers of an *Invalid below another one, where a task is part of something.
func Below(pointer string, err error) error {
	wrong, is := errors.AsType[*Invalid](err)
	if !is {
		return err
	}
	moved := &Invalid{}
	for _, f := range wrong.Faults {
		f.Pointer = pointer + f.Pointer
		moved.Faults = append(moved.Faults, f)
	}
	return moved
}

// RefusedError is that the operator keeps a task's input from its sender.
type RefusedError struct{ err error }

func (e *RefusedError) Error() string { return "spec.ioConfig." + e.err.Error() }
func (e *RefusedError) Unwrap() error { return e.err }

// ErrKeyReused is that a key came with another task before.
var ErrKeyReused = errors.New("the Idempotency-Key came with another body before")

// Context keys of ours, which nothing else looks at.
const (
	keyDigest  = "ovateRequestDigest" // of the body that came with an Idempotency-Key
	keyRetryOf = "ovateRetryOf"       // the id of the task that is run again
)

// Context keys of ours, by which a task tells of which submission it is, and which attempt, where it may be retried.
const (
	KeySubmission = "ovateSubmission"
	KeyAttempt    = "ovateAttempt"
)

// IsOwn tells of a key of a context whether it says how that very task was handed in, which says nothing of another one that is made of it.
func IsOwn(key string) bool {
	return slices.Contains([]string{keyDigest, keyRetryOf, KeySubmission, KeyAttempt}, key)
}

// Submit makes a task durable and queues it. A key, unless it is empty, stands for this submission: another one with the same key is the same, and again tells that it
// was there already. The error is an *Invalid, a *RefusedError, ErrKeyReused, or one
// of Add.
//
// The id of a task that comes with a key follows from the key, and what came with it is told by the task's context. So a key counts in every store,
// whatever happens to the server, and for as long as the task is stored.
func (i *Intake) Submit(ctx context.Context, document []byte, key string) (id string, again bool, err error) {
	digest := ""
	if key != "" {
		digest = Digest(key, string(document))
		if document, id, err = Keyed(document, key, digest); err != nil {
			return "", false, err
		}
		if same, err := i.same(ctx, id, digest); err != nil {
			return "", false, err
		} else if same {
			return id, true, nil
		}
	}
	t, err := i.Decode(document)
	if err != nil {
		return "", false, err
	}
	if why := Reserved(t.Header().ID); why != "" && key == "" {
		return "", false, &Invalid{[]Fault{{"/id", why}}}
	}
	err = i.Tasks.Add(ctx, t)
	if key != "" && druid.IsTaken(err) { // by the same request, which has come twice at a time
		if same, err := i.same(ctx, id, digest); err != nil {
			return "", false, err
		} else if same {
			return id, true, nil
		}
	}
	if err != nil {
		return "", false, i.all(document, invalid(err))
	}
	return t.Header().ID, false, nil
}

// same tells whether a task is there that came with this digest. ErrKeyReused is that it came with another one.
func (i *Intake) same(ctx context.Context, id, digest string) (bool, error) {
	stored, err := i.Tasks.Stored(ctx, id)
	if errors.Is(err, queue.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var came struct {
		Context map[string]json.RawMessage `json:"context"`
	}
	if err := json.Unmarshal(stored, &came); err != nil {
		return false, fmt.Errorf("task[%s], which the key stands for, cannot be read: %w", id, err)
	}
	if string(came.Context[keyDigest]) != `"`+digest+`"` {
		return false, ErrKeyReused
	}
	status, err := i.Tasks.Status(ctx, id)
	if err != nil {
		return false, err
	}
	return true, i.mayRun(&druid.Task{Type: status.Type, ID: id, DataSource: status.DataSource}, nil)
}

func (i *Intake) mayRun(t *druid.Task, document []byte) error {
	if i.MayRun == nil {
		return nil
	}
	return i.MayRun(t, document)
}

// ofKey is what stands in the id of a task between its type and the digits that follow from a key.
const ofKey = "_key_"

// keyed is how such an id ends, or that of a further attempt of a submission that has one.
var keyed = regexp.MustCompile(ofKey + "[0-9a-f]{32}(_attempt[0-9]+)?$")

// Reserved is why a task may not have an id that somebody gives it; empty if it may. Anybody can find out the id that follows from the key of another: whoever took
// that would answer for the other's task, or keep its next attempt from coming.
func Reserved(id string) string {
	if keyed.MatchString(id) {
		return fmt.Sprintf("is [%.300s], but an id may not end with %s and 32 hexadecimal digits, nor with these and _attempt and a number, as those do that follow from an Idempotency-Key: leave it out, or give it another end", id, ofKey)
	}
	return ""
}

// Keyed gives a task the id and the context that a key stands for.
func Keyed(document []byte, key, digest string) (with []byte, id string, err error) {
	task, err := fieldsOf(document)
	if err != nil {
		return nil, "", err
	}
	if own := task.fields["id"]; own != nil && string(own) != "null" {
		return nil, "", &Invalid{[]Fault{{"/id", "must be absent where an Idempotency-Key is given, as the id follows from that; or leave out the key: a second task of the same id is refused"}}}
	}
	var typ string
	if json.Unmarshal(task.fields["type"], &typ) != nil || typ == "" {
		typ = "task"
	}
	id = typ + ofKey + Digest(key)[:32]
	task.set("id", id)
	if err := task.setContext(keyDigest, digest); err != nil {
		return nil, "", err
	}
	return task.json(), id, nil
}

// Digest is a word for texts that no others have.
func Digest(texts ...string) string {
	h := sha256.New()
	for _, text := range texts {
		fmt.Fprintf(h, "%d:%s", len(text), text)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Decode makes a task that can be accepted, as far as is known before it is added. The error is an *Invalid, a *RefusedError, or one of MayRun.
func (i *Intake) Decode(document []byte) (task.Task, error) {
	mayRead := i.MayRead
	if mayRead == nil {
		mayRead = func(task.Task) error { return nil }
	}
	if fault := kindFault(document, i.Places); fault != nil {
		return nil, fault
	}
	t, err := i.Places.Decode(document, i.Tasks.Now(), mayRead)
	if err != nil {
		return nil, i.all(document, invalid(err))
	}
	if fault := spec.ContextFault(&t.Header().Context); fault != "" {
		return nil, &Invalid{[]Fault{{"/context", fault}}}
	}
	if faults := labelFaults(&t.Header().Context); len(faults) > 0 {
		return nil, i.all(document, &Invalid{faults})
	}
	if err := i.mayRun(t.Header(), document); err != nil {
		return nil, err
	}
	if err := mayRead(t); err != nil {
		if _, refused := errors.AsType[source.Refused](err); refused {
			return nil, &RefusedError{err}
		}
		return nil, &Invalid{[]Fault{{"/spec/ioConfig", err.Error()}}}
	}
	return t, nil
}

// Task is the task that Submit would take of a document, as far as can be known without doing it. The errors are those of Submit.
func (i *Intake) Task(document []byte) (task.Task, error) {
	t, err := i.Decode(document)
	if err == nil {
		err = i.all(document, invalid(i.Tasks.Check(t)))
	}
	return t, err
}

// all is what is wrong with a task, where something is: with it come all other faults that show without looking further than at its fields, if it is to run here.
func (i *Intake) all(document []byte, err error) error {
	one, is := errors.AsType[*Invalid](err)
	if !is || i.Places.Workers {
		return err
	}
	faults := faultsOf(task.Faults(document, i.Tasks.Now()))
	var context struct{ Context druid.Context }
	if json.Unmarshal(document, &context) == nil {
		faults = append(faults, labelFaults(&context.Context)...)
	}
	if len(faults) == 0 {
		return err
	}
	for _, f := range one.Faults {
		if !slices.ContainsFunc(faults, func(other Fault) bool { return other.Pointer == f.Pointer }) {
			faults = append(faults, f)
		}
	}
	return &Invalid{faults}
}

// Faults are all that is wrong with a task; none if Submit would take it, as far as can be known without doing it.
func (i *Intake) Faults(document []byte) ([]Fault, error) {
	t, err := i.Task(document)
	if err == nil {
		if why := Reserved(t.Header().ID); why != "" {
			return []Fault{{"/id", why}}, nil
		}
	}
	var wrong *Invalid
	var refused *RefusedError
	switch {
	case errors.As(err, &wrong):
		return wrong.Faults, nil
	case errors.As(err, &refused):
		return []Fault{{"/spec/ioConfig", refused.Error()}}, nil
	}
	return nil, err
}

// invalid is an error of decoding as an *Invalid, or err.
func invalid(err error) error {
	if fault, is := errors.AsType[*spec.Error](err); is {
		return &Invalid{faultsOf(fault.All())}
	}
	refused, is := errors.AsType[*druid.Error](err)
	if is && refused.ErrorCode == "invalidInput" {
		return &Invalid{[]Fault{{"", refused.Message}}}
	}
	return err
}

func faultsOf(all []*spec.Error) (faults []Fault) {
	for _, e := range all {
		faults = append(faults, Fault{e.Pointer(), e.Problem})
	}
	return faults
}
