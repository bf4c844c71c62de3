package supervisortest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"

	"ovate/internal/queue"
	"ovate/internal/supervisor"
	"ovate/internal/supervisor/supervisortest"
	"ovate/internal/task"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// keeper is a small supervisor: it has one task of its data source run at any time.
type keeper struct {
	supervisor.Life
	supervisor.Host
	*supervisor.Work
	spec *supervisor.Spec
}

func newKeeper(s *supervisor.Spec, h supervisor.Host) (supervisor.Supervising, error) {
	return &keeper{Host: h, Work: supervisor.NewWork(), spec: s}, nil
}

func (k *keeper) Start() { k.Go(k.keep) }

// keep looks at once, and each time that its tasks have changed.
func (k *keeper) keep() {
	news := k.Tasks.Follow(k.spec.DataSource, "noop")
	defer news.Stop()
	for {
		to := supervisor.State{Stage: supervisor.Running}
		if k.spec.Suspended {
			to.Stage = supervisor.Suspended
		}
		if err := k.look(); err != nil {
			to = supervisor.State{Stage: supervisor.UnhealthySupervisor, Why: err.Error()}
		}
		k.Move(to)
		if _, err := news.Next(k.Lasts); err != nil {
			return
		}
	}
}

// look does what is to be done about its tasks.
func (k *keeper) look() error {
	if k.spec.Suspended {
		return k.finish(k.Lasts)
	}
	active, err := k.Tasks.Active(k.Lasts, k.spec.DataSource, "noop")
	if err != nil || len(active) > 0 {
		return err
	}
	now := k.Now()
	t, err := task.Decode(fmt.Appendf(nil, `{"type":"noop","dataSource":%q,"runTime":1000000000}`, k.spec.DataSource), now)
	if err != nil {
		return err
	}
	return k.Tasks.Add(k.Lasts, t)
}

// finish ends its tasks.
func (k *keeper) finish(ctx context.Context) error {
	active, err := k.Tasks.Active(ctx, k.spec.DataSource, "noop")
	for i := 0; i < len(active) && err == nil; i++ {
		if err = k.Tasks.Succeed(ctx, active[i].ID, "it is not kept any more"); errors.Is(err, queue.ErrNotFound) {
			err = nil // it has ended by itself
		}
	}
	return err
}

func (k *keeper) Stop(ctx context.Context, finish bool) {
	k.End()
	if finish {
		if err := k.finish(ctx); err != nil {
			k.Log.Warn("tasks go on", "error", err)
		}
	}
	k.Move(supervisor.State{Stage: supervisor.Stopping})
}

func (k *keeper) Status(context.Context) ([]byte, error) { return []byte(`"keeps":1`), nil }

// A supervisor that does no more than it must passes.
func TestKeeper(t *testing.T) {
	t.Parallel()
	supervisortest.Exercise(t, func(t *testing.T, test func(*testing.T, supervisortest.Case)) {
		synctest.Test(t, func(t *testing.T) {
			test(t, supervisortest.Case{
				Kind: supervisor.Kind{Type: "keeper", Run: newKeeper},
				Spec: `{"type":"keeper","dataSource":"wiki"}`, TaskType: "noop", Tasks: 1,
				Host: supervisortest.InProcess(t),
			})
		})
	})
}
