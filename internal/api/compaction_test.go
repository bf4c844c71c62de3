package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/audit"
	"ovate/internal/compaction"
	"ovate/internal/task"
)

// tidy is a compaction config that holds what a test has set.
type tidy struct {
	supervised bool
	cluster    string
	sources    map[string]string
	said       []string
}

func (y *tidy) Supervised(context.Context) (bool, error) { return y.supervised, nil }
func (y *tidy) Statuses() []json.RawMessage              { return []json.RawMessage{y.Status("a"), y.Status("b")} }
func (y *tidy) Status(name string) []byte                { return fmt.Appendf(nil, `{"of":%q}`, name) }
func (y *tidy) Simulate(_ context.Context, config []byte) ([]byte, error) {
	if strings.Contains(string(config), "odd") {
		return nil, fmt.Errorf("%w: it is odd", compaction.ErrInvalid)
	}
	return []byte(`{"compactionStates":{}}`), nil
}
func (y *tidy) Cluster(context.Context) ([]byte, error) { return []byte(y.cluster), nil }
func (y *tidy) SetCluster(ctx context.Context, config []byte) error {
	if strings.Contains(string(config), "odd") {
		return fmt.Errorf("%w: it is odd", compaction.ErrInvalid)
	}
	y.cluster = string(config)
	y.said = append(y.said, "cluster by "+audit.Entry{}.Row(ctx).Author)
	return nil
}
func (y *tidy) DataSources(context.Context) (all []json.RawMessage, err error) {
	for _, name := range []string{"a", "b c"} {
		if s, there := y.sources[name]; there {
			all = append(all, json.RawMessage(s))
		}
	}
	return all, nil
}
func (y *tidy) DataSource(_ context.Context, name string) ([]byte, error) {
	if s, there := y.sources[name]; there {
		return []byte(s), nil
	}
	return nil, druid.NotFound("none")
}
func (y *tidy) SetDataSource(ctx context.Context, name string, config []byte, uri string) error {
	y.sources[name] = string(config)
	y.said = append(y.said, strings.TrimPrefix(uri, base+"/compaction/config/datasources/")+" by "+audit.Entry{}.Row(ctx).Author)
	return nil
}
func (y *tidy) DeleteDataSource(ctx context.Context, name string) error {
	if _, err := y.DataSource(ctx, name); err != nil {
		return err
	}
	delete(y.sources, name)
	y.said = append(y.said, "no "+name+" by "+audit.Entry{}.Row(ctx).Author)
	return nil
}
func (*tidy) History(_ context.Context, name string, within *druid.Interval, last int) ([][]byte, error) {
	return [][]byte{fmt.Appendf(nil, `{"of":%q,"last":%d,"within":%t}`, name, last, within != nil)}, nil
}

// chief is a Coordinator.
type chief struct {
	asked []string
	err   error
}

func (c *chief) Get(_ context.Context, path string) (int, []byte, error) {
	c.asked = append(c.asked, path)
	switch {
	case c.err != nil:
		return 0, nil, c.err
	case strings.HasSuffix(path, "=nobody"):
		return 404, []byte(`{"error":"unknown dataSource"}`), nil
	case strings.HasSuffix(path, "=none"):
		return 200, []byte(`{"latestStatus":[]}`), nil
	case strings.HasSuffix(path, "=strange"):
		return 200, []byte(`<html>`), nil
	}
	return 200, []byte(`{"latestStatus":[{"dataSource":"a"}]}`), nil
}

func TestCompactionEndpoints(t *testing.T) {
	t.Parallel()
	y, c := &tidy{cluster: `{"x":1}`, sources: map[string]string{}}, &chief{}
	f := setupWith(func(o *Options) {
		of := *o.Engine()
		of.Compaction = y
		o.Engine, o.Coordinator = leads(of), c
	})
	for _, test := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "isSupervisorEnabled", "", 200, `false`},
		{"GET", "config/cluster", "", 200, `{"x":1}`},
		{"POST", "config/cluster", `{"y":2}`, 200, `{"success":true}`},
		{"GET", "config/cluster", "", 200, `{"y":2}`},
		{"POST", "config/cluster", `"odd"`, 400, `{"error":"Request body must be a compaction config: an object such as {\"compactionTaskSlotRatio\":0.2}."}`},
		{"POST", "config/cluster", `{"odd":1}`, 400, `{"error":"the compaction config cannot be used: it is odd"}`},
		{"POST", "config/datasources/a", ``, 400, `{"error":"Request body must be a compaction config: an object such as {\"dataSource\":\"wiki\",\"skipOffsetFromLatest\":\"P1D\"}."}`},
		{"POST", "config/datasources/a", `{"a":1}`, 200, `{"success":true}`},
		{"POST", "config/datasources/b%20c", `{"b":1}`, 200, `{"success":true}`},
		{"GET", "config/datasources/b%20c", ``, 200, `{"b":1}`},
		{"GET", "config/datasources", ``, 200, `{"compactionConfigs":[{"a":1},{"b":1}]}`},
		{"DELETE", "config/datasources/a", ``, 200, `{"success":true}`},
		{"DELETE", "config/datasources/a", ``, 404, `{"error":"druidException","errorCode":"notFound","persona":"USER","category":"NOT_FOUND","errorMessage":"none","context":{}}`},
		{"GET", "config/datasources/a/history", ``, 200, `{"entries":[{"of":"a","last":-1,"within":true}]}`},
		{"GET", "config/datasources/a/history?count=3", ``, 200, `{"entries":[{"of":"a","last":3,"within":false}]}`},
		{"GET", "config/datasources/a/history?count=0", ``, 400, `{"error":"Limit must be greater than zero!"}`},
		{"GET", "status/datasources", ``, 200, `{"latestStatus":[{"dataSource":"a"}]}`},
		{"GET", "status/datasources/a%20b", ``, 200, `{"dataSource":"a"}`},
		{"GET", "status/datasources/nobody", ``, 404, `{"error":"unknown dataSource"}`},
		{"GET", "status/datasources/none", ``, 404, `{"error":"druidException","errorCode":"notFound","persona":"USER","category":"NOT_FOUND","errorMessage":"Unknown DataSource","context":{}}`},
		{"GET", "status/datasources/strange", ``, 502, ``},
		{"POST", "simulate", `{}`, 200, `{"compactionStates":{}}`},
		{"POST", "simulate", `{`, 400, ``},
		{"POST", "simulate", `{"odd":1}`, 400, `{"error":"the compaction config cannot be used: it is odd"}`},
	} {
		w := f.answer(test.method, base+"/compaction/"+test.path, test.body, "X-Druid-Author", "me")
		if got := w.Body.String(); w.Code != test.status || test.want != "" && got != test.want {
			t.Errorf("%s %s: %d %s", test.method, test.path, w.Code, got)
		}
	}
	if got := strings.Join(y.said, ", "); got != "cluster by me, a by me, b c by me, no a by me" {
		t.Errorf("what was set: %s", got)
	}
	if got := c.asked[1]; got != "/druid/coordinator/v1/compaction/status?dataSource=a+b" {
		t.Errorf("the Coordinator was asked %s", got)
	}
	c.err = errors.New("nobody answers")
	if w := f.answer("GET", base+"/compaction/status/datasources", ""); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "nobody answers") {
		t.Errorf("no Coordinator answers: %d %s", w.Code, w.Body)
	}
}

