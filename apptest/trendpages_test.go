//go:build browser

package apptest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"ovate"
	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/inventory"
	"ovate/internal/queue"
	"ovate/internal/runner"
	"ovate/internal/supervisor"
	"ovate/internal/surface"
	"ovate/internal/task"
	"ovate/internal/trend"
	"ovate/internal/ui"
	"ovate/segment"
)

// fleet is what pages ask of a server whose tasks run on workers, and that has read for an hour: a parallel task, a supervisor of a stream, and a segment in a bucket.
type fleet struct {
	ui.Tasks
	ui.Supervisors
	now   druid.Instant
	added chan string // ids of tasks that were submitted
}

func (c *fleet) Now() druid.Instant                { return c.now }
func (c *fleet) Counts(string) queue.Counts        { return queue.Counts{Running: 1} }
func (c *fleet) Capacity() runner.Capacity         { return runner.Capacity{Current: 8, Used: 5} }
func (c *fleet) Workers() []runner.Worker          { return nil }
func (c *fleet) TaskLocks(string) []druid.TaskLock { return nil }
func (c *fleet) Status(_ context.Context, id string) (druid.TaskStatusPlus, error) {
	return druid.TaskStatusPlus{
		ID: id, GroupID: id, Type: "index_parallel", DataSource: "visitors", Created: c.now - 900_000, State: druid.Running, Runner: druid.RunnerRunning, Duration: -1,
	}, nil
}
func (c *fleet) Why(context.Context, string) (*queue.Wait, error)   { return nil, nil }
func (c *fleet) PayloadSize(context.Context, string) (int64, error) { return math.MaxInt32, nil }
func (c *fleet) Log(context.Context, string, int64) (io.ReadCloser, error) {
	return nil, fs.ErrNotExist
}
func (c *fleet) Report(context.Context, string) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(`{"ingestionStatsAndErrors":{"payload":{"ingestionState":"BUILD_SEGMENTS","rowStats":{
"movingAverages":{"buildSegments":{"1m":{"processed":52000.5,"processedBytes":9100000.0}}},"totals":{"buildSegments":{"processed":31200000,"processedBytes":5460000000}}},
"progress":{"step":"reading","segmentsBegun":3,"segmentsBuilt":1,"inputBytes":4000000000,"inputBytesRead":1500000000}}}}`)), nil
}

func (c *fleet) Add(_ context.Context, t task.Task) error {
	c.added <- t.Header().ID
	return nil
}

// Page has the sub-tasks: forty that read, of which one failed, and four that merge.
func (c *fleet) Page(ctx context.Context, q queue.PageQuery) (page queue.Page, err error) {
	whole, err := c.Status(ctx, "visitors-parallel")
	if q.GroupID == "" {
		return queue.Page{Tasks: []druid.TaskStatusPlus{whole}}, err
	}
	for i := range 44 {
		t := druid.TaskStatusPlus{
			ID: fmt.Sprintf("partial_index_generate_visitors_%d", i), GroupID: whole.ID, Type: "partial_index_generate", DataSource: "visitors",
			Created: whole.Created + druid.Instant(i/4*60_000+i%4*3000), State: druid.Success, Duration: int64(40_000 + i*i%17*1000),
		}
		switch {
		case i == 13:
			t.State, t.ErrorMsg = druid.Failed, "The worker that this task is assigned did not start it"
		case i >= 40:
			t.Type, t.State, t.Runner, t.Duration = "partial_index_generic_merge", druid.Running, druid.RunnerRunning, -1
			t.Created += 120_000
		}
		page.Tasks = append(page.Tasks, t)
	}
	return page, err
}

func (c *fleet) All() []*supervisor.Supervisor { return nil }
func (c *fleet) Get(id string) (*supervisor.Supervisor, error) {
	return &supervisor.Supervisor{ID: id, Type: "kafka", DataSource: "visitors", Source: "visitors", Spec: []byte(`{"type":"kafka"}`), State: supervisor.State{Stage: supervisor.Running}, AtWork: reader{}}, nil
}
func (c *fleet) By(context.Context, string) (string, error) { return "", nil }
func (c *fleet) History(context.Context, string, int, func(string) bool, func(supervisor.Version) error) error {
	return nil
}

// reader is a supervisor that reads twelve partitions.
type reader struct{ supervisor.Supervising }

func (reader) Status(context.Context) ([]byte, error) {
	return []byte(`"minimumLag":{"0":0,"1":700,"2":1312,"3":95,"4":2800,"5":0,"6":12,"7":4900,"8":5600,"9":1,"10":7000,"11":300}`), nil
}

// bucketed is the inventory of one segment in a bucket.
type bucketed struct{ of druid.DataSegment }

func (s bucketed) DataSources(context.Context, bool, func(*inventory.DataSource) error) error {
	return nil
}
func (s bucketed) Segments(_ context.Context, _ inventory.Query, fn func(*inventory.Segment) error) error {
	return fn(&inventory.Segment{DataSegment: s.of, Visible: []druid.Interval{s.of.Interval}, Rows: inventory.Unknown})
}
func (s bucketed) UnusedDataSources(context.Context) ([]string, error)             { return nil, nil }
func (s bucketed) Incomplete(context.Context, string) ([]druid.DataSegment, error) { return nil, nil }
func (s bucketed) Unused(context.Context, string, druid.Interval, int) ([]druid.DataSegment, error) {
	return nil, nil
}
func (s bucketed) Segment(context.Context, string, string) (*inventory.Detail, error) {
	return &inventory.Detail{DataSegment: s.of, Used: true, Visible: []druid.Interval{s.of.Interval}}, nil
}
func (s bucketed) Open(context.Context, *druid.DataSegment, bool, func(*segment.Segment) error) error {
	return &inventory.FarError{Size: s.of.Size}
}

