package remote_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
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

// The log and the report of a task that was shut down can be read while its process ends, which may take long, also after a change of
// leaders; then what the worker has stored is read.
func TestLogsWhileAProcessEnds(t *testing.T) {
	inBubble(t, 1, func(c *cluster) {
		store := metadata.Classified(sqlitetest.Open(c.T))
		logs, err := tasklog.Open(c.TempDir(), slog.New(slog.DiscardHandler))
		if err != nil {
			c.Fatal(err)
		}
		keep := func(id string) { // as a worker does, before it says that the task has ended
			log, err := logs.Append(id)
			if err == nil {
				_, err = log.Write([]byte("stored log of " + id))
				err = errors.Join(err, log.Close(), logs.PutReport(id, []byte("stored report of "+id)))
			}
			if err != nil {
				c.Error(err)
			}
		}
		c.workers["h1"].Work = func(ctx context.Context, id string, _ []byte) error {
			<-ctx.Done()
			time.Sleep(time.Minute) // it ends in peace
			keep(id)
			return context.Cause(ctx)
		}
		start := func() *queue.Queue {
			q := queue.New(queue.Options{
				Store: store, Runner: c.make(), Places: task.Places{Workers: true}, Logs: logs, Log: slog.New(slog.DiscardHandler),
			})
			if err := q.Start(c.Context()); err != nil {
				c.Fatal(err)
			}
			synctest.Wait()
			return q
		}
		q := start()
		defer func() { q.Stop() }()
		added, err := task.DecodeRemote([]byte(noop("a", time.Hour).JSON), druid.Now())
		if err == nil {
			err = q.Add(c.Context(), added)
		}
		if err != nil {
			c.Fatal(err)
		}
		read := func(from io.ReadCloser, err error) string {
			if err != nil {
				return err.Error()
			}
			defer from.Close()
			text, err := io.ReadAll(from)
			if err != nil {
				return err.Error()
			}
			return string(text)
		}
		check := func(when, log, report string) {
			c.Helper()
			synctest.Wait()
			if got := read(q.Log(c.Context(), "a", 0)); got != log {
				c.Errorf("%s the log is %q", when, got)
			}
			if got := read(q.Report(c.Context(), "a")); !strings.Contains(got, report) {
				c.Errorf("%s the report is %q", when, got)
			}
		}
		check("while it runs", "log of a\n", `"taskId":"a"`)
		if err := q.Shutdown(c.Context(), "a", "enough"); err != nil {
			c.Fatal(err)
		}
		check("while it ends", "log of a\n", `"taskId":"a"`)
		q.Stop()
		q = start()
		check("while it ends, and another leads", "log of a\n", `"taskId":"a"`)
		pass(10 * time.Minute)
		check("after its end", "stored log of a", "stored report of a")
		if _, err := q.Log(c.Context(), "b", 0); !errors.Is(err, queue.ErrNotFound) {
			c.Errorf("log of nobody: %v", err)
		}
		if _, err := q.Report(c.Context(), "b"); !errors.Is(err, queue.ErrNotFound) {
			c.Errorf("report of nobody: %v", err)
		}
	})
}
