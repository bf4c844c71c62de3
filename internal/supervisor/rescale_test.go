package supervisor_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlitetest"
	"ovate/internal/supervisor"
)

// scaled is a supervisor that has another number of tasks when the test says so.
type scaled struct {
	supervisor.Life
	supervisor.Host
	spec    *supervisor.Spec
	stopped chan bool // whether its tasks were to publish
}

func (s *scaled) Start() {}
func (s *scaled) Stop(_ context.Context, finish bool) {
	if s.Move(supervisor.State{Stage: supervisor.Stopping}) {
		s.stopped <- finish
	}
}
func (s *scaled) Status(context.Context) ([]byte, error) { return nil, nil }

// A supervisor goes on with another number of tasks in a new life, once that is stored, and with the same if it is not.
func TestRescale(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var lives []*scaled
	kind := supervisor.Kind{Type: "scaled", Run: func(s *supervisor.Spec, h supervisor.Host) (supervisor.Supervising, error) {
		mu.Lock()
		defer mu.Unlock()
		lives = append(lives, &scaled{Host: h, spec: s, stopped: make(chan bool, 1)})
		return lives[len(lives)-1], nil
	}}
	last := func() *scaled {
		mu.Lock()
		defer mu.Unlock()
		return lives[len(lives)-1]
	}
	store := sqlitetest.Open(t)
	m := start(t, store, kind)
	if _, err := m.Submit(t.Context(), []byte(`{"type":"scaled","dataSource":"wiki","spec":{"ioConfig":{"taskCount" : 1}}}`), false); err != nil {
		t.Fatal(err)
	}
	first := last()
	failed := make(chan error, 1)
	first.Rescale(3, func(err error) { failed <- err })
	if finish := <-first.stopped; !finish {
		t.Error("the tasks of the life before are not told to publish")
	}
	if stored := history(t, m, "wiki", -1, nil); len(stored) != 2 || !strings.Contains(string(stored[0].Spec), `"taskCount" : 3`) {
		t.Errorf("stored are %s", stored)
	}
	first.Rescale(4, func(error) {}) // which it is not asked for any more
	if _, err := m.Suspend(t.Context(), "wiki", true); err != nil {
		t.Fatal(err)
	}
	if got := last().spec; !strings.Contains(string(got.Payload), `"taskCount" : 3`) || got.TaskCount != 3 {
		t.Errorf("it goes on by %s, with %d tasks", got.Payload, got.TaskCount)
	}
	if _, err := m.Submit(t.Context(), []byte(`{"type":"scaled","dataSource":"wiki","spec":{"ioConfig":{}}}`), false); err != nil {
		t.Fatal(err)
	}
	if got := last().spec.TaskCount; got != 0 {
		t.Errorf("by a spec that is submitted it has asked for %d tasks", got)
	}
	m.Stop()
	last().Rescale(5, func(err error) { failed <- err })
	if err := <-failed; !errors.Is(err, metadata.ErrTermOver) {
		t.Error(err)
	}
}
