package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/deepstorage"
	"ovate/internal/engine"
	"ovate/internal/leadership"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlitetest"
	"ovate/internal/queue"
	"ovate/internal/runner"
	"ovate/internal/task"
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
		log := slog.New(slog.DiscardHandler)
		p := &press{T: t, store: &tracer{Store: sqlitetest.Open(t)}}
		deep, logs := folders(t, log)
		var segments []druid.DataSegment
		for n := 1; n <= 3; n++ {
			segments = append(segments, piece(n, 0, 2, "1999-01-01T00:00:00.000Z", ""), piece(n, 1, 2, "1999-01-01T00:00:00.000Z", ""))
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
		rows[i] = metadata.SegmentRow{Segment: s, Used: true, Created: druid.Now(), UsedStatusLastUpdated: druid.Now()}
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
	p.ends(day, succeeds, func(version string) []druid.DataSegment { return []druid.DataSegment{piece(day, 0, 1, version, state)} })
}

// ends ends the task of a day. One that succeeds publishes the segments that it has made under a version, if any.
func (p *press) ends(day int, succeeds bool, made func(version string) []druid.DataSegment) {
	p.Helper()
	all, err := p.Queue().Active(p.Context(), "wiki", "compact")
	if err != nil {
		p.Fatal(err)
	}
	for _, s := range all {
		if p.day(s.ID) != fmt.Sprintf("%02d", day) {
			continue
		}
		status := druid.TaskStatus{ID: s.ID, State: druid.Failed, ErrorMsg: "no such luck"}
		if succeeds {
			status.State, status.ErrorMsg = druid.Success, ""
			locks := p.Queue().Locks().Find(filterOf("wiki"))
			i := slices.IndexFunc(locks, func(l druid.TaskLock) bool { return l.Interval.Contains(piece(day, 0, 1, "", "").Interval.Start) })
			if i < 0 {
				p.Fatalf("day %d is not locked", day)
			}
			if segments := made(locks[i].Version); len(segments) > 0 {
				publish := action.SegmentTransactionalInsert{Segments: segments}
				if r, err := action.Do(p.Context(), client{p.Queue(), s.ID}, publish); err != nil || !r.Success {
					p.Fatal(r, err)
				}
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
