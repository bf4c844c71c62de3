package webhook

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"ovate/druid"
	"ovate/internal/intake"
	"ovate/internal/label"
	"ovate/internal/metadata"
)

// Kinds of records: hooks, what they are still to be told, in the order in which it happened, and what they were told, the newest first.
const (
	Kind      = "webhook"
	kindOpen  = "webhook.delivery"
	kindEnded = "webhook.delivered"
)

// States of a delivery.
const (
	Pending   = "PENDING"
	Delivered = "DELIVERED"
	GivenUp   = "GIVEN_UP"
)

// Delivery is an event on its way to a hook.
type Delivery struct {
	// ID tells the event and the hook, whatever happens: who gets the same twice can tell by it.
	ID      string        `json:"id"`
	Event   string        `json:"event"`
	Task    string        `json:"task,omitempty"`
	Created druid.Instant `json:"created"`
	State   string        `json:"state"`
	// Attempts is how often it was sent, and Next when it is sent again; Status and Error are of the last answer.
	Attempts int            `json:"attempts"`
	Next     *druid.Instant `json:"next,omitempty"`
	Ended    *druid.Instant `json:"ended,omitempty"`
	Status   int            `json:"status,omitempty"`
	Error    string         `json:"error,omitempty"`
	// Body is what is sent.
	Body json.RawMessage `json:"body"`

	place string // the id of its record
}

// about is the task of which it tells; what is of none stands for itself.
func (d *Delivery) about() string { return cmp.Or(d.Task, d.place) }

// Readable are those of some deliveries that may be shown to somebody of whom reads tells which data sources he may read; nil if all. What tells of no task is
// shown to all.
func Readable(all []*Delivery, reads func(dataSource string) bool) []*Delivery {
	some := []*Delivery{}
	for _, d := range all {
		if d.seen(reads) {
			some = append(some, d)
		}
	}
	return some
}

func (d *Delivery) seen(reads func(dataSource string) bool) bool {
	if reads == nil || d.Task == "" {
		return true
	}
	var told struct{ Data taskTold }
	return json.Unmarshal(d.Body, &told) == nil && reads(told.Data.DataSource)
}

// Deliveries are some of what a hook was told, the newest first, or of what it is still to be told, the oldest first, behind a place, and the place behind which there
// are others; empty if there are none. The error may be ErrNotFound.
func (h *Hooks) Deliveries(ctx context.Context, id string, ended bool, after string, most int) (page []*Delivery, next string, err error) {
	if _, err := h.Get(id); err != nil {
		return nil, "", err
	}
	q := metadata.RecordQuery{Kind: kindOpen, Prefix: id + "/", After: after, Max: most}
	if ended {
		q.Kind = kindEnded
	}
	records, err := h.store.Records(ctx, q)
	if err != nil {
		return nil, "", err
	}
	for i := range records {
		d, err := deliveryOf(&records[i])
		if err != nil {
			return nil, "", err
		}
		page = append(page, d)
	}
	if len(records) == most {
		next = records[most-1].ID
	}
	return page, next, nil
}

// taskTold is a task as it is told of.
type taskTold struct {
	ID         string            `json:"id"`
	GroupID    string            `json:"groupId"`
	Type       string            `json:"type"`
	DataSource string            `json:"dataSource"`
	Created    druid.Instant     `json:"created"`
	State      string            `json:"state"`
	Duration   *int64            `json:"duration,omitempty"`
	Error      string            `json:"error,omitempty"`
	Labels     map[string]string `json:"labels,omitempty"`
}

// event is something that happened: a kind of events more is a name for hooks to ask for, and whoever notes it.
type event struct {
	name  string // of EventNames, or Test
	about subject
	data  any // what is told of it
}

// subject is what an event is about, by which hooks choose.
type subject struct {
	task            string // empty: it is about none, and has no place in an order
	dataSource, typ string
	labels          map[string]string
}

// ofTask is an event of a task. Each happens to it once.
func ofTask(name string, t taskTold) *event {
	return &event{name, subject{t.ID, t.DataSource, t.Type, t.Labels}, t}
}

