package queue_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"ovate/internal/ingest"
	"ovate/internal/metadata"
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
