package span

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

// Where nothing is traced, or what has sent the request is traced elsewhere alone, work is as before, and allocates nothing.
func TestNobodyTraces(t *testing.T) {
	remote := trace.ContextWithRemoteSpanContext(context.Background(), trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}}))
	for name, ctx := range map[string]context.Context{"nobody": context.Background(), "not sampled": remote} {
		header, err := http.Header{}, errors.New("why")
		allocations := testing.AllocsPerRun(100, func() {
			within, s := Begin(ctx, "a")
			s.Set(Rows, 1)
			s.End(err)
			if within != ctx || TraceID(within) != "" {
				t.Fatal("something is traced")
			}
		})
		if allocations > 0 {
			t.Errorf("%s: %v allocations", name, allocations)
		}
		if Send(ctx, header); (header.Get("traceparent") != "") != (name == "not sampled") {
			t.Errorf("%s: %q", name, header)
		}
	}
}

// Work within work is told of as such, with what came of it.
func TestWithin(t *testing.T) {
	t.Parallel()
	told := tracetest.NewSpanRecorder()
	p := sdk.NewTracerProvider(sdk.WithSpanProcessor(told))
	ctx, root := p.Tracer("t").Start(t.Context(), "root")
	within, s := Begin(ctx, "a")
	s.Set(Rows, 7)
	header := http.Header{}
	Send(within, header)
	s.End(errors.New("why"))
	if after, none := Begin(within, "too late"); after != within || none != (Span{}) {
		t.Error("work begins within what has ended")
	}
	root.End()
	a := told.Ended()[0]
	if len(told.Ended()) != 2 || a.Name() != "a" || a.Parent().SpanID() != root.SpanContext().SpanID() || a.Attributes()[0] != Rows.Int64(7) ||
		a.Status() != (sdk.Status{Code: codes.Error, Description: "why"}) {
		t.Errorf("%+v", a)
	}
	if want := "00-" + TraceID(ctx) + "-" + a.SpanContext().SpanID().String() + "-01"; header.Get("traceparent") != want {
		t.Errorf("%q, want %q", header, want)
	}
}
