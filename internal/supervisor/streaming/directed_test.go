package streaming_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/metadata"
	"ovate/internal/supervisor"
	"ovate/internal/supervisor/plan"
)

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
	client := w.client(p)
	if client == nil {
		return errors.New("nobody leads it")
	}
	heard, err := action.Do(w.Context(), client, action.CheckPointDataSourceMetadata{SupervisorID: "wiki", TaskGroupID: p.group, CheckPoint: text})
	if err == nil && !heard {
		err = errors.New("there is no such supervisor")
	}
	return err
}

// client acts for a task; nil if nobody leads who knows it.
func (w *world) client(p *peon) (c action.Client) {
	w.fleet.at(func() {
		if a := w.fleet.lead.given[p.id]; a != nil {
			c = a.Client()
		}
	})
	return c
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

// A replica that came later, and reads what was before the last part yet, is not told to end that part before it begins: neither when a replica that is ahead
// asks for a checkpoint and dies, nor when the group is to end.
func TestReplicaThatIsBehind(t *testing.T) {
	for _, handoff := range []bool{false, true} {
		t.Run(fmt.Sprint("handoff ", handoff), func(t *testing.T) {
			inWorld(t, []int64{10}, func(w *world) {
				w.settings.Rules.Replicas = 2
				w.submit(1, 0)
				w.become(`0 READING {"0":0}-{"0":10}, 0 READING {"0":0}-{"0":10}`)
				ahead, other := w.tasks()[0], w.tasks()[1]
				w.fleet.at(func() { ahead.hangs, other.hangs, w.fleet.stuck = true, true, true })
				if err := w.full(ahead); err != nil {
					w.Fatal(err)
				}
				w.until("two parts", func() (all bool) {
					w.fleet.at(func() { all = len(ahead.parts) == 2 && len(other.parts) == 2 && ahead.phase == "READING" })
					return all
				})
				w.grow(30)
				other.die()
				w.become(`0 READING {"0":0}-{"0":0}, 0 READING {"0":0}-{"0":30}`)
				time.Sleep(w.settings.Period) // in which the supervisor hears that it reads
				w.questions("")
				w.fleet.at(func() {
					w.fleet.fault = func(p *peon, _ string) int {
						if p == ahead {
							return -1
						}
						return 0
					}
				})
				if handoff {
					if err := w.streaming().Handoff(w.Context(), []int{0}); err != nil {
						w.Fatal(err)
					}
				} else if err := w.full(ahead); err != nil {
					w.Fatal(err)
				}
				ahead.die()
				w.until("it is told where to end", func() bool { return len(w.questions("POST offsets/end")) > 0 })
				w.fleet.at(func() {
					w.fleet.stuck = false
					for _, p := range w.fleet.running() {
						p.stuck = false
					}
				})
				w.untilPublished(plan.Offsets{"0": "30"})
			})
		})
	}
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
			`"partitions":2,"replicas":1,"durationSeconds":600,"activeTasks":[{"id":"` + a.id, // whichever was made first
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
