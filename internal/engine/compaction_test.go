package engine_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ovate/druid"
	"ovate/internal/compaction"
	"ovate/internal/datasource"
	"ovate/internal/task"
)

const (
	all  = `{"useSupervisors":true,"compactionTaskSlotRatio":1}`
	done = `{"partitionsSpec":{"type":"dynamic","maxRowsPerSegment":5000000,"maxTotalRows":9223372036854775807}}`
)

var onWorkers = task.Places{Workers: true}

// What is not as configured is compacted, the newest first, and what is, is left alone; the next leader goes on, and knows the tasks of the one before it.
func TestCompacts(t *testing.T) {
	inPress(t, onWorkers, func(p *press) {
		p.compacts(`{"useSupervisors":true,"compactionTaskSlotRatio":0.2}`, `"skipOffsetFromLatest":"P0D"`) // two slots
		p.expect("02 03")
		if status := string(p.Compaction().Status("wiki")); !strings.Contains(status, `"scheduleStatus":"RUNNING","message":null,"bytesAwaitingCompaction":200,"bytesCompacted":0,"bytesSkipped":400`) {
			p.Error(status)
		}
		p.end(3, true, done)
		later(5 * time.Second)
		p.expect("01 02")
		p.Stop()
		p.make()
		later(time.Minute)
		p.expect("01 02")
		p.end(2, true, done)
		p.end(1, true, done)
		later(time.Hour)
		p.expect("")
		if status := string(p.Compaction().Status("wiki")); !strings.Contains(status, `"bytesAwaitingCompaction":0,"bytesCompacted":300,"bytesSkipped":0,"segmentCountAwaitingCompaction":0,"segmentCountCompacted":3`) {
			p.Error(status)
		}
	})
}

// Nothing is read again that has not changed, but for what is about to be compacted; what has is, and so is everything after an hour.
func TestReadsWhatHasChanged(t *testing.T) {
	inPress(t, onWorkers, func(p *press) {
		p.compacts(all, `"skipOffsetFromLatest":"P1Y"`)
		p.store.mu.Lock()
		p.store.reads = nil
		p.store.mu.Unlock()
		reads := func() string {
			p.store.mu.Lock()
			defer p.store.mu.Unlock()
			text := strings.Join(p.store.reads, ", ")
			p.store.reads = nil
			return text
		}
		later(50 * time.Minute)
		if got := reads(); got != "" {
			p.Errorf("read was %s", got)
		}
		day := piece(2, 0, 1, "", "").Interval
		if _, err := p.Segments().MarkUnused(p.Context(), "wiki", filterWithin(day), nil); err != nil {
			p.Fatal(err)
		}
		later(5 * time.Second)
		if got := reads(); got != fmt.Sprint("wiki", []druid.Interval{day}) {
			p.Errorf("read was %s", got)
		}
		if status := string(p.Compaction().Status("wiki")); !strings.Contains(status, `"segmentCountSkipped":4`) {
			p.Error(status)
		}
		later(15 * time.Minute)
		if got := reads(); got != "wiki[]" {
			p.Errorf("read was %s", got)
		}
	})
}

// An interval whose task fails is tried again, later each time, and hinders no other.
func TestFailedIntervals(t *testing.T) {
	inPress(t, onWorkers, func(p *press) {
		p.compacts(`{"useSupervisors":true,"maxCompactionTaskSlots":1}`, `"skipOffsetFromLatest":"P2D"`) // the first day alone
		for _, pause := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute} {
			p.expect("01")
			p.end(1, false, "")
			later(pause - 10*time.Second)
			p.expect("")
			if states, err := p.Compaction().Simulate(p.Context(), []byte(`{}`)); err != nil || !strings.Contains(string(states), "have failed: it is tried again at") {
				p.Errorf("%s, %v", states, err)
			}
			later(20 * time.Second)
		}
		p.expect("01")
	})
}

