package streaming_test

import (
	"testing"
	"time"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/supervisor/plan"
	"ovate/internal/task"
)

// A leader that dies between the tombstone of a supervisor and the ends of its tasks leaves tasks that nobody leads: the next has them publish and end,
// as the one before would have, replicas, too. Those that somebody has submitted, or that another supervisor has, are left alone.
func TestTerminatedByALeaderThatDied(t *testing.T) {
	for _, c := range []struct {
		name   string
		paused bool // as the leader was about to end it
		other  bool // another supervisor writes to the data source
	}{{"reading", false, false}, {"paused", true, false}, {"another has them", false, true}} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, []int64{10}, func(w *world) {
				w.settings.Rules.Replicas = 2
				w.submit(1, 0)
				w.become(`0 READING {"0":0}-{"0":10}, 0 READING {"0":0}-{"0":10}`)
				own := w.tasks()
				text := `{"type":"index_kafka","id":"by_hand","resource":{"availabilityGroup":"by_hand","requiredCapacity":1},"dataSchema":{"dataSource":"wiki"},` +
					`"ioConfig":{"taskGroupId":9,"baseSequenceName":"by_hand","checkpoints":[{"0":"0"}],"start":{"0":"0"},"version":0}}`
				byHand, err := task.DecodeRemote([]byte(text), druid.Now())
				if err != nil {
					w.Fatal(err)
				}
				if c.paused {
					w.fleet.at(func() { own[0].phase = "PAUSED" })
				}
				w.end()
				err = w.disk.Update(w.Context(), func(tx metadata.Tx) error {
					const tombstone = `{"type":"NoopSupervisorSpec","id":null,"dataSources":["wiki"],"suspended":false,"type":"noop","source":"noop"}`
					err := tx.InsertSupervisor("wiki", []byte(tombstone), w.clock.Now())
					if err == nil && c.other {
						err = tx.InsertSupervisor("other", []byte(`{"type":"rabbit","spec":{"dataSchema":{"dataSource":"wiki"},"ioConfig":{"stream":"s"}}}`), w.clock.Now())
					}
					return err
				})
				if err != nil {
					w.Fatal(err)
				}
				w.lead()
				if err := w.queue.Add(w.Context(), byHand); err != nil {
					w.Fatal(err)
				}
				if c.other {
					time.Sleep(time.Hour)
					if got := w.tasks(); len(got) != 3 || w.covered(plan.Offsets{"0": "10"}) {
						w.Errorf("the tasks of a data source that another supervisor has are %s", w.how())
					}
					return
				}
				for begun := time.Now(); len(w.tasks()) > 1; time.Sleep(time.Second) {
					if time.Since(begun) > time.Hour { // of the bubble's clock
						w.Fatalf("the tasks are %s", w.how())
					}
				}
				for _, p := range own {
					if status, err := w.status(p.id); err != nil || status.State != druid.Success {
						w.Errorf("%+v, %v", status, err)
					}
				}
				if !w.covered(plan.Offsets{"0": "10"}) {
					w.Errorf("published is %v", w.published())
				}
				time.Sleep(time.Hour)
				if status, err := w.status("by_hand"); err != nil || status.State != druid.Running {
					w.Errorf("the task that somebody has submitted: %+v, %v", status, err)
				}
			})
		})
	}
}
