package queue_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/queue"
)

// rid is a runner whose tasks of before go on until the test ends them.
type rid struct {
	queue.Runner
	over chan struct{}
}

func (r rid) Rid(ctx context.Context) bool {
	select {
	case <-r.over:
		return true
	case <-ctx.Done():
		return false
	}
}

// A leader that ends between the end of a task and that of its run leaves the segment ids reserved; they go under the next, once nobody may write under
// their names. Those of which a task is active stay, or may be.
func TestReservedIDsThatALeaderLeavesGoUnderTheNext(t *testing.T) {
	for name, c := range map[string]struct {
		tasks, shut string
		left        int
	}{
		"the only task of a group": {"one", "one", 0},
		"one of two":               {"one two", "one", 2},
		"both of two":              {"one two", "one two", 0},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				over := make(chan struct{})
				w.wrap = func(r queue.Runner) queue.Runner { return rid{r, over} }
				q := w.start()
				w.ingest = builds(1)
				pushing, hold := make(chan struct{}), make(chan struct{})
				goOn, goOnAgain := sync.OnceFunc(func() { close(pushing) }), sync.OnceFunc(func() { close(hold) })
				defer goOnAgain()
				defer goOn()
				w.storage.hook = func(string) { <-pushing }
				tasks := strings.Fields(c.tasks)
				for _, id := range tasks {
					w.add(q, inGroup(id, "g"))
					synctest.Wait()
				}
				w.reserveForStranger()
				if n := w.reserved(); n != len(tasks) {
					t.Fatalf("%d ids are reserved", n)
				}
				for _, id := range strings.Fields(c.shut) {
					if err := q.Shutdown(t.Context(), id, "why"); err != nil {
						t.Fatal(err)
					}
				}
				w.store.set(func() error { return metadata.Unknown(errors.New("connection reset")) }) // a leader that dies writes nothing more
				go q.Stop()
				synctest.Wait()
				goOn()
				time.Sleep(time.Minute)
				w.store.set(nil)
				if n := w.reserved(); n != len(tasks) {
					t.Fatalf("%d ids are reserved after the leader has ended", n)
				}

				w.storage.hook = func(string) { <-hold }
				q = w.start()
				synctest.Wait()
				if n := w.reserved(); n < len(tasks) {
					t.Errorf("%d ids are reserved while somebody may write under them", n)
				}
				close(over)
				synctest.Wait()
				left := map[string]int{}
				rows, err := w.store.PendingSegments(t.Context(), "wiki", nil)
				for _, row := range rows {
					left[row.Allocator]++
				}
				if err != nil || min(left["g"], c.left) != c.left || c.left == 0 && left["g"] > 0 {
					t.Errorf("reserved are %v, %v", left, err)
				}
				if rows, err := w.store.PendingSegments(t.Context(), "strange", nil); len(rows) != 1 || err != nil {
					t.Errorf("of a task that cannot be read are reserved %+v, %v", rows, err)
				}
				goOnAgain()
				synctest.Wait()
				if c.left > 0 {
					w.expect(q, "two", "SUCCESS")
				}
			})
		})
	}
}

// reserveForStranger reserves an id in another data source, of which a task is active that nobody can read: the id may be that task's.
func (w *world) reserveForStranger() {
	w.t.Helper()
	err := w.store.Update(context.Background(), func(tx metadata.Tx) error {
		id := druid.SegmentID{DataSource: "strange", Interval: day(20), Version: "v", PartitionNum: 0}
		reserved := metadata.PendingRow{ID: id, ShardSpec: druid.Numbered(0, 0), SequenceName: "s", Key: metadata.LineageKey("s", "", "v"), Allocator: "replicas"}
		if _, err := tx.InsertPending([]metadata.PendingRow{reserved}); err != nil {
			return err
		}
		return tx.InsertTasks(&metadata.TaskRow{
			ID: "stranger", GroupID: "index_kafka_strange", Type: "index_kafka", DataSource: "strange", Payload: []byte("{"),
			Status: druid.TaskStatus{ID: "stranger", State: druid.Running, Duration: -1, Location: druid.UnknownLocation},
		})
	})
	if err != nil {
		w.t.Fatal(err)
	}
}
