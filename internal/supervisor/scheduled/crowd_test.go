package scheduled_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ovate/druid"
	"ovate/internal/clock"
	"ovate/internal/queue"
	"ovate/internal/supervisor"
	"ovate/internal/task"
)

// slowTasks take a second to take a task, and note how many they were handed at once. Nobody follows all of them, nor lists them.
type slowTasks struct {
	supervisor.Tasks
	t            *testing.T
	atWork, most atomic.Int32
}

func (s *slowTasks) Add(ctx context.Context, t task.Task) error {
	now := s.atWork.Add(1)
	defer s.atWork.Add(-1)
	for most := s.most.Load(); now > most && !s.most.CompareAndSwap(most, now); most = s.most.Load() {
	}
	clock.Pause(ctx, time.Second)
	return s.Tasks.Add(ctx, t)
}

func (s *slowTasks) Active(context.Context, string, string) ([]druid.TaskStatusPlus, error) {
	s.t.Error("a schedule lists all tasks of the data source")
	return nil, nil
}

func (s *slowTasks) Follow(dataSource string, types ...string) *queue.Follower {
	s.t.Error("a schedule follows all tasks of the data source")
	return s.Tasks.Follow(dataSource, types...)
}

// Schedules of one data source that are due at the same time cost no more than one after the other: a few tasks are handed in at once, and each schedule
// hears of its own alone. All are submitted, with the time that they were due at.
func TestManyDueAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := &slowTasks{t: t}
		w := newWorld(t, task.Places{})
		w.end()
		w.wrap = func(tasks supervisor.Tasks) supervisor.Tasks { slow.Tasks = tasks; return slow }
		w.lead(druid.Now)
		const many = 100
		for i := range many {
			w.submit(fmt.Sprintf(`{"type":"ovate_scheduled_task","id":"s%d","task":{"type":"noop","dataSource":"wiki"},"schedulerConfig":{"type":"unix","schedule":"@hourly"}}`, i))
		}
		w.pass("01:01:00")
		if got, most := len(w.active("noop")), slow.most.Load(); got != many || most > 4 {
			t.Errorf("there are %d tasks, and %d were handed in at once", got, most)
		}
		if err := w.queue.Succeed(t.Context(), "s7_20000101T010000Z", ""); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for id, want := range map[string]string{"s7": `"totalSuccessfulTasks":1,`, "s77": `"totalSuccessfulTasks":0,`} {
			s, err := w.manager.Get(id)
			if err != nil {
				t.Fatal(err)
			}
			if status, err := s.AtWork.Status(t.Context()); err != nil || !strings.Contains(string(status), `"totalSubmittedTasks":1,`+want) {
				t.Errorf("%s tells %s, %v", id, status, err)
			}
		}
	})
}
