package streaming_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/supervisor"
	"ovate/internal/supervisor/plan"
	"ovate/internal/supervisor/streaming"
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

// Where nothing comes, tasks follow one another all the same, and nobody takes those for replicas that have read the same, as their names are one.
func TestNothingComes(t *testing.T) {
	inWorld(t, []int64{0}, func(w *world) {
		w.submit(1, 0)
		w.become(`0 READING {"0":0}-{"0":0}`)
		first := w.tasks()[0]
		w.until("other tasks", func() bool {
			all := w.tasks()
			return len(all) == 1 && all[0] != first && all[0].sequence == first.sequence
		})
		if !first.good || len(w.fleet.peons) != 2 {
			w.Errorf("the first has succeeded: %t, and there have been %d tasks", first.good, len(w.fleet.peons))
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
				status, err := w.queue.Status(w.Context(), p.id)
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
				if status, err := w.queue.Status(w.Context(), bad.id); err != nil || status.State != druid.Failed || !strings.Contains(status.ErrorMsg, "it was to publish what it has read, and does not") {
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
			if status, err := w.queue.Status(w.Context(), p.id); err != nil || status.State != druid.Success && status.State != druid.Running {
				w.Errorf("%+v, %v", status, err)
			}
		}
	})
}

// full has a task ask for a checkpoint, as one does that has read enough.
func (w *world) full(p *peon) error {
	w.Helper()
	var from plan.Offsets
	w.fleet.at(func() {
		p.phase = "PAUSED"
		from = p.parts[len(p.parts)-1]
	})
	text, err := json.Marshal(metadataOf("start", from))
	if err != nil {
		w.Fatal(err)
	}
	return w.streaming().CheckPoint(w.Context(), p.group, text)
}

// A task that has read enough hears where to publish, with its replica, and goes on; one that asks too late hears it by itself, and nobody is in trouble.
func TestCheckPoint(t *testing.T) {
	inWorld(t, []int64{10}, func(w *world) {
		w.settings.Rules.Replicas = 2
		w.submit(1, 0)
		w.become(`0 READING {"0":0}-{"0":10}, 0 READING {"0":0}-{"0":10}`)
		a, b := w.tasks()[0], w.tasks()[1]
		w.fleet.at(func() { a.current["0"] = "17" })
		w.grow(30)
		if err := w.full(a); err != nil {
			w.Fatal(err)
		}
		first := metadataOf("start", plan.Offsets{"0": "0"})
		w.untilPublished(plan.Offsets{"0": "10"})
		w.until("two parts", func() bool {
			all := false
			w.fleet.at(func() { all = len(a.parts) == 2 && len(b.parts) == 2 && a.phase == "READING" && b.phase == "READING" })
			return all
		})
		w.fleet.at(func() {
			if text(a.parts[1]) != text(b.parts[1]) {
				w.Errorf("one goes on from %v, and the other from %v", a.parts[1], b.parts[1])
			}
		})
		again, err := json.Marshal(first)
		if err != nil {
			w.Fatal(err)
		}
		w.questions("")
		if err := w.streaming().CheckPoint(w.Context(), 0, again); err != nil { // the replica asks, too
			w.Error(err)
		}
		clock := 20 * time.Second
		time.Sleep(clock)
		if asked := w.questions("POST"); len(asked) > 0 || len(w.at().State.Recent) > 0 {
			w.Errorf("asked are %q; %+v", asked, w.at().State)
		}
		for what, text := range map[string]string{
			"another stream": `{"type":"kafka","partitions":{"type":"start","stream":"other","partitionSequenceNumberMap":{"0":0}}}`,
			"nothing":        `{}`,
		} {
			if err := w.streaming().CheckPoint(w.Context(), 0, json.RawMessage(text)); err == nil {
				w.Errorf("a checkpoint of %s is taken", what)
			}
		}
		if err := w.streaming().CheckPoint(w.Context(), 7, again); err != nil {
			w.Error(err)
		}
		w.until("told of a group that is not there", func() bool {
			return slices.ContainsFunc(w.at().State.Recent, func(m supervisor.Mishap) bool { return strings.Contains(m.Message, "group 7") })
		})
		if !w.at().State.Stage.Healthy() {
			w.Errorf("%+v", w.at().State)
		}
		w.untilPublished(plan.Offsets{"0": "30"})
	})
}

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

// Groups that are to end early end at once, others go on.
func TestHandoff(t *testing.T) {
	inWorld(t, []int64{10, 20}, func(w *world) {
		w.submit(2, 0)
		w.become(`0 READING {"0":0}-{"0":10}, 1 READING {"1":0}-{"1":20}`)
		begun := druid.Now()
		if err := w.manager.Handoff(w.Context(), "wiki", []int{1, 5}); err != nil {
			w.Fatal(err)
		}
		w.become(`0 READING {"0":0}-{"0":10}, 1 READING {"1":20}-{"1":20}`)
		if took := druid.Now() - begun; took > druid.Instant(time.Minute.Milliseconds()) {
			w.Errorf("it took %d ms", took)
		}
	})
}

// What is being appended is shown by other ids, too, once those who append it hear of them.
func TestUpgraded(t *testing.T) {
	inWorld(t, []int64{10, 20}, func(w *world) {
		w.submit(2, 0)
		w.become(`0 READING {"0":0}-{"0":10}, 1 READING {"1":0}-{"1":20}`)
		all := w.tasks()
		id := druid.SegmentID{DataSource: "wiki", Interval: druid.Interval{Start: 0, End: 86400000}, Version: "v2", PartitionNum: 3}
		w.manager.Upgraded([]metadata.PendingRow{
			{ID: id, ShardSpec: druid.Numbered(3, 0), SequenceName: "q", PreviousID: "p", UpgradedFrom: "old", Allocator: all[1].sequence},
			{ID: id, ShardSpec: druid.Numbered(4, 0), SequenceName: "q", Allocator: "nobody"},
		})
		synctest.Wait()
		const want = `[{"id":{"dataSource":"wiki","interval":"1970-01-01T00:00:00.000Z/1970-01-02T00:00:00.000Z","version":"v2","shardSpec":{"type":"numbered","partitionNum":3,"partitions":0}},` +
			`"sequenceName":"q","sequencePrevId":"p","upgradedFromSegmentId":"old","taskAllocatorId":"%s"}]`
		if got := fmt.Sprint(all[0].upgraded, all[1].upgraded); got != "[] "+fmt.Sprintf(want, all[1].sequence) {
			w.Errorf("heard have %s", got)
		}
	})
}

// The status tells of tasks, offsets and lag what Druid's does; stats and errors come from the tasks.
func TestStatus(t *testing.T) {
	inWorld(t, []int64{10, 20}, func(w *world) {
		w.settings.ParseErrors = 2
		w.submit(2, 0)
		w.become(`0 READING {"0":0}-{"0":10}, 1 READING {"1":0}-{"1":20}`)
		a, b := w.tasks()[0], w.tasks()[1]
		if a.group == 1 {
			a, b = b, a
		}
		status := func() string {
			w.Helper()
			text, err := w.at().AtWork.Status(w.Context())
			if err != nil {
				w.Fatal(err)
			}
			return string(text)
		}
		w.fleet.at(func() { a.hangs = true })
		time.Sleep(time.Minute)
		w.grow(17, 20)
		w.fleet.at(func() { a.phase = "PAUSED" })
		time.Sleep(time.Minute)
		got := status()
		for _, part := range []string{
			`"partitions":2,"replicas":1,"durationSeconds":600,"activeTasks":[{"id":"`,
			fmt.Sprintf(`{"id":"%s","startingOffsets":{"1":0},"startTime":"%s","remainingSeconds":`, b.id, b.began),
			`,"type":"ACTIVE","currentOffsets":{"1":20},"lag":{"1":0}}`, `"publishingTasks":[]`, `,"latestOffsets":{"0":17,"1":20},"minimumLag":{"0":`, `"offsetsLastUpdated":"2000-01-01T`,
		} {
			if !strings.Contains(got, part) {
				w.Errorf("the status %s has no %s", got, part)
			}
		}
		stats, err := w.streaming().Stats(w.Context())
		if want := fmt.Sprintf(`{"0":{"%s":{"totals":0}`, a.id); err != nil || !strings.HasPrefix(string(stats), want) || !json.Valid(stats) {
			w.Errorf("stats %s, %v, want %s", stats, err, want)
		}
		errors, err := w.streaming().ParseErrors(w.Context())
		var told []struct {
			At int `json:"timeOfExceptionMillis"`
		}
		if bad := json.Unmarshal(errors, &told); err != nil || bad != nil || len(told) != 2 || told[0].At < told[1].At {
			w.Errorf("errors %s, %v", errors, err)
		}
		w.until("it publishes", func() bool { return strings.Contains(status(), `"type":"PUBLISHING"`) })
	})
}

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

// That no worker has room for tasks is told, and they run once there is one.
func TestNoWorker(t *testing.T) {
	inWorld(t, []int64{10}, func(w *world) {
		w.fleet.full = true
		w.submit(1, 0)
		w.until("told", func() bool {
			return slices.ContainsFunc(w.at().State.Recent, func(m supervisor.Mishap) bool { return strings.Contains(m.Message, "Of 1 tasks 1 wait for a worker") })
		})
		if s := w.at().State; s.Stage != supervisor.Running || s.Why != "" {
			w.Errorf("%+v", s)
		}
		if status, err := w.at().AtWork.Status(w.Context()); err != nil || !strings.Contains(string(status), `"minimumLag":{"0":10},"aggregateLag":10`) {
			w.Errorf("where nobody has read the status is %s, %v", status, err)
		}
		w.fleet.at(func() { w.fleet.full = false })
		w.become(`0 READING {"0":0}-{"0":10}`)
		w.until("nothing to be told", func() bool { return len(w.at().State.Recent) == 0 })
	})
}

// A task that does not answer is asked again for a while, and then it is ended, and another one reads the same.
func TestTaskThatIsLost(t *testing.T) {
	inWorld(t, []int64{10}, func(w *world) {
		w.submit(1, 0)
		w.become(`0 READING {"0":0}-{"0":10}`)
		lost := w.tasks()[0]
		times := 0
		silent := func(until int) {
			w.fleet.at(func() {
				times = 0
				w.fleet.fault = func(p *peon, _ string) int {
					if times++; p == lost && times <= until {
						return -1
					}
					return 0
				}
			})
		}
		silent(3)
		time.Sleep(3 * time.Minute)
		if lost.life.Err() != nil {
			w.Fatal("a task is ended that has not answered three times")
		}
		silent(1000)
		w.until("another", func() bool { all := w.tasks(); return len(all) == 1 && all[0] != lost })
		if times < 4 {
			w.Errorf("it was asked %d times", times)
		}
		w.untilPublished(plan.Offsets{"0": "10"})
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
		versions, err := w.manager.History(context.Background(), "wiki", -1)
		if err != nil || len(versions) != 3 {
			w.Errorf("%d versions are stored, %v", len(versions), err)
		}
	})
}

// tasksHang has tasks not read, or read again.
func (w *world) tasksHang(do bool) { w.topic.at(func() { w.topic.stuck = do }) }

var _ streaming.Source = (*source)(nil)