// A data source whose tasks all fail says so, and only one of them is tried at a time, ever later, until one succeeds; it counts as healthy again once
// enough have.
func TestFailingTasks(t *testing.T) {
	inPress(t, onWorkers, func(p *press) {
		is := func(word, message string, recent int) {
			p.Helper()
			later(5 * time.Second)
			s, err := p.Supervisors().Get("autocompact__wiki")
			if status := string(p.Compaction().Status("wiki")); err != nil || s.State.Word() != word || len(s.State.Recent) != recent || !strings.Contains(status, message) {
				p.Errorf("%+v, %v, %s; want %s, %s", s, err, status, word, message)
			}
		}
		p.compacts(all, `"skipOffsetFromLatest":"P0D"`)
		is("RUNNING", `"message":null`, 0)
		p.end(1, false, "")
		is("RUNNING", `"message":"The compact task for interval[2024-01-01T00:00:00.000Z/2024-01-02T00:00:00.000Z] has failed: no such luck"`, 1)
		p.end(2, false, "")
		p.end(3, false, "")
		is("UNHEALTHY_TASKS", `"message":"3 tasks have failed one after the other: one is tried at a time, the next at 2000-01-01T00:01:`, 3)
		p.expect("")
		for _, pause := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute} {
			later(pause - 15*time.Second)
			p.expect("")
			later(20 * time.Second)
			p.expect("03")
			p.end(3, false, "")
			is("UNHEALTHY_TASKS", `tasks have failed one after the other`, 3)
		}
		later(8 * time.Minute)
		p.expect("03")
		p.end(3, true, done)
		is("UNHEALTHY_TASKS", `"message":null`, 3)
		p.expect("01 02")
		p.end(2, true, done)
		p.end(1, true, done)
		is("RUNNING", `"message":null`, 3)
	})
}

// What a task by the config has made is left alone, also if it says of itself something that is not understood as what was configured.
func TestCompactsOnce(t *testing.T) {
	inPress(t, onWorkers, func(p *press) {
		p.compacts(all, `"skipOffsetFromLatest":"P2D","metricsSpec":[{"type":"thetaSketch","name":"m","odd":1}]`)
		p.end(1, true, `{"partitionsSpec":{"type":"dynamic","maxRowsPerSegment":5000000,"maxTotalRows":9223372036854775807},"metricsSpec":[{"type":"thetaSketch","name":"m","odd":"one"}]}`)
		later(time.Hour)
		p.expect("")
		p.compacts(all, `"skipOffsetFromLatest":"P2D","metricsSpec":[{"type":"thetaSketch","name":"m","odd":2}]`)
		p.expect("01")
	})
}

// Where a task has found no rows all stays as it was, and nothing is compacted until others come: neither where it has made segments of some hours alone, which
// the next leader knows, too, nor where it has made none.
func TestCompactsOnceWhereNoRowsAre(t *testing.T) {
	inPress(t, onWorkers, func(p *press) {
		p.compacts(all, `"skipOffsetFromLatest":"P1D","granularitySpec":{"segmentGranularity":"HOUR"}`)
		p.expect("01 02")
		p.ends(1, true, func(string) []druid.DataSegment { return nil })
		p.ends(2, true, func(version string) []druid.DataSegment {
			hour := piece(2, 0, 1, version, `{"partitionsSpec":{"type":"dynamic","maxRowsPerSegment":5000000,"maxTotalRows":9223372036854775807},`+
				`"granularitySpec":{"segmentGranularity":"HOUR","intervals":["2024-01-02/2024-01-03"]}}`)
			hour.Interval.End = hour.Interval.Start + 3_600_000
			return []druid.DataSegment{hour}
		})
		later(2 * time.Hour)
		p.expect("")
		p.Stop()
		p.make()
		later(time.Minute)
		p.expect("01")
		p.ends(1, true, func(string) []druid.DataSegment { return nil })
		later(time.Minute)
		p.expect("")
		p.insert(piece(2, 2, 2, "1999-01-01T00:00:00.000Z", ""))
		later(time.Hour)
		p.expect("02")
	})
}

