package apptest

import (
	"strings"
	"testing"

	"ovate/druid"
)

// TestTaskThatEndsTheProcess: a task whose runs end with the process fails after the third time and says so; one that was beside it
// goes on, and so does everything after a stop, however often.
func TestTaskThatEndsTheProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	runs := func(s *server, ids ...string) {
		t.Helper()
		for _, id := range ids {
			eventually(t, id+" runs", func() bool { return running(t, s, id) })
		}
	}
	s := start(t, dir, "druid.worker.capacity=3")
	s.submit(t, noop("culprit", quiet, 3_600_000))
	s.submit(t, noop("beside", quiet, 3_600_000))
	for range 4 { // stops do not count
		runs(s, "culprit", "beside")
		s.terminate(t)
		s = start(t, dir, "druid.worker.capacity=3")
	}
	runs(s, "culprit", "beside")
	s.kill(t)
	s = start(t, dir, "druid.worker.capacity=3")
	runs(s, "culprit", "beside")
	s.kill(t)
	s = start(t, dir, "druid.worker.capacity=3")
	eventually(t, "one of the two runs", func() bool { return running(t, s, "culprit") != running(t, s, "beside") })
	if running(t, s, "beside") { // which of them comes first is not fixed
		if err := s.Shutdown(t.Context(), "beside"); err != nil {
			t.Fatal(err)
		}
		s.submit(t, noop("beside-again", quiet, 3_600_000))
	}
	runs(s, "culprit")
	s.kill(t)
	s = start(t, dir, "druid.worker.capacity=3")
	if status := s.finish(t, "culprit"); status.State != druid.Failed || !strings.Contains(status.ErrorMsg, "process ended 3 times") {
		t.Errorf("the culprit: %s %q", status.State, status.ErrorMsg)
	}
	eventually(t, "the one beside it runs, if it was not shut down", func() bool {
		status, err := s.Status(t.Context(), "beside")
		if err != nil {
			t.Fatal(err)
		}
		return status.State != druid.Running || running(t, s, "beside")
	})
	s.terminate(t)
}

// running tells whether a task has a worker.
func running(t testing.TB, s *server, id string) bool {
	t.Helper()
	status, err := s.Status(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return status.State == druid.Running && status.Location.Port > 0
}
