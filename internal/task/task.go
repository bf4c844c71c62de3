// Package task holds the kinds of tasks that can be run here, a file each. A kind decodes its JSON, tells which locks it
// needs before it may run, and does its work with what a Toolbox gives it.
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

// TakesLocks tells whether tasks of a type may need locks before they run. Others are always ready.
func TakesLocks(typ string) bool { return typ != typeNoop }

// RemovesSegments tells whether tasks of a type remove segments and their files.
func RemovesSegments(typ string) bool { return typ == typeKill }

// Stored is the JSON of t as it has to be stored: what AppendJSON makes, with the secrets that t needs to run and with
// what is known of its sender.
func Stored(t Task) []byte {
	if index, ok := t.(*Index); ok {
		return index.appendStored(nil)
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
	if index, ok := t.(*Index); ok && index.secret != nil {
		return t.AppendJSON(nil), nil
	}
	if open, marked := bytes.CutSuffix(stored, []byte(proxiedMark)); marked {
		return append(bytes.Clone(open), '}'), nil
	}
	return stored, nil
}

// proxiedMark ends the stored JSON of a task that came through a proxy. Druid ignores fields that it does not know.
const proxiedMark = `,"proxied":true}`

// ReadsLocalFiles tells whether a task reads files of this machine.
func ReadsLocalFiles(t Task) bool {
	index, ok := t.(*Index)
	if !ok {
		return false
	}
	_, local := index.spec.IO.Source.(spec.LocalSource)
	return local
}

// SetProxied notes, for all runs, that the sender of a task may be anywhere: it may read no more than a task on a server
// that everybody reaches.
func SetProxied(t Task) {
	if index, ok := t.(*Index); ok {
		index.proxied = true
	}
}

// Identity is a task as actions know it.
func Identity(t Task) action.Task {
	index, ok := t.(*Index)
	return IdentityOf(t.Header(), ok && index.appends())
}

// IdentityOf is the identity of a task, of which h is the header, and which appends or not.
func IdentityOf(h *druid.Task, appends bool) action.Task {
	return action.Task{
		Holder: lockbox.Holder{
			TaskID: h.ID, GroupID: h.GroupID, DataSource: h.DataSource, Priority: priority(h), Alone: alone(h.Type, appends),
		},
		Allocator: allocator(h),
	}
}

// alone tells whether a task shares its locks with nobody: one that replaces what is there, or removes files.
func alone(typ string, appends bool) bool {
	switch typ {
	case typeIndex, typeIndexParallel:
		return !appends
	default:
		return typ == typeKill
	}
}

// allocator names whose end removes the segment ids that a task leaves pending; it is empty for types that cannot
// allocate any.
func allocator(h *druid.Task) string {
	switch h.Type {
	case typeNoop:
		return h.ID // others may perform actions in its name
	case typeIndex, typeIndexParallel:
		return h.GroupID
	default:
		return ""
	}
}

// The kinds of tasks that can be run here, by the `type` in their JSON.
const (
	typeIndex         = "index"
	typeIndexParallel = "index_parallel"
	typeKill          = "kill"
	typeNoop          = "noop"
)

// Types lists the types of tasks that can be run here. Decode knows what each of them is made of.
func Types() []string { return []string{typeIndex, typeIndexParallel, typeKill, typeNoop} }

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
	switch header.Type {
	case typeNoop:
		return decodeNoop(header, d, now)
	case typeIndex, typeIndexParallel:
		return decodeIndex(header, d, now)
	case typeKill:
		return decodeKill(header, d, now)
	case "":
		return nil, errors.New("missing type id property 'type'")
	default:
		return nil, fmt.Errorf("could not resolve type id '%s': tasks that can be run here are [%s]",
			header.Type, strings.Join(Types(), ", "))
	}
}

// priority is that of the context, if it is a number, or else that of the type.
func priority(h *druid.Task) int {
	fallback := 0
	switch h.Type {
	case typeNoop, typeIndex, typeIndexParallel:
		fallback = 50
	}
	p, err := h.Context.Int("priority", fallback)
	if err != nil {
		return fallback
	}
	return p
}

// lockAll takes the locks of a Locker; it is the Ready of those that have no other condition.
func lockAll(ctx context.Context, c action.Client, l Locker) (bool, error) {
	wanted := l.Locks()
	if len(wanted.Intervals) == 0 {
		return true, nil
	}
	locks, err := action.Do(ctx, c, action.LockTryAcquire{Request: wanted})
	if err != nil {
		return false, err
	}
	return locks != nil, notRevoked(c.Task().TaskID, locks)
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
