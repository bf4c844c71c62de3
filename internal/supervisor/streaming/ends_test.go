package streaming_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/supervisor"
	"ovate/internal/supervisor/plan"
	"ovate/internal/task"
)

// By another spec other tasks read on from where those of the one before have ended, which publish; whoever leads next has those publish, too, that were
// made by a spec that does not hold any more.
func TestOtherSpec(t *testing.T) {
	inWorld(t, []int64{10, 20}, func(w *world) {
		w.submit(1, 0)
		w.become(`0 READING {"0":0,"1":0}-{"0":10,"1":20}`)
		w.submit(2, 1)
		w.become(`0 READING {"0":10}-{"0":10}, 1 READING {"1":20}-{"1":20}`)
		w.untilPublished(plan.Offsets{"0": "10", "1": "20"})
		w.grow(15, 25)
		w.become(`0 READING {"0":10}-{"0":15}, 1 READING {"1":20}-{"1":25}`)
		all := w.tasks()
		w.end()
		w.version = 7 // as if another server had stored a spec and was lost before it did anything
		w.lead()
		w.untilPublished(plan.Offsets{"0": "15", "1": "25"})
		w.become(`0 READING {"0":15}-{"0":15}, 1 READING {"1":25}-{"1":25}`)
		for _, p := range all {
			if status, err := w.status(p.id); err != nil || status.State != druid.Success {
				w.Errorf("%+v, %v", status, err)
			}
		}
	})
}

// What is terminated has its tasks publish. Those that do not answer are ended after a while; nobody waits for ever.
func TestTerminate(t *testing.T) {
	for name, silent := range map[string]bool{"tasks that answer": false, "tasks that do not": true} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, []int64{10}, func(w *world) {
				w.submit(1, 0)
				w.become(`0 READING {"0":0}-{"0":10}`)
				w.fleet.at(func() {
					w.fleet.fault = func(*peon, string) int {
						if silent {
							return -1
						}
						return 0
					}
				})
				begun := time.Now()
				if err := w.manager.Terminate(w.Context(), "wiki"); err != nil {
					w.Fatal(err)
				}
				if took := time.Since(begun); took > 5*time.Minute { // of the bubble's clock
					w.Errorf("it took %s", took)
				}
				for w.how() != "" {
					time.Sleep(time.Second)
				}
				if got := w.covered(plan.Offsets{"0": "10"}); got == silent {
					w.Errorf("what was read is published: %t", got)
				}
			})
		})
	}
}

