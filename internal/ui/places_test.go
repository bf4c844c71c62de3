package ui

import (
	"context"
	"io"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/inventory"
)

// elsewhere is a desk whose task runs where only TLS is spoken.
type elsewhere struct{ *desk }

func (e elsewhere) Status(ctx context.Context, id string) (druid.TaskStatusPlus, error) {
	s, err := e.desk.Status(ctx, id)
	s.Location = druid.TaskLocation{Host: "worker", Port: -1, TLSPort: 8290}
	return s, err
}

func (elsewhere) Report(context.Context, string) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(`{"ingestionStatsAndErrors":{"payload":{"ingestionState":"COMPLETED","rowStats":{"buildSegments":{"processed":5,"unparseable":2}}}}}`)), nil
}

// always is a shelf whose one segment is of all time.
type always struct{ shelf }

func (always) Segments(_ context.Context, q inventory.Query, fn func(*inventory.Segment) error) error {
	return fn(&inventory.Segment{DataSegment: druid.DataSegment{DataSource: q.DataSource, Interval: druid.Eternity, Version: "v"}, Visible: []druid.Interval{druid.Eternity}})
}

// A task tells the port that is in use and how rows that did not parse are shown, and a segment of all time is called that and is no bar on an axis from year -146136543 on.
func TestPlacesInWords(t *testing.T) {
	t.Parallel()
	u, d := guarded(t, func(auth.Action, auth.Resource) bool { return true })
	o := u.Options
	o.Engine, o.Inventory = func() *Engine { return &Engine{Tasks: elsewhere{d}, Locks: locks{}, Supervisors: supervisors{}} }, always{}
	u.UI = New(o)
	for says, path := range map[string]string{"<dd>worker:8290</dd>": "/tasks/of-wiki", "<code>maxSavedParseExceptions</code>": "/tasks/of-wiki", ">all time</span>": "/data/wiki"} {
		if w := send(u, "GET", path, nil); w.Code != 200 || !strings.Contains(w.Body.String(), says) || strings.Contains(w.Body.String(), "Over time") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}
