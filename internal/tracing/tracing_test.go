package tracing

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/lockbox"
	"ovate/internal/queue"
	"ovate/internal/tracing/otlp"
	"ovate/internal/tracing/otlp/otlptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// made is a Tracing to an address.
func made(t *testing.T, url, sampler string, client *http.Client, log *slog.Logger) *Tracing {
	t.Helper()
	tracing, err := New(Options{
		Collector: otlp.Config{URL: url, Timeout: 10 * time.Second}, Client: client, Service: "mine", Version: "1", Attributes: map[string]string{"zone": "a", "service.name": "other"},
		Sampler: sampler, Ratio: 0, Log: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	return tracing
}

// to is a Tracing to a collector, which is told when the function it returns is called.
func to(t *testing.T, c *otlptest.Collector, sampler string) (*Tracing, func() []otlptest.Span) {
	t.Helper()
	tracing := made(t, c.URL, sampler, c.Client(), slog.New(slog.DiscardHandler))
	tracing.Start()
	t.Cleanup(tracing.Stop)
	return tracing, func() []otlptest.Span {
		tracing.Stop()
		return c.Spans()
	}
}

type answer struct {
	pattern string
	code    int
}

// A request has the name of its route, whatever its path is, and goes on with the trace of its sender; the sampler says which ones are told of.
func TestRequests(t *testing.T) {
	t.Parallel()
	const sampled, not = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
	for _, c := range []struct {
		name, sampler, method, path, traceparent string
		answer                                   answer
		want                                     string // name, parent, status and code; empty: it is not told of
	}{
		{"route", "parentbased_always_on", "POST", "/druid/indexer/v1/task/secret/shutdown", "", answer{"POST /druid/indexer/v1/task/{id}/shutdown", 200}, "POST /druid/indexer/v1/task/{id}/shutdown  0 200"},
		{"no route", "parentbased_always_on", "GET", "/nosuch", "", answer{"", 404}, "GET  0 404"},
		{"strange method", "parentbased_always_on", "SECRET", "/a", "", answer{"", 405}, "HTTP  0 405"},
		{"fault", "parentbased_always_on", "GET", "/a", "", answer{"/a", 500}, "GET /a  2 500"},
		{"cut off", "parentbased_always_on", "GET", "/a", "", answer{"/a", 0}, "GET /a  2 <nil>"},
		{"of a trace", "parentbased_always_on", "GET", "/a", sampled, answer{"/a", 200}, "GET /a b7ad6b7169203331 0 200"},
		{"of one that is not told of", "parentbased_always_on", "GET", "/a", not, answer{"/a", 200}, ""},
		{"of nonsense", "parentbased_always_on", "GET", "/a", "00-xyz", answer{"/a", 200}, "GET /a  0 200"},
		{"never", "always_off", "GET", "/a", sampled, answer{"/a", 200}, ""},
		{"always", "always_on", "GET", "/a", not, answer{"/a", 200}, "GET /a b7ad6b7169203331 0 200"},
		{"as the sender", "parentbased_traceidratio", "GET", "/a", sampled, answer{"/a", 200}, "GET /a b7ad6b7169203331 0 200"},
		{"none of so many", "parentbased_traceidratio", "GET", "/a", "", answer{"/a", 200}, ""},
		{"probe", "always_on", "GET", "/livez", "", answer{"/livez", 200}, ""},
		{"probe of a trace", "always_on", "GET", "/livez", sampled, answer{"/livez", 200}, "GET /livez b7ad6b7169203331 0 200"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tracing, stop := to(t, otlptest.New(t), c.sampler)
			r := httptest.NewRequest(c.method, c.path, nil)
			if c.traceparent != "" {
				r.Header.Set("traceparent", c.traceparent)
			}
			if _, end := tracing.Request(r); end != nil {
				end(Answer{Pattern: c.answer.pattern, Code: c.answer.code, At: time.Now()})
			}
			got := ""
			for _, s := range stop() {
				got += strings.Join([]string{s.Name, s.Parent, text(s.Status), text(s.Attributes["http.response.status_code"])}, " ")
				if s.Kind != 2 || s.Resource["service.name"] != "mine" || s.Resource["zone"] != "a" {
					t.Errorf("%+v", s)
				}
			}
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// A request has what OpenTelemetry's conventions name, in their words, and nothing of its query.
func TestAttributesOfRequests(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		method, url string
		answer      Answer
		want        string
	}{
		{"GET", "http://overlord:8090/tasks?key=secret", Answer{Pattern: "GET /tasks", Code: 200}, "GET /tasks: client.address=192.0.2.1 http.request.method=GET http.response.status_code=200 http.route=/tasks network.protocol.version=1.1 " +
			"server.address=overlord server.port=8090 url.path=/tasks url.scheme=http user_agent.original=curl/8"},
		{"SEIZE", "https://overlord/", Answer{Pattern: "/{$}", Code: 503}, "HTTP /: client.address=192.0.2.1 error.type=503 http.request.method=_OTHER http.request.method_original=SEIZE " +
			"http.response.status_code=503 http.route=/ network.protocol.version=1.1 server.address=overlord url.path=/ url.scheme=https user_agent.original=curl/8"},
		{"GET", "http://[::1]:8090/%ff", Answer{}, "GET: client.address=192.0.2.1 error.type=cut off http.request.method=GET network.protocol.version=1.1 server.address=::1 server.port=8090 url.path=/\ufffd url.scheme=http user_agent.original=curl/8"},
	} {
		tracing, stop := to(t, otlptest.New(t), "always_on")
		r := httptest.NewRequest(c.method, c.url, nil)
		r.Header.Set("User-Agent", "curl/8")
		_, end := tracing.Request(r)
		c.answer.At = time.Now()
		end(c.answer)
		for _, s := range stop() {
			got := s.Name + ":"
			for _, name := range slices.Sorted(maps.Keys(s.Attributes)) {
				got += " " + name + "=" + text(s.Attributes[name])
			}
			if got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
			if s.Resource["service.instance.id"] == "" || s.Resource["service.version"] != "1" {
				t.Errorf("%v", s.Resource)
			}
		}
	}
}

// A task is told of once it is done with, within the request that has submitted it; one that was read from the store is a trace of its own; one that waits
// when the server stops is told of by whoever goes on with it.
func TestTasks(t *testing.T) {
	t.Parallel()
	tracing, stop := to(t, otlptest.New(t), "always_on")
	tasks := tracing.Tasks(silent{})
	r, end := tracing.Request(httptest.NewRequest("POST", "/a", nil))
	of := func(id string, recovered bool) action.Identity {
		return action.Identity{Holder: lockbox.Holder{TaskID: id, GroupID: "g", DataSource: "wiki"}, Type: "noop", Recovered: recovered}
	}
	fine, shut, found, waits, runs := of("fine", false), of("shut", false), of("found", true), of("waits", false), of("runs", false)
	for _, id := range []action.Identity{fine, shut, waits, runs} {
		tasks.Submitted(r.Context(), id)
	}
	end(Answer{Pattern: "/a", Code: 200, At: time.Now()})
	tasks.Readied(fine, 0)
	for _, id := range []action.Identity{fine, found, runs} {
		tasks.Began(id, 0)
	}
	if ctx := context.Background(); tasks.Within(ctx, "waits") != ctx || tasks.Within(ctx, "nosuch") != ctx || tracing.Within()(ctx, "fine") == ctx {
		t.Error("what does not run has a span, or what runs has none")
	}
	bare := context.Background()
	for id, want := range map[string]trace.SpanContext{
		"waits": trace.SpanContextFromContext(r.Context()), "fine": trace.SpanContextFromContext(tasks.Within(bare, "fine")), "found": trace.SpanContextFromContext(tasks.Within(bare, "found")), "nosuch": {},
	} {
		if got := tracing.About()(bare, id); !trace.SpanContextFromContext(got).Equal(want) || trace.SpanFromContext(got).IsRecording() {
			t.Errorf("who is told of %s gets %v, want %v", id, trace.SpanContextFromContext(got), want)
		}
	}
	tasks.Ended(fine, druid.TaskStatus{State: druid.Success})
	tasks.Left(fine)
	tasks.Ended(shut, druid.TaskStatus{State: druid.Failed, ErrorMsg: "by hand"})
	tasks.Left(shut)
	tasks.Left(found) // another program has ended it
	spans := stop()

	byName := map[string]otlptest.Span{}
	id := map[string]string{}
	for _, s := range spans {
		name := s.Name
		if of, is := s.Attributes["druid.task.id"]; is {
			name += " " + of.(string)
			id[s.ID] = name
		}
		byName[name] = s
	}
	request := byName["POST /a"]
	for _, name := range []string{"task fine", "task shut", "task runs"} {
		if s := byName[name]; s.Parent != request.ID || s.TraceID != request.TraceID || s.Attributes["druid.data_source"] != "wiki" || s.Attributes["druid.task.group_id"] != "g" ||
			s.Attributes["druid.task.type"] != "noop" || s.Attributes["druid.task.recovered"] != nil {
			t.Errorf("%s: %+v", name, s)
		}
	}
	if s := byName["task found"]; s.Parent != "" || s.TraceID == request.TraceID || s.Attributes["druid.task.recovered"] != true || s.Attributes["druid.task.status"] != nil {
		t.Errorf("%+v", s)
	}
	if s := byName["task shut"]; s.Status != 2 || s.Message != "by hand" || s.Attributes["druid.task.status"] != "FAILED" {
		t.Errorf("%+v", s)
	}
	if s := byName["task runs"]; len(s.Events) != 1 || !strings.HasPrefix(s.Events[0], "cut off") {
		t.Errorf("%+v", s)
	}
	within := map[string]string{} // what each task has within it
	for _, s := range spans {
		if of := id[s.Parent]; of != "" {
			within[of] += s.Name + strings.Join(s.Events, "") + " "
		}
	}
	for name, want := range map[string]string{"task fine": "waitingready running ", "task shut": "waiting ", "task found": "waiting running ", "task runs": "waiting running "} {
		if within[name] != want {
			t.Errorf("%s: %q, want %q", name, within[name], want)
		}
	}
	if len(spans) != 1+4+4+3 {
		t.Errorf("%d spans: %+v", len(spans), spans)
	}
	for _, left := range []func(){func() { tasks.Submitted(t.Context(), fine) }, func() { tasks.Began(found, 0) }, func() { tasks.Left(found) }} {
		left() // of a queue that comes to its end late
	}
}

// silent is a meter for nobody.
type silent struct{ queue.Meter }

func (silent) Submitted(context.Context, action.Identity)         {}
func (silent) Left(action.Identity)                               {}
func (silent) Readied(action.Identity, time.Duration)             {}
func (silent) Began(action.Identity, time.Duration)               {}
func (silent) Ended(action.Identity, druid.TaskStatus)            {}
func (silent) Moved(string, druid.RunnerState, druid.RunnerState) {}

// A collector that hangs holds up nobody: what there is no room for is counted, the log is told once, and the end comes in time.
func TestHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		client := &http.Client{Transport: hangs{}}
		tracing := made(t, "http://h/v1/traces", "always_on", client, slog.New(slog.NewTextHandler(&log, nil)))
		tracing.Start()
		begun := time.Now()
		for range mostSpans + 7 {
			_, end := tracing.Request(httptest.NewRequest("GET", "/a", nil))
			end(Answer{Code: 200, At: time.Now()})
		}
		if c, _ := tracing.Counts(); time.Since(begun) != 0 || c.Dropped != 7 {
			t.Errorf("it took %v; %+v", time.Since(begun), c)
		}
		time.Sleep(25 * time.Second)
		if c, _ := tracing.Counts(); c.Failed == 0 || c.Failed > 2*batch || c.Sent != 0 || strings.Count(log.String(), "\n") != 1 {
			t.Errorf("%+v; the log:\n%s", c, &log)
		}
		begun = time.Now()
		tracing.Stop()
		if took := time.Since(begun); took != stopPatience {
			t.Errorf("the end took %v", took)
		}
		if c, _ := tracing.Counts(); c.Failed != mostSpans || strings.Count(log.String(), "\n") != 1 {
			t.Errorf("%+v; the log:\n%s", c, &log)
		}
	})
}

type hangs struct{}

func (hangs) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// One that nobody wants does nothing.
func TestNil(t *testing.T) {
	t.Parallel()
	var none *Tracing
	none.Start()
	none.Stop()
	if _, there := none.Counts(); there || none.Within() != nil || none.About() != nil {
		t.Error("there is something")
	}
}

func text(v any) string { return fmt.Sprint(v) }
