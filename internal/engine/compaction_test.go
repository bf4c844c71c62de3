package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/datasource"
	"ovate/internal/deepstorage"
	"ovate/internal/deepstorage/local"
	"ovate/internal/engine"
	"ovate/internal/leadership"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlitetest"
	"ovate/internal/queue"
	"ovate/internal/runner"
	"ovate/internal/task"
	"ovate/internal/tasklog"
)

// bench is a runner of ten slots whose tasks end as the test says.
type bench struct {
	mu     sync.Mutex
	events runner.Events
	given  map[string]runner.Assignment
}

func (b *bench) Start(e runner.Events) error { b.events = e; return nil }
func (b *bench) Stop()                       {}
func (b *bench) Run(a runner.Assignment) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.given[a.ID()] = a
	return true, nil
}
func (b *bench) Cancel(string, error) bool                             { return false }
func (b *bench) Report(context.Context, string) (io.ReadCloser, error) { return nil, fs.ErrNotExist }
func (b *bench) Workers() []runner.Worker                              { return nil }
func (b *bench) Capacity() runner.Capacity                             { return runner.Capacity{Current: 10, Maximum: -1} }

// tracer is a store that notes which segments are read.
type tracer struct {
	metadata.Store
	mu    sync.Mutex
	reads []string
}

func (r *tracer) UsedSegments(ctx context.Context, dataSource string, intervals []druid.Interval) ([]metadata.SegmentRow, error) {
	r.mu.Lock()
	r.reads = append(r.reads, fmt.Sprint(dataSource, intervals))
	r.mu.Unlock()
	return r.Store.UsedSegments(ctx, dataSource, intervals)
}

// press is an engine whose tasks run on workers.
type press struct {
	*testing.T
	*engine.Engine
	store *tracer
	bench *bench
	make  func()
}

// inPress runs a test in a bubble, with an engine that has data source wiki: three days with two segments each.
func inPress(t *testing.T, places task.Places, test func(p *press)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir, log := t.TempDir(), slog.New(slog.DiscardHandler)
		p := &press{T: t, store: &tracer{Store: sqlitetest.Open(t)}}
		deep, err := local.Open(local.Options{Directory: filepath.Join(dir, "segments")})
		if err != nil {
			t.Fatal(err)
		}
		logs, err := tasklog.Open(filepath.Join(dir, "logs"), log)
		if err != nil {
			t.Fatal(err)
		}
		var segments []druid.DataSegment
		for n := 1; n <= 3; n++ {
			segments = append(segments, piece(n, 0, 2, "2020-01-01T00:00:00.000Z", ""), piece(n, 1, 2, "2020-01-01T00:00:00.000Z", ""))
		}
		p.insert(segments...)
		p.make = func() {
			p.bench = &bench{given: map[string]runner.Assignment{}}
			p.Engine = engine.New(engine.Options{
				Store: p.store, Lead: &leadership.Lead{Lasts: context.Background()}, Storage: deep, Logs: logs, Log: log,
				Runner: func(deepstorage.Storage, func() bool) queue.Runner { return p.bench },
				Queue:  queue.Options{Places: places, ForceTimeChunkLock: true},
			})
			if err := p.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		p.make()
		t.Cleanup(func() {
			p.Stop()
			if err := deep.Close(); err != nil {
				t.Error(err)
			}
		})
		test(p)
	})
}

// piece is a segment of a day of January 2024.
func piece(day, partition, partitions int, version, state string) druid.DataSegment {
	start, err := druid.ParseInstant(fmt.Sprintf("2024-01-%02d", day))
	if err != nil {
		panic(err)
	}
	s := druid.DataSegment{
		DataSource: "wiki", Interval: druid.Interval{Start: start, End: start + 86_400_000}, Version: version, ShardSpec: druid.Numbered(partition, partitions),
		LoadSpec: json.RawMessage(`{"type":"elsewhere"}`), BinaryVersion: 9, Size: 100,
	}
	if state != "" {
		s.LastCompactionState = json.RawMessage(state)
	}
	return s
}

func (p *press) insert(segments ...druid.DataSegment) {
	p.Helper()
	rows := make([]metadata.SegmentRow, len(segments))
	for i, s := range segments {
		rows[i] = metadata.SegmentRow{Segment: s, Used: true}
	}
	if err := p.store.Update(p.Context(), func(tx metadata.Tx) error { _, err := tx.InsertSegments(rows); return err }); err != nil {
		p.Fatal(err)
	}
}

