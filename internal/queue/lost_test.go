package queue_test

import (
	"context"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"ovate/internal/ingest"
	"ovate/internal/runs"
)

// lostRuns are what a journal would tell.
type lostRuns map[string]runs.Loss

func (l lostRuns) Lost(id string) runs.Loss { return l[id] }
func (lostRuns) Begin(string) error         { return nil }
func (lostRuns) End(string) error           { return nil }
func (lostRuns) Start() error               { return nil }
func (lostRuns) Stop() error                { return nil }

// A report that could not be stored before the task succeeded is stored then: the store has waited for room on the disk, perhaps.
func TestReportThatMeetsAFullDisk(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.ingest = builds(1)
		q := w.start()
		w.logs.unprepared = syscall.ENOSPC
		w.add(q, index("a", 1, 2, ""))
		synctest.Wait()
		w.expect(q, "a", "SUCCESS")
		if got := report(t, q, "a"); !strings.Contains(got, `"segmentsPublished":1`) {
			t.Errorf("its report is %s", got)
		}
		w.clean()
	})
}

// A task fails once the process has ended often enough while it ran, if it was not beside another suspect; until then suspects run one
// after the other.
func TestLostRuns(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.slots = 10
		w.ingest = func(ctx context.Context, _ ingest.Job) (*ingest.Result, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		q := w.start()
		for _, id := range []string{"third", "unproven", "second", "again", "first", "never"} {
			w.add(q, noop(id, 60_000))
		}
		w.add(q, index("locks", 1, 2, ""))
		synctest.Wait()
		q.Stop()
		w.ingest = builds(1)
		w.options.MaxLostRuns = 3
		w.options.Runs = lostRuns{
			"third": {Times: 3, Sole: true}, "unproven": {Times: 4}, "second": {Times: 2, Sole: true}, "again": {Times: 2}, "first": {Times: 1}, "locks": {Times: 3, Sole: true},
		}
		q = w.start()
		synctest.Wait()
		for _, id := range []string{"third", "locks"} {
			if got := w.status(q, id); !strings.HasPrefix(got, "FAILED: The server's process ended 3 times while this task was running") {
				t.Errorf("%s is %s", id, got)
			}
		}
		w.expect(q, "never", "RUNNING/RUNNING")
		w.expect(q, "first", "RUNNING/RUNNING")
		running := 0
		for _, id := range []string{"unproven", "second", "again"} {
			if w.status(q, id) == "RUNNING/RUNNING" {
				running++
			}
		}
		if running != 1 {
			t.Errorf("%d suspects run at once", running)
		}
		time.Sleep(10 * time.Minute)
		for _, id := range []string{"unproven", "second", "again", "first", "never"} {
			w.expect(q, id, "SUCCESS")
		}
		w.clean()
	})
}
