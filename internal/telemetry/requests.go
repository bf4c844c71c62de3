package telemetry

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
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
		t.requests.inFlight.Inc()
		defer func() { // after a panic, too, with which handlers cut off answers
			t.requests.inFlight.Dec()
			path := pathOf(r.Pattern)
			t.requests.answered.WithLabelValues(methodOf(r.Method), path, strconv.Itoa(answer.code)).Inc()
			t.requests.took.WithLabelValues(path).Observe(time.Since(begun).Seconds())
		}()
		handler.ServeHTTP(answer, r)
	})
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
	code  int
	begun bool
}

// WriteHeader notes the code.
func (a *answer) WriteHeader(code int) {
	if !a.begun && code >= http.StatusOK { // others come before the answer
		a.code, a.begun = code, true
	}
	a.ResponseWriter.WriteHeader(code)
}

// Write is that of the server.
func (a *answer) Write(p []byte) (int, error) {
	a.begun = true
	return a.ResponseWriter.Write(p)
}

// ReadFrom lets the server send files as it can do best.
func (a *answer) ReadFrom(from io.Reader) (int64, error) {
	a.begun = true
	return io.Copy(a.ResponseWriter, from)
}

// Flush sends what was written.
func (a *answer) Flush() { _ = http.NewResponseController(a.ResponseWriter).Flush() } // not every server can

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
