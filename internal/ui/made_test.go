package ui

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/auth"
)

// Of a log those segments are told that were published at last, whatever a row says and whatever a run before has pushed.
func TestMadeBy(t *testing.T) {
	t.Parallel()
	line := func(rest string) string { return "time=2026-11-29T13:37:45.094Z level=INFO msg=" + rest + "\n" }
	one, odd := line(`pushed segment=d_2026-03-01T00:00:00.000Z_2026-03-02T00:00:00.000Z_v bytes=1`), line(`pushed segment="a \"b\"_x" bytes=1`)
	for log, want := range map[string]string{
		"": "", one: "", one + line("published segments=1"): "d_2026-03-01T00:00:00.000Z_2026-03-02T00:00:00.000Z_v",
		one + odd + line("published segments=1"): `a "b"_x`,
		odd + line(`"row did not parse" input="msg=pushed segment=x bytes=1"`) + line("published segments=1"): `a "b"_x`,
		one + line("published segments=2") + line(`"task ended" status=SUCCESS`):                              "",
		odd + line("published segments=1 trace_id=abc"):                                                       `a "b"_x`,
	} {
		if got := strings.Join(slices.Clone(madeBy([]byte(log), 1)), " "); got != want {
			t.Errorf("%s\nmade %q, want %q", log, got, want)
		}
	}
}

// hasMade is a desk whose task has published a segment, and counts how often its log is asked for.
type hasMade struct {
	*desk
	log   string
	asked int
}

func (e *hasMade) Status(_ context.Context, id string) (druid.TaskStatusPlus, error) {
	return druid.TaskStatusPlus{ID: id, DataSource: "wiki", State: druid.Success}, nil
}

func (e *hasMade) Report(context.Context, string) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(`{"ingestionStatsAndErrors":{"payload":{"ingestionState":"COMPLETED","segmentsPublished":1}}}`)), nil
}

func (e *hasMade) Log(_ context.Context, _ string, offset int64) (io.ReadCloser, error) {
	e.asked++
	return io.NopCloser(strings.NewReader(e.log[max(0, len(e.log)+int(offset)):])), nil
}

// TestLogOnce: the page of a task that has ended asks for the end of its log once, which a worker or a bucket may have, and shows the segments that it tells of far before what
// is shown of it.
func TestLogOnce(t *testing.T) {
	t.Parallel()
	u, d := guarded(t, func(auth.Action, auth.Resource) bool { return true })
	const made = "time=x level=INFO msg=pushed segment=of_the_task bytes=1\ntime=x level=INFO msg=published segments=1\n"
	one := &hasMade{desk: d, log: "the beginning\n" + made + strings.Repeat("a line\n", 2*logShown/7) + "the end\n"}
	o := u.Options
	o.Engine = func() *Engine { return &Engine{Tasks: one, Locks: locks{}, Supervisors: supervisors{}} }
	u.UI = New(o)
	w := send(u, "GET", "/tasks/of-wiki", nil)
	if body := w.Body.String(); w.Code != 200 || one.asked != 1 || !strings.Contains(body, "of_the_task") || !strings.Contains(body, "the end\n") || strings.Contains(body, "the beginning") {
		t.Errorf("%d, asked for %d times\n%s", w.Code, one.asked, body)
	}
}
