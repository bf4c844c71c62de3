package queue_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ovate/internal/metadata"
)

// slow is a store whose transactions take a while, and that notes how many are under way together.
type slow struct {
	metadata.Store
	now, most atomic.Int32
}

func (s *slow) Update(ctx context.Context, fn func(metadata.Tx) error) error {
	n := s.now.Add(1)
	defer s.now.Add(-1)
	s.most.Store(max(n, s.most.Load()))
	time.Sleep(time.Second)
	return s.Store.Update(ctx, fn)
}

// Large tasks are shut down one by one, so that others wait for no more than one of them.
func TestShutdownOfLargeTasks(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		store := &slow{Store: w.store.Store}
		w.store.Store = store
		w.slots = 1
		q := w.start()
		for i := range 6 {
			w.add(q, strings.Replace(noop(fmt.Sprint("large", i), 60_000), "'dataSource'", "'context':{'x':'"+strings.Repeat("x", 1<<20)+"'},'dataSource'", 1))
		}
		time.Sleep(time.Second)
		synctest.Wait()
		store.most.Store(0)
		ids, err := q.ShutdownAll(context.Background(), "wiki", "no more")
		if err != nil || len(ids) != 6 || store.most.Load() > 2 { // the next one begins meanwhile
			t.Errorf("%d are shut down, by %d transactions together, %v", len(ids), store.most.Load(), err)
		}
	})
}
