package scheduled

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ovate/druid"
	"ovate/internal/clock"
	"ovate/internal/queue"
	"ovate/internal/supervisor"
)

// slowly takes a second to submit something, and notes whether it was asked for more meanwhile.
type slowly struct {
	supervisor.Tasks
	atWork   atomic.Int32
	together atomic.Bool
}

func (j *slowly) submit(ctx context.Context, id string) (string, error) {
	if j.atWork.Add(1) > 1 {
		j.together.Store(true)
	}
	defer j.atWork.Add(-1)
	clock.Pause(ctx, time.Second)
	return id, nil
}

func (j *slowly) taskOf(id string) string { return id }
func (j *slowly) taskType() string        { return "noop" }

func (j *slowly) Status(context.Context, string) (druid.TaskStatusPlus, error) {
	return druid.TaskStatusPlus{}, queue.ErrNotFound
}

// What is due and what somebody asks for are submitted one after the other, so that what comes second sees what came first; whoever does not wait is let go.
func TestOneAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := &slowly{}
		s := newScheduled(&supervisor.Spec{ID: "a"}, supervisor.Host{Tasks: j, Wall: druid.Now, Log: slog.New(slog.DiscardHandler), Meter: supervisor.Unmetered{}}, nil, j)
		go s.run(0)
		synctest.Wait()
		gone, leave := context.WithCancel(t.Context())
		leave()
		if task, err := s.RunNow(gone); !errors.Is(err, context.Canceled) {
			t.Errorf("nobody waits for %s, %v", task, err)
		}
		begun := time.Now()
		if task, err := s.RunNow(t.Context()); err != nil || task == "" || time.Since(begun) != 2*time.Second || j.together.Load() {
			t.Errorf("%s, %v after %v; together: %t", task, err, time.Since(begun), j.together.Load())
		}
	})
}
