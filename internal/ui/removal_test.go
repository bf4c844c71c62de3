package ui

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/audit"
	"ovate/internal/auth"
	"ovate/internal/datasource"
	"ovate/internal/inventory"
	"ovate/internal/queue"
)

func (shelf) Unused(context.Context, string, druid.Interval, int) ([]druid.DataSegment, error) {
	return nil, nil
}

func (shelf) Incomplete(context.Context, string) ([]druid.DataSegment, error) { return nil, nil }

func (shelf) UnusedDataSources(context.Context) ([]string, error) {
	return []string{"old-wiki", "wiki"}, nil
}

// cellar has one segment of a day, which is used or not.
type cellar struct {
	shelf
	unused bool
}

func (c *cellar) segment() druid.DataSegment {
	return druid.DataSegment{DataSource: "wiki", Interval: druid.Interval{Start: 0, End: 86_400_000}, Version: "the-version", ShardSpec: druid.Numbered(0, 1)}
}
func (c *cellar) Segments(_ context.Context, _ inventory.Query, fn func(*inventory.Segment) error) error {
	if c.unused {
		return nil
	}
	s := c.segment()
	return fn(&inventory.Segment{DataSegment: s, Visible: []druid.Interval{s.Interval}, Rows: inventory.Unknown})
}
func (c *cellar) Unused(_ context.Context, _ string, within druid.Interval, _ int) ([]druid.DataSegment, error) {
	if s := c.segment(); c.unused && within.Encloses(s.Interval) {
		return []druid.DataSegment{s}, nil
	}
	return nil, nil
}
func (c *cellar) DataSources(_ context.Context, _ bool, fn func(*inventory.DataSource) error) error {
	if c.unused {
		return nil
	}
	return fn(&inventory.DataSource{Name: "wiki", Segments: 1})
}
func (c *cellar) UnusedDataSources(context.Context) ([]string, error) {
	if c.unused {
		return []string{"wiki"}, nil
	}
	return nil, nil
}
func (c *cellar) MarkUnused(context.Context, string, datasource.Filter, func(int) audit.Entry) (int, error) {
	c.unused = true
	return 1, nil
}
func (c *cellar) MarkUsed(context.Context, string, datasource.Filter) (int, error) {
	c.unused = false
	return 1, nil
}

// idle has no tasks.
type idle struct{ *desk }

func (idle) Counts(string) queue.Counts { return queue.Counts{} }

// What marks segments unused tells first what it would do; a data source whose segments are all unused has a page, by which they are used again or killed, and is listed as such.
func TestRemoval(t *testing.T) {
	t.Parallel()
	c, d := &cellar{}, &desk{}
	o := newUI(t, "").Options
	o.Engine, o.Inventory = func() *Engine { return &Engine{Tasks: idle{d}, Segments: c} }, c
	u := visitor{UI: New(o), as: auth.Everybody()}
	const day = "1970-01-01T00:00:00.000Z/1970-01-02T00:00:00.000Z"
	step := func(method, path string, form url.Values, status int, says, not string) {
		t.Helper()
		w := send(u, method, path, form)
		if body := w.Body.String(); w.Code != status || !strings.Contains(body+w.Header().Get("Location"), says) || not != "" && strings.Contains(body, not) {
			t.Errorf("%s %s: %d %s", method, path, w.Code, body)
		}
	}
	step("GET", "/data/wiki", nil, 200, "Show what it would do", `value="unused"`)
	step("GET", "/data/wiki?remove="+day, nil, 200, "Mark 1 segment unused", `value="kill"`)
	step("GET", "/data/wiki?remove=1970-01-01/PT1H", nil, 200, "none to mark unused", `value="unused"`)
	step("GET", "/data/wiki?remove=x", nil, 400, "cannot be read", "")
	step("GET", "/data?name=WI", nil, 200, `href="/data/wiki"`, "Queries see nothing of these")
	step("GET", "/data?name=other", nil, 200, "No data source has a name with", `href="/data/wiki"`)
	step("POST", "/data/wiki", url.Values{"action": {"unused"}, "interval": {day}}, 303, "/data/wiki?done=unused", "")
	step("GET", "/data/wiki", nil, 200, "the-version", "")
	step("GET", "/data/wiki?remove="+day, nil, 200, "Mark used again", `value="unused"`)
	step("POST", "/data/wiki", url.Values{"action": {"kill"}, "interval": {day}}, 303, "/tasks/", "")
	if strings.Join(d.done, " ") != "add wiki" {
		t.Errorf("kill: %v", d.done)
	}
	for _, path := range []string{"/data", "/data?name=Wi"} {
		step("GET", path, nil, 200, `<li class="id"><a href="/data/wiki">`, "There are no segments yet")
	}
	step("GET", "/data?name=other", nil, 200, "No data source", "Queries see nothing of these")
	step("POST", "/data/wiki", url.Values{"action": {"used"}, "interval": {day}}, 303, "/data/wiki?done=used", "")
	step("GET", "/data", nil, 200, `href="/data/wiki"`, "Queries see nothing of these")
	step("GET", "/data/wiki?done=used", nil, 200, "marked used again", "Unused segments")
}

// torn has one segment, of a set of which another is missing.
type torn struct{ cellar }

func (t *torn) Segments(context.Context, inventory.Query, func(*inventory.Segment) error) error {
	return nil
}
func (t *torn) DataSources(_ context.Context, _ bool, fn func(*inventory.DataSource) error) error {
	return fn(&inventory.DataSource{Name: "wiki"})
}
func (t *torn) Incomplete(context.Context, string) ([]druid.DataSegment, error) {
	s := t.segment()
	s.ShardSpec = druid.Numbered(0, 2)
	return []druid.DataSegment{s}, nil
}

// A data source of which queries see nothing, as segments are missing, is listed and told as such.
func TestIncompleteDataSource(t *testing.T) {
	t.Parallel()
	o := newUI(t, "").Options
	o.Engine, o.Inventory = func() *Engine { return &Engine{Tasks: idle{&desk{}}} }, &torn{}
	u := visitor{UI: New(o), as: auth.Everybody()}
	if text := send(u, "GET", "/data", nil).Body.String(); !strings.Contains(text, "<h2>Incomplete</h2>") || !strings.Contains(text, `<a href="/data/wiki">wiki</a>`) || strings.Contains(text, "There are no segments yet") {
		t.Error(text)
	}
	if w := send(u, "GET", "/data/wiki", nil); w.Code != 200 || !strings.Contains(w.Body.String(), "it is part of a set of which others are missing.") || !strings.Contains(w.Body.String(), "the-version") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