// Nothing is compacted where a lock is that a compact task does not get, nor what a compact task is at, whoever has submitted that. One that makes
// segments of another granularity than they are to have is cancelled.
func TestLeavesOthersAlone(t *testing.T) {
	inPress(t, onWorkers, func(p *press) {
		for _, other := range []string{
			`{"type":"index","id":"locks","spec":{"dataSchema":{"dataSource":"wiki","timestampSpec":{"column":"t"},"dimensionsSpec":{},"granularitySpec":{"intervals":["2024-01-02/2024-01-03"]}},` +
				`"ioConfig":{"type":"index","inputSource":{"type":"inline","data":"x"},"inputFormat":{"type":"json"}}}}`,
			`{"type":"compact","id":"theirs","dataSource":"wiki","ioConfig":{"type":"compact","inputSpec":{"type":"interval","interval":"2024-01-01/2024-01-02"}},"granularitySpec":{"segmentGranularity":"DAY"}}`,
		} {
			decoded, err := onWorkers.Decode([]byte(other), druid.Now(), nil)
			if err != nil {
				p.Fatal(err)
			}
			if err := p.Queue().Add(p.Context(), decoded); err != nil {
				p.Fatal(err)
			}
		}
		synctest.Wait()
		p.compacts(all, `"skipOffsetFromLatest":"P0D"`)
		p.expect("01 03")
		former := slices.DeleteFunc(p.Queue().ActiveIDs(), func(id string) bool { return id == "locks" })
		p.compacts(all, `"skipOffsetFromLatest":"P0D","granularitySpec":{"segmentGranularity":"HOUR"}`)
		ids := p.Queue().ActiveIDs()
		if len(former) != 2 || slices.ContainsFunc(former, func(id string) bool { return slices.Contains(ids, id) }) || !slices.Contains(ids, "locks") {
			p.Errorf("active are %q, and were %q", ids, former)
		}
		later(5 * time.Second)
		p.expect("01 03") // by the new config
		if ids := p.Queue().ActiveIDs(); slices.Contains(ids, "theirs") || !slices.Contains(ids, "locks") {
			p.Errorf("active are %q", ids)
		}
	})
}

// As long as supervisors are not used, or theirs is suspended or gone, nothing is compacted, and its status says so. What is being compacted then goes on.
func TestNotEnabled(t *testing.T) {
	inPress(t, onWorkers, func(p *press) {
		idle := func(want string) {
			p.Helper()
			later(10 * time.Second)
			if status := string(p.Compaction().Status("wiki")); !strings.Contains(status, want) {
				p.Errorf("status %s, want %s", status, want)
			}
		}
		if _, err := p.Supervisors().Submit(p.Context(), []byte(`{"type":"autocompact","spec":{"dataSource":"wiki","skipOffsetFromLatest":"P0D"}}`), false); err != nil {
			p.Fatal(err)
		}
		idle("NOT_ENABLED")
		p.expect("")
		if s, err := p.Supervisors().Get("autocompact__wiki"); err != nil || s.State.Word() != "SCHEDULER_STOPPED" || !s.State.Stage.Healthy() {
			p.Errorf("%+v, %v", s, err)
		}
		if err := p.Compaction().SetCluster(p.Context(), []byte(all)); err != nil {
			p.Fatal(err)
		}
		synctest.Wait()
		p.expect("01 02 03")
		if s, err := p.Supervisors().Get("autocompact__wiki"); err != nil || s.State.Word() != "RUNNING" {
			p.Errorf("%+v, %v", s, err)
		}
		if _, err := p.Supervisors().Suspend(p.Context(), "autocompact__wiki", true); err != nil {
			p.Fatal(err)
		}
		p.end(3, false, "")
		idle("NOT_ENABLED")
		p.expect("01 02")
		if _, err := p.Supervisors().Suspend(p.Context(), "autocompact__wiki", false); err != nil {
			p.Fatal(err)
		}
		idle("RUNNING")
		p.expect("01 02 03")
		if err := p.Compaction().DeleteDataSource(p.Context(), "wiki"); err != nil {
			p.Fatal(err)
		}
		p.end(3, false, "")
		idle("NOT_ENABLED")
		p.expect("01 02")
	})
}

