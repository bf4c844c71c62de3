package ui

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/inventory"
	"ovate/internal/task"
)

// days is a shelf with a segment of each of the first days of March 2026, the last of which has two.
type days struct{ shelf }

func (days) Segments(_ context.Context, q inventory.Query, fn func(*inventory.Segment) error) error {
	for _, day := range []string{"2026-03-01/2026-03-02", "2026-03-02/2026-03-03", "2026-03-02/2026-03-03"} {
		interval, err := druid.ParseInterval(day)
		if err != nil {
			return err
		}
		if q.Intervals != nil && !q.Intervals[0].Overlaps(interval) {
			continue
		}
		s := &inventory.Segment{DataSegment: druid.DataSegment{DataSource: q.DataSource, Interval: interval, Version: "v", Size: 1000}, Visible: []druid.Interval{interval}}
		if err := fn(s); err != nil {
			return err
		}
	}
	return nil
}

// What a compact task would do is told before it is submitted; one that would cut segments, or that nobody could run, is not.
func TestCompact(t *testing.T) {
	t.Parallel()
	u, d := guarded(t, func(auth.Action, auth.Resource) bool { return true })
	o := u.Options
	o.Inventory, o.Places = days{}, task.Places{Workers: true}
	u.UI = New(o)
	for interval, says := range map[string]string{
		"2026-03-01/2026-03-03":       "reads 3 segments",
		"2026-03-02/2026-03-03":       "reads 2 segments",
		"2026-03-01/2026-03-02T12:00": "?compact=2026-03-01T00%3a00%3a00.000Z%2f2026-03-03T00%3a00%3a00.000Z#compact",
		"2026-04-01/2026-04-02":       "queries see no segment",
	} {
		w := send(u, "GET", "/data/wiki?compact="+url.QueryEscape(interval), nil)
		if body := w.Body.String(); w.Code != 200 || !strings.Contains(body, says) || strings.Contains(body, "Compact them") != strings.HasPrefix(says, "reads") {
			t.Errorf("%s: %d, want %q in\n%s", interval, w.Code, says, body)
		}
	}
	if w := send(u, "GET", "/data/wiki?compact=soon", nil); w.Code != 400 {
		t.Errorf("an odd interval: %d", w.Code)
	}
	if d.done != nil {
		t.Errorf("what was only shown was done: %v", d.done)
	}
	whole, cut := url.Values{"action": {"compact"}, "interval": {"2026-03-01/2026-03-03"}}, url.Values{"action": {"compact"}, "interval": {"2026-03-01T12:00/2026-03-03"}}
	if w := send(u, "POST", "/data/wiki", cut); w.Code != 400 || !strings.Contains(w.Body.String(), "2026-03-01T00:00:00.000Z/2026-03-03T00:00:00.000Z") {
		t.Errorf("an interval that cuts segments: %d %s", w.Code, w.Body)
	}
	if w := send(u, "POST", "/data/wiki", whole); w.Code != 303 || !strings.HasPrefix(w.Header().Get("Location"), "/tasks/compact_wiki_") {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	if len(d.done) != 1 || d.done[0] != "add wiki" {
		t.Errorf("%v", d.done)
	}
	o.Places = task.Places{}
	u.UI = New(o)
	if w := send(u, "POST", "/data/wiki", whole); w.Code != 409 || len(d.done) != 1 {
		t.Errorf("without workers: %d %v", w.Code, d.done)
	}
	if w := send(u, "GET", "/data/wiki?compact=2026-03-01/2026-03-03", nil); !strings.Contains(w.Body.String(), "has none") || strings.Contains(w.Body.String(), "Compact them") {
		t.Errorf("without workers: %s", w.Body)
	}
}
