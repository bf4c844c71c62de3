package v1

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/audience"
	"ovate/internal/auth"
	"ovate/internal/inventory"
	"ovate/internal/metadata"
	"ovate/internal/surface"
	"ovate/internal/trend"
	"ovate/segment"
)

// shelf is an inventory of one segment.
type shelf struct{}

func (shelf) DataSources(_ context.Context, rows bool, fn func(*inventory.DataSource) error) error {
	d := inventory.DataSource{Name: "wiki", Interval: druid.Interval{Start: 0, End: 86_400_000}, Segments: 1, Size: 7, Rows: inventory.Unknown}
	if rows {
		d.Rows = 3
	}
	return fn(&d)
}

func (shelf) Segments(_ context.Context, q inventory.Query, fn func(*inventory.Segment) error) error {
	day := druid.Interval{Start: 0, End: 86_400_000}
	if q.DataSource != "wiki" || q.Intervals != nil && !q.Intervals[0].Overlaps(day) {
		return nil
	}
	return fn(&inventory.Segment{
		DataSegment: druid.DataSegment{DataSource: "wiki", Interval: day, Version: "v", LoadSpec: []byte(`{}`), ShardSpec: druid.Numbered(0, 1), BinaryVersion: 9},
		Visible:     []druid.Interval{day}, Rows: inventory.Unknown,
	})
}

func (shelf) Segment(_ context.Context, dataSource, id string) (*inventory.Detail, error) {
	if dataSource != "wiki" || id != "far" {
		return nil, metadata.ErrNotFound
	}
	return &inventory.Detail{DataSegment: druid.DataSegment{DataSource: "wiki", LoadSpec: []byte(`{}`)}, Used: true}, nil
}

func (shelf) Open(context.Context, *druid.DataSegment, bool, func(*segment.Segment) error) error {
	return &inventory.FarError{Size: 7}
}

// fixture is a surface on parts of its own, and what it logged.
type fixture struct {
	http.Handler
	log *bytes.Buffer
	as  auth.Identity // who sends requests
}

// setupWith makes a fixture that leads, with other options.
func setupWith(change func(*Options)) *fixture {
	f := &fixture{log: &bytes.Buffer{}, as: auth.Everybody()}
	o := Options{
		Server: surface.Server{
			Leader: func() string { return "http://localhost:8090" },
			URL:    func() string { return "http://localhost:8090" },
			Log:    slog.New(slog.NewTextHandler(f.log, nil)),
		},
		Engine:    func() *Engine { return &Engine{} },
		Inventory: shelf{},
		Rates:     trend.NewRates(druid.Now),
		Lags:      trend.NewLags(nil, druid.Now),
		Metadata:  Metadata{ID: "c0ffee", Folder: "/srv/ovate", File: "f00d"},
		BodyLimit: 1 << 20,
		Audience:  audience.New(func() int { return 1 }),
	}
	change(&o)
	surface := New(o)
	f.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		surface.ServeHTTP(w, r.WithContext(auth.With(r.Context(), f.as)))
	})
	return f
}

// answer sends a request.
func (f *fixture) answer(method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	return w
}

// TestAnswers: what was answered by these paths before they had a package of their own still is.
func TestAnswers(t *testing.T) {
	t.Parallel()
	f := setupWith(func(*Options) {})
	for _, c := range []struct {
		path   string
		status int
		body   string
	}{
		{"/metadata", 200, `{"id":"c0ffee","folder":"/srv/ovate","file":"f00d"}`},
		{"/datasources", 200, `[{"dataSource":"wiki","interval":"1970-01-01T00:00:00.000Z/1970-01-02T00:00:00.000Z","segments":1,"size":7,"rows":null}]`},
		{"/datasources?rows=true", 200, `[{"dataSource":"wiki","interval":"1970-01-01T00:00:00.000Z/1970-01-02T00:00:00.000Z","segments":1,"size":7,"rows":3}]`},
		{"/datasources?rows=yes", 400, `{"type":"about:blank","title":"Bad Request","status":400,"detail":"Query parameter [rows] is [yes], but must be true or false."}`},
		{"/datasources/wiki/segments?interval=1970-01-01_1971-01-01", 200, `[{"dataSource":"wiki","interval":"1970-01-01T00:00:00.000Z/1970-01-02T00:00:00.000Z","version":"v","loadSpec":{},"dimensions":"","metrics":"",` +
			`"shardSpec":{"type":"numbered","partitionNum":0,"partitions":1},"binaryVersion":9,"size":0,"identifier":"wiki_1970-01-01T00:00:00.000Z_1970-01-02T00:00:00.000Z_v","visible":["1970-01-01T00:00:00.000Z/1970-01-02T00:00:00.000Z"],"rows":null}]`},
		{"/datasources/wiki/segments?interval=1971-01-01_1972-01-01", 200, `[]`},
		{"/datasources/none/segments", 200, `[]`},
		{"/datasources/wiki/segments?interval=x", 400, `{"type":"about:blank","title":"Bad Request","status":400,"detail":"Query parameter [interval]: Invalid interval[x]: [Format requires a '/' separator: x]. Give start and end, such as 2016-06-27_2016-06-28."}`},
		{"/nothing", 404, `{"type":"about:blank","title":"Not Found","status":404,"detail":"There is nothing at this path. What there is tells /api/v1/openapi.json."}`},
	} {
		w := f.answer(http.MethodGet, Base+c.path, "")
		media := "application/json"
		if c.status >= 400 {
			media = "application/problem+json"
		}
		if w.Code != c.status || w.Body.String() != c.body || w.Header().Get("Content-Type") != media {
			t.Errorf("%s: %d %v %s\nwant %d %s", c.path, w.Code, w.Header(), w.Body, c.status, c.body)
		}
	}
	for method, allowed := range map[string]string{"PUT": "GET, POST", "PATCH": "GET, POST", "DELETE": "GET, POST"} {
		if w := f.answer(method, Base+"/tasks", ""); w.Code != 405 || w.Header().Get("Allow") != allowed {
			t.Errorf("%s tasks: %d %v %s", method, w.Code, w.Header(), w.Body)
		}
	}
}

// TestWhoLeads: a server that does not lead sends the client to the one that does.
func TestWhoLeads(t *testing.T) {
	t.Parallel()
	for leader, want := range map[string]int{"http://other:8090": 307, "": 503, "http://localhost:8090": 503} {
		f := setupWith(func(o *Options) {
			o.Engine = func() *Engine { return nil }
			o.Leader = func() string { return leader }
		})
		w := f.answer(http.MethodDelete, "/api/v1/orphans?others=true", "")
		if location := w.Header().Get("Location"); w.Code != want || want == 307 && location != leader+"/api/v1/orphans?others=true" {
			t.Errorf("%q: %d %v %s", leader, w.Code, w.Header(), w.Body)
		}
		if w := f.answer(http.MethodGet, "/api/v1/openapi.json", ""); w.Code != 200 {
			t.Errorf("the description: %d", w.Code)
		}
	}
	f := setupWith(func(o *Options) {
		o.Leader = func() string { return "" }
		o.Engine = func() *Engine { return &Engine{Orphans: &litter{err: fmt.Errorf("walk: %w", metadata.ErrTermOver)}} }
	})
	if w := f.answer(http.MethodDelete, "/api/v1/orphans", ""); w.Code != http.StatusServiceUnavailable {
		t.Errorf("orphans: %d %s", w.Code, w.Body)
	}
}
