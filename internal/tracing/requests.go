package tracing

import (
	"net/http"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Answer is what a request came to.
type Answer struct {
	Pattern string    // that of its path, which whoever has answered has found; empty if nobody has
	Code    int       // 0 if the answer was cut off
	At      time.Time // when it was complete, or where it goes on for as long as somebody listens, when it began
}

// Request begins the span of a request, which goes on with the trace of whoever has sent it (W3C Trace Context). The request that is returned has it in its
// context; end is called with the answer. What only looks whether the server lives is not traced unless it is part of a trace; then end is nil.
func (t *Tracing) Request(r *http.Request) (traced *http.Request, end func(Answer)) {
	ctx := t.propagator.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
	if isProbe(r.URL.Path) && !trace.SpanContextFromContext(ctx).IsValid() {
		return r, nil
	}
	method := methodOf(r.Method)
	ctx, s := t.tracer.Start(ctx, method, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(attribute.String("http.request.method", method)))
	return r.WithContext(ctx), func(a Answer) {
		if at := strings.IndexByte(a.Pattern, '/'); at >= 0 {
			route := a.Pattern[at:]
			s.SetName(method + " " + route)
			s.SetAttributes(attribute.String("http.route", route))
		}
		switch {
		case a.Code == 0:
			s.SetStatus(codes.Error, "the answer was cut off")
		case a.Code >= http.StatusInternalServerError:
			s.SetStatus(codes.Error, "")
		}
		if a.Code > 0 {
			s.SetAttributes(attribute.Int("http.response.status_code", a.Code))
		}
		s.End(trace.WithTimestamp(a.At))
	}
}

// isProbe tells of paths that others ask over and over.
func isProbe(path string) bool {
	return path == "/livez" || path == "/readyz" || path == "/metrics" || path == "/status/health"
}

// methodOf is a method, or a word for all those that nobody answers.
func methodOf(method string) string {
	switch method {
	case http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodHead, http.MethodOptions:
		return method
	}
	return "HTTP"
}
