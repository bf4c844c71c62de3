// Package supervisortest holds what every kind of supervisor that runs must do, as tests that the kind's own tests call. The store and the queue are the
// real ones; what the tasks read, and where they run, the kind's tests bring along.
package supervisortest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/supervisor"
)

// Case is a kind to exercise.
type Case struct {
	Kind supervisor.Kind
	// Spec is a spec of the kind that is not suspended. By it a supervisor makes tasks that run until they are told to end, and its own are all of that
	// type in the data source.
	Spec, TaskType string
	// Tasks is how many it has at a time.
	Tasks int
	// Leaves tells that its tasks go on, and are its own in its next life, when it rests or ends.
	Leaves bool
	Host
}

// Exercise checks a kind. Each of its tests has a world of its own, which make makes.
func Exercise(t *testing.T, run func(t *testing.T, test func(t *testing.T, c Case))) {
	for name, test := range map[string]func(*world){
		"start":        start,
		"suspend":      suspend,
		"stop":         stop,
		"other spec":   otherSpec,
		"terminate":    terminate,
		"reset":        reset,
		"unused":       unused,
		"stop at once": stopAtOnce,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, func(t *testing.T, c Case) { test(newWorld(t, c)) })
		})
	}
}

// start: a supervisor is pending, has its tasks run, and tells of that.
func start(w *world) {
	w.submit(w.Spec)
	w.waitFor("healthy, with its tasks", func() bool { return len(w.active()) == w.Tasks && w.stage() == supervisor.Running })
	w.tells()
}

// suspend: the tasks end, unless they are left, and none come; it is the same for the next leader; and they come again when it goes on.
func suspend(w *world) {
	w.submit(w.Spec)
	w.waitForTasks()
	if _, err := w.manager.Suspend(w.t.Context(), w.id, true); err != nil {
		w.t.Fatal(err)
	}
	left := w.left()
	resting := func() bool { return slices.Equal(w.active(), left) && w.stage() == supervisor.Suspended }
	w.waitFor("resting, without tasks of its own", resting)
	w.tells()
	w.restart()
	w.waitFor("resting, without tasks of its own, under the next leader", resting)
	if _, err := w.manager.Suspend(w.t.Context(), w.id, false); err != nil {
		w.t.Fatal(err)
	}
	w.waitForTasks()
}

// stop: the tasks stay as they are, and the next leader's supervisor has the same and makes no others.
func stop(w *world) {
	w.submit(w.Spec)
	w.waitForTasks()
	before := w.active()
	last := w.at()
	w.manager.Stop()
	if after := w.active(); !slices.Equal(before, after) {
		w.t.Errorf("before it stopped there were the tasks %q, and then %q", before, after)
	}
	if s := last.AtWork.State().Stage; s != supervisor.Stopping {
		w.t.Errorf("one that has stopped is %s", s)
	}
	for range 2 {
		w.restart()
		w.waitForTasks()
		if after := w.active(); !slices.Equal(before, after) {
			w.t.Errorf("before another led there were the tasks %q, and then %q", before, after)
		}
	}
}

// otherSpec: submitted again, be it as it is, it ends the tasks of the life before, unless they are left, and has no more than it should.
func otherSpec(w *world) {
	w.submit(w.Spec)
	w.waitForTasks()
	before := w.active()
	w.submit(w.Spec)
	w.waitFor("with tasks of its own", func() bool {
		now := w.active()
		return len(now) == w.Tasks && w.Leaves == slices.ContainsFunc(now, func(id string) bool { return slices.Contains(before, id) })
	})
}

// terminate: the tasks end, unless they are left, and nothing else of it is there, for the next leader either.
func terminate(w *world) {
	w.submit(w.Spec)
	w.waitForTasks()
	left := w.left()
	if err := w.manager.Terminate(w.t.Context(), w.id); err != nil {
		w.t.Fatal(err)
	}
	w.waitFor("gone, with its tasks", func() bool { return slices.Equal(w.active(), left) })
	for range 2 {
		if _, err := w.manager.Get(w.id); !errors.Is(err, metadata.ErrNotFound) {
			w.t.Errorf("one that was terminated: %v", err)
		}
		w.restart()
	}
	if there := w.active(); !slices.Equal(there, left) {
		w.t.Errorf("left are the tasks %q, and should be %q", there, left)
	}
}

