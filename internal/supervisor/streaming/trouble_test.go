package streaming_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/supervisor"
	"ovate/internal/supervisor/plan"
	"ovate/internal/supervisor/streaming"
)

// A stream that cannot be reached at first, and then again, is told of as by Druid; the tasks that there are go on.
func TestStreamThatIsLost(t *testing.T) {
	inWorld(t, []int64{10}, func(w *world) {
		cut := func(is bool) { w.topic.at(func() { w.topic.cut = is }) }
		word := func(want string) {
			w.Helper()
			w.until(want, func() bool { return w.at().State.Word() == want })
		}
		cut(true)
		w.submit(1, 0)
		word("PENDING")
		word("CONNECTING_TO_STREAM")
		word("UNABLE_TO_CONNECT_TO_STREAM")
		if s := w.at().State; s.Stage != supervisor.UnhealthySupervisor || len(s.Recent) != 3 || !s.Recent[0].Stream || !strings.Contains(s.Why, "the test says so") {
			w.Errorf("%+v", s)
		}
		cut(false)
		word("RUNNING")
		w.become(`0 READING {"0":0}-{"0":10}`)
		cut(true)
		word("LOST_CONTACT_WITH_STREAM")
		w.untilPublished(plan.Offsets{"0": "10"})
		cut(false)
		word("RUNNING")
		if s := w.at().State; s.Why != "" || !s.Stage.Healthy() {
			w.Errorf("%+v", s)
		}
	})
}

// Tasks that a former leader has made of a spec by which no stream can be opened here go on to where they end: when their time is over, and when the supervisor is
// terminated. No others follow.
func TestStreamThatIsNotOpened(t *testing.T) {
	for name, terminated := range map[string]bool{"in time": false, "terminated": true} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, []int64{10}, func(w *world) {
				w.submit(1, 0)
				w.become(`0 READING {"0":0}-{"0":10}`)
				w.topic.at(func() { w.topic.shut = true })
				w.restart()
				w.until("told", func() bool { return strings.Contains(w.at().State.Why, "does not say which stream") })
				w.become(`0 READING {"0":0}-{"0":10}`)
				if terminated {
					if err := w.manager.Terminate(w.Context(), "wiki"); err != nil {
						w.Fatal(err)
					}
				}
				w.untilPublished(plan.Offsets{"0": "10"})
				w.become("")
				time.Sleep(10 * time.Minute)
				w.become("")
			})
		})
	}
}

// Tasks that fail one after the other make a supervisor unhealthy until others succeed.
func TestTasksThatFail(t *testing.T) {
	inWorld(t, []int64{10}, func(w *world) {
		w.settings.Rules.TaskDuration = 5 * time.Minute
		w.submit(1, 0)
		for range 3 {
			w.become(`0 READING {"0":0}-{"0":10}`)
			w.tasks()[0].die()
		}
		w.until("unhealthy", func() bool { return w.at().State.Stage == supervisor.UnhealthyTasks })
		if s := w.at().State; !strings.Contains(s.Why, "it has died") {
			w.Errorf("%+v", s)
		}
		w.until("healthy", func() bool { return w.at().State.Stage == supervisor.Running })
	})
}

// Tasks that fail at once are not made one after the other without a pause, and only their own group waits.
func TestTasksThatFailAtOnce(t *testing.T) {
	inWorld(t, []int64{10, 20}, func(w *world) {
		w.submit(2, 0)
		w.become(`0 READING {"0":0}-{"0":10}, 1 READING {"1":0}-{"1":20}`)
		made := func() (n int) {
			w.fleet.at(func() { n = w.fleet.next })
			return n
		}
		before := made()
		w.fleet.at(func() { w.fleet.doomed = map[int]bool{0: true} })
		time.Sleep(10 * time.Minute)
		if n := made() - before; n < 20 || n > 40 {
			w.Errorf("%d tasks were made in ten minutes, of which each fails", n)
		}
		w.fleet.at(func() { w.fleet.doomed = nil })
		w.untilPublished(plan.Offsets{"0": "10", "1": "20"})
	})
}

// A task that does not answer is asked again for a while, and then it is ended, and another one reads the same.
func TestTaskThatIsLost(t *testing.T) {
	inWorld(t, []int64{10}, func(w *world) {
		w.submit(1, 0)
		w.become(`0 READING {"0":0}-{"0":10}`)
		lost := w.tasks()[0]
		times := 0
		silent := func(until, code int) {
			w.fleet.at(func() {
				times = 0
				w.fleet.fault = func(p *peon, _ string) int {
					if times++; p == lost && times <= until {
						return code
					}
					return 0
				}
			})
		}
		silent(3, -1)
		time.Sleep(3 * time.Minute)
		if lost.life.Err() != nil {
			w.Fatal("a task is ended that has not answered three times")
		}
		silent(1000, http.StatusUnauthorized)
		w.until("another", func() bool { all := w.tasks(); return len(all) == 1 && all[0] != lost })
		const because = "it does not answer, however often its supervisor asks (tuningConfig.chatRetries): "
		if status, err := w.status(lost.id); err != nil || !strings.HasPrefix(status.ErrorMsg, because) || !strings.Contains(status.ErrorMsg, "401") {
			w.Errorf("the task has failed as %q, %v: what it answered is not told", status.ErrorMsg, err)
		}
		if recent := fmt.Sprint(w.at().State.Recent); !strings.Contains(recent, "and was asked") || !strings.Contains(recent, "401") {
			w.Errorf("the supervisor tells %s", recent)
		}
		if times < 4 {
			w.Errorf("it was asked %d times", times)
		}
		w.untilPublished(plan.Offsets{"0": "10"})
	})
}

