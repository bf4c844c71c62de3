package scheduled_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/supervisor"
	"ovate/internal/supervisor/scheduled"
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
		if id, err := w.manager.RunNow(t.Context(), "gone"); !errors.Is(err, scheduled.ErrSubmitted) || len(w.active("noop")) != 1 {
			t.Errorf("within the second: %s, %v; there are %q", id, err, w.active("noop"))
		}
		time.Sleep(time.Second)
		if id, err := w.manager.RunNow(t.Context(), "gone"); err != nil || len(w.active("noop")) != 2 {
			t.Errorf("a second later: %s, %v; there are %q", id, err, w.active("noop"))
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
		if id, err := w.manager.RunNow(t.Context(), "there"); !errors.Is(err, metadata.ErrTermOver) || len(w.active("noop")) != 2 {
			t.Errorf("after the term: %s, %v; there are %q", id, err, w.active("noop"))
		}
	})
}

// What is stored and is not accepted any more, as the server allows less, is refused to who asks for it, and no fault of the server.
func TestRunNowWhatIsNotAccepted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, task.Places{})
		w.submit(`{"type":"ovate_scheduled_task","id":"one","task":{"type":"noop","dataSource":"wiki","context":{"ovateQueuePriority":5000}},"schedulerConfig":{"type":"unix","schedule":"@yearly"}}`)
		id, err := w.manager.RunNow(t.Context(), "one")
		if refused := (*supervisor.Refusal)(nil); !errors.As(err, &refused) {
			t.Errorf("%s, %v", id, err)
		}
	})
}

// A Broker that is silent holds up nothing but what it is asked for: other schedules run, and the one that waits can be changed, which ends that.
func TestSilentBroker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, task.Places{Workers: true})
		w.submit(hourly)
		w.submit(`{"type":"ovate_scheduled_task","id":"other","overlap":"allow","task":{"type":"noop","dataSource":"wiki"},"schedulerConfig":{"type":"unix","schedule":"@hourly"}}`)
		w.mu.Lock()
		w.silent = true
		w.mu.Unlock()
		w.pass("01:00:30")
		ended := make(chan error, 1)
		go func() {
			_, err := w.manager.RunNow(t.Context(), "wiki-hourly")
			ended <- err
		}()
		synctest.Wait()
		if _, err := w.manager.RunNow(t.Context(), "other"); err != nil || len(w.active("noop")) != 2 {
			t.Errorf("%v; of the other schedule there are %q", err, w.active("noop"))
		}
		begun := time.Now()
		if _, err := w.manager.Suspend(t.Context(), "wiki-hourly", true); err != nil || time.Since(begun) > 0 {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
		if told, is := errors.AsType[*druid.Error](<-ended); !is || told.HTTPStatus() != 503 || time.Since(begun) > 0 {
			t.Errorf("who has asked for it is told %v after %v", told, time.Since(begun))
		}
		go func() {
			_, err := w.manager.RunNow(t.Context(), "wiki-hourly")
			ended <- err
		}()
		synctest.Wait()
		if w.manager.Stop(); !errors.Is(<-ended, metadata.ErrTermOver) || time.Since(begun) > 0 {
			t.Errorf("the manager stops after %v", time.Since(begun))
		}
	})
}
