package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"ovate/druid"
)

// endless answers everything with a beginning, and then with the rest again and again.
func endless(t *testing.T, begin, again string) *Client {
	t.Helper()
	c := handle(t, func(w http.ResponseWriter, _ *http.Request) {
		_, err := io.WriteString(w, begin)
		for more := strings.Repeat(again, 1+4096/len(again)); err == nil; {
			_, err = io.WriteString(w, more)
		}
	})
	c.limits = limits{value: 100_000, document: 200_000, list: 300_000}
	return c
}

// TestEndlessAnswers: an answer that does not end is given up at its limit.
func TestEndlessAnswers(t *testing.T) {
	t.Parallel()
	for name, begin := range map[string]string{"blanks": " ", "a text": `{"task":"x`, "an entry": `[{"id":"x`, "values": `{"a":[[],`, "entries": `[{"id":"x","dataSource":"x"},`} {
		again := map[string]string{"blanks": " ", "values": "[],", "entries": `{"id":"x","dataSource":"x"},`}[name]
		if again == "" {
			again = "x"
		}
		c := endless(t, begin, again)
		for call, ask := range map[string]func(context.Context) error{
			"Submit":      func(ctx context.Context) error { _, err := c.Submit(ctx, nil); return err },
			"Status":      func(ctx context.Context) error { _, err := c.Status(ctx, "x"); return err },
			"Task":        func(ctx context.Context) error { _, err := c.Task(ctx, "x"); return err },
			"Report":      func(ctx context.Context) error { _, err := c.Report(ctx, "x"); return err },
			"Tasks":       func(ctx context.Context) error { _, err := c.Tasks(ctx, Filter{}); return err },
			"DataSources": func(ctx context.Context) error { _, err := c.DataSources(ctx); return err },
			"Leader":      func(ctx context.Context) error { _, err := c.Leader(ctx); return err },
		} {
			strange := new(StrangeAnswerError)
			if err := ask(t.Context()); !errors.As(err, &strange) || begin[0] != '[' && !strings.Contains(err.Error(), "it is no list") && !strings.Contains(err.Error(), "it is too long, more than") {
				t.Errorf("%s, %s: %v", call, name, err)
			}
		}
	}
}

// TestEndlessLists: of a list each entry is handed on as it comes, however long the list is, and an entry has a limit of its own.
func TestEndlessLists(t *testing.T) {
	t.Parallel()
	enough, n := errors.New("enough"), 0
	err := endless(t, "[", `{"id":"x"},`).EachTask(t.Context(), Filter{}, func(*druid.TaskStatusPlus) error {
		if n++; n == 100_000 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) {
		t.Errorf("%v after %d", err, n)
	}
	strange := new(StrangeAnswerError)
	err = endless(t, `[{"id":"x"},{"id":"`, "y").EachTask(t.Context(), Filter{}, func(*druid.TaskStatusPlus) error { return nil })
	if !errors.As(err, &strange) || !strings.Contains(err.Error(), "more than") {
		t.Error(err)
	}
}
