package kafka

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"ovate/internal/stream"
)

// denials are what brokers answer those whom they do not let in, or see something.
var denials = []error{
	kerr.SaslAuthenticationFailed, kerr.UnsupportedSaslMechanism, kerr.IllegalSaslState, kerr.SecurityDisabled, kerr.ClusterAuthorizationFailed,
	kerr.TopicAuthorizationFailed, kerr.DelegationTokenAuthorizationFailed, kerr.DelegationTokenExpired,
}

// explain is an error as the seam has it, about what was asked. It wraps nothing that came from the library or a broker, whose texts may hold secrets.
// asking is the caller's context with the time that there is for one question.
func (s *Stream) explain(ctx, asking context.Context, what string, err error) error {
	why := s.config.hide(err.Error())
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", what, ctx.Err())
	case errors.Is(err, kgo.ErrClientClosed), errors.Is(err, context.Canceled):
		return fmt.Errorf("%s: the stream was closed", what)
	case asking.Err() != nil, errors.Is(err, context.DeadlineExceeded): // the second: of a question that is shared
		return &stream.UnreachableError{What: what, Why: fmt.Sprintf("no broker has answered within %v (%s)", s.config.timeout, apiTimeoutKey)}
	case errors.Is(err, kerr.UnknownTopicOrPartition), errors.Is(err, kerr.UnknownTopicID):
		return &stream.MissingError{What: what}
	case isDenial(err):
		return &stream.DeniedError{What: what, Why: why}
	}
	if _, answered := errors.AsType[*kerr.Error](err); answered && !kerr.IsRetriable(err) {
		return fmt.Errorf("%s: %s", what, why)
	}
	return &stream.UnreachableError{What: what, Why: why}
}

// isDenial tells whether a broker, or this client, does not let the other one in.
func isDenial(err error) bool {
	if slices.ContainsFunc(denials, func(denial error) bool { return errors.Is(err, denial) }) {
		return true
	}
	if _, shaking := errors.AsType[*handshakeError](err); shaking {
		_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
		_, other := errors.AsType[tls.RecordHeaderError](err) // who speaks no TLS
		return untrusted || other || isAlert(err)
	}
	return isAlert(err) // a client's certificate is looked at behind the handshake
}

// isAlert tells whether the other side ended TLS, and told why.
func isAlert(err error) bool {
	refused, is := errors.AsType[*net.OpError](err)
	return is && refused.Op == "remote error"
}

// failures gathers what went wrong for partitions, by its reason.
type failures struct {
	reasons []string
	by      map[string]*failure
}

type failure struct {
	err  error
	what []string // partitions
}

func (f *failures) add(p stream.Partition, err error) {
	if f.by == nil {
		f.by = map[string]*failure{}
	}
	reason := p.Stream + " " + err.Error()
	if f.by[reason] == nil {
		f.reasons = append(f.reasons, reason)
		f.by[reason] = &failure{err: err, what: []string{fmt.Sprintf("topic[%s], partition %s", p.Stream, p.ID)}}
		return
	}
	f.by[reason].what = append(f.by[reason].what, p.ID)
}

// most is how many partitions an error names.
const most = 10

// error joins an error for each reason; nil if there is none.
func (f *failures) error(explain func(what string, err error) error) error {
	var errs []error
	for _, reason := range f.reasons {
		failed := f.by[reason]
		what, more := failed.what, ""
		if len(what) > most {
			what, more = what[:most], fmt.Sprintf(" and %d more", len(what)-most)
		}
		errs = append(errs, explain(strings.Join(what, ", ")+more, failed.err))
	}
	return errors.Join(errs...)
}
