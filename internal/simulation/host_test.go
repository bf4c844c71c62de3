package simulation

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"path"
	"strconv"
	"time"

	"ovate/internal/clock"
	"ovate/internal/runner/remote"
	"ovate/internal/runner/remote/workertest"
)

// host is the machine of a worker.
type host struct {
	fleet         *fleet
	name, address string
	worker        *workertest.Worker

	// What may be wrong with it. The fleet's mu guards it.
	hidden  absence       // it is not announced
	away    absence       // nobody reaches it, and its tasks reach nobody
	slow    time.Duration // how long it takes to answer, or to see that it was asked
	wrong   bool          // what it answers is no answer
	givenUp time.Time     // until when it was hidden or away for so long that its tasks are given to others
}

// absence is since when something is away; zero if it is not.
type absence struct{ time.Time }

func (a absence) lasted(d time.Duration) bool { return !a.IsZero() && time.Since(a.Time) >= d }

// isGivenUp tells whether others may have been given the tasks that ran here at a time. The caller holds mu.
func (h *host) isGivenUp(ran time.Time) bool {
	s := remote.Defaults()
	if h.hidden.lasted(s.RecoveryDelay) || h.away.lasted(s.TaskCleanupTimeout) {
		h.givenUp = time.Now()
	}
	return h.givenUp.After(ran)
}

// goes begins an absence, unless there is one, or ends it.
func (h *host) goes(from *absence, goes bool) {
	h.isGivenUp(time.Time{})
	switch {
	case !goes:
		*from = absence{}
	case from.IsZero():
		from.Time = time.Now()
	}
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
	clock.Pause(h.fleet.world.ctx, slow) // and not only as long as somebody waits
	switch {
	case wrong && r.Method == http.MethodGet:
		_, _ = io.WriteString(w, `<html>Sign in</html>`)
	case wrong:
		http.Error(w, "no", http.StatusInternalServerError)
	default:
		h.noteLate(r)
		h.worker.ServeHTTP(w, r)
	}
}

// noteLate notes which task comes from a leader who has been followed by another for so long that the task was given to others.
func (h *host) noteLate(r *http.Request) {
	epoch, _ := strconv.ParseInt(r.Header.Get(epochHeader), 10, 64)
	if path.Base(r.URL.Path) != "assignTask" || !h.fleet.world.election.isOver(epoch, remote.Defaults().RecoveryDelay) {
		return
	}
	payload, err := io.ReadAll(r.Body)
	var task struct{ ID string }
	if err = errors.Join(err, json.Unmarshal(payload, &task)); err != nil {
		h.fleet.world.fail("a task that is sent to %s: %v", h.name, err)
	}
	r.Body = io.NopCloser(bytes.NewReader(payload))
	h.fleet.change(func() { h.fleet.late[task.ID] = true })
}

// epochHeader tells of a request in which lead it was sent.
const epochHeader = "Epoch"

// isAway tells whether nobody can be reached from here.
func (h *host) isAway() bool {
	h.fleet.mu.Lock()
	defer h.fleet.mu.Unlock()
	return !h.away.IsZero()
}

// leave takes the host away from the others, or brings it back.
func (h *host) leave(away bool) {
	h.fleet.change(func() { h.goes(&h.away, away) })
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
	r = r.Clone(ctx)
	r.Header.Set(epochHeader, strconv.FormatInt(w.by.epoch.Load(), 10))
	answer, err := w.Transport.RoundTrip(r)
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
