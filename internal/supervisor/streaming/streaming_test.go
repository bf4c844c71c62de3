package streaming_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ovate/druid"
	"ovate/internal/supervisor/plan"
)

// grow has the stream have so many records in each partition.
func (w *world) grow(length ...int64) {
	w.topic.at(func() {
		w.topic.length = length
		for len(w.topic.removed) < len(length) {
			w.topic.removed = append(w.topic.removed, 0)
		}
	})
}

func (w *world) untilPublished(o plan.Offsets) {
	w.Helper()
	w.until(fmt.Sprintf("publish up to %v", o), func() bool { return w.covered(o) })
}

// Tasks read, publish when their time is over, and others go on where they have ended.
func TestTasksFollowOneAnother(t *testing.T) {
	inWorld(t, []int64{10, 20}, func(w *world) {
		w.submit(1, 0)
		w.become(`0 READING {"0":0,"1":0}-{"0":10,"1":20}`)
		w.become(`0 READING {"0":10,"1":20}-{"0":10,"1":20}`)
		w.grow(15, 20)
		w.become(`0 READING {"0":10,"1":20}-{"0":15,"1":20}`)
		w.untilPublished(plan.Offsets{"0": "15", "1": "20"})
	})
}

// Where nothing comes, tasks follow one another all the same, once those before them have ended: their names are one, and nobody takes them for replicas.
func TestNothingComes(t *testing.T) {
	inWorld(t, []int64{0}, func(w *world) {
		w.submit(1, 0)
		w.become(`0 READING {"0":0}-{"0":0}`)
		first := w.tasks()[0]
		w.fleet.at(func() { first.hangs = true })
		w.become(`0 PUBLISHING {"0":0}-{"0":0}`)
		time.Sleep(5 * time.Minute)
		if got := w.how(); got != `0 PUBLISHING {"0":0}-{"0":0}` || len(w.fleet.peons) != 1 {
			w.Errorf("the tasks are %s, and there have been %d", got, len(w.fleet.peons))
		}
		w.fleet.at(func() { first.hangs = false })
		w.become(`0 READING {"0":0}-{"0":0}`)
		time.Sleep(5 * time.Minute)
		all := w.tasks()
		if len(all) != 1 || all[0].sequence != first.sequence || !first.good || len(w.fleet.peons) != 2 {
			w.Errorf("the tasks are %s, the first has succeeded: %t, and there have been %d", w.how(), first.good, len(w.fleet.peons))
		}
	})
}

// Once one of some replicas has published all the others end well, also if they have not.
func TestReplicaThatIsNotNeeded(t *testing.T) {
	inWorld(t, []int64{10}, func(w *world) {
		w.settings.Rules.Replicas = 2
		w.submit(1, 0)
		w.become(`0 READING {"0":0}-{"0":10}, 0 READING {"0":0}-{"0":10}`)
		slow := w.tasks()[1]
		w.fleet.at(func() { slow.hangs = true })
		w.untilPublished(plan.Offsets{"0": "10"})
		w.become(`0 READING {"0":10}-{"0":10}, 0 READING {"0":10}-{"0":10}`)
		if status, err := w.status(slow.id); err != nil || status.State != druid.Success {
			w.Errorf("the other is %+v, %v", status, err)
		}
	})
}

// Replicas end where the one that is farthest has come to, also if they take their time to pause.
func TestReplicasEndTogether(t *testing.T) {
	inWorld(t, []int64{10}, func(w *world) {
		w.settings.Rules.Replicas = 2
		w.fleet.slow = true
		w.submit(1, 0)
		w.become(`0 READING {"0":0}-{"0":10}, 0 READING {"0":0}-{"0":10}`)
		w.tasksHang(true)
		w.grow(25)
		w.fleet.at(func() { w.fleet.running()[0].current["0"] = "25" }) // which the other has not got yet
		w.untilPublished(plan.Offsets{"0": "25"})
		w.tasksHang(false)
		w.become(`0 READING {"0":25}-{"0":25}, 0 READING {"0":25}-{"0":25}`)
		for _, p := range w.fleet.peons {
			if p.life.Err() != nil && p.endAt["0"] != "25" {
				status, err := w.status(p.id)
				w.Errorf("%s ends at %v: %+v, %v", p.id, p.endAt, status, err)
			}
		}
	})
}

// One that does not pause, or does not take its end, is killed, and what the other has read is published; if there is no other it is read again.
func TestTasksThatDoNotEnd(t *testing.T) {
	for name, question := range map[string]string{"pause": "POST pause", "end": "POST offsets/end?finish=true"} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, []int64{10}, func(w *world) {
				w.settings.Rules.Replicas = 2
				w.submit(1, 0)
				w.become(`0 READING {"0":0}-{"0":10}, 0 READING {"0":0}-{"0":10}`)
				bad := w.tasks()[0]
				w.fleet.at(func() {
					w.fleet.fault = func(p *peon, asked string) int {
						if p == bad && asked == question {
							return 400
						}
						return 0
					}
				})
				w.untilPublished(plan.Offsets{"0": "10"})
				if status, err := w.status(bad.id); err != nil || status.State != druid.Failed || !strings.Contains(status.ErrorMsg, "it was to publish what it has read, and does not") {
					w.Errorf("the bad one is %+v, %v", status, err)
				}
				w.settings.Rules.Replicas = 1
				w.grow(30)
				w.restart()
				w.become(`0 READING {"0":10}-{"0":30}`)
				bad = w.tasks()[0]
				w.become(`0 READING {"0":10}-{"0":30}`)
				w.until("another task", func() bool { all := w.tasks(); return len(all) == 1 && all[0] != bad })
				w.untilPublished(plan.Offsets{"0": "30"})
			})
		})
	}
}

// answers that get lost are no harm.
func TestAnswersThatGetLost(t *testing.T) {
	inWorld(t, []int64{10}, func(w *world) {
		w.settings.Rules.Replicas = 2
		w.submit(1, 0)
		w.become(`0 READING {"0":0}-{"0":10}, 0 READING {"0":0}-{"0":10}`)
		all := w.tasks()
		w.until("that it is time", func() bool { return druid.Now()-all[0].began > druid.Instant(9*time.Minute.Milliseconds()) })
		for _, p := range all {
			w.fleet.network.Lose(fmt.Sprintf("%s:8100", p.location.Host), 1, 2)
		}
		w.untilPublished(plan.Offsets{"0": "10"})
		for _, p := range all {
			if status, err := w.status(p.id); err != nil || status.State != druid.Success && status.State != druid.Running {
				w.Errorf("%+v, %v", status, err)
			}
		}
	})
}
