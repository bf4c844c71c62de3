package source

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"ovate/internal/clock"
)

// What is fetched by HTTP is tried as often, and with the same pauses, as in Druid (RetryUtils): four minutes in all.
const (
	maxTries   = 10
	firstPause = time.Second
	maxPause   = time.Minute
	// maxRetryAfter bounds what a server can ask for with Retry-After.
	maxRetryAfter = 5 * time.Minute
)

// Interruption is a try that failed and is going to be repeated.
type Interruption struct {
	Input string // its name
	Err   error
	Try   int // that failed, of Tries
	Tries int
	Pause time.Duration // before the next one
}

// final is an error that comes again however often one tries.
type final struct{ error }

func (f final) Unwrap() error { return f.error }

// statusError is an answer other than the file. The server's own reason is left out, as it may hold what it was sent.
type statusError struct {
	code  int
	after time.Duration // when to come again, if the server says so
}

func (e *statusError) Error() string {
	return strings.TrimSpace(fmt.Sprintf("the server answered %d %s", e.code, http.StatusText(e.code)))
}

// answered is the error of an answer.
func answered(response *http.Response) error {
	e := &statusError{code: response.StatusCode}
	after := response.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(after); err == nil && seconds > 0 {
		e.after = time.Duration(min(seconds, int(maxRetryAfter.Seconds()))) * time.Second
	} else if at, err := http.ParseTime(after); err == nil {
		e.after = min(max(0, time.Until(at)), maxRetryAfter)
	}
	return e
}

// passes tells whether a failure may be gone at the next try. What the server says of the request itself will be the same
// again, as will a name that does not exist, a certificate that is not trusted and what this server does not allow.
func passes(err error) bool {
	var refused final
	var status *statusError
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	var plain tls.RecordHeaderError
	switch {
	case errors.As(err, &refused), errors.As(err, &certificate), errors.As(err, &plain):
		return false
	case errors.As(err, &name):
		return !name.IsNotFound
	case errors.As(err, &status):
		switch status.code {
		case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
			return true
		}
		return status.code >= http.StatusInternalServerError
	}
	return true
}

// pause waits before the next try. It returns an error if there is none: because of the failure, the number of tries, or the
// end of ctx, which also ends the pause.
func (f *fetch) pause(ctx context.Context, failure error, tries *int) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	failure = f.sent.hideIn(failure)
	if *tries++; !passes(failure) {
		return failure
	} else if *tries >= maxTries {
		return fmt.Errorf("%w (tried %d times)", failure, *tries)
	}
	pause := backoff(*tries)
	var status *statusError
	if errors.As(failure, &status) {
		pause = max(pause, status.after)
	}
	f.notify(Interruption{Input: f.name, Err: failure, Try: *tries, Tries: maxTries, Pause: pause})
	if !clock.Pause(ctx, pause) {
		return context.Cause(ctx)
	}
	return nil
}

// backoff is the pause after the n-th try that failed.
func backoff(n int) time.Duration {
	fuzz := min(max(1+0.2*rand.NormFloat64(), 0), 2)
	return time.Duration(fuzz * float64(clock.Doubling{First: firstPause, Longest: maxPause}.After(n)))
}
