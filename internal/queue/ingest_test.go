package queue_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ovate/internal/ingest"
	"ovate/internal/metadata"
	"ovate/internal/queue"
)

func TestIndexReplaces(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		for i, c := range []struct {
			from, to int
			builds   []int
			used     string
		}{
			{0, 0, []int{1, 1, 2}, "1 0/2,1 1/2,2 0/1"},          // locks taken while it runs
			{2, 4, []int{2, 3}, "1 0/2,1 1/2,2 0/1,2 0/1,3 0/1"}, // locks taken before; the old ones are hidden, not gone
			{5, 6, nil, "1 0/2,1 1/2,2 0/1,2 0/1,3 0/1"},
		} {
			w.ingest = builds(c.builds...)
			id := string(rune('a' + i))
			w.add(q, index(id, c.from, c.to, ""))
			synctest.Wait()
			w.expect(q, id, "SUCCESS")
			if got := w.used(); got != c.used {
				t.Errorf("%s: used %s, want %s", id, got, c.used)
			}
			w.clean()
		}
		if n := w.storage.len(); n != 5 {
			t.Errorf("%d segments are stored", n)
		}
	})
}

// Two tasks of one group that replace the same day do so one after the other, under versions of their own.
func TestIndexReplacesWithinAGroup(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		w.ingest = func(ctx context.Context, job ingest.Job) (*ingest.Result, error) {
			time.Sleep(time.Second)
			return builds(1)(ctx, job)
		}
		for _, id := range []string{"a", "b"} {
			w.add(q, strings.Replace(index(id, 1, 2, ""), `'id'`, `'groupId':'g','id'`, 1))
		}
		synctest.Wait()
		w.expect(q, "b", "RUNNING/WAITING")
		time.Sleep(3 * time.Second)
		synctest.Wait()
		w.expect(q, "a", "SUCCESS")
		w.expect(q, "b", "SUCCESS")
		if n := w.storage.len(); n != 2 {
			t.Errorf("%d segments are stored", n)
		}
	})
}

func TestIndexAppends(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		w.ingest = builds(1, 1)
		w.add(q, index("replace", 0, 0, ""))
		synctest.Wait()
		for _, id := range []string{"a", "b"} {
			w.ingest = builds(1, 2, 2)
			w.add(q, index(id, 0, 0, "append"))
			synctest.Wait()
			w.expect(q, id, "SUCCESS")
		}
		if got, want := w.used(), "1 0/2,1 1/2,1 2/2,1 3/2,2 0/0,2 1/0,2 2/0,2 3/0"; got != want {
			t.Errorf("used %s, want %s", got, want)
		}
		w.clean()
	})
}

func TestIndexWaitsForLocks(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		release := make(chan struct{})
		w.ingest = func(ctx context.Context, job ingest.Job) (*ingest.Result, error) {
			<-release
			return builds(1)(ctx, job)
		}
		w.add(q, index("first", 1, 3, ""))
		synctest.Wait()
		w.add(q, index("second", 2, 4, ""))
		w.add(q, index("late", 0, 0, "'taskLockTimeout':1000"))
		w.add(q, index("third", 4, 5, ""))
		synctest.Wait()
		for id, want := range map[string]string{"first": "RUNNING/RUNNING", "second": "RUNNING/WAITING", "late": "RUNNING/RUNNING", "third": "RUNNING/PENDING"} {
			w.expect(q, id, want)
		}
		w.ingest = builds(2)
		if err := q.Shutdown(context.Background(), "late", "end"); err != nil {
			t.Fatal(err)
		}
		w.add(q, index("later", 0, 0, "'taskLockTimeout':1000"))
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if got := w.status(q, "later"); !strings.Contains(got, "Failed to get locks for intervals[2026-02-02") || !strings.Contains(got, "group[first]") {
			t.Errorf("later is %s", got)
		}
		close(release)
		synctest.Wait()
		w.expect(q, "first", "SUCCESS")
		w.expect(q, "second", "SUCCESS")
		w.clean()
	})
}

