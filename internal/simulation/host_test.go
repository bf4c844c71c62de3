package simulation

import (
	"context"
	"io"
	"net/http"
	"time"

	"ovate/internal/runner/remote/workertest"
)

// host is the machine of a worker.
type host struct {
	fleet         *fleet
	name, address string
	worker        *workertest.Worker

	// What may be wrong with it. The fleet's mu guards it.
	hidden    bool          // it is not announced
	away      bool          // nobody reaches it, and its tasks reach nobody
	awaySince time.Time     // or when it was the last time
	slow      time.Duration // how long it takes to answer, or to see that it was asked
	wrong     bool          // what it answers is no answer
}

// work runs a task until it ends, or its process is.
func (h *host) work(ctx context.Context, id string, payload []byte) error {
	return h.fleet.begin(ctx, h, id, payload).run()
}

// ServeHTTP answers as the worker, if it is well.
func (h *host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.fleet.mu.Lock()
	slow, wrong := h.slow, h.wrong
	h.fleet.mu.Unlock()
	rest(r.Context(), slow)
	switch {
	case wrong && r.Method == http.MethodGet:
		_, _ = io.WriteString(w, `<html>Sign in</html>`)
	case wrong:
		http.Error(w, "no", http.StatusInternalServerError)
	default:
		h.worker.ServeHTTP(w, r)
	}
}

// isAway tells whether nobody can be reached from here.
func (h *host) isAway() bool {
	h.fleet.mu.Lock()
	defer h.fleet.mu.Unlock()
	return h.away
}

// leave takes the host away from the others, or brings it back.
func (h *host) leave(away bool) {
	h.fleet.change(func() { h.away, h.awaySince = away, time.Now() })
	h.fleet.network.Cut(h.address, away)
}

// wire is how a process talks with workers: not at all once it is dead.
type wire struct {
	*http.Transport
	by *process
}

// RoundTrip implements http.RoundTripper.
func (w wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if w.by.dead() {
		return nil, errDead
	}
	ctx, cancel := w.by.call(r.Context())
	answer, err := w.Transport.RoundTrip(r.WithContext(ctx))
	if err != nil {
		cancel()
		return nil, err
	}
	answer.Body = body{answer.Body, cancel}
	return answer, nil
}

// body is an answer that is read until its end.
type body struct {
	io.ReadCloser
	cancel context.CancelFunc
}

// Close implements io.Closer.
func (b body) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}
