package task

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"ovate/druid"
	"ovate/internal/jsontext"
	"ovate/internal/secret"
)

// Place is where a task runs.
type Place byte

const (
	InProcess Place = iota // in this process
	OnWorker               // on one of Druid's own workers
)

// PlaceOf is where a task that was decoded is to run.
func PlaceOf(t Task) Place {
	if _, remote := t.(*Remote); remote {
		return OnWorker
	}
	return InProcess
}

// KeyRunner is a context key of ours: where the task is to run, in the words of druid.indexer.runner.type. A Java Overlord knows neither
// the key nor another place than its workers.
const KeyRunner = "ovateRunner"

// Values of KeyRunner.
const (
	runnerLocal  = "local"      // in this process, or not at all
	runnerRemote = "httpRemote" // on a worker
	runnerAuto   = "auto"       // in this process if it can run the task, and may. What is stored is what that came to
)

// Places are where the tasks of a server run. Where there are no workers all run in its process.
type Places struct {
	Workers bool
	// Default is the KeyRunner, as JSON, of tasks that have none; nil is httpRemote.
	Default json.RawMessage
}

// Of is the place of a task that is stored, by its context.
func (p Places) Of(c *druid.Context) Place {
	if !p.Workers {
		return InProcess
	}
	if name, err := c.String(KeyRunner, ""); err == nil && name == runnerLocal {
		return InProcess
	}
	return OnWorker
}

// Decode makes a task, for where it is to run, of the JSON that was submitted. mayRead tells why a task may not read its input in this process: such
// a one is not for it, unless it says so. The error may be a *spec.Error.
func (p Places) Decode(raw []byte, now druid.Instant, mayRead func(Task) error) (Task, error) {
	if !p.Workers {
		return decodeAlone(raw, now)
	}
	var value json.RawMessage
	if json.Valid(raw) { // else the error comes from who reads it
		value = contextValue(raw, KeyRunner)
	}
	wanted, err := p.wanted(value)
	if err != nil {
		return nil, err
	}
	if wanted == runnerRemote {
		return decodeRemote(raw, now, true)
	}
	t, err := Decode(raw, now)
	switch {
	case err == nil && (wanted == runnerLocal || mayRead(t) == nil):
		return placed(t, runnerLocal), nil
	case wanted == runnerLocal:
		return nil, fmt.Errorf("this task cannot run in ovate's own process, as context.%s wants: %w", KeyRunner, err)
	}
	if t, err = decodeRemote(raw, now, true); err != nil {
		return nil, err
	}
	return placed(t, runnerRemote), nil
}

// decodeAlone is Decode where there are no workers.
func decodeAlone(raw []byte, now druid.Instant) (Task, error) {
	t, err := Decode(raw, now)
	if err != nil {
		return nil, err
	}
	value, _ := t.Header().Context.Get(KeyRunner)
	wanted, err := Places{}.wanted(value)
	if err == nil && wanted == runnerRemote && value != nil {
		err = contextError(KeyRunner, "is %s, but this server has no workers (druid.indexer.runner.type)", value)
	}
	return t, err
}

// placed has a task's context say where it runs, for all that read it later.
func placed(t Task, where string) Task {
	t.Header().Context.Set(KeyRunner, json.RawMessage(`"`+where+`"`))
	return t
}

// wanted is where a task is to run that says so with this value, which is nil if it does not.
func (p Places) wanted(value json.RawMessage) (string, error) {
	if value == nil || string(value) == "null" {
		value = p.Default
	}
	if value == nil || string(value) == "null" {
		return runnerRemote, nil
	}
	var name string
	if err := json.Unmarshal(value, &name); err == nil {
		for _, known := range []string{runnerLocal, runnerRemote, runnerAuto} {
			if strings.EqualFold(name, known) {
				return known, nil
			}
		}
	}
	return "", contextError(KeyRunner, "must be local, httpRemote or auto, but is %s", value)
}

// contextValue is what a key has in the context of a task, which must be valid JSON; nil if it is not there.
func contextValue(task []byte, key string) json.RawMessage {
	return member(member(bytes.TrimSpace(task), "context"), key)
}

// member is the last member of that name of an object; nil if there is none, or the value is no object.
func member(value []byte, name string) (found json.RawMessage) {
	if len(value) == 0 || value[0] != '{' {
		return nil
	}
	for key, value := range jsontext.Members(value) {
		if string(key) == name {
			found = value
		}
	}
	return found
}

// Shown is the JSON of a stored task, which must be valid, as it may be shown, without secrets. The error is that it cannot be decoded.
func (p Places) Shown(stored []byte) ([]byte, error) {
	if p.Workers && string(contextValue(stored, KeyRunner)) != `"`+runnerLocal+`"` {
		return secret.Hide(stored), nil
	}
	return Shown(stored)
}