// Before it runs, or when it learns of its chunks: a task that would need too many locks fails. Days that touch need one.
func TestIndexMayNeedTooManyLocks(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		w.ingest = builds(1, 2, 4)
		const refused = "FAILED: Number of locks exceeded maxAllowedLockCount [%d]: %d are needed"
		for i, c := range []struct {
			from, to, most int
			want           string
		}{
			{1, 5, 0, fmt.Sprintf(refused, 0, 1)},
			{1, 5, 1, "SUCCESS"},
			{0, 0, 1, fmt.Sprintf(refused, 1, 2)},
			{0, 0, 2, "SUCCESS"},
		} {
			id := fmt.Sprint("t", i)
			limit := fmt.Sprintf(`'tuningConfig':{'maxAllowedLockCount':%d,`, c.most)
			w.add(q, strings.Replace(index(id, c.from, c.to, ""), `'tuningConfig':{`, limit, 1))
			synctest.Wait()
			w.expect(q, id, c.want)
			w.clean()
		}
	})
}

// A task of higher priority takes the lock; the other one fails when it wants to publish.
func TestIndexLosesItsLock(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		release := make(chan struct{})
		w.ingest = func(ctx context.Context, job ingest.Job) (*ingest.Result, error) {
			if job.Log == nil {
				t.Error("no log")
			}
			select {
			case <-release:
			case <-ctx.Done():
			}
			return builds(1)(ctx, job)
		}
		w.add(q, index("weak", 1, 2, ""))
		synctest.Wait()
		w.add(q, index("strong", 1, 2, "'priority':60"))
		synctest.Wait()
		close(release)
		synctest.Wait()
		w.expect(q, "strong", "SUCCESS")
		if got := w.status(q, "weak"); !strings.Contains(got, "was revoked") {
			t.Errorf("weak is %s", got)
		}
		w.clean()
		if n := w.storage.len(); n != 1 {
			t.Errorf("%d segments are stored", n)
		}
	})
}

// However late a task is shut down, all of it is published or nothing.
func TestShutdownAtEveryStep(t *testing.T) {
	for name, appends := range map[string]string{"replace": "", "append": "append"} {
		for _, step := range []string{"building", "built", "pushing", "pushed"} {
			t.Run(name+" "+step, func(t *testing.T) {
				inBubble(t, func(t *testing.T, w *world) {
					q := w.start()
					shutdown := func(now string) {
						if now == step {
							if err := q.Shutdown(context.Background(), "a", "end"); err != nil {
								t.Error(err)
							}
						}
					}
					w.ingest = func(ctx context.Context, job ingest.Job) (*ingest.Result, error) {
						shutdown("building")
						r, err := builds(1, 2, 2)(context.Background(), job)
						shutdown("built")
						return r, err
					}
					pushes := 0
					w.storage.hook = func(string) {
						w.storage.mu.Lock()
						pushes++
						n := pushes
						w.storage.mu.Unlock()
						if n == 1 {
							shutdown("pushing")
						}
						if n == 3 {
							shutdown("pushed")
						}
					}
					w.add(q, index("a", 0, 0, appends))
					synctest.Wait()
					w.expect(q, "a", "FAILED: end")
					if got := w.used(); got != "" {
						t.Errorf("published %s", got)
					}
					if n := w.storage.len(); n != 0 {
						t.Errorf("%d segments are left in deep storage", n)
					}
					w.clean()
				})
			})
		}
	}
}