// A task of a worker whose clock is ahead does not read for longer than others.
func TestWorkerAheadOfTime(t *testing.T) {
	inWorld(t, []int64{10}, func(w *world) {
		w.settings.Rules.TaskDuration = 5 * time.Minute
		w.fleet.at(func() { w.fleet.ahead = druid.Instant((100 * 24 * time.Hour).Milliseconds()) })
		begun := time.Now()
		w.submit(1, 0)
		w.untilPublished(plan.Offsets{"0": "10"})
		if took := time.Since(begun); took > 10*time.Minute {
			w.Errorf("it has read for %s", took)
		}
	})
}

// Records that are gone before they were read are left out if the spec says so; else somebody is told.
func TestRecordsThatAreGone(t *testing.T) {
	for _, automatically := range []bool{false, true} {
		t.Run(fmt.Sprint(automatically), func(t *testing.T) {
			inWorld(t, []int64{10}, func(w *world) {
				w.settings.Rules.ResetAutomatically = automatically
				w.submit(1, 0)
				w.become(`0 READING {"0":0}-{"0":10}`)
				if _, err := w.manager.Suspend(w.Context(), "wiki", true); err != nil {
					w.Fatal(err)
				}
				w.untilPublished(plan.Offsets{"0": "10"})
				w.topic.at(func() { w.topic.length, w.topic.removed = []int64{50}, []int64{30} })
				if _, err := w.manager.Suspend(w.Context(), "wiki", false); err != nil {
					w.Fatal(err)
				}
				if automatically {
					w.become(`0 READING {"0":30}-{"0":50}`)
					return
				}
				w.until("told", func() bool { return w.at().State.Stage == supervisor.UnhealthySupervisor })
				if s := w.at().State; !strings.Contains(s.Why, "offset 10") || len(w.tasks()) > 0 {
					w.Errorf("%+v, with the tasks %s", s, w.how())
				}
				if err := w.manager.ResetOffsets(w.Context(), "wiki", nil); err != nil {
					w.Fatal(err)
				}
				w.become(`0 READING {"0":30}-{"0":50}`)
			})
		})
	}
}

// Where nothing comes for long no tasks are made, until something comes.
func TestIdle(t *testing.T) {
	inWorld(t, []int64{10}, func(w *world) {
		w.settings.Rules.IdleAfter = 4 * time.Minute
		w.submit(1, 0)
		w.become(`0 READING {"0":0}-{"0":10}`)
		w.until("idle", func() bool { return w.at().State.Stage == supervisor.Idle && w.how() == "" })
		w.grow(11)
		w.become(`0 READING {"0":10}-{"0":11}`)
		w.until("running", func() bool { return w.at().State.Stage == supervisor.Running })
	})
}

// Partitions that come are read, by tasks that begin with their first record.
func TestPartitionsThatCome(t *testing.T) {
	inWorld(t, []int64{10}, func(w *world) {
		w.settings.Rules.UseEarliest = false
		w.submit(1, 0)
		w.become(`0 READING {"0":10}-{"0":10}`)
		w.grow(12, 5)
		w.become(`0 READING {"0":12,"1":0}-{"0":12,"1":5}`)
	})
}

// What was read by another name of the stream is not read again, and nothing gets lost of it when the beginning of other partitions is stored.
func TestStreamOfAnotherName(t *testing.T) {
	inWorld(t, []int64{10, 20}, func(w *world) {
		const former = `{"type":"kafka","partitions":{"type":"end","stream":"former","partitionSequenceNumberMap":{"0":4}}}`
		if err := w.disk.Update(w.Context(), func(tx metadata.Tx) error { return tx.SetCommitMetadata("wiki", []byte(former), 1) }); err != nil {
			w.Fatal(err)
		}
		w.submit(1, 0)
		w.become(`0 READING {"0":4,"1":0}-{"0":10,"1":20}`)
		w.untilPublished(plan.Offsets{"0": "10", "1": "20"})
	})
}