// A supervisor ends, too, where nobody can read how far the stream is published, or understand it; its tasks, which could not publish, end with it.
func TestTerminateWithoutMetadata(t *testing.T) {
	for name, stored := range map[string]string{
		"no JSON": `{`, "a partition that is none": `{"type":"kafka","partitions":{"type":"end","stream":"s","partitionSequenceNumberMap":{"-1":5}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, []int64{10}, func(w *world) {
				w.submit(1, 0)
				w.become(`0 READING {"0":0}-{"0":10}`)
				err := w.disk.Update(w.Context(), func(tx metadata.Tx) error { return tx.SetCommitMetadata("wiki", []byte(stored), w.clock.Now()) })
				if err != nil {
					w.Fatal(err)
				}
				begun := time.Now()
				if err := w.manager.Terminate(w.Context(), "wiki"); err != nil {
					w.Fatal(err)
				}
				if took := time.Since(begun); took > time.Minute || w.how() != "" { // of the bubble's clock
					w.Errorf("after %s the tasks are %s", took, w.how())
				}
			})
		})
	}
}

// Who ends a supervisor waits no longer than he wants, and what it is asked then it says that it cannot do.
func TestStopIsNotForEver(t *testing.T) {
	inWorld(t, []int64{10}, func(w *world) {
		w.submit(1, 0)
		w.become(`0 READING {"0":0}-{"0":10}`)
		w.fleet.at(func() { w.fleet.fault = func(*peon, string) int { return -1 } })
		s := w.streaming()
		ctx, cancel := context.WithTimeout(w.Context(), time.Second)
		defer cancel()
		s.Stop(ctx, true)
		if got := w.how(); got == "" || s.State().Stage != supervisor.Stopping {
			w.Errorf("it is %s, with the tasks %s", s.State().Word(), got)
		}
		at, err := json.Marshal(metadataOf("end", plan.Offsets{"0": "5"}))
		if err != nil {
			w.Fatal(err)
		}
		if reset, checkpoint, handoff := s.Reset(w.Context(), at), s.CheckPoint(w.Context(), 0, at), s.Handoff(w.Context(), []int{0}); reset == nil || checkpoint == nil || handoff == nil {
			w.Errorf("one that has stopped is reset, %v, %v, %v", reset, checkpoint, handoff)
		}
		s.Upgraded(nil)
	})
}

// A reset that is asked for while it is not known whether the supervisor goes on ends with whoever asks.
func TestResetThatNobodyWaitsFor(t *testing.T) {
	inWorld(t, []int64{10}, func(w *world) {
		w.submit(1, 0)
		w.become(`0 READING {"0":0}-{"0":10}`)
		ended, cancel := context.WithCancel(w.Context())
		cancel()
		if err := w.streaming().Reset(ended, nil); !errors.Is(err, context.Canceled) {
			w.Error(err)
		}
		w.become(`0 READING {"0":0}-{"0":10}`)
	})
}

// Tasks that somebody else has submitted are left alone, if nobody can tell what they read.
func TestTasksOfOthers(t *testing.T) {
	inWorld(t, []int64{10}, func(w *world) {
		w.fleet.full = true
		other, err := task.DecodeRemote([]byte(`{"type":"index_kafka","id":"other","resource":{"availabilityGroup":"o","requiredCapacity":1},"dataSchema":{"dataSource":"wiki"}}`), druid.Now())
		if err != nil {
			w.Fatal(err)
		}
		if err := w.queue.Add(w.Context(), other); err != nil {
			w.Fatal(err)
		}
		w.submit(1, 0)
		time.Sleep(3 * time.Minute)
		status, err := w.at().AtWork.Status(w.Context())
		if err != nil || strings.Count(string(status), `"type":"ACTIVE"`) != 1 || strings.Contains(string(status), `"other"`) {
			w.Errorf("the status is %s, %v", status, err)
		}
		if active, err := w.queue.Active(w.Context(), "wiki", "index_kafka"); err != nil || len(active) != 2 {
			w.Errorf("active are %+v, %v", active, err)
		}
		if err := w.queue.Shutdown(w.Context(), "other", "enough"); err != nil {
			w.Fatal(err)
		}
		w.fleet.at(func() { w.fleet.full = false })
		w.become(`0 READING {"0":0}-{"0":10}`)
	})
}

// A queue that takes no tasks is told of, and asked again.
func TestQueueThatIsFull(t *testing.T) {
	inWorld(t, []int64{10, 10}, func(w *world) {
		w.end()
		w.queueSize = 1
		w.lead()
		w.submit(2, 0)
		w.until("told", func() bool {
			s := w.at().State
			return s.Stage == supervisor.UnhealthySupervisor && strings.Contains(fmt.Sprint(s.Recent), "druid.indexer.queue.maxSize")
		})
		w.end()
		w.queueSize = 0
		w.lead()
		w.become(`0 READING {"0":0}-{"0":10}, 1 READING {"1":0}-{"1":10}`)
	})
}

// Who was told where to end, and has said yes, was told: that it does not answer the next question is no reason to tell it again, or to end it while it publishes.
func TestToldOnce(t *testing.T) {
	for _, replicas := range []int{1, 2} {
		for _, silent := range []string{"GET status", "GET offsets/end", "GET checkpoints"} {
			for how, end := range map[string]func(w *world) error{
				"terminated": func(w *world) error { return w.manager.Terminate(w.Context(), "wiki") },
				"suspended":  func(w *world) error { _, err := w.manager.Suspend(w.Context(), "wiki", true); return err },
				"handed off": func(w *world) error { return w.streaming().Handoff(w.Context(), []int{0}) },
			} {
				t.Run(fmt.Sprintf("%s by %d, without %s", how, replicas, silent), func(t *testing.T) {
					inWorld(t, []int64{10}, func(w *world) {
						w.settings.Rules.Replicas = replicas
						w.submit(1, 0)
						w.become(strings.TrimSuffix(strings.Repeat(`0 READING {"0":0}-{"0":10}, `, replicas), ", "))
						told, refused, all := map[string]int{}, 0, w.tasks()
						w.fleet.at(func() {
							w.fleet.fault = func(p *peon, question string) int {
								switch {
								case question == "POST offsets/end?finish=true":
									told[p.id]++
								case question == silent && told[p.id] > 0 && refused < 3:
									refused++
									return -1
								}
								return 0
							}
						})
						if err := end(w); err != nil {
							w.Fatal(err)
						}
						w.untilPublished(plan.Offsets{"0": "10"})
						time.Sleep(2 * time.Minute)
						if silent == "GET status" && refused == 0 {
							w.Fatal("nothing was left unanswered")
						}
						for _, p := range all {
							if status, err := w.status(p.id); err != nil || status.State != druid.Success || told[p.id] != 1 {
								w.Errorf("told %d times: %+v, %v", told[p.id], status, err)
							}
						}
					})
				})
			}
		}
	}
}