// reset: one that reads a stream goes on afterwards; any other says that it cannot.
func reset(w *world) {
	w.submit(w.Spec)
	w.waitForTasks()
	err := w.manager.ResetOffsets(w.t.Context(), w.id, nil)
	if _, reads := w.at().AtWork.(supervisor.Streaming); reads {
		if err != nil {
			w.t.Fatal(err)
		}
		w.waitForTasks()
	} else if unsupported := (*druid.Error)(nil); !errors.As(err, &unsupported) || unsupported.Category != druid.CategoryUnsupported {
		w.t.Errorf("reset: %v", err)
	}
	w.tells()
}

// unused: one that never starts can be stopped, which ends no tasks, and tells how it is.
func unused(w *world) {
	w.submit(w.Spec)
	w.waitForTasks()
	before := w.active()
	spec := &supervisor.Spec{ID: w.id, Type: w.Kind.Type, Payload: []byte(w.Spec), DataSource: w.at().DataSource, Source: w.at().Source}
	s, err := w.Kind.Run(spec, supervisor.Host{Tasks: w.queue, Store: w.store, Now: w.queue.Now, Wall: druid.Now, Log: w.log, Meter: supervisor.Unmetered{}})
	if err != nil {
		w.t.Fatal(err)
	}
	if stage := s.State().Stage; stage != supervisor.Pending {
		w.t.Errorf("before its start it is %s", stage)
	}
	for range 2 {
		s.Stop(w.t.Context(), false)
	}
	if stage := s.State().Stage; stage != supervisor.Stopping {
		w.t.Errorf("stopped without a start it is %s", stage)
	}
	if _, err := s.Status(w.t.Context()); err != nil {
		w.t.Errorf("stopped without a start, its status: %v", err)
	}
	if after := w.active(); !slices.Equal(before, after) {
		w.t.Errorf("before it stopped there were the tasks %q, and then %q", before, after)
	}
}

// stopAtOnce: at whatever point of its beginning it is stopped, the next has its tasks, and nothing hangs.
func stopAtOnce(w *world) {
	w.submit(w.Spec)
	for range 3 {
		w.restart()
	}
	w.waitForTasks()
	ended, cancel := context.WithCancel(w.t.Context())
	cancel()
	w.at().AtWork.Stop(ended, true) // nobody waits for its tasks
	w.restart()
	w.waitForTasks()
}

// left are the tasks that are there once it rests or ends.
func (w *world) left() []string {
	if w.Leaves {
		return w.active()
	}
	return nil
}

// tells checks what the supervisor tells of itself.
func (w *world) tells() {
	w.t.Helper()
	one := w.at()
	own, err := one.AtWork.Status(w.t.Context())
	if err != nil || !json.Valid(slices.Concat([]byte{'{'}, own, []byte{'}'})) {
		w.t.Errorf("its status is %s, %v", own, err)
	}
	if s := one.State; s.Stage.Healthy() != (s.Why == "") {
		w.t.Errorf("it is %s, and why is %q", s.Word(), s.Why)
	}
	s, reads := one.AtWork.(supervisor.Streaming)
	if !reads {
		return
	}
	for want, ask := range map[string]func(context.Context) ([]byte, error){"{": s.Stats, "[": s.ParseErrors} {
		if text, err := ask(w.t.Context()); err != nil || !json.Valid(text) || !bytes.HasPrefix(text, []byte(want)) {
			w.t.Errorf("its tasks tell %s, %v", text, err)
		}
	}
}

func (w *world) waitForTasks() {
	w.t.Helper()
	w.waitFor(fmt.Sprintf("with %d tasks", w.Tasks), func() bool { return len(w.active()) == w.Tasks && w.stage() == supervisor.Running })
}
