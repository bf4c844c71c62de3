package emitter

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"ovate/internal/clock"
	"ovate/internal/uri"
)

// HTTPConfig says where batches of events go, and how. The names are those of druid.emitter.http.*.
type HTTPConfig struct {
	URL            string        // recipientBaseUrl
	FlushPeriod    time.Duration // flushMillis: how long an event waits for others, at most
	FlushCount     int           // how many events make a batch that waits no longer
	MaxBatch       int           // maxBatchSize, in bytes
	MaxQueue       int           // batchQueueSizeLimit: how many batches wait while the recipient does not answer
	Timeout        time.Duration // flushTimeOut: of one request
	Lines          bool          // batchingStrategy NEWLINES in place of ARRAY
	Gzip           bool          // contentEncoding GZIP
	User, Password string        // basicAuthentication; no user: none
}

// HTTP is a Sink that posts batches of events. A batch that the recipient does not take is sent again, with pauses that grow, while later
// ones wait, as many as there is room for: then the oldest goes, and the log is told.
type HTTP struct {
	config HTTPConfig
	client *http.Client
	log    *slog.Logger

	batch  bytes.Buffer
	events int       // in it
	since  time.Time // the first of them came

	queue    [][]byte  // batches, the oldest first
	failures int       // in a row
	notYet   time.Time // the next try
}

// NewHTTP makes one.
func NewHTTP(c HTTPConfig, client *http.Client, log *slog.Logger) *HTTP {
	return &HTTP{config: c, client: client, log: log}
}

// Take implements Sink.
func (h *HTTP) Take(ctx context.Context, event []byte) {
	if h.events > 0 && h.batch.Len()+len(event)+len("[,]\n") > h.config.MaxBatch {
		h.close()
	}
	switch {
	case h.events == 0:
		h.since = time.Now()
		if !h.config.Lines {
			h.batch.WriteByte('[')
		}
	case h.config.Lines:
		h.batch.WriteByte('\n')
	default:
		h.batch.WriteByte(',')
	}
	h.batch.Write(event)
	if h.events++; h.events >= h.config.FlushCount {
		h.close()
		h.send(ctx, time.Now())
	}
}

// Flush implements Sink.
func (h *HTTP) Flush(ctx context.Context, now time.Time, everything bool) {
	if h.events > 0 && (everything || now.Sub(h.since) >= h.config.FlushPeriod) {
		h.close()
	}
	if everything {
		h.notYet = time.Time{}
		for len(h.queue) > 0 && h.send(ctx, now) == nil {
		}
		if n := len(h.queue); n > 0 {
			h.log.Warn("batches of events are lost, as the recipient did not take them before the server ended", "recipient", uri.Redact(h.config.URL), "batches", n)
		}
		return
	}
	h.send(ctx, now)
}

// close puts the batch behind the others that wait.
func (h *HTTP) close() {
	if !h.config.Lines {
		h.batch.WriteByte(']')
	}
	h.batch.WriteByte('\n')
	if len(h.queue) >= h.config.MaxQueue {
		h.log.Warn("a batch of events is lost, as too many wait", "recipient", uri.Redact(h.config.URL), "waiting", len(h.queue))
		h.queue = h.queue[1:]
	}
	h.queue = append(h.queue, bytes.Clone(h.batch.Bytes()))
	h.batch.Reset()
	h.events = 0
}

// Pauses between tries.
const (
	shortestPause = time.Second
	longestPause  = time.Minute
)

// send posts what waits, the oldest first, unless it is too early to try again. The error is that of the try.
func (h *HTTP) send(ctx context.Context, now time.Time) error {
	for len(h.queue) > 0 && !now.Before(h.notYet) {
		if err := h.post(ctx, h.queue[0]); err != nil {
			h.failures++
			pause := clock.Doubling{First: shortestPause, Longest: longestPause}.After(h.failures)
			h.notYet = now.Add(pause)
			h.log.Warn("the recipient of events does not take them; trying again", "recipient", uri.Redact(h.config.URL), "in", pause, "waiting", len(h.queue), "error", uri.RedactIn(err.Error()))
			return err
		}
		h.queue, h.failures = h.queue[1:], 0
	}
	return nil
}

// post sends one batch, and returns nil if the recipient has it.
func (h *HTTP) post(ctx context.Context, batch []byte) (err error) {
	ctx, cancel := context.WithTimeout(ctx, h.config.Timeout)
	defer cancel()
	body := batch
	if h.config.Gzip {
		if body, err = compressed(batch); err != nil {
			return err
		}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.config.URL, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	if h.config.Gzip {
		r.Header.Set("Content-Encoding", "gzip")
	}
	if h.config.User != "" {
		r.SetBasicAuth(h.config.User, h.config.Password)
	}
	answer, err := h.client.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	why, _ := io.ReadAll(io.LimitReader(answer.Body, 500)) // what is missing of it is of no interest
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("it answers %s: %s", answer.Status, strings.TrimSpace(string(why)))
	}
	return nil
}

func compressed(text []byte) ([]byte, error) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
