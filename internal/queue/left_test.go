package queue_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

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
// their names. Those of a group of which a task is active stay.
func TestReservedIDsThatALeaderLeavesGoUnderTheNext(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		over := make(chan struct{})
		w.wrap = func(r queue.Runner) queue.Runner { return rid{r, over} }
		q := w.start()
		w.ingest = builds(1)
		pushing := make(chan struct{})
		w.storage.hook = func(string) { <-pushing }
		for _, id := range []string{"alone", "one", "two"} {
			w.add(q, inGroup(id, strings.Replace(strings.Replace(id, "one", "both", 1), "two", "both", 1)))
			synctest.Wait()
		}
		// A task whose ids are known by another name than its own and its group's, as a replica can be that somebody has submitted.
		reader := `{"type":"index_kafka","id":"reader","dataSource":"wiki","groupId":"index_kafka_wiki","resource":{"availabilityGroup":"replicas","requiredCapacity":1}}`
		err := w.store.Update(t.Context(), func(tx metadata.Tx) error {
			row := &metadata.TaskRow{
				ID: "reader", GroupID: "index_kafka_wiki", Type: "index_kafka", DataSource: "wiki", Payload: []byte(reader),
				Status: druid.TaskStatus{ID: "reader", State: druid.Running, Duration: -1, Location: druid.UnknownLocation},
			}
			id := druid.SegmentID{DataSource: "wiki", Interval: day(20), Version: "v", PartitionNum: 0}
			reserved := metadata.PendingRow{ID: id, ShardSpec: druid.Numbered(0, 0), SequenceName: "s", Key: metadata.LineageKey("s", "", "v"), Allocator: "replicas"}
			_, err := tx.InsertPending([]metadata.PendingRow{reserved})
			if err == nil {
				err = tx.InsertTasks(row)
			}
			return err
		})
		if err != nil || w.reserved() != 4 {
			t.Fatalf("%d ids are reserved, %v", w.reserved(), err)
		}
		for _, id := range []string{"alone", "one"} {
			if err := q.Shutdown(t.Context(), id, "why"); err != nil {
				t.Fatal(err)
			}
		}
		go q.Stop()
		synctest.Wait()
		close(pushing)
		synctest.Wait()
		if w.reserved() != 4 {
			t.Fatalf("%d ids are reserved", w.reserved())
		}

		hold := make(chan struct{})
		w.storage.hook = func(string) { <-hold }
		q = w.start()
		synctest.Wait()
		if n := w.reserved(); n != 4 {
			t.Errorf("%d ids are reserved while somebody may write under them", n)
		}
		close(over)
		synctest.Wait()
		rows, err := w.store.PendingSegments(t.Context(), "wiki", nil)
		if err != nil {
			t.Fatal(err)
		}
		left := map[string]int{}
		for _, row := range rows {
			left[row.Allocator]++
		}
		if left["alone"] != 0 || left["both"] == 0 || left["replicas"] != 1 {
			t.Errorf("reserved are %v", left)
		}
		close(hold)
		synctest.Wait()
		w.expect(q, "two", "SUCCESS")
	})
}
