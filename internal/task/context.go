package task

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/spec"
)

// KeyEndsWithProcess is a context key of ours: the task is not run again when the server's process has ended before it, but fails at the
// next start. A command that ingests within its own process gives it to its tasks: whoever gave the command saw no success, and rows
// that came by themselves when the next process starts would be there twice once the command is given again.
const KeyEndsWithProcess = "endsWithProcess"

// EndsWithProcess reads the key.
func EndsWithProcess(c *druid.Context) bool { return contextBool(c, KeyEndsWithProcess, false) }

// Check refuses what a task asks for that this server does not allow or cannot do. The task's context has to be complete. The
// error is a *spec.Error.
func Check(t Task, l spec.Limits) error {
	if err := checkQueuePriority(&t.Header().Context); err != nil { // the key is ours, whatever the task is
		return err
	}
	if c, ok := t.(interface{ check(spec.Limits) error }); ok {
		return c.check(l)
	}
	return nil
}

// CheckSize refuses a task whose JSON, as it is stored, has more bytes than most; 0 is no limit.
func CheckSize(t Task, size int, most int64) error {
	if most > 0 && int64(size) > most {
		return druid.InvalidInput("Task[%s] is %d bytes of JSON, but druid.indexer.queue.maxTaskPayloadSize allows %d", t.Header().ID, size, most)
	}
	return nil
}

// Faults are all faults of a task's JSON that are found without looking further than at its fields, in the order in which Decode would come upon them; none if
// it can run here as far as these tell. Of a type that cannot run here there is one.
func Faults(raw []byte, now druid.Instant) (faults []*spec.Error) {
	found := func(err error) {
		if fault, is := errors.AsType[*spec.Error](err); is {
			faults = append(faults, fault.All()...)
		} else if err != nil {
			faults = append(faults, &spec.Error{Path: "task", Problem: err.Error()})
		}
	}
	d, err := spec.Read(raw)
	if err != nil {
		found(err)
		return faults
	}
	header, err := d.Header()
	found(err)
	kind := KindOf(header.Type)
	if kind.decode == nil {
		_, err := Decode(raw, now)
		return append(faults, (&spec.Error{Path: "type", Problem: err.Error()}).All()...)
	}
	if header.ID == "" {
		header.ID = "x" // any id will do
	}
	_, err = kind.decode(header, d, now)
	found(err)
	if kind.MakesSegments {
		_, err := d.Resource()
		found(err)
		faults = append(faults, contextFaults(&header.Context)...)
	} else {
		found(checkQueuePriority(&header.Context))
	}
	if kind.group == nil {
		_, err := d.Group()
		found(err)
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(faults, func(f *spec.Error) bool {
		again := seen[f.Path]
		seen[f.Path] = true
		return again
	})
}

// CheckContext refuses a context for ingestion with values that nobody can go by. Keys that mean nothing are left alone, as in
// Druid. The error is a *spec.Error.
func CheckContext(c *druid.Context) error {
	if all := contextFaults(c); len(all) > 0 {
		return all[0]
	}
	return nil
}

// contextFaults are all that CheckContext refuses.
func contextFaults(c *druid.Context) (all []*spec.Error) {
	for _, key := range []string{KeyEndsWithProcess, "storeEmptyColumns", "storeCompactionState"} {
		all = appendFault(all, checkTruth(c, key))
	}
	all = appendFault(all, checkQueuePriority(c))
	all = append(all, lockFaults(c)...)
	for key := range c.All() {
		name, own := strings.CutPrefix(key, "druid.indexer.fork.property.")
		if !own || name == "druid.storage.zip" { // how files are packed, which is the server's to say, changes no segment: its loadSpec tells
			continue
		}
		for _, prefix := range []string{"druid.storage.", "druid.ingestion.", "druid.indexer.task.", "druid.indexing.", "druid.processing.bitmap."} {
			if strings.HasPrefix(name, prefix) {
				all = appendFault(all, contextError(key, "sets a property of the task's own process, but tasks share the server's process here: set %s for the server", name))
			}
		}
	}
	return all
}

// checkLocks refuses what a context says of locks that there are not, wherever the task runs: in Druid it would fail once it asks for them, or
// ask for others than were meant. The error is a *spec.Error.
func checkLocks(c *druid.Context) error {
	if all := lockFaults(c); len(all) > 0 {
		return all[0]
	}
	return nil
}

// lockFaults are all that checkLocks refuses.
func lockFaults(c *druid.Context) (all []*spec.Error) {
	for _, key := range []string{"useConcurrentLocks", "useSharedLock", KeyForceChunks} {
		all = appendFault(all, checkTruth(c, key))
	}
	if value, given := c.Get("taskLockType"); given && string(value) != "null" {
		name, err := c.String("taskLockType", "")
		if err != nil || !slices.Contains(lockTypes(), druid.LockType(strings.ToUpper(name))) {
			all = appendFault(all, contextError("taskLockType", "must be one of %s, but is %s", lockTypes(), value))
		}
	}
	return all
}

// checkTruth refuses a value of a key that is neither true nor false.
func checkTruth(c *druid.Context, key string) error {
	switch value, _ := c.Get(key); strings.ToLower(string(value)) {
	case "", "null", "true", "false", `"true"`, `"false"`:
		return nil
	default:
		return contextError(key, "must be true or false, but is %s", value)
	}
}

// appendFault appends an error that is a fault.
func appendFault(all []*spec.Error, err error) []*spec.Error {
	if fault, is := errors.AsType[*spec.Error](err); is {
		return append(all, fault)
	}
	return all
}

// CheckDefaults refuses a context for all tasks that no task could be submitted with. The error is a *spec.Error.
func CheckDefaults(defaults map[string]json.RawMessage) error {
	var c druid.Context
	for _, key := range slices.Sorted(maps.Keys(defaults)) {
		c.Set(key, defaults[key])
	}
	for _, key := range []string{"priority", "taskLockTimeout"} {
		if _, err := c.Int(key, 0); err != nil {
			return contextError(key, "must be a whole number, but is %s", defaults[key])
		}
	}
	if _, err := (Places{}).wanted(defaults[KeyRunner]); err != nil {
		return err
	}
	return CheckContext(&c)
}

func contextError(key, format string, args ...any) error {
	for i, a := range args {
		if raw, ok := a.(json.RawMessage); ok && len(raw) > 100 {
			args[i] = string(raw[:100]) + "..."
		} else if ok {
			args[i] = string(raw)
		}
	}
	return &spec.Error{Path: "context." + key, Problem: fmt.Sprintf(format, args...)}
}

func lockTypes() []druid.LockType {
	return []druid.LockType{druid.Exclusive, druid.Shared, druid.Append, druid.Replace}
}

// contextBool is the truth of a key of a context that has been checked, or was stored before anybody checked it.
func contextBool(c *druid.Context, key string, fallback bool) bool {
	on, err := c.Bool(key, fallback)
	if err != nil {
		return fallback
	}
	return on
}
