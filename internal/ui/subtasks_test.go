package ui

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/queue"
	"ovate/internal/task"
)

// parallel is a desk with a task that has sub-tasks of two phases.
type parallel struct{ *desk }

func (p parallel) Now() druid.Instant { return 100_000 }
func (p parallel) Status(context.Context, string) (druid.TaskStatusPlus, error) {
	return druid.TaskStatusPlus{ID: "whole", GroupID: "whole", Type: "index_parallel", DataSource: "wiki", Created: 1000, State: druid.Running, Runner: druid.RunnerRunning}, nil
}
func (p parallel) Page(ctx context.Context, q queue.PageQuery) (queue.Page, error) {
	if q.GroupID != "whole" || q.DataSource != "wiki" || *q.Created != (druid.Interval{Start: 1000, End: 100_001}) {
		return queue.Page{}, fmt.Errorf("asked for %+v", q)
	}
	whole, err := p.Status(ctx, "whole")
	sub := func(id, typ string, created druid.Instant, state druid.TaskState, duration int64) druid.TaskStatusPlus {
		return druid.TaskStatusPlus{ID: id, GroupID: "whole", Type: typ, DataSource: "wiki", Created: created, State: state, Duration: duration, Runner: druid.RunnerRunning}
	}
	return queue.Page{Tasks: []druid.TaskStatusPlus{
		sub("merge", "partial_index_generic_merge", 60_000, druid.Running, -1),
		sub("second", "partial_index_generate", 3000, druid.Failed, 20_000),
		sub("first", "partial_index_generate", 2000, druid.Success, 30_000), whole,
	}}, err
}

// A parallel task shows its sub-tasks by phase on a time axis, and as a table; where there are no workers nobody asks for any.
func TestSubTasks(t *testing.T) {
	t.Parallel()
	u, d := guarded(t, func(auth.Action, auth.Resource) bool { return true })
	o := u.Options
	o.Engine, o.Places = func() *Engine { return &Engine{Tasks: parallel{d}} }, task.Places{Workers: true}
	u.UI = New(o)
	w := send(u, "GET", "/tasks/whole", nil)
	body := w.Body.String()
	for _, has := range []string{
		`aria-label="3 sub-tasks of whole over time"`, `<title>first: success, 30,000 ms</title>`, `<title>second: failed, 20,000 ms</title>`, `<title>merge: running, 40,000 ms</title>`,
		`<rect class="ran"`, `<rect class="broke"`, `<rect class="runs"`, `class="n">2</td><td data-label="Succeeded" class="n">1</td><td data-label="Run or wait" class="n">0</td><td data-label="Failed" class="n">1</td>`,
		`<a href="/tasks/merge">merge</a>`, "All of them",
	} {
		if !strings.Contains(body, has) {
			t.Errorf("%d: no %q in\n%s", w.Code, has, body)
		}
	}
	if generate, merge := strings.Index(body, `>partial_index_generate<`), strings.Index(body, `>partial_index_generic_merge<`); generate < 0 || merge < generate {
		t.Errorf("the phases are not in order: %d, %d", generate, merge)
	}
	if strings.Contains(body, `href="/tasks/whole"`) {
		t.Error("a task is one of its own sub-tasks")
	}
	o.Places = task.Places{}
	u.UI = New(o)
	if body := send(u, "GET", "/tasks/whole", nil).Body.String(); strings.Contains(body, "Sub-tasks") {
		t.Errorf("without workers: %s", body)
	}
}

// The time left is told of a task that reads input whose size is known, and of no other.
func TestTimeLeft(t *testing.T) {
	t.Parallel()
	reading := report{Live: true, Step: "reading", Bytes: 100, InputSize: 1000, InputRead: 250, Totals: Totals{ProcessedBytes: 500}}
	for about, c := range map[string]struct {
		change func(*report)
		want   int64
	}{
		"three quarters, as fast as before": {func(*report) {}, 15_000},
		"of plain input":                    {func(r *report) { r.ProcessedBytes = 250 }, 7_500},
		"it has ended":                      {func(r *report) { r.Live = false }, 0},
		"all is read":                       {func(r *report) { r.InputRead = 1000 }, 0},
		"it merges":                         {func(r *report) { r.Step = "merging" }, 0},
		"the size is not known":             {func(r *report) { r.InputSize, r.InputRead = 0, 0 }, 0},
		"nothing was read yet":              {func(r *report) { r.InputRead = 0 }, 0},
		"it stands still":                   {func(r *report) { r.Bytes = 0 }, 0},
		"more than anybody waits":           {func(r *report) { r.Bytes, r.ProcessedBytes, r.InputSize = 1, 1<<60, 1<<62 }, 0},
	} {
		r := reading
		if c.change(&r); r.Left() != c.want {
			t.Errorf("%s: %d, want %d", about, r.Left(), c.want)
		}
	}
	r := readReport([]byte(`{"ingestionStatsAndErrors":{"payload":{"ingestionState":"BUILD_SEGMENTS","rowStats":{"movingAverages":{},"totals":{"buildSegments":{"processed":7}}},
"progress":{"step":"reading","segmentsBegun":3,"segmentsBuilt":1,"inputBytes":1000,"inputBytesRead":250}}}}`))
	if r == nil || r.InputSize != 1000 || r.InputRead != 250 {
		t.Errorf("%+v", r)
	}
}
