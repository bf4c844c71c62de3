package front

import (
	"log/slog"
	"net/http"
	"time"

	"ovate/internal/auditlog"
	"ovate/internal/auth"
)

// recorder has every request that may change something be written down before its answer leaves.
type recorder struct {
	audit *auditlog.Log // nil: nothing is written down
	log   *slog.Logger
}

// mayChange tells a request that may change something by its verb, as no path does. Some of these only ask.
func mayChange(method string) bool {
	return method != http.MethodGet && method != http.MethodHead && method != http.MethodOptions
}

// serve answers a request by answer, and writes it down. While nothing can be written down nothing is changed.
func (c *recorder) serve(w http.ResponseWriter, r *http.Request, answer func(http.ResponseWriter, *http.Request)) {
	if c.audit == nil || !mayChange(r.Method) {
		answer(w, r)
		return
	}
	if err := c.audit.Ready(); err != nil {
		c.log.Error("a request is refused, as it cannot be written to the audit log", "method", r.Method, "path", r.URL.EscapedPath(), "error", err)
		refuse(w, r, refusal(http.StatusServiceUnavailable, time.Second, "The audit log cannot be written, so that nothing may be changed; the log of the server says why."))
		return
	}
	ctx, identity := auditlog.WithIdentity(r.Context(), nobody)
	by := auth.Caller(r)
	line := auditlog.Line{
		Time: time.Now(), Certificate: subject(r), Author: by.Author, From: by.IP, Method: r.Method, Path: r.URL.EscapedPath(),
	}
	recorded := &recorded{ResponseWriter: w, record: func(status int) {
		line.Identity, line.Status = identity(), status
		line.Anybody = !auth.IsKnown(line.Identity)
		if err := c.audit.Write(line); err != nil { // it is done, and what comes next is refused
			c.log.Error("a request that was answered may be missing in the audit log", "identity", line.Identity, "from", line.From, "method", line.Method, "path", line.Path, "status", status, "error", err)
		}
	}}
	returned, told := false, r.WithContext(ctx)
	defer func() {
		r.Pattern = told.Pattern // which whoever answers has found out, for those before
		switch {
		case recorded.done:
		case returned: // net/http answers so for whoever says nothing
			recorded.record(http.StatusOK)
		default: // it panics, and the connection is cut off
			recorded.record(0)
		}
	}()
	answer(recorded, told)
	returned = true
}

// subject is of the certificate that a client has shown, which was verified.
func subject(r *http.Request) string {
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		return ""
	}
	return r.TLS.VerifiedChains[0][0].Subject.String()
}

// recorded is an answer that is written down before it leaves.
type recorded struct {
	http.ResponseWriter
	record func(status int)
	done   bool
}

// WriteHeader writes down the answer before anything of it leaves.
func (w *recorded) WriteHeader(status int) {
	if !w.done && (status >= http.StatusOK || status == http.StatusSwitchingProtocols) {
		w.done = true
		w.record(status)
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write answers with 200 unless another status was given.
func (w *recorded) Write(p []byte) (int, error) {
	if !w.done {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(p)
}

// FlushError has what was written leave, for http.ResponseController.
func (w *recorded) FlushError() error {
	if !w.done {
		w.WriteHeader(http.StatusOK)
	}
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Unwrap is for the rest of http.ResponseController.
func (w *recorded) Unwrap() http.ResponseWriter { return w.ResponseWriter }
