// Package span has a piece of work told of in traces (OpenTelemetry), where what asks for it is traced. Where nothing is, it costs nothing. Whoever begins the
// first span of a trace, and where traces go, is package tracing's.
package span

import (
	"context"
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Scope is the name under which spans of this program are told of.
const Scope = "ovate"

// Names of attributes. What OpenTelemetry has no name for has Druid's.
const (
	Segments = attribute.Key("druid.segments")
	Rows     = attribute.Key("druid.rows")
	Bytes    = attribute.Key("druid.bytes")
)

// Span is a piece of work under way. The zero value is of one that nobody traces.
type Span struct{ span trace.Span }

// Begin begins a piece of work within that of ctx. If that is not traced, or has ended, this one is not, either, and nothing is allocated.
func Begin(ctx context.Context, name string) (context.Context, Span) {
	within := trace.SpanFromContext(ctx)
	if !within.IsRecording() {
		return ctx, Span{}
	}
	ctx, s := within.TracerProvider().Tracer(Scope).Start(ctx, name)
	return ctx, Span{s}
}

// Set notes a number.
func (s Span) Set(name attribute.Key, n int64) {
	if s.span != nil {
		s.span.SetAttributes(name.Int64(n))
	}
}

// End ends it, with the error that came of it or nil.
func (s Span) End(err error) {
	if s.span == nil {
		return
	}
	if err != nil {
		s.span.SetStatus(codes.Error, err.Error())
	}
	s.span.End()
}

// TraceID is the id of the trace that ctx is of, for the log; empty if that is not told of.
func TraceID(ctx context.Context) string {
	if of := trace.SpanContextFromContext(ctx); of.IsSampled() {
		return of.TraceID().String()
	}
	return ""
}

// Send has whoever is asked go on with the trace of ctx, by W3C's headers.
func Send(ctx context.Context, h http.Header) {
	if trace.SpanContextFromContext(ctx).IsValid() {
		propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(h))
	}
}
