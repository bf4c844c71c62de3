package remote_test

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlitetest"
	"ovate/internal/queue"
	"ovate/internal/task"
	"ovate/internal/tasklog"
)

// The queue's tasks run on while one queue ends and the next begins, and what became of them meanwhile is stored then.
func TestQueueOverWorkers(t *testing.T) {
	inBubble(t, 2, func(c *cluster) {
		store := metadata.Classified(sqlitetest.Open(c.T))
		c.active = func(ctx context.Context, id string) (bool, error) {
			row, err := store.Task(ctx, id)
			return err == nil && row.Status.State == druid.Running, err
		}
		logs, err := tasklog.Open(c.TempDir(), slog.New(slog.DiscardHandler))
		if err != nil {
			c.Fatal(err)
		}
		start := func() *queue.Queue {
			q := queue.New(queue.Options{Store: store, Runner: c.make(), Logs: logs, Log: slog.New(slog.DiscardHandler)})
			if err := q.Start(c.Context()); err != nil {
				c.Fatal(err)
			}
			synctest.Wait()
			return q
		}
		q := start()
		for id, d := range map[string]time.Duration{"long": time.Hour, "short": time.Minute, "ended": 24 * time.Hour} {
			added, err := task.Decode([]byte(noop(id, d).JSON), druid.Now())
			if err == nil {
				err = q.Add(c.Context(), added)
			}
			if err != nil {
				c.Fatal(err)
			}
			synctest.Wait()
		}
		// The status of a task that has ended has Waiting, as in Druid.
		check := func(id string, runner druid.RunnerState, state druid.TaskState) {
			c.Helper()
			synctest.Wait()
			s, err := q.Status(c.Context(), id)
			if err != nil || s.Runner != runner || s.State != state || s.Location.Host == "" {
				c.Errorf("%s: %+v, %v", id, s, err)
			}
		}
		check("long", druid.RunnerRunning, druid.Running)
		check("short", druid.RunnerRunning, druid.Running)
		q.Stop()
		pass(10 * time.Minute)
		q = queue.New(queue.Options{Store: store, Runner: c.make(), Logs: logs, Log: slog.New(slog.DiscardHandler)})
		if err := q.Start(c.Context()); err != nil {
			c.Fatal(err)
		}
		defer func() { q.Stop() }()
		// Parts of a task ask where it runs, as soon as there is a leader again.
		s, err := q.Status(c.Context(), "long")
		if err != nil || s.Location.Host == "" {
			c.Errorf("at once: %+v, %v", s, err)
		}
		err = q.Statuses(c.Context(), []string{"long"}, func(s druid.TaskStatus) error {
			if s.Location.Host == "" {
				c.Errorf("at once, with others: %+v", s)
			}
			return nil
		})
		if err != nil {
			c.Error(err)
		}
		check("long", druid.RunnerRunning, druid.Running)
		check("short", druid.Waiting, druid.Success)
		if err := q.Shutdown(c.Context(), "ended", "enough"); err != nil {
			c.Fatal(err)
		}
		check("ended", druid.Waiting, druid.Failed)
		if got := q.Capacity().Used; got != 1 {
			c.Errorf("%d slots are used", got)
		}
		pass(time.Hour)
		check("long", druid.Waiting, druid.Success)
		if c.starts("long") != 1 || c.starts("short") != 1 {
			c.Error("a task was begun again")
		}
	})
}
