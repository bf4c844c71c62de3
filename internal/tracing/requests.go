package tracing

import (
	"net"
	"net/http"
	"strconv"
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
	name, attributes := asked(r)
	ctx, s := t.tracer.Start(ctx, name, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(attributes...))
	return r.WithContext(ctx), func(a Answer) {
		if at := strings.IndexByte(a.Pattern, '/'); at >= 0 {
			route := strings.TrimSuffix(a.Pattern[at:], "{$}")
			s.SetName(name + " " + route)
			s.SetAttributes(attribute.String("http.route", route))
		}
		switch {
		case a.Code == 0:
			s.SetStatus(codes.Error, "the answer was cut off")
			s.SetAttributes(attribute.String("error.type", "cut off"))
		case a.Code >= http.StatusInternalServerError:
			s.SetStatus(codes.Error, "")
			s.SetAttributes(attribute.String("error.type", strconv.Itoa(a.Code)))
		}
		if a.Code > 0 {
			s.SetAttributes(attribute.Int("http.response.status_code", a.Code))
		}
		s.End(trace.WithTimestamp(a.At))
	}
}

// asked is what is told of a request when it comes: the name of its span, to which its route is added, and what OpenTelemetry's conventions for servers of HTTP
// name. Its query may hold secrets, and is not told.
func asked(r *http.Request) (name string, attributes []attribute.KeyValue) {
	name, method, scheme := r.Method, r.Method, "http"
	if r.TLS != nil {
		scheme = "https"
	}
	if !isMethod(r.Method) {
		name, method = "HTTP", "_OTHER"
		attributes = append(attributes, attribute.String("http.request.method_original", r.Method))
	}
	attributes = append(attributes, attribute.String("http.request.method", method), attribute.String("url.scheme", scheme), attribute.String("url.path", r.URL.Path),
		attribute.String("network.protocol.version", strings.TrimSuffix(strings.TrimPrefix(r.Proto, "HTTP/"), ".0")))
	if agent := r.UserAgent(); agent != "" {
		attributes = append(attributes, attribute.String("user_agent.original", agent))
	}
	if client, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		attributes = append(attributes, attribute.String("client.address", client))
	}
	return name, append(attributes, serverOf(r.Host)...)
}

// serverOf is what a request calls this server.
func serverOf(host string) []attribute.KeyValue {
	address, text, err := net.SplitHostPort(host)
	port, wrong := strconv.Atoi(text)
	if err != nil || wrong != nil {
		return []attribute.KeyValue{attribute.String("server.address", host)}
	}
	return []attribute.KeyValue{attribute.String("server.address", address), attribute.Int("server.port", port)}
}

// isProbe tells of paths that others ask over and over.
func isProbe(path string) bool {
	return path == "/livez" || path == "/readyz" || path == "/metrics" || path == "/status/health"
}

// isMethod tells of methods that somebody answers.
func isMethod(method string) bool {
	switch method {
	case http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodHead, http.MethodOptions:
		return true
	}
	return false
}