func TestReports(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		release := make(chan struct{})
		w.ingest = func(ctx context.Context, job ingest.Job) (*ingest.Result, error) {
			<-release
			return builds(1)(ctx, job)
		}
		w.add(q, index("a", 1, 2, ""))
		time.Sleep(6 * time.Second) // past the first measurement of rates
		live := report(t, q, "a")
		for _, part := range []string{
			`{"ingestionStatsAndErrors":{"type":"ingestionStatsAndErrors","taskId":"a","payload":{"ingestionState":"NOT_STARTED","unparseableEvents":{},"rowStats":{"movingAverages":{`,
			`"errorMsg":null,"segmentAvailabilityConfirmed":false,"segmentAvailabilityWaitTimeMs":0,"recordsProcessed":null}},"taskContext":{"type":"taskContext","taskId":"a","payload":{"forceTimeChunkLock":true,"useLineageBasedSegmentAllocation":true}}}`,
		} {
			if !strings.Contains(live, part) {
				t.Errorf("live report %s\nlacks %s", live, part)
			}
		}
		close(release)
		synctest.Wait()
		const zero = `{"processed":0,"processedBytes":0,"processedWithError":0,"thrownAway":0,"unparseable":0}`
		const final = `{"ingestionStatsAndErrors":{"type":"ingestionStatsAndErrors","taskId":"a","payload":{"ingestionState":"COMPLETED","unparseableEvents":{},"rowStats":{"determinePartitions":` + zero +
			`,"buildSegments":` + zero + `},"errorMsg":null,"segmentAvailabilityConfirmed":false,"segmentAvailabilityWaitTimeMs":0,"recordsProcessed":{},"segmentsPublished":1}},` +
			`"taskContext":{"type":"taskContext","taskId":"a","payload":{"forceTimeChunkLock":true,"useLineageBasedSegmentAllocation":true}}}`
		if got := report(t, q, "a"); got != final {
			t.Errorf("report %s\nwant   %s", got, final)
		}
		w.ingest = func(context.Context, ingest.Job) (*ingest.Result, error) { return nil, errors.New("no such file") }
		w.add(q, index("b", 1, 2, ""))
		synctest.Wait()
		w.expect(q, "b", "FAILED: no such file")
		if got := report(t, q, "b"); !strings.Contains(got, `"errorMsg":"no such file"`) || strings.Contains(got, "segmentsPublished") {
			t.Errorf("report of a failure: %s", got)
		}
	})
}

func report(t *testing.T, q *queue.Queue, id string) string {
	t.Helper()
	r, err := q.Report(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil || !json.Valid(text) {
		t.Fatalf("report %s, %v", text, err)
	}
	return string(text)
}

func TestKill(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		for _, id := range []string{"a", "b"} { // b hides what a published
			w.ingest = builds(1, 2, 2)
			w.add(q, index(id, 0, 0, ""))
			synctest.Wait()
			time.Sleep(time.Millisecond)
		}
		err := w.store.Update(context.Background(), markOldest)
		if err != nil {
			t.Fatal(err)
		}
		w.add(q, `{'type':'kill','id':'k','dataSource':'wiki','interval':'2026-02-01/2026-03-01','batchSize':2}`)
		synctest.Wait()
		w.expect(q, "k", "SUCCESS")
		if got, want := report(t, q, "k"), `{"killUnusedSegments":{"type":"killUnusedSegments","taskId":"k","payload":{"numSegmentsKilled":6,"numBatchesProcessed":4}}}`; got != want {
			t.Errorf("report %s, want %s", got, want)
		}
		if n := w.storage.len(); n != 0 {
			t.Errorf("%d segments are stored", n)
		}
		w.clean()
	})
}

// A task that appends takes the lock from a kill task that is just removing files. It may get the id of a segment whose files are being removed: its own
// get another place.
func TestKillBesideAppend(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		ctx := context.Background()
		w.ingest = builds(1)
		for _, id := range []string{"a", "b"} {
			w.add(q, index(id, 1, 2, "append"))
			synctest.Wait()
		}
		rows, err := w.store.UsedSegments(ctx, "wiki", nil)
		if err != nil || len(rows) != 2 {
			t.Fatalf("published %+v, %v", rows, err)
		}
		err = w.store.Update(ctx, func(tx metadata.Tx) error {
			_, err := tx.SetUsed([]string{rows[1].Segment.ID().String()}, false, rows[1].UsedStatusLastUpdated)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		release := make(chan struct{})
		w.storage.unhook = func() { <-release }
		w.add(q, `{'type':'kill','id':'k','dataSource':'wiki','interval':'2026-02-01/2026-03-01'}`)
		synctest.Wait()
		w.add(q, index("c", 1, 2, "append"))
		synctest.Wait()
		w.expect(q, "c", "SUCCESS")
		close(release)
		synctest.Wait()
		if got := w.status(q, "k"); !strings.Contains(got, "was revoked for a task of higher priority") {
			t.Error(got)
		}
		if got := w.used(); got != "1 0/0,1 1/0" {
			t.Errorf("used %s", got)
		}
		if n := w.storage.len(); n != 2 {
			t.Errorf("%d segments are stored, and 2 are published", n)
		}
		w.clean()
	})
}
