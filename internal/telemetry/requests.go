package telemetry

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ovate/internal/tracing"
)

// requests are the metrics of requests over HTTP.
type requests struct {
	answered *prometheus.CounterVec
	took     *prometheus.HistogramVec
	inFlight prometheus.Gauge
}

func newRequests(m *maker) requests {
	return requests{
		answered: m.counter("ovate_http_requests_total", "", "Requests that were answered.", "method", "path", "code"),
		took:     m.histogram("ovate_http_request_time_seconds", "", "How long requests took, with their bodies and answers.", seconds, "path"),
		inFlight: m.gauge("ovate_http_requests_in_flight", "", "Requests under way.").WithLabelValues(),
	}
}

// Requests counts the requests that a handler answers. Their path is the pattern that the handler has found for it and noted in the request
// (http.Request.Pattern), as paths themselves are without number.
func (t *Telemetry) Requests(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		answer := &answer{ResponseWriter: w, code: http.StatusOK}
		r, traced := t.trace(r)
		t.requests.inFlight.Inc()
		returned := false
		defer func() { // after a panic, too, with which handlers cut off answers
			t.requests.inFlight.Dec()
			path := pathOf(r.Pattern)
			t.requests.answered.WithLabelValues(methodOf(r.Method), path, strconv.Itoa(answer.code)).Inc()
			t.requests.took.WithLabelValues(path).Observe(time.Since(begun).Seconds())
			if traced != nil {
				traced(answer.traced(r.Pattern, returned))
			}
		}()
		handler.ServeHTTP(answer, r)
		returned = true
	})
}

// trace begins a span of a request, if requests are traced, and this one is.
func (t *Telemetry) trace(r *http.Request) (*http.Request, func(tracing.Answer)) {
	if t.options.Tracing == nil {
		return r, nil
	}
	return t.options.Tracing.Request(r)
}

// traced is what traces tell of an answer. One that goes on for as long as somebody listens counts until it begins.
func (a *answer) traced(pattern string, returned bool) tracing.Answer {
	told := tracing.Answer{Pattern: pattern, Code: a.code, At: time.Now()}
	switch {
	case !a.stream.IsZero():
		told.At = a.stream
	case !returned:
		told.Code = 0
	}
	return told
}

// pathOf is a pattern without its method and host, or (none) where no handler has found one.
func pathOf(pattern string) string {
	if at := strings.IndexByte(pattern, '/'); at >= 0 {
		return pattern[at:]
	}
	return "(none)"
}

// methodOf is a method, or a word for all those that nobody answers.
func methodOf(method string) string {
	switch method {
	case http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodHead, http.MethodOptions:
		return method
	}
	return others
}

// answer notes the code of an answer.
type answer struct {
	http.ResponseWriter
	code   int
	begun  bool
	stream time.Time // when a stream of events began; zero of other answers
}

// WriteHeader notes the code.
func (a *answer) WriteHeader(code int) {
	if !a.begun && code >= http.StatusOK { // others come before the answer
		a.code = code
		a.begin()
	}
	a.ResponseWriter.WriteHeader(code)
}

// begin notes that something of the answer leaves.
func (a *answer) begin() {
	if a.begun {
		return
	}
	a.begun = true
	if strings.HasPrefix(a.Header().Get("Content-Type"), "text/event-stream") {
		a.stream = time.Now()
	}
}

// Write is that of the server.
func (a *answer) Write(p []byte) (int, error) {
	a.begin()
	return a.ResponseWriter.Write(p)
}

// ReadFrom lets the server send files as it can do best.
func (a *answer) ReadFrom(from io.Reader) (int64, error) {
	a.begin()
	return io.Copy(a.ResponseWriter, from)
}

// Flush sends what was written.
func (a *answer) Flush() { _ = http.NewResponseController(a.ResponseWriter).Flush() } // not every server can

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