// waves are rates and lags that go up and down, with a gap.
type waves struct{ now druid.Instant }

func (w waves) wave(n int, step druid.Instant, most float64) (points []trend.Point) {
	for i := range n {
		v := math.Trunc(most * (1 + math.Sin(float64(i)/9)) / 2)
		if i < n/5 || i == n/2 {
			v = trend.Unknown
		}
		points = append(points, trend.Point{At: w.now - druid.Instant(n-i)*step, Value: v})
	}
	return points
}

func (w waves) rates() (rows, bytes []trend.Point) {
	return w.wave(120, 30_000, 61_300), w.wave(120, 30_000, 9_400_000)
}

type lagOf struct{ waves }

func (l lagOf) Last(string) (trend.Lag, bool) {
	lag := trend.Lag{Total: l.wave(60, 60_000, 48_000), Left: 2}
	for p := range 12 {
		lag.Partitions = append(lag.Partitions, trend.Partition{Name: fmt.Sprint(p), Points: l.wave(60, 60_000, float64(p*700))})
	}
	return lag, true
}

type ratesOf struct{ waves }

func (r ratesOf) Last() (rows, bytes []trend.Point) { return r.rates() }

// What shows how it went, and what only a cluster has, fits each size and theme, tells its figures to those who do not see them, and has them on hover.
func TestPagesOverTime(t *testing.T) {
	now := druid.Now()
	c := &fleet{now: now, added: make(chan string, 1)}
	config, err := ovate.Configure(map[string]string{"ovate.data": t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	day, err := druid.ParseInterval("2026-03-01/2026-03-02")
	if err != nil {
		t.Fatal(err)
	}
	bucket := bucketed{druid.DataSegment{
		DataSource: "visitors", Interval: day, Version: "2026-03-02T00:00:00.000Z", Size: 48_000_000, ShardSpec: druid.Numbered(0, 1),
		LoadSpec: json.RawMessage(`{"type":"s3_zip","bucket":"segments","key":"visitors/0/index.zip"}`),
	}}
	pages := ui.New(ui.Options{
		Server: surface.Server{
			Leader: func() string { return "" }, URL: func() string { return "" }, Places: task.Places{Workers: true}, Log: slog.New(slog.DiscardHandler),
		},
		Engine:    func() *ui.Engine { return &ui.Engine{Tasks: c, Supervisors: c} },
		Inventory: bucket, Rates: ratesOf{waves{now}}, Lags: lagOf{waves{now}}, Config: config, Version: "33.0.0",
	})
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/events" { // nothing happens here
			http.NotFound(w, r)
			return
		}
		pages.ServeHTTP(w, r.WithContext(auth.With(r.Context(), auth.Everybody())))
	}))
	s := &site{t: t, url: front.URL, tab: newTab(t)}
	t.Cleanup(front.CloseClientConnections)
	s.listen()
	s.inspect(map[string]string{
		"overview-curves": "/", "task-parallel": "/tasks/visitors-parallel", "supervisor-lag": "/supervisors/visitors", "segment-far": "/data/visitors/x",
		"compact": "/data/visitors?compact=2026-03-01/2026-03-02",
	}, axeScript(t))
	for _, path := range []string{"/", "/tasks/visitors-parallel", "/supervisors/visitors", "/data/visitors"} {
		s.readCharts(path)
	}
	s.look(1280, "light")
	s.visit("/")
	if named := eval[string](s, `(() => { const svg = document.getElementById("rows"); return svg.getAttribute("aria-labelledby").split(" ").map(id => document.getElementById(id).textContent).join(": ") })()`); !strings.Contains(named, "Rows per second over the last hour: ") || !strings.Contains(named, "at most 61,2") {
		t.Errorf("the curve is %q to those who do not see it", named)
	}
	if n := eval[int](s, `document.querySelectorAll("#rows .hit title").length - document.querySelectorAll("#rates tbody tr").length`); n != 0 {
		t.Errorf("the table has %d rows less than the curve has figures", n)
	}
	// A table that was opened stays open as the page goes on.
	eval[bool](s, `(document.querySelector("#rates summary").click(), document.getElementById("overview").raw = "", true)`)
	s.until(`document.getElementById("overview").raw !== "" && document.getElementById("rates").open`)
	s.visit("/supervisors/visitors")
	if n := eval[int](s, `document.querySelectorAll(".spark").length`); n != 12 {
		t.Errorf("%d partitions have a curve", n)
	}
	s.visit("/tasks/visitors-parallel")
	s.until(`document.getElementById("progress").textContent.includes("16 min")`)

	// What compacting would do is said first; then it is done.
	s.visit("/data/visitors")
	s.do(chromedp.Click(chromedp.CSS(`#compact + details summary`)), chromedp.Click(chromedp.CSS(`#compact + details button`)))
	s.until(`document.body.textContent.includes("reads 1 segment (48 MB)")`)
	s.do(chromedp.Focus(chromedp.CSS(`button[value=compact]`)), chromedp.KeyEvent("\r"))
	s.until(`location.pathname.startsWith("/tasks/compact_visitors_")`)
	if id := <-c.added; !strings.HasPrefix(id, "compact_visitors_") {
		t.Errorf("%s was submitted", id)
	}
	s.quiet()
}
