package streaming_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/supervisor/plan"
)

// A reset has everything read from elsewhere, at once for whoever leads next, and nothing that was read before is published afterwards.
func TestReset(t *testing.T) {
	inWorld(t, []int64{10, 20}, func(w *world) {
		w.submit(2, 0)
		w.become(`0 READING {"0":0}-{"0":10}, 1 READING {"1":0}-{"1":20}`)
		w.untilPublished(plan.Offsets{"0": "10", "1": "20"})
		w.become(`0 READING {"0":10}-{"0":10}, 1 READING {"1":20}-{"1":20}`)
		other := w.tasks()[0]
		if other.group == 0 {
			other = w.tasks()[1]
		}
		if err := w.manager.ResetOffsets(w.Context(), "wiki", json.RawMessage(`{"type":"kafka","partitions":{"type":"end","stream":"s","partitionOffsetMap":{"0":4}}}`)); err != nil {
			w.Fatal(err)
		}
		if got := text(w.published()); got != `{"0":4,"1":20}` {
			w.Errorf("published is %s", got)
		}
		w.become(`0 READING {"0":4}-{"0":10}, 1 READING {"1":20}-{"1":20}`)
		if other.life.Err() != nil {
			w.Error("a task of another partition has ended")
		}
		if err := w.manager.ResetOffsets(w.Context(), "wiki", nil); err != nil {
			w.Fatal(err)
		}
		w.restart()
		w.become(`0 READING {"0":0}-{"0":10}, 1 READING {"1":0}-{"1":20}`)
		for what, text := range map[string]string{
			"another stream": `{"type":"kafka","partitions":{"type":"end","stream":"other","partitionSequenceNumberMap":{"0":0}}}`,
			"another type":   `{"type":"kinesis","partitions":{"type":"end","stream":"s","partitionSequenceNumberMap":{"0":"0"}}}`,
			"a beginning":    `{"type":"kafka","partitions":{"type":"start","stream":"s","partitionSequenceNumberMap":{"0":0}}}`,
			"an object":      `{"type":"object","object":1}`,
			"nothing":        `{}`,
		} {
			deliberate := (*druid.Error)(nil)
			if err := w.manager.ResetOffsets(w.Context(), "wiki", json.RawMessage(text)); !errors.As(err, &deliberate) {
				w.Errorf("a reset to %s: %v", what, err)
			}
		}
	})
}

// A task that has published, and only waits until others answer for what it has, outlives a reset: nobody would answer for its rows meanwhile. The stream is
// read from where the reset says.
func TestResetOfWhatIsPublished(t *testing.T) {
	inWorld(t, []int64{10}, func(w *world) {
		w.submit(1, 0)
		w.become(`0 READING {"0":0}-{"0":10}`)
		first := w.tasks()[0]
		w.fleet.at(func() { first.waits = true })
		if err := w.manager.Handoff(w.Context(), "wiki", []int{0}); err != nil {
			w.Fatal(err)
		}
		w.untilPublished(plan.Offsets{"0": "10"})
		w.become(`0 PUBLISHING {"0":0}-{"0":10}, 0 READING {"0":10}-{"0":10}`)
		if err := w.manager.ResetOffsets(w.Context(), "wiki", json.RawMessage(`{"type":"kafka","partitions":{"type":"end","stream":"s","partitionOffsetMap":{"0":4}}}`)); err != nil {
			w.Fatal(err)
		}
		w.become(`0 PUBLISHING {"0":0}-{"0":10}, 0 READING {"0":4}-{"0":10}`)
		w.fleet.at(func() { first.waits = false })
		w.become(`0 READING {"0":4}-{"0":10}`)
		if s := first.status(); s.State != druid.Success {
			w.Errorf("the task that has published is %+v", s)
		}
		w.untilPublished(plan.Offsets{"0": "10"})
	})
}

// The next task after one that was killed at work does not come at once: in the same process it would not show its rows.
func TestTaskAfterOneThatWasKilled(t *testing.T) {
	inWorld(t, []int64{10}, func(w *world) {
		w.submit(1, 0)
		w.become(`0 READING {"0":0}-{"0":10}`)
		begun := time.Now()
		if err := w.manager.ResetOffsets(w.Context(), "wiki", nil); err != nil {
			w.Fatal(err)
		}
		w.until("another task", func() bool { return len(w.tasks()) > 0 })
		if took := time.Since(begun); took < 5*time.Second || took > w.settings.Period {
			w.Errorf("the next task came after %s", took)
		}
	})
}

// A reset to what is no place ends no task.
func TestResetToNowhere(t *testing.T) {
	inWorld(t, []int64{10}, func(w *world) {
		w.submit(1, 0)
		w.become(`0 READING {"0":0}-{"0":10}`)
		reads := w.tasks()[0]
		deliberate := (*druid.Error)(nil)
		err := w.manager.ResetOffsets(w.Context(), "wiki", json.RawMessage(`{"type":"kafka","partitions":{"type":"end","stream":"s","partitionOffsetMap":{"0":-5}}}`))
		if !errors.As(err, &deliberate) || !strings.Contains(err.Error(), "-5 is no place in partition 0") {
			w.Error(err)
		}
		if reads.life.Err() != nil {
			w.Error("the task that reads has ended")
		}
	})
}

// A task may ask for a reset itself, as its records are gone: it ends, and another one reads on from where it says.
func TestResetByATask(t *testing.T) {
	inWorld(t, []int64{10}, func(w *world) {
		w.submit(1, 0)
		w.become(`0 READING {"0":0}-{"0":10}`)
		p := w.tasks()[0]
		to, err := json.Marshal(metadataOf("end", plan.Offsets{"0": "7"}))
		if err != nil {
			w.Fatal(err)
		}
		if is, err := action.Do(w.Context(), w.client(p), action.ResetDataSourceMetadata{DataSource: "wiki", Reset: to}); err != nil || !is {
			w.Errorf("there is a supervisor that hears it: %t, %v", is, err)
		}
		w.become(`0 READING {"0":7}-{"0":10}`)
	})
}