// compacts has wiki compacted by supervisors, as the config says beside its data source.
func (p *press) compacts(cluster, config string) {
	p.Helper()
	if err := p.Compaction().SetCluster(p.Context(), []byte(cluster)); err != nil {
		p.Fatal(err)
	}
	if err := p.Compaction().SetDataSource(p.Context(), "wiki", []byte(`{"dataSource":"wiki",`+config+`}`), "/x"); err != nil {
		p.Fatal(err)
	}
	synctest.Wait()
}

// later lets time pass.
func later(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// active are the days that compact tasks are at, in order.
func (p *press) active() (days []string) {
	p.Helper()
	all, err := p.Queue().Active(p.Context(), "wiki", "compact")
	if err != nil {
		p.Fatal(err)
	}
	for _, s := range all {
		days = append(days, p.day(s.ID))
	}
	slices.Sort(days)
	return days
}

func (p *press) expect(want string) {
	p.Helper()
	if got := strings.Join(p.active(), " "); got != want {
		p.Errorf("compacted are the days %q, want %q; status %s", got, want, p.Compaction().Status("wiki"))
	}
}

func (p *press) day(id string) string {
	p.Helper()
	payload, err := p.Queue().Stored(p.Context(), id)
	if err != nil {
		p.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(payload), `"interval":"2024-01-`)
	return rest[:2]
}

// end ends the task of a day. One that succeeds publishes a segment, which says so of itself.
func (p *press) end(day int, succeeds bool, state string) {
	p.Helper()
	all, err := p.Queue().Active(p.Context(), "wiki", "compact")
	if err != nil {
		p.Fatal(err)
	}
	for _, s := range all {
		if p.day(s.ID) != fmt.Sprintf("%02d", day) {
			continue
		}
		status := druid.TaskStatus{ID: s.ID, State: druid.Failed}
		if succeeds {
			status.State = druid.Success
			locks := p.Queue().Locks().Find(filterOf("wiki"))
			i := slices.IndexFunc(locks, func(l druid.TaskLock) bool { return l.Interval.Contains(piece(day, 0, 1, "", "").Interval.Start) })
			if i < 0 {
				p.Fatalf("day %d is not locked", day)
			}
			publish := action.SegmentTransactionalInsert{Segments: []druid.DataSegment{piece(day, 0, 1, locks[i].Version, state)}}
			if r, err := action.Do(p.Context(), client{p.Queue(), s.ID}, publish); err != nil || !r.Success {
				p.Fatal(r, err)
			}
		}
		p.bench.mu.Lock()
		a := p.bench.given[s.ID]
		p.bench.mu.Unlock()
		p.bench.events.Done(a, runner.Result{Status: status})
		synctest.Wait()
		return
	}
	p.Fatalf("no task compacts day %d", day)
}

func filterOf(dataSource string) lockbox.Filter { return lockbox.Filter{DataSource: dataSource} }

// client performs actions for a task.
type client struct {
	queue *queue.Queue
	id    string
}

func (c client) Do(ctx context.Context, r action.Request) error { return c.queue.Perform(ctx, c.id, r) }

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

// What a task by the config has made is left alone, also if it says of itself something that is not understood as what was configured.
func TestCompactsOnce(t *testing.T) {
	inPress(t, onWorkers, func(p *press) {
		p.compacts(all, `"skipOffsetFromLatest":"P2D","metricsSpec":[{"type":"mine","name":"m","odd":1}]`)
		p.end(1, true, `{"partitionsSpec":{"type":"dynamic","maxRowsPerSegment":5000000,"maxTotalRows":9223372036854775807},"metricsSpec":[{"type":"mine","name":"m","odd":"one"}]}`)
		later(time.Hour)
		p.expect("")
		p.compacts(all, `"skipOffsetFromLatest":"P2D","metricsSpec":[{"type":"mine","name":"m","odd":2}]`)
		p.expect("01")
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
		p.compacts(all, `"skipOffsetFromLatest":"P0D","granularitySpec":{"segmentGranularity":"HOUR"}`)
		p.expect("")
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
				if err := c.SetDataSource(p.Context(), "wiki", []byte(`{"dataSource":"wiki","engine":"msq"}`), "/x"); err == nil || !strings.Contains(err.Error(), "must be native") {
					p.Error(err)
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
