package otlp

import (
	"bytes"
	"context"
	"log/slog"
	"math"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"

	"ovate/internal/tracing/otlp/otlptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// exporterTo makes an exporter, and a provider that hands it each span as it ends.
func exporterTo(t *testing.T, client *http.Client, c Config) (*Exporter, *sdk.TracerProvider, *bytes.Buffer) {
	t.Helper()
	log := &bytes.Buffer{}
	x := New(c, client, slog.New(slog.NewTextHandler(log, nil)))
	p := sdk.NewTracerProvider(sdk.WithSyncer(x), sdk.WithResource(resource.NewSchemaless(attribute.String("service.name", "mine"))))
	t.Cleanup(func() {
		if err := p.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return x, p, log
}

// What the specification asks for is what a collector gets: ids in hexadecimal, times and whole numbers as texts, kinds and states as their numbers.
func TestEncoding(t *testing.T) {
	t.Parallel()
	collector := otlptest.New(t)
	_, p, log := exporterTo(t, collector.Client(), Config{URL: collector.URL + "/v1/traces", Headers: map[string]string{"Api-Key": "so secret"}, Timeout: time.Minute})
	state, err := trace.ParseTraceState("vendor=1")
	if err != nil {
		t.Fatal(err)
	}
	parent := trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{0x0a, 15: 0xff}, SpanID: trace.SpanID{0x01, 7: 0xab}, TraceFlags: trace.FlagsSampled, TraceState: state, Remote: true,
	})
	begun := time.Unix(1704067200, 123456789)
	_, s := p.Tracer("ovate").Start(trace.ContextWithSpanContext(t.Context(), parent), "POST /a", trace.WithSpanKind(trace.SpanKindServer), trace.WithTimestamp(begun))
	s.SetAttributes(
		attribute.String("text", `a "b" <é>`), attribute.Int64("most", math.MaxInt64), attribute.Bool("no", false), attribute.Float64("half", 0.5), attribute.Float64("none", math.NaN()),
		attribute.StringSlice("some", []string{"x", ""}), attribute.Int64Slice("numbers", []int64{-1}),
	)
	s.AddEvent("ready", trace.WithTimestamp(begun))
	s.SetStatus(codes.Error, "why")
	s.End(trace.WithTimestamp(begun.Add(time.Nanosecond)))
	_, fine := p.Tracer("ovate").Start(t.Context(), "fine")
	fine.SetStatus(codes.Ok, "")
	fine.End()

	spans := collector.Until(func(all []otlptest.Span) bool { return len(all) == 2 })
	want := otlptest.Span{
		TraceID: "0a0000000000000000000000000000ff", ID: s.SpanContext().SpanID().String(), Parent: "01000000000000ab", Name: "POST /a", Kind: 2, Status: 2, Message: "why",
		Flags: 0x301, State: "vendor=1", Start: begun, End: begun.Add(1), Events: []string{"ready"}, Resource: map[string]any{"service.name": "mine"},
		Attributes: map[string]any{
			"text": `a "b" <é>`, "most": int64(math.MaxInt64), "no": false, "half": 0.5, "none": "NaN", "some": []any{"x", ""}, "numbers": []any{int64(-1)},
		},
	}
	if !reflect.DeepEqual(spans[0], want) {
		t.Errorf("%+v\nwant %+v", spans[0], want)
	}
	if f := spans[1]; f.Kind != 1 || f.Status != 1 || f.Parent != "" || f.Flags != 0x101 {
		t.Errorf("%+v", f)
	}
	if got := collector.Headers()[0].Get("Api-Key"); got != "so secret" || strings.Contains(log.String(), "secret") {
		t.Errorf("header %q; the log: %s", got, log)
	}
}

// What is compressed is told to be so, and every batch is, whatever the one before it was.
func TestCompression(t *testing.T) {
	t.Parallel()
	collector := otlptest.New(t)
	_, p, _ := exporterTo(t, collector.Client(), Config{URL: collector.URL, Gzip: true, Timeout: time.Minute})
	for _, name := range []string{strings.Repeat("a", 10_000), "b"} {
		_, s := p.Tracer("ovate").Start(t.Context(), name)
		s.End()
	}
	spans, headers := collector.Spans(), collector.Headers()
	if len(spans) != 2 || len(spans[0].Name) != 10_000 || spans[1].Name != "b" || headers[1].Get("Content-Encoding") != "gzip" {
		t.Errorf("%+v came with %v", spans, headers)
	}
	if n, err := strconv.Atoi(headers[0].Get("Content-Length")); err != nil || n > 1000 {
		t.Errorf("what could be small is sent as %d bytes, %v", n, err)
	}
}

// transport answers without a network, so that time is that of the test.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// answer is one with a code and a body.
func answer(code int, body string, header ...string) *http.Response {
	w := &http.Response{StatusCode: code, Header: http.Header{}, Body: http.NoBody}
	if body != "" {
		w.Body = reader{strings.NewReader(body)}
	}
	for i := 0; i < len(header); i += 2 {
		w.Header.Set(header[i], header[i+1])
	}
	return w
}

type reader struct{ *strings.Reader }

func (reader) Close() error { return nil }

// A collector that is busy is asked again, as it says; one that refuses is not, and the log is told once when it begins and once when it has ended.
func TestFaults(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var next []*http.Response
		tries := 0
		client := &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
			tries++
			if len(next) == 0 { // it hangs
				<-r.Context().Done()
				return nil, r.Context().Err()
			}
			a := next[0]
			next = next[1:]
			return a, nil
		})}
		x, p, log := exporterTo(t, client, Config{URL: "http://me:hidden@h/v1/traces?key=hidden", Timeout: 10 * time.Second})
		for _, step := range []struct {
			answers               []*http.Response
			tries                 int
			took                  time.Duration
			sent, failed, refused int64
			log                   string
		}{
			{[]*http.Response{answer(200, `{}`)}, 1, 0, 1, 0, 0, ""},
			{[]*http.Response{answer(503, ""), answer(200, "OK")}, 2, time.Second, 2, 0, 0, ""},
			{[]*http.Response{answer(429, "", "Retry-After", "5"), answer(202, "")}, 2, 5 * time.Second, 3, 0, 0, ""},
			{[]*http.Response{answer(500, "")}, 1, 0, 3, 1, 0, "traces cannot be sent"},
			{nil, 1, 10 * time.Second, 3, 2, 0, ""},
			{[]*http.Response{answer(400, "")}, 1, 0, 3, 3, 0, ""},
			{[]*http.Response{answer(503, "", "Retry-After", "3600")}, 1, 10 * time.Second, 3, 4, 0, ""},
			{[]*http.Response{answer(200, "")}, 1, 0, 4, 4, 0, "traces are sent again"},
			{[]*http.Response{answer(200, `{"partialSuccess":{"rejectedSpans":"1","errorMessage":"too old"}}`)}, 1, 0, 4, 4, 1, "too old"},
			{[]*http.Response{answer(200, `{"partialSuccess":{"rejectedSpans":1}}`)}, 1, 0, 4, 4, 2, ""},
			{nil, 1, 10 * time.Second, 4, 5, 2, "traces cannot be sent"},
		} {
			next, tries = step.answers, 0
			log.Reset()
			begun := time.Now()
			_, s := p.Tracer("ovate").Start(t.Context(), "a")
			s.End()
			if took := time.Since(begun); tries != step.tries || took != step.took || x.Sent() != step.sent || x.Failed() != step.failed || x.Refused() != step.refused {
				t.Errorf("%+v: %d tries in %v; %d sent, %d failed, %d refused", step, tries, took, x.Sent(), x.Failed(), x.Refused())
			}
			if said := log.String(); !strings.Contains(said, step.log) || (said == "") != (step.log == "") || strings.Contains(said, "hidden") {
				t.Errorf("%+v: the log says %q", step, said)
			}
		}
	})
}
