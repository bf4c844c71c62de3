package sqlite_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite"
)

// BenchmarkSubmit inserts tasks from many clients at once, each waiting for its own to be on disk. The figure of one
// client is that of one commit with its fsync; that of eight shows how many share one.
func BenchmarkSubmit(b *testing.B) {
	for _, clients := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			store := open(b, sqlite.Options{})
			var next atomic.Int64
			payload := make([]byte, 2000)
			start := time.Now()
			var all sync.WaitGroup
			for range clients {
				all.Go(func() {
					for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
						row := taskRow(int(i), payload)
						if err := store.Update(b.Context(), func(tx metadata.Tx) error { return tx.InsertTasks(row) }); err != nil {
							b.Error(err)
						}
					}
				})
			}
			all.Wait()
			b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), "submits/s")
			closeStore(b, store)
		})
	}
}

// BenchmarkCompleteTasks lists 80,000 finished tasks with payloads of an ordinary spec, and the newest 100 of them.
func BenchmarkCompleteTasks(b *testing.B) {
	store := open(b, sqlite.Options{})
	defer closeStore(b, store)
	fillComplete(b, store, 80_000)
	for _, q := range []metadata.TaskQuery{
		{Max: -1},
		{Max: 100},
		{Max: 100, DataSource: "wiki3", Type: "index_parallel"},
		{Max: 100, DataSource: "rare", Type: "noop"},
		{Max: 100, Type: "none"},
	} {
		b.Run(fmt.Sprintf("max=%d,datasource=%s,type=%s", q.Max, q.DataSource, q.Type), func(b *testing.B) {
			b.ReportAllocs()
			rows := 0
			for b.Loop() {
				if err := store.CompleteTasks(b.Context(), q, func(*metadata.TaskRow) error { rows++; return nil }); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(rows)/float64(b.N), "rows")
		})
	}
}

// BenchmarkTask reads one task of many.
func BenchmarkTask(b *testing.B) {
	store := open(b, sqlite.Options{})
	defer closeStore(b, store)
	fillComplete(b, store, 10_000)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := store.Task(b.Context(), taskRow(i%10_000, nil).ID); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkInsertSegments inserts segments as they are pushed, 5,000 in a transaction that is undone.
func BenchmarkInsertSegments(b *testing.B) {
	store := open(b, sqlite.Options{})
	defer closeStore(b, store)
	rows := make([]metadata.SegmentRow, 5_000)
	for i := range rows {
		interval := druid.Interval{Start: druid.Instant(i) * 3_600_000, End: druid.Instant(i+1) * 3_600_000}
		rows[i] = metadata.SegmentRow{Used: true, Segment: druid.DataSegment{
			DataSource: "wiki", Interval: interval, Version: "2026-01-01T00:00:00.000Z", BinaryVersion: 9, ShardSpec: druid.Numbered(0, 1),
			Dimensions: []string{"channel", "page", "user", "language"}, Metrics: []string{"count", "added", "deleted"}, Size: 12_345,
			LoadSpec: fmt.Appendf(nil, `{"type":"local","path":"/home/somebody/data/segments/wiki/%s_%s/2026-01-01T00:00:00.000Z/0/%08d-1234-1234-1234-123456789012/index/"}`,
				interval.Start, interval.End, i),
		}}
	}
	errUndo := errors.New("nothing stays")
	for b.Loop() {
		err := store.Update(b.Context(), func(tx metadata.Tx) error {
			if _, err := tx.InsertSegments(rows); err != nil {
				return err
			}
			return errUndo
		})
		if !errors.Is(err, errUndo) {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(rows)), "µs/row")
}

func taskRow(i int, payload []byte) *metadata.TaskRow {
	id := fmt.Sprintf("index_parallel_wiki_abcdefgh_%08d", i)
	return &metadata.TaskRow{
		ID: id, GroupID: id, Type: "index_parallel", DataSource: fmt.Sprint("wiki", i%10), Created: 1_767_225_600_000 + druid.Instant(i),
		Status:  druid.TaskStatus{ID: id, State: druid.Running, Duration: -1, Location: druid.UnknownLocation},
		Payload: payload,
	}
}

func fillComplete(b *testing.B, store *sqlite.Store, n int) {
	b.Helper()
	payload := make([]byte, 2000)
	for done := 0; done < n; done += 1000 {
		err := store.Update(b.Context(), func(tx metadata.Tx) error {
			for i := done; i < done+1000; i++ {
				row := taskRow(i, payload)
				row.Status.State, row.Status.Duration = druid.Success, int64(i)
				row.Status.Location = druid.TaskLocation{Host: "localhost", Port: 8091, TLSPort: -1}
				if err := tx.InsertTasks(row); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
}

func closeStore(b testing.TB, store *sqlite.Store) {
	b.Helper()
	if err := store.Close(); err != nil {
		b.Fatal(err)
	}
}
