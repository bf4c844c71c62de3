package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/audit"
	"ovate/internal/runner"
	"ovate/internal/runner/remote"
)

// guild is the workers of a cluster: one.
type guild struct {
	config []byte
	said   []string
	fault  error
}

func (g *guild) order(what, host string) error {
	if g.fault != nil {
		return g.fault
	}
	if host != "h:1" {
		return fmt.Errorf("worker[%s]: %w", host, runner.ErrNoWorker)
	}
	g.said = append(g.said, what)
	return nil
}

func (g *guild) Enable(_ context.Context, host string) error  { return g.order("enable", host) }
func (g *guild) Disable(_ context.Context, host string) error { return g.order("disable", host) }
func (g *guild) Config(context.Context) ([]byte, error)       { return g.config, nil }
func (g *guild) SetConfig(ctx context.Context, c []byte) error {
	if _, err := remote.DecodeWorkerConfig(c); err != nil {
		return fmt.Errorf("%w: %w", runner.ErrConfig, err)
	}
	g.config = c
	g.said = append(g.said, string(audit.Entry{}.Row(ctx).Author))
	return nil
}
func (g *guild) History(_ context.Context, within *druid.Interval, last int) ([][]byte, error) {
	return [][]byte{fmt.Appendf(nil, `{"last":%d,"within":%t}`, last, within != nil)}, nil
}

// What a worker does not answer, or with an error, is not this server's fault, and is told as such, without what stands in its answer.
func TestFaultyWorker(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fault runner.Fault
		code  int
		want  string
	}{
		{runner.Fault{Err: errors.New("nothing has come")}, http.StatusGatewayTimeout, "does not answer: nothing has come"},
		{runner.Fault{Code: 500, Err: errors.New("java.lang.Secret")}, http.StatusBadGateway, "answers with an error (status 500): its own log tells why"},
	} {
		c.fault.Who = "the worker[h:1]"
		var log strings.Builder
		f := setupWith(func(o *Options) {
			of := *o.Engine()
			of.Tasks, of.WorkerRule = &tasks{err: &c.fault}, &guild{fault: &c.fault}
			o.Engine, o.Places.Workers = leads(of), true
			o.Log = slog.New(slog.NewTextHandler(&log, nil))
		})
		for _, ask := range [][2]string{{"GET", "/task/a/log"}, {"GET", "/task/a/reports"}, {"POST", "/worker/h:1/disable"}} {
			w := f.answer(ask[0], base+ask[1], "")
			if got := w.Body.String(); w.Code != c.code || got != `{"error":"the worker[h:1] `+c.want+`"}` {
				t.Errorf("%s: %d %s", ask, w.Code, got)
			}
		}
		if n := strings.Count(log.String(), c.fault.Err.Error()); n != 3 {
			t.Errorf("the log has %d of 3 answers: %s", n, &log)
		}
	}
}

func TestWorkerEndpoints(t *testing.T) {
	t.Parallel()
	g := &guild{}
	f := setupWith(func(o *Options) {
		of := *o.Engine()
		of.WorkerRule = g
		o.Engine, o.Places.Workers = leads(of), true
	})
	const config = `{"type":"default","selectStrategy":{"type":"fillCapacity"}}`
	for _, c := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/worker", "", 200, ""},
		{"POST", "/worker", config, 200, ""},
		{"GET", "/worker", "", 200, config},
		{"POST", "/worker", "", 400, "worker config"},
		{"POST", "/worker", "null", 400, "worker config"},
		{"POST", "/worker", `{"selectStrategy":{"type":"odd"}}`, 400, "equalDistribution"},
		{"GET", "/worker/history", "", 200, `[{"last":-1,"within":true}]`},
		{"GET", "/worker/history?count=3", "", 200, `[{"last":3,"within":false}]`},
		{"GET", "/worker/history?count=0", "", 400, "greater than zero"},
		{"POST", "/worker/h:1/disable", "", 200, `{"h:1":"disabled"}`},
		{"POST", "/worker/h:1/enable", "", 200, `{"h:1":"enabled"}`},
		{"POST", "/worker/h:2/enable", "", 500, "Worker on host h:2 does not exists"},
	} {
		w := f.answer(c.method, base+c.path, c.body, "X-Druid-Author", "me")
		if got := w.Body.String(); w.Code != c.status || !strings.Contains(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s %s: %d %s", c.method, c.path, w.Code, got)
		}
	}
	if got := strings.Join(g.said, " "); got != "me disable enable" {
		t.Errorf("the workers were told %q", got)
	}
	// Where tasks run in the server's process there is nobody to choose.
	alone := setup()
	if w := alone.answer("POST", base+"/worker", config); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("alone: %d", w.Code)
	}
	if w := alone.answer("POST", base+"/worker/h:1/enable", ""); w.Code != http.StatusNotFound {
		t.Errorf("alone: %d", w.Code)
	}
}

// Where tasks run on Druid's workers these know which kinds there are. Specs of supervisors are no tasks there, either.
func TestKindsForWorkers(t *testing.T) {
	t.Parallel()
	f := setupWith(func(o *Options) { o.Places.Workers = true })
	for task, want := range map[string]string{
		`{"type":"nobody_knows","id":"a","dataSource":"d"}`: `{"task":"a"}`,
		`{"type":"compact","id":"b","dataSource":"d","ioConfig":{"type":"compact","inputSpec":{"type":"interval","interval":"2024/2025"}}}`:             `{"task":"b"}`,
		`{"type":"index_parallel","id":"c","spec":{"dataSchema":{"dataSource":"d"},"ioConfig":{"type":"index_parallel","inputSource":{"type":"odd"}}}}`: `{"task":"c"}`,
		`{"type":"query_worker","id":"d","dataSource":"d"}`:                           `{"task":"d"}`,
		`{"type":"index_kafka","id":"e","dataSource":"d","ioConfig":{"topic":"t"}}`:   `{"error":"dataSchema: is missing`,
		`{"type":"index_paralell","id":"e","spec":{"dataSchema":{"dataSource":"d"}}}`: `{"error":"type: is \"index_paralell\", which Druid does not know: did you mean index_parallel?"}`,
		`{"type":"index_parallel","id":"e","spec":{"dataSchema":{"dataSource":""}}}`:  `{"error":"spec.dataSchema.dataSource: must be the name of a data source, but is \"\""}`,
		`{"type":"kafka","spec":{"ioConfig":{"topic":"t"}}}`:                          "the supervisor writes to",
		`{"type":"nobody_knows","dataSource":"d","ioConfig":{"taskCount":1}}`:         "SupervisorSpec",
		`{"type":"nobody_knows","id":"a"}`:                                            `type: is \"nobody_knows\", which is no task type of Druid's own, and a task of an extension needs a data source`,
		`[]`:                                                                          "must be a task",
	} {
		w := f.answer("POST", base+"/task", task)
		if got := w.Body.String(); !strings.Contains(got, want) || (w.Code == 200) != strings.HasPrefix(want, `{"task"`) {
			t.Errorf("%s: %d %s", task, w.Code, got)
		}
	}
}
