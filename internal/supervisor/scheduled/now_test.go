package scheduled_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/task"
)

// What a schedule has run is run at once if somebody asks for it, and not any more once the schedule is terminated, or the term is over.
func TestRunNow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, task.Places{})
		for _, id := range []string{"gone", "there"} {
			w.submit(`{"type":"ovate_scheduled_task","id":"` + id + `","overlap":"allow","task":{"type":"noop","dataSource":"wiki"},"schedulerConfig":{"type":"unix","schedule":"@yearly"}}`)
		}
		w.submit(`{"type":"autocompact","spec":{"dataSource":"wiki"}}`)
		if id, err := w.manager.RunNow(t.Context(), "gone"); err != nil || len(w.active("noop")) != 1 {
			t.Errorf("%s, %v; there are %q", id, err, w.active("noop"))
		}
		if err := w.manager.Terminate(t.Context(), "gone"); err != nil {
			t.Fatal(err)
		}
		if id, err := w.manager.RunNow(t.Context(), "gone"); !errors.Is(err, metadata.ErrNotFound) {
			t.Errorf("terminated: %s, %v", id, err)
		}
		id, err := w.manager.RunNow(t.Context(), "autocompact__wiki")
		if unsupported := (*druid.Error)(nil); !errors.As(err, &unsupported) || unsupported.Category != druid.CategoryUnsupported {
			t.Errorf("of no schedule: %s, %v", id, err)
		}
		w.manager.Stop()
		if id, err := w.manager.RunNow(t.Context(), "there"); !errors.Is(err, metadata.ErrTermOver) || len(w.active("noop")) != 1 {
			t.Errorf("after the term: %s, %v; there are %q", id, err, w.active("noop"))
		}
	})
}
