package queue_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"ovate/druid"
	"ovate/internal/datasource"
	"ovate/internal/ingest"
	"ovate/internal/inventory"
	"ovate/internal/metadata"
	"ovate/segment"
)

// Rows are appended to the time chunks that are there, whatever the segment granularity, and else to the longest that fit.
func TestAppendedToTheChunksThatAreThere(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		w.ingest = builds(3)
		w.add(q, index("replace", 0, 0, ""))
		synctest.Wait()
		w.ingest = func(ctx context.Context, job ingest.Job) (*ingest.Result, error) {
			for _, n := range []int{3, 4} {
				if got := job.Chunks.Bucket(day(n).Start + 5); got != day(n) {
					t.Errorf("%s: the chunk of day %d is %v", job.Spec.Schema.Granularity.Segment, n, got)
				}
			}
			return builds(3, 4)(ctx, job)
		}
		for _, granularity := range []string{"MONTH", "HOUR", "ALL"} {
			w.add(q, strings.Replace(index(granularity, 0, 0, "append"), "DAY", granularity, 1))
			synctest.Wait()
			w.expect(q, granularity, "SUCCESS")
		}
		if got, want := w.used(), "3 0/1,3 1/1,3 2/1,3 3/1,4 0/0,4 1/0,4 2/0"; got != want {
			t.Errorf("used %s, want %s", got, want)
		}
		w.clean()
	})
}

// An append does not reach beyond the intervals that it has locked.
func TestAppendedWithinTheIntervals(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		w.ingest = func(ctx context.Context, job ingest.Job) (*ingest.Result, error) {
			if got := job.Chunks.Bucket(day(3).Start); got != day(3) {
				t.Errorf("the chunk of day 3 is %v", got)
			}
			return builds(3)(ctx, job)
		}
		w.add(q, strings.Replace(index("a", 2, 9, "append"), "DAY", "ALL", 1))
		synctest.Wait()
		w.expect(q, "a", "SUCCESS")
		if got, want := w.used(), "3 0/0"; got != want {
			t.Errorf("used %s, want %s", got, want)
		}
		w.clean()
	})
}

// An append that can never learn of its chunks fails, and says why.
func TestAppendWithoutMetadata(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		w.ingest = func(ctx context.Context, job ingest.Job) (*ingest.Result, error) {
			w.store.set(func() error { return &metadata.PermanentError{Err: errors.New("the disk is gone")} })
			job.Chunks.Bucket(day(3).Start)
			w.store.set(nil)
			return nil, ctx.Err()
		}
		w.add(q, index("a", 0, 0, "append"))
		synctest.Wait()
		if got := w.status(q, "a"); !strings.Contains(got, "the disk is gone") {
			t.Errorf("the task is %s", got)
		}
		w.clean()
	})
}

// Rows that come in no order do not ask the metadata again for a chunk that is known.
func TestAppendAsksOnceForAChunk(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		w.ingest = func(ctx context.Context, job ingest.Job) (*ingest.Result, error) {
			for _, n := range []int{5, 3, 4} {
				job.Chunks.Bucket(day(n).Start)
			}
			w.store.set(func() error { return errors.New("asked again") })
			for _, n := range []int{4, 5, 3} {
				if got := job.Chunks.Bucket(day(n).End - 1); got != day(n) {
					t.Errorf("the chunk of day %d is %v", n, got)
				}
			}
			w.store.set(nil)
			return builds(3, 4, 5)(ctx, job)
		}
		w.add(q, index("a", 0, 0, "append"))
		synctest.Wait()
		w.expect(q, "a", "SUCCESS")
		w.clean()
	})
}

