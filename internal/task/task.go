// Package task holds the kinds of tasks, a file for each or for its family. A kind that can be run here decodes its JSON, tells which locks it
// needs before it may run, and does its work with what a Toolbox gives it. Of a task that runs on one of Druid's workers its kind reads
// no more than has to be known before it runs.
package task

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/lockbox"
	"ovate/internal/spec"
)

// Task is one task, decoded and complete: ids and defaults are filled in.
type Task interface {
	// Header is what all kinds have in common. The context in it may be completed until the task is stored.
	Header() *druid.Task
	// Priority decides who gets a lock that two want.
	Priority() int
	// Ready takes the locks that the task needs before it runs. False without an error means that other tasks are
	// in the way, and that nothing was taken.
	Ready(ctx context.Context, c action.Client) (bool, error)
	// Run does the work; nil is success. It ends soon after ctx does, with nothing left behind that was not published.
	Run(ctx context.Context, tools *Toolbox) error
	// AppendJSON appends the task's JSON, with every default, from which Decode makes the same task.
	AppendJSON(dst []byte) []byte
}

// Locker is a task that takes locks before it runs. Its Ready succeeds when these can be had.
type Locker interface {
	Locks() lockbox.Request
}

// Stored is the JSON of t as it has to be stored: what AppendJSON makes, with the secrets that t needs to run and with
// what is known of its sender.
func Stored(t Task) []byte {
	if s, ok := t.(interface{ appendStored(dst []byte) []byte }); ok {
		return s.appendStored(nil)
	}
	return t.AppendJSON(nil)
}

// Shown is the JSON of a stored task as it may be shown: without secrets.
func Shown(stored []byte) ([]byte, error) {
	if !bytes.Contains(stored, []byte(`"http"`)) && !bytes.HasSuffix(stored, []byte(proxiedMark)) {
		return stored, nil // only http input has secrets
	}
	t, err := Decode(stored, 0)
	if err != nil {
		return nil, fmt.Errorf("the stored payload cannot be decoded: %w", err)
	}
	if s, ok := t.(interface{ hasSecret() bool }); ok && s.hasSecret() {
		return t.AppendJSON(nil), nil
	}
	if open, marked := bytes.CutSuffix(stored, []byte(proxiedMark)); marked {
		return append(bytes.Clone(open), '}'), nil
	}
	return stored, nil
}

// proxiedMark ends the stored JSON of a task that came through a proxy. Druid ignores fields that it does not know.
const proxiedMark = `,"proxied":true}`

// SetProxied notes, for all runs, that the sender of a task may be anywhere, or is no administrator: it may read no more than a task on a server
// that everybody reaches.
func SetProxied(t Task) {
	if p, ok := t.(interface{ setProxied() }); ok {
		p.setProxied()
	}
}

// Identity is a task as actions know it.
func Identity(t Task) action.Identity {
	a, ok := t.(interface{ appends() bool })
	return IdentityOf(t.Header(), ok && a.appends(), PlaceOf(t))
}

// IdentityOf is the identity of a task, of which h is the header, which appends or not, and which runs there. One that runs on a worker may
// share locks as its kind does in Druid, and whether its kind allocates segments is known there.
func IdentityOf(h *druid.Task, appends bool, at Place) action.Identity {
	kind := KindOf(h.Type)
	return action.Identity{
		Holder: lockbox.Holder{
			TaskID: h.ID, GroupID: h.GroupID, DataSource: h.DataSource, Priority: priority(h),
			Alone: at == InProcess && kind.alone != nil && kind.alone(appends),
		},
		Type:      h.Type,
		Allocates: at == OnWorker || kind.allocates,
		Allocator: kind.allocator(h),
	}
}

// Decode makes a task of its JSON and fills in what is absent; now goes into the id of a task that brings none.
// The error says which field is wrong and what would be right.
func Decode(raw []byte, now druid.Instant) (Task, error) {
	d, err := spec.Read(raw)
	if err != nil {
		return nil, err
	}
	header, err := d.Header()
	if err != nil {
		return nil, err
	}
	if header.Type == "" {
		return nil, errors.New("missing type id property 'type'")
	}
	kind := KindOf(header.Type)
	if kind.decode == nil {
		return nil, fmt.Errorf("could not resolve type id '%s': tasks that can be run here are [%s]",
			header.Type, strings.Join(Types(), ", "))
	}
	return kind.decode(header, d, now)
}

// priority is that of the context, if it is a number, or else that of the kind.
func priority(h *druid.Task) int {
	fallback := KindOf(h.Type).priority
	p, err := h.Context.Int("priority", fallback)
	if err != nil {
		return fallback
	}
	return p
}

// lockAll takes the locks that a task wants; it is the Ready of those that have no other condition.
func lockAll(ctx context.Context, c action.Client, taskID string, wanted lockbox.Request) (bool, error) {
	if len(wanted.Intervals) == 0 {
		return true, nil
	}
	locks, err := action.Do(ctx, c, action.LockTryAcquireAll{LockType: wanted.Type, Intervals: wanted.Intervals})
	if err != nil {
		return false, err
	}
	return locks != nil, notRevoked(taskID, locks)
}

// notRevoked gives an error if the task has lost one of the locks.
func notRevoked(taskID string, locks []druid.TaskLock) error {
	for _, l := range locks {
		if l.Revoked {
			return &lockbox.Revoked{TaskID: taskID, Lock: l}
		}
	}
	return nil
}

func appendHead(dst []byte, h *druid.Task) []byte {
	dst = druid.AppendString(append(dst, `{"type":`...), h.Type)
	return druid.AppendString(append(dst, `,"id":`...), h.ID)
}