// Configs are those of supervisors while these are used, with their history, and those that the Coordinator reads otherwise.
func TestCompactionConfigs(t *testing.T) {
	inPress(t, onWorkers, func(p *press) {
		c := p.Compaction()
		const own, theirs = `{"dataSource":"wiki","skipOffsetFromLatest":"P3D"}`, `{"dataSource":"wiki","skipOffsetFromLatest":"P4D"}`
		if err := c.SetDataSource(p.Context(), "wiki", []byte(theirs), "/x"); err != nil {
			p.Fatal(err)
		}
		p.compacts(all, `"skipOffsetFromLatest":"P2D"`)
		p.compacts(all, `"skipOffsetFromLatest":"P3D"`)
		p.compacts(all, `"skipOffsetFromLatest":"P3D"`) // the same again
		for _, want := range []string{"P3D", "P4D"} {
			config, err := c.DataSource(p.Context(), "wiki")
			sources, other := c.DataSources(p.Context())
			if err != nil || other != nil || !strings.Contains(string(config), want) || len(sources) != 1 || string(sources[0]) != string(config) {
				p.Errorf("%s %v, %s %v; want %s", config, err, sources, other, want)
			}
			if want == "P3D" {
				history, err := c.History(p.Context(), "wiki", nil, -1)
				if err != nil || len(history) != 2 || !strings.Contains(string(history[0]), `{"globalConfig":null,"compactionConfig":{"type":"inline","dataSource":"wiki","taskPriority":25`) ||
					!strings.Contains(string(history[0]), "P3D") || !strings.Contains(string(history[1]), `"P2D"`) {
					p.Errorf("history %s, %v", history, err)
				}
				if _, err := c.DataSource(p.Context(), "nosuch"); err == nil || err.Error() != "Compaction supervisor for datasource[nosuch] does not exist" {
					p.Error(err)
				}
				for config, want := range map[string]string{
					`"taskContext":{"a":"\ud800"}`: "half alone of a character", `"engine":"msq"`: "must be native", `"tuningConfig":{"maxNumConcurrentSubTasks":"x"}`: "maxNumConcurrentSubTasks",
				} {
					if err := c.SetDataSource(p.Context(), "wiki", []byte(`{"dataSource":"wiki",`+config+`}`), "/x"); !errors.Is(err, compaction.ErrInvalid) || !strings.Contains(err.Error(), want) {
						p.Errorf("%s: %v", config, err)
					}
				}
			}
			if err := c.SetCluster(p.Context(), []byte(`{}`)); err != nil {
				p.Fatal(err)
			}
		}
	})
}

// A server without workers runs no compact tasks, and says so to whoever asks for it, and of supervisors that somebody has left.
func TestWithoutWorkers(t *testing.T) {
	inPress(t, task.Places{}, func(p *press) {
		if err := p.Compaction().SetCluster(p.Context(), []byte(all)); err == nil || !strings.Contains(err.Error(), "field [useSupervisors] must be false: compact tasks run on Druid's own workers alone") {
			p.Error(err)
		}
		s, err := p.Supervisors().Submit(p.Context(), []byte(`{"type":"autocompact","spec":{"dataSource":"wiki"}}`), false)
		if err != nil || s.State.Stage.Healthy() || !strings.Contains(s.State.Why, "this server has none") {
			p.Errorf("%+v, %v", s, err)
		}
		if supervised, err := p.Compaction().Supervised(p.Context()); err != nil || supervised {
			p.Errorf("%t, %v", supervised, err)
		}
		if states, err := p.Compaction().Simulate(p.Context(), []byte(`{}`)); err != nil || string(states) != `{"compactionStates":{}}` {
			p.Errorf("%s, %v", states, err)
		}
	})
}

func filterWithin(i druid.Interval) datasource.Filter { return datasource.Filter{Interval: &i} }
