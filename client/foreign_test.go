package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ovate/client"
	"ovate/druid"
)

// at is a client of a server that answers everything in the same way.
func at(t *testing.T, answer http.HandlerFunc) *client.Client {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	c, err := client.New(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// calls are all questions that a client can ask, by name.
func calls() map[string]func(context.Context, *client.Client) error {
	return map[string]func(context.Context, *client.Client) error{
		"Submit":   func(ctx context.Context, c *client.Client) error { _, err := c.Submit(ctx, []byte("{}")); return err },
		"Task":     func(ctx context.Context, c *client.Client) error { _, err := c.Task(ctx, "x"); return err },
		"Status":   func(ctx context.Context, c *client.Client) error { _, err := c.Status(ctx, "x"); return err },
		"Wait":     func(ctx context.Context, c *client.Client) error { _, err := c.Wait(ctx, "x"); return err },
		"Statuses": func(ctx context.Context, c *client.Client) error { _, err := c.Statuses(ctx, "x"); return err },
		"Tasks":    func(ctx context.Context, c *client.Client) error { _, err := c.Tasks(ctx, client.Filter{}); return err },
		"EachTask": func(ctx context.Context, c *client.Client) error {
			return c.EachTask(ctx, client.Filter{}, func(*druid.TaskStatusPlus) error { return nil })
		},
		"Shutdown":    func(ctx context.Context, c *client.Client) error { return c.Shutdown(ctx, "x") },
		"ShutdownAll": func(ctx context.Context, c *client.Client) error { return c.ShutdownAll(ctx, "x") },
		"DeletePendingSegments": func(ctx context.Context, c *client.Client) error {
			_, err := c.DeletePendingSegments(ctx, "x")
			return err
		},
		"Report":    func(ctx context.Context, c *client.Client) error { _, err := c.Report(ctx, "x"); return err },
		"Ingestion": func(ctx context.Context, c *client.Client) error { _, err := c.Ingestion(ctx, "x"); return err },
		"Log":       func(ctx context.Context, c *client.Client) error { _, err := c.Log(ctx, "x", 0); return err },
		"FollowLog": func(ctx context.Context, c *client.Client) error {
			_, err := c.FollowLog(ctx, "x", 0, io.Discard)
			return err
		},
		"DataSources": func(ctx context.Context, c *client.Client) error { _, err := c.DataSources(ctx); return err },
		"Segments": func(ctx context.Context, c *client.Client) error {
			return c.Segments(ctx, "x", nil, func(*client.Segment) error { return nil })
		},
		"Segment": func(ctx context.Context, c *client.Client) error {
			_, err := c.Segment(ctx, "x", "y", false)
			return err
		},
		"Rows": func(ctx context.Context, c *client.Client) error {
			_, err := c.Rows(ctx, "x", "y", 0, 1, false)
			return err
		},
		"Rates": func(ctx context.Context, c *client.Client) error { _, err := c.Rates(ctx); return err },
		"Lag":   func(ctx context.Context, c *client.Client) error { _, err := c.Lag(ctx, "x"); return err },
		"Orphans": func(ctx context.Context, c *client.Client) error {
			_, err := c.Orphans(ctx, client.OrphanQuery{})
			return err
		},
		"RemoveOrphans": func(ctx context.Context, c *client.Client) error {
			_, err := c.RemoveOrphans(ctx, client.OrphanQuery{})
			return err
		},
		"Healthy":  func(ctx context.Context, c *client.Client) error { return c.Healthy(ctx) },
		"Version":  func(ctx context.Context, c *client.Client) error { _, err := c.Version(ctx); return err },
		"Leader":   func(ctx context.Context, c *client.Client) error { _, err := c.Leader(ctx); return err },
		"Capacity": func(ctx context.Context, c *client.Client) error { _, err := c.Capacity(ctx); return err },
	}
}

// TestForeignAnswers: what another program answers is not taken for the answer of an Overlord, whatever was asked.
func TestForeignAnswers(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{`{}`, `null`, `[{}]`, `[null]`, `""`, `0`, ``, `{"t":1}`, `[1]`, `{"status":"ok"}`, `{"task":{}}`, `<html>`} {
		c := at(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, answer)
		})
		for name, call := range calls() {
			strange := new(client.StrangeAnswerError)
			if name == "Statuses" && answer == "{}" { // there is no such task
				continue
			}
			if name == "Ingestion" && answer[:min(1, len(answer))] == "{" { // which nobody asks for before the status
				continue
			}
			if err := call(t.Context(), c); !errors.As(err, &strange) || !strings.Contains(err.Error(), "the answer is not what an Overlord sends") {
				t.Errorf("%s: %s: %v", name, answer, err)
			}
		}
	}
}

// TestForeignStatus: nor is the status of another task.
func TestForeignStatus(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{`{"t":1}`, `{}`, `{"task":"x","status":{}}`, `{"status":{"id":"y","status":"SUCCESS"}}`} {
		c := at(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, answer) })
		if status, err := c.Status(t.Context(), "x"); err == nil || !strings.Contains(err.Error(), "no status of task x") {
			t.Errorf("%s: %+v, %v", answer, status, err)
		}
	}
}

// TestListsThatBreakOff: a list is no answer before all of it has come, though its last bracket has.
func TestListsThatBreakOff(t *testing.T) {
	t.Parallel()
	for _, answer := range []struct {
		text   string
		length string
	}{{"[]", "100"}, {"[] \n", "5"}, {"[][]", ""}, {"[] x", ""}, {"[]\x00", ""}} {
		c := at(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if answer.length != "" {
				w.Header().Set("Content-Length", answer.length)
			}
			_, _ = io.WriteString(w, answer.text)
		})
		for _, name := range []string{"Tasks", "EachTask", "DataSources", "Segments"} {
			if err := calls()[name](t.Context(), c); err == nil {
				t.Errorf("%s takes %q of %s bytes", name, answer.text, answer.length)
			}
		}
	}
	c := at(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "[] \r\n\t") })
	if tasks, err := c.Tasks(t.Context(), client.Filter{}); err != nil || len(tasks) != 0 {
		t.Errorf("an empty list and blanks: %v, %v", tasks, err)
	}
	c = at(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	for _, name := range []string{"Log", "FollowLog"} {
		if err := calls()[name](t.Context(), c); err == nil {
			t.Errorf("%s takes no content for a log", name)
		}
	}
}