// The same where all of it is published by another name already.
func TestAllOfAnotherName(t *testing.T) {
	inWorld(t, []int64{10, 20}, func(w *world) {
		const former = `{"type":"kafka","partitions":{"type":"end","stream":"former","partitionSequenceNumberMap":{"0":4,"1":5}}}`
		if err := w.disk.Update(w.Context(), func(tx metadata.Tx) error { return tx.SetCommitMetadata("wiki", []byte(former), 1) }); err != nil {
			w.Fatal(err)
		}
		w.submit(1, 0)
		w.untilPublished(plan.Offsets{"0": "10", "1": "20"})
	})
}

// What is stored and nobody understands stays, and is told of: it is not what another stream has published, in whose place others may be stored.
func TestPublishedNowhere(t *testing.T) {
	inWorld(t, []int64{10}, func(w *world) {
		const stored = `{"type":"kafka","partitions":{"type":"end","stream":"s","partitionSequenceNumberMap":{"0":4,"-1":5}}}`
		if err := w.disk.Update(w.Context(), func(tx metadata.Tx) error { return tx.SetCommitMetadata("wiki", []byte(stored), 1) }); err != nil {
			w.Fatal(err)
		}
		w.submit(1, 0)
		w.until("told", func() bool {
			return strings.Contains(fmt.Sprint(w.at().State.Recent), "druid_dataSource: there is no partition -1")
		})
		if got, err := w.disk.CommitMetadata(w.Context(), "wiki"); err != nil || string(got) != stored || w.how() != "" {
			w.Errorf("stored is %s, %v; the tasks are %s", got, err, w.how())
		}
		if err := w.manager.ResetOffsets(w.Context(), "wiki", nil); err != nil {
			w.Fatal(err)
		}
		w.become(`0 READING {"0":0}-{"0":10}`)
	})
}

// The number of tasks follows the lag: another spec holds then, which is stored.
func TestScaling(t *testing.T) {
	inWorld(t, []int64{10, 10, 10, 10}, func(w *world) {
		w.settings.Scaling = &plan.Scaling{
			Min: 1, Max: 3, Interval: 30 * time.Second, Range: 2 * time.Minute, StartDelay: time.Minute, Period: time.Minute, Rest: 5 * time.Minute,
			OutThreshold: 1000, InThreshold: 10, OutShare: 0.5, InShare: 0.9, OutStep: 2, InStep: 1,
		}
		w.submit(1, 0)
		w.become(`0 READING {"0":0,"1":0,"2":0,"3":0}-{"0":10,"1":10,"2":10,"3":10}`)
		w.fleet.at(func() { w.tasksHang(true) })
		w.grow(5000, 10, 10, 10)
		w.until("three groups", func() bool { return strings.Contains(string(w.at().Spec), `"taskCount":3`) })
		w.fleet.at(func() { w.tasksHang(false) })
		w.become(`0 READING {"0":10,"3":10}-{"0":5000,"3":10}, 1 READING {"1":10}-{"1":10}, 2 READING {"2":10}-{"2":10}`)
		w.until("two groups", func() bool { return strings.Contains(string(w.at().Spec), `"taskCount":2`) })
		versions := 0
		count := func(supervisor.Version) error { versions++; return nil }
		if err := w.manager.History(context.Background(), "wiki", -1, nil, count); err != nil || versions != 3 {
			w.Errorf("%d versions are stored, %v", versions, err)
		}
		if got := w.metered.required.Load(); got != 32 || w.metered.fetched.Load() == 0 {
			w.Errorf("metered are %d tasks, and %d looks at the stream", got, w.metered.fetched.Load())
		}
	})
}

// tasksHang has tasks not read, or read again.
func (w *world) tasksHang(do bool) { w.topic.at(func() { w.topic.stuck = do }) }

var _ streaming.Source = (*source)(nil)

// The clock of who leads leaps ahead, by which tasks have read for long enough, and is put right: those that come then read as long as they should, though
// what is written goes on with times that do not go back.
func TestClockThatLeaps(t *testing.T) {
	for _, leap := range []time.Duration{5 * time.Hour, -5 * time.Hour} {
		t.Run(leap.String(), func(t *testing.T) {
			inWorld(t, []int64{10}, func(w *world) {
				w.submit(1, 0)
				w.become(`0 READING {"0":0}-{"0":10}`)
				w.leap(leap)
				if leap > 0 {
					w.become(`0 READING {"0":10}-{"0":10}`)
				}
				time.Sleep(2 * time.Minute)
				w.leap(0)
				w.until("it reads", func() bool { return strings.Contains(w.how(), "READING") })
				before := w.came()
				time.Sleep(time.Hour)
				if came := w.came() - before; came < 4 || came > 6 { // each reads for ten minutes
					w.Errorf("in an hour there have been %d tasks; now there are %s", came, w.how())
				}
			})
		})
	}
}

// came is how many tasks have begun, ever.
func (w *world) came() (n int) {
	w.fleet.at(func() { n = len(w.fleet.peons) })
	return n
}