// A row that has no room in any bucket between two time chunks goes to the gap between them, and is found there.
func TestAppendBesideVeryShortChunk(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		interval := func(s string) druid.Interval {
			i, err := druid.ParseInterval(s)
			if err != nil {
				t.Fatal(err)
			}
			return i
		}
		err := w.store.Update(t.Context(), func(tx metadata.Tx) error {
			var rows []metadata.SegmentRow
			for _, i := range []string{"2026-02-01T00:00/2026-02-01T01:00", "2026-02-01T05:00:00.000/2026-02-01T05:00:00.500", "2026-02-01T05:00:00.750/2026-02-01T05:01"} {
				rows = append(rows, metadata.SegmentRow{Used: true, Created: druid.Now(), UsedStatusLastUpdated: druid.Now(), Segment: druid.DataSegment{
					DataSource: "wiki", Interval: interval(i), Version: "2026-01-01T00:00:00.000Z", ShardSpec: druid.Numbered(0, 1), LoadSpec: []byte(`{"type":"local"}`), BinaryVersion: 9,
				}})
			}
			_, err := tx.InsertSegments(rows)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		built := map[druid.Interval]string{}
		w.ingest = func(ctx context.Context, job ingest.Job) (*ingest.Result, error) {
			r, err := ingest.Run(ctx, job)
			if err != nil {
				return nil, err
			}
			for _, b := range r.Segments {
				err := segment.Read(b.Dir, func(s *segment.Segment) error {
					times, err := inventory.NewTimes(s)
					if err != nil {
						return err
					}
					batch, err := times.Next()
					for _, at := range batch {
						built[b.Interval] += druid.Instant(at).String()
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
			return r, nil
		}
		rows := `{'ts':'2026-02-01T00:30','page':'x'}{'ts':'2026-02-01T05:00:00.700','page':'y'}`
		rows = strings.NewReplacer("'", `\"`, "}{", `}\n{`).Replace(rows)
		w.add(q, strings.Replace(strings.ReplaceAll(index("a", 0, 0, "append"), "'", `"`), `"data":"x"`, `"data":"`+rows+`"`, 1))
		time.Sleep(time.Minute)
		w.expect(q, "a", "SUCCESS")
		want := map[druid.Interval]string{
			interval("2026-02-01T00:00/2026-02-01T01:00"):               "2026-02-01T00:30:00.000Z",
			interval("2026-02-01T05:00:00.500/2026-02-01T05:00:00.750"): "2026-02-01T05:00:00.700Z",
		}
		if diff := cmp.Diff(want, built); diff != "" {
			t.Errorf("rows by segment (-want +got):\n%s", diff)
		}
		w.clean()
	})
}

// Rows whose time chunk has come to overlap one that other rows have been given already fail the task: no query would see both.
func TestAppendWhileTheChunksChange(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		w.ingest = func(ctx context.Context, job ingest.Job) (*ingest.Result, error) {
			if got := job.Chunks.Bucket(day(3).Start); got != day(3) {
				t.Errorf("the chunk of day 3 is %v", got)
			}
			err := w.store.Update(ctx, func(tx metadata.Tx) error {
				_, err := tx.InsertSegments([]metadata.SegmentRow{{Used: true, Created: druid.Now(), UsedStatusLastUpdated: druid.Now(), Segment: druid.DataSegment{
					DataSource: "wiki", Interval: druid.Interval{Start: day(3).Start, End: day(9).End}, Version: "2026-01-01T00:00:00.000Z", ShardSpec: druid.Numbered(0, 1),
					LoadSpec: []byte(`{"type":"local"}`), BinaryVersion: 9,
				}}})
				return err
			})
			if err != nil {
				return nil, err
			}
			if got, row := job.Chunks.Bucket(day(5).Start), day(5).Start; !got.Contains(row) || got.Overlaps(day(3)) {
				t.Errorf("the chunk of day 5 is %v", got)
			}
			return builds(3, 5)(ctx, job)
		}
		w.add(q, index("a", 0, 0, "append"))
		time.Sleep(time.Minute)
		if got := w.status(q, "a"); !strings.Contains(got, "have changed while its rows were read") {
			t.Errorf("the task is %s", got)
		}
		w.clean()
	})
}

// TestAppendToChunkMarkedUnused: rows that no query would see are not published as a success.
func TestAppendToChunkMarkedUnused(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		w.ingest = builds(1, 1)
		w.add(q, index("a", 0, 0, ""))
		synctest.Wait()
		w.ingest = builds(1)
		w.storage.hook = func(string) {
			m := datasource.New(w.store, druid.Now, w.storage)
			if _, err := m.MarkUnused(context.Background(), "wiki", datasource.Filter{Interval: &druid.Eternity}, nil); err != nil {
				t.Error(err)
			}
		}
		w.add(q, index("b", 0, 0, "append"))
		synctest.Wait()
		if got := w.status(q, "b"); !strings.Contains(got, "FAILED") || !strings.Contains(got, "marked as unused meanwhile") {
			t.Errorf("the task is %s", got)
		}
		if used := w.used(); len(used) != 0 {
			t.Errorf("used are %s", used)
		}
	})
}
