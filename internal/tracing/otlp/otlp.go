// Package otlp sends spans to a collector: OTLP over HTTP, in its JSON encoding, which needs neither gRPC nor Protocol Buffers.
package otlp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	sdk "go.opentelemetry.io/otel/sdk/trace"

	"ovate/internal/clock"
	"ovate/internal/packer"
)

// Config is where spans go.
type Config struct {
	URL     string            // as it is, with its path
	Headers map[string]string // of each request; they may be secret, and are told to nobody
	Gzip    bool              // batches are compressed
	Timeout time.Duration     // of a batch, with all times that it is tried
}

// Exporter sends spans. It never returns an error: what cannot be sent is counted, and the log is told when that begins and when it has ended.
type Exporter struct {
	config  Config
	client  *http.Client
	log     *slog.Logger
	aborted context.Context
	abort   context.CancelFunc
	once    sync.Once
	done    chan struct{} // closed by Shutdown

	sent, failed, refused atomic.Int64

	// What follows is of one goroutine at a time, which exports.
	packers packer.Pool
	silent  bool  // the last batch was not taken
	missing int64 // spans that were not sent since that is so
}

var _ sdk.SpanExporter = (*Exporter)(nil)

// New makes an exporter. What it says of itself goes to the log.
func New(c Config, client *http.Client, log *slog.Logger) *Exporter {
	x := &Exporter{config: c, client: client, log: log, done: make(chan struct{})}
	x.aborted, x.abort = context.WithCancel(context.Background())
	return x
}

// Sent is how many spans the collector has taken, Failed how many could not be sent to it, and Refused how many it did not take out of batches that it took.
func (x *Exporter) Sent() int64    { return x.sent.Load() }
func (x *Exporter) Failed() int64  { return x.failed.Load() }
func (x *Exporter) Refused() int64 { return x.refused.Load() }

// ExportSpans sends a batch. The error is nil.
func (x *Exporter) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	if len(spans) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, x.config.Timeout)
	defer cancel()
	defer context.AfterFunc(x.aborted, cancel)()
	refused, err := x.send(ctx, spans)
	if err != nil {
		x.lost(len(spans), err)
		return nil
	}
	x.arrived(int64(len(spans)), refused)
	return nil
}

// lost counts a batch that was not sent.
func (x *Exporter) lost(n int, err error) {
	x.failed.Add(int64(n))
	x.missing += int64(n)
	if !x.silent {
		x.silent = true
		x.log.Warn("traces cannot be sent, and are lost until that is mended", "to", x.place(), "error", err)
	}
}

// arrived counts a batch that was sent, but for those spans of it that the collector has refused.
func (x *Exporter) arrived(n int64, refused refusal) {
	rejected := min(max(int64(refused.Rejected), 0), n)
	x.sent.Add(n - rejected)
	if before := x.refused.Add(rejected) - rejected; rejected > 0 && before == 0 {
		x.log.Warn("the collector of traces refuses some of them; how many is at /metrics", "to", x.place(), "spans", rejected, "reason", refused.Message)
	}
	if x.silent {
		x.log.Info("traces are sent again", "to", x.place(), "lost", x.missing)
		x.silent, x.missing = false, 0
	}
}

// place is the URL without what may be secret.
func (x *Exporter) place() string {
	u, err := url.Parse(x.config.URL)
	if err != nil {
		return ""
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

// send tries until the collector takes the batch, will never do so, or ctx ends.
func (x *Exporter) send(ctx context.Context, spans []sdk.ReadOnlySpan) (refusal, error) {
	body, err := encode(spans)
	if err != nil {
		return refusal{}, err
	}
	if x.config.Gzip {
		if body, err = x.pack(body); err != nil {
			return refusal{}, err
		}
	}
	for wait := time.Second; ; wait *= 2 {
		refused, err := x.post(ctx, body)
		busy, isBusy := errors.AsType[*busyError](err)
		if !isBusy {
			return refused, err
		}
		if !clock.Pause(ctx, max(wait, busy.after)) {
			return refusal{}, err
		}
	}
}

// pack compresses a batch.
func (x *Exporter) pack(body []byte) ([]byte, error) {
	var packed bytes.Buffer
	z := x.packers.Take(&packed)
	defer x.packers.Give(z)
	_, err := z.Write(body)
	if err = errors.Join(err, z.Close()); err != nil {
		return nil, fmt.Errorf("compress %d bytes of spans: %w", len(body), err)
	}
	return packed.Bytes(), nil
}

// busyError is an answer after which OTLP has the same batch sent again.
type busyError struct {
	code  int
	after time.Duration // as the collector has asked
}

func (e *busyError) Error() string { return fmt.Sprintf("it answers with status %d", e.code) }

// refusal is ExportTracePartialSuccess.
type refusal struct {
	Rejected count  `json:"rejectedSpans"`
	Message  string `json:"errorMessage"`
}

// count is an int64 of Protocol Buffers' JSON: a text, or a number.
type count int64

// UnmarshalJSON takes both.
func (c *count) UnmarshalJSON(text []byte) error {
	n, err := strconv.ParseInt(string(bytes.Trim(text, `"`)), 10, 64)
	*c = count(n)
	return err
}

// mostAnswer is how much of an answer is read.
const mostAnswer = 64 << 10

// post sends a batch once.
func (x *Exporter) post(ctx context.Context, body []byte) (refusal, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, x.config.URL, bytes.NewReader(body))
	if err != nil {
		return refusal{}, err
	}
	for name, value := range x.config.Headers {
		r.Header.Set(name, value)
	}
	r.Header.Set("Content-Type", "application/json")
	if x.config.Gzip {
		r.Header.Set("Content-Encoding", "gzip")
	}
	answer, err := x.client.Do(r)
	if err != nil {
		if ue, is := errors.AsType[*url.Error](err); is {
			err = ue.Err // the URL may hold a secret
		}
		return refusal{}, err
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, mostAnswer))
	err = errors.Join(err, answer.Body.Close())
	switch code := answer.StatusCode; {
	case code == http.StatusTooManyRequests, code == http.StatusBadGateway, code == http.StatusServiceUnavailable, code == http.StatusGatewayTimeout:
		seconds, _ := strconv.Atoi(answer.Header.Get("Retry-After")) // a date, which hardly anybody sends, counts as none
		return refusal{}, &busyError{code, time.Duration(min(max(seconds, 0), 3600)) * time.Second}
	case code/100 != 2:
		return refusal{}, fmt.Errorf("it answers with status %d", code)
	case err != nil:
		return refusal{}, nil // it has taken them, whatever else it wanted to say
	}
	var partial struct {
		Partial refusal `json:"partialSuccess"`
	}
	if json.Unmarshal(text, &partial) != nil { // some say OK, or nothing
		return refusal{}, nil
	}
	return partial.Partial, nil
}

// Shutdown tells that nothing is sent any more. The SDK calls it once it has sent what it had.
func (x *Exporter) Shutdown(context.Context) error {
	x.once.Do(func() {
		x.client.CloseIdleConnections()
		close(x.done)
	})
	return nil
}

// Abort ends what is being sent, and waits until the SDK has called Shutdown: what it still has is lost.
func (x *Exporter) Abort() {
	x.abort()
	<-x.done
}