// Where there is no Coordinator nothing is compacted, and what would have no effect is refused.
func TestNothingCompacts(t *testing.T) {
	t.Parallel()
	y := &tidy{cluster: `{"x":1}`, sources: map[string]string{}}
	f := setupWith(func(o *Options) {
		of := *o.Engine()
		of.Compaction = y
		o.Engine = leads(of)
	})
	for _, path := range []string{"cluster", "datasources/a"} {
		if w := f.answer("POST", base+"/compaction/config/"+path, `{}`); w.Code != http.StatusNotImplemented || !strings.Contains(w.Body.String(), "druid.zk.service.host") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	for path, want := range map[string]string{
		"status/datasources": `{"latestStatus":[]}`, "status/datasources/a": "Unknown DataSource", "config/cluster": `{"x":1}`, "isSupervisorEnabled": "false",
	} {
		if got := f.answer("GET", base+"/compaction/"+path, "").Body.String(); !strings.Contains(got, want) {
			t.Errorf("%s: %s", path, got)
		}
	}
}

// Where supervisors compact no Coordinator is needed, and none is asked; before they do, whoever sets a config is told how they would.
func TestSupervisorsCompact(t *testing.T) {
	t.Parallel()
	y := &tidy{cluster: `{"x":1}`, sources: map[string]string{}}
	f := setupWith(func(o *Options) {
		of := *o.Engine()
		of.Compaction = y
		o.Engine, o.Places = leads(of), task.Places{Workers: true}
	})
	if w := f.answer("POST", base+"/compaction/config/datasources/a", `{"a":1}`); w.Code != http.StatusNotImplemented || !strings.Contains(w.Body.String(), "useSupervisors") {
		t.Errorf("before: %d %s", w.Code, w.Body)
	}
	if w := f.answer("POST", base+"/compaction/config/cluster", `{"useSupervisors":true}`); w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	y.supervised = true
	for _, test := range []struct{ method, path, body, want string }{
		{"GET", "isSupervisorEnabled", "", `true`},
		{"POST", "config/datasources/a", `{"a":1}`, `{"success":true}`},
		{"GET", "status/datasources", "", `{"latestStatus":[{"of":"a"},{"of":"b"}]}`},
		{"GET", "status/datasources/a", "", `{"of":"a"}`},
		{"GET", "config/datasources/a/history", "", `{"entries":[{"of":"a","last":-1,"within":false}]}`},
		{"GET", "config/datasources/a/history?interval=2024-01-01/2024-02-01", "", `{"entries":[{"of":"a","last":-1,"within":true}]}`},
	} {
		if w := f.answer(test.method, base+"/compaction/"+test.path, test.body); w.Code != 200 || w.Body.String() != test.want {
			t.Errorf("%s %s: %d %s", test.method, test.path, w.Code, w.Body)
		}
	}
}

// In a cluster a server is there for others once they can find it.
func TestDiscovered(t *testing.T) {
	t.Parallel()
	is := false
	f := setupWith(func(o *Options) { o.Discovered = func() bool { return is } })
	for _, is = range []bool{false, true} {
		want := map[bool]int{false: http.StatusServiceUnavailable, true: http.StatusOK}[is]
		if w := f.answer("GET", "/status/selfDiscovered", ""); w.Code != want || w.Body.Len() > 0 {
			t.Errorf("%t: %d %s", is, w.Code, w.Body)
		}
		if w := f.answer("GET", "/status/selfDiscovered/status", ""); w.Code != 200 || w.Body.String() != fmt.Sprintf(`{"selfDiscovered":%t}`, is) {
			t.Errorf("%t: %d %s", is, w.Code, w.Body)
		}
	}
}