// Inserted implements metadata.TaskWatcher.
func (h *Hooks) Inserted(_ context.Context, tx metadata.Tx, rows []*metadata.TaskRow) error {
	if len(h.known()) == 0 {
		return nil
	}
	for _, row := range rows {
		e := ofTask(TaskSubmitted, taskTold{ID: row.ID, GroupID: row.GroupID, Type: row.Type, DataSource: row.DataSource, Created: row.Created, State: string(druid.Waiting), Labels: label.Of(row.Payload)})
		if err := h.note(tx, e); err != nil {
			return err
		}
	}
	return nil
}

// Ended implements metadata.TaskWatcher.
func (h *Hooks) Ended(ctx context.Context, tx metadata.Tx, status druid.TaskStatus) error {
	if len(h.known()) == 0 {
		return nil
	}
	row, err := metadata.TaskStatus(ctx, tx, status.ID)
	if err != nil {
		return err
	}
	labels, err := label.Index{Store: tx}.Labels(ctx, status.ID)
	if err != nil {
		return err
	}
	name := TaskFailed
	if status.State == druid.Success {
		name = TaskSucceeded
	}
	return h.note(tx, ofTask(name, taskTold{
		ID: row.ID, GroupID: row.GroupID, Type: row.Type, DataSource: row.DataSource, Created: row.Created, State: string(status.State), Duration: &status.Duration, Error: status.ErrorMsg, Labels: labels,
	}))
}

// Removed implements metadata.TaskWatcher.
func (h *Hooks) Removed(metadata.Tx, druid.Instant) error { return nil }

// Committed implements metadata.TaskWatcher.
func (h *Hooks) Committed() { h.wakeAll() }

// note writes down an event for each hook that wants it.
func (h *Hooks) note(tx metadata.Tx, e *event) error {
	for _, hook := range h.known() {
		if !hook.wants(e) {
			continue
		}
		if err := h.open(tx, hook, e); err != nil {
			return err
		}
	}
	return nil
}

// open writes down what a hook is to be told.
func (h *Hooks) open(tx metadata.Tx, hook *Hook, e *event) error {
	now := h.Wall()
	body, err := json.Marshal(struct {
		Type      string        `json:"type"`
		Timestamp druid.Instant `json:"timestamp"`
		Data      any           `json:"data"`
	}{e.name, now, e.data})
	if err != nil {
		return err
	}
	seq := h.seq.Add(1)
	d := &Delivery{ID: "msg_" + intake.Digest(hook.ID, e.name, e.about.task)[:32], Event: e.name, Task: e.about.task, Created: now, State: Pending, Body: body, place: placeOf(hook.ID, seq)}
	if d.Task == "" {
		d.ID = "msg_" + intake.Digest(hook.ID, fmt.Sprint(seq))[:32]
	}
	return put(tx, d, now)
}

// placeOf is the id of the record of a delivery, by which those of a hook are in their order.
func placeOf(hook string, seq int64) string { return fmt.Sprintf("%s/%016x", hook, seq) }

// put stores a delivery: in the outbox until it has ended, and afterwards among those that have, in the opposite order.
func put(tx metadata.Tx, d *Delivery, at druid.Instant) error {
	payload, err := json.Marshal(d)
	if err != nil {
		return err
	}
	if d.State == Pending {
		return tx.PutRecord(metadata.Record{Kind: kindOpen, ID: d.place, At: at, Payload: payload})
	}
	if _, err := tx.DeleteRecord(kindOpen, d.place); err != nil {
		return err
	}
	hook, seq := d.place[:len(d.place)-17], int64(0)
	if _, err := fmt.Sscanf(d.place[len(d.place)-16:], "%x", &seq); err != nil {
		return err
	}
	return tx.PutRecord(metadata.Record{Kind: kindEnded, ID: placeOf(hook, math.MaxInt64-seq), At: at, Payload: payload})
}

func deliveryOf(r *metadata.Record) (*Delivery, error) {
	d := &Delivery{place: r.ID}
	if err := json.Unmarshal(r.Payload, d); err != nil {
		return nil, fmt.Errorf("a stored delivery cannot be read: %w", err)
	}
	if d.State == Pending && d.Attempts > 0 {
		d.Next = &r.At
	}
	return d, nil
}

// ErrNotFound is that there is no hook of an id.
var ErrNotFound = errors.New("no such webhook")
