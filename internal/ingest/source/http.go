package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"ovate/internal/spec"
	"ovate/internal/uri"
)

// Limits of waiting for a server.
const (
	connectTimeout = 30 * time.Second
	answerTimeout  = 60 * time.Second
	stallTimeout   = 60 * time.Second // without a byte
	maxRedirects   = 10
)

// remote lists the URIs of an HTTP source.
func remote(s spec.HTTPSource, policy Policy, notify func(Interruption)) ([]Input, error) {
	client := policy.client()
	if s.LacksPassword() { // such a task is refused when it is submitted, and may be stored all the same
		return nil, errors.New(`inputSource.httpAuthenticationPassword: is missing: it must be the password of the httpAuthenticationUsername, or "" if that has none`)
	}
	password, err := policy.password(s)
	if err != nil {
		return nil, err
	}
	s.Password = password
	sent := secretsOf(s)
	var hide func(string) string
	if !sent.none() {
		hide = sent.hide
	}
	var inputs []Input
	for i, text := range s.URIs {
		u, err := policy.parse(text)
		if err == nil {
			_, err = compressionOf(u.Path)
		}
		if err != nil {
			return nil, fmt.Errorf("inputSource.uris[%d]: %w", i, err)
		}
		f := &fetch{client: client, url: u, name: uri.Redact(text), source: &s, sent: sent, notify: notify}
		consumed := new(atomic.Int64)
		inputs = append(inputs, Input{
			Name: f.name, URI: f.name, Size: -1, Consumed: consumed, Hide: hide,
			Open: func(ctx context.Context) (io.ReadCloser, error) { return f.open(ctx, consumed) },
		})
	}
	return inputs, nil
}

// parse reads a URI that may be fetched. Its errors show no password.
func (p Policy) parse(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s is no URI", uri.Redact(text))
	}
	return u, p.checkScheme(u)
}

// checkScheme allows HTTP, as far as the policy does.
func (p Policy) checkScheme(u *url.URL) error {
	scheme := strings.ToLower(u.Scheme)
	switch {
	case scheme != "http" && scheme != "https" || u.Host == "":
		return fmt.Errorf("%s cannot be fetched: only http:// and https:// are allowed", uri.Redact(u.String()))
	case len(p.HTTPProtocols) > 0 && !slices.Contains(p.HTTPProtocols, scheme):
		return fmt.Errorf("%s cannot be fetched: the protocols allowed are [%s] (property druid.ingestion.http.allowedProtocols)",
			uri.Redact(u.String()), strings.Join(p.HTTPProtocols, ", "))
	}
	return nil
}

// fetch gets one file.
type fetch struct {
	client *http.Client
	url    *url.URL
	name   string // what may be shown of the URL
	source *spec.HTTPSource
	sent   secrets
	notify func(Interruption)
}

// Fetch returns what an http or https URL holds, compressed as it is. It is for URLs that the user of this process gave: they may
// lead to any address.
func Fetch(ctx context.Context, text string) (io.ReadCloser, error) {
	policy := Policy{AllowPrivateHTTP: true}
	u, err := policy.parse(text)
	if err != nil {
		return nil, err
	}
	source := &spec.HTTPSource{URIs: []string{text}}
	f := &fetch{client: policy.client(), url: u, name: uri.Redact(text), source: source, sent: secretsOf(*source), notify: func(Interruption) {}}
	body := &resumed{ctx: ctx, fetch: f}
	if err := body.connect(); err != nil { // somebody waits: only what breaks off is asked for again
		return nil, fmt.Errorf("GET %s: %w", f.name, f.sent.hideIn(err))
	}
	return body, nil
}

func (f *fetch) open(ctx context.Context, consumed *atomic.Int64) (io.ReadCloser, error) {
	body := &resumed{ctx: ctx, fetch: f}
	err := body.open()
	if err != nil {
		return nil, fmt.Errorf("GET %s: %w", f.name, err)
	}
	r, err := decompress(body, f.url.Path, consumed)
	if err != nil {
		return nil, fmt.Errorf("GET %s: %w", f.name, f.sent.hideIn(errors.Join(err, body.Close())))
	}
	return r, nil
}

// get makes one request. The body, which is to be closed, fails when nothing comes for too long.
func (f *fetch) get(ctx context.Context, header http.Header) (*http.Response, io.ReadCloser, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, f.url.String(), nil)
	if err != nil {
		cancel(err)
		return nil, nil, final{err}
	}
	for name, value := range f.source.Headers {
		if request.Header.Set(name, value); http.CanonicalHeaderKey(name) == "Host" {
			request.Host = value
		}
	}
	maps.Copy(request.Header, header)
	if f.source.User != "" {
		request.SetBasicAuth(f.source.User, f.source.Password)
	}
	response, err := f.client.Do(request)
	if err != nil {
		cancel(err)
		var wrapped *url.Error // says the method and the URL again
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		if strings.HasPrefix(err.Error(), "failed to parse Location header") { // and shows it
			err = errors.New("the server redirects to what is no URI")
		}
		return nil, nil, err
	}
	return response, newStallReader(ctx, response.Body, cancel), nil
}

// client is what fetches for specs of others. It checks each address when it connects, after the name has been
// resolved, so that no name and no redirect leads to an address that is not allowed.
func (p Policy) client() *http.Client {
	dialer := &net.Dialer{Timeout: connectTimeout}
	transport := &http.Transport{
		DialContext:           dialer.DialContext,
		ResponseHeaderTimeout: answerTimeout,
		TLSHandshakeTimeout:   connectTimeout,
		DisableCompression:    true, // what is stored compressed stays so until its name says otherwise
		DisableKeepAlives:     true,
		ForceAttemptHTTP2:     true,
	}
	if p.AllowPrivateHTTP {
		transport.Proxy = http.ProxyFromEnvironment
	} else {
		dialer.Control = func(_, address string, _ syscall.RawConn) error { return forGood(checkPublic(address)) }
	}
	return &http.Client{Transport: transport, CheckRedirect: func(next *http.Request, via []*http.Request) error {
		return forGood(p.checkRedirect(next, via))
	}}
}

// forGood marks an error as one that no other try gets around, nil if err is nil.
func forGood(err error) error {
	if err == nil {
		return nil
	}
	return final{err}
}

// checkRedirect follows a redirect to HTTP only, and does not take the spec's headers to another host, nor to any host what the last one was asked
// for: its query may be a key.
func (p Policy) checkRedirect(next *http.Request, via []*http.Request) error {
	if len(via) >= maxRedirects {
		return fmt.Errorf("more than %d redirects", maxRedirects)
	}
	if err := p.checkScheme(next.URL); err != nil {
		return fmt.Errorf("redirect: %w", err)
	}
	if next.URL.Host != via[0].URL.Host || next.URL.Scheme != "https" && via[0].URL.Scheme == "https" {
		next.Header = http.Header{}
	}
	next.Header.Del("Referer") // which the client sets
	return nil
}

// stallReader gives up a body when nothing comes for too long while it is read.
type stallReader struct {
	io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
}

func newStallReader(ctx context.Context, body io.ReadCloser, cancel context.CancelCauseFunc) *stallReader {
	stalled := fmt.Errorf("the server has sent nothing for %s", stallTimeout)
	return &stallReader{body, ctx, cancel, time.AfterFunc(stallTimeout, func() { cancel(stalled) })}
}

func (r *stallReader) Read(b []byte) (int, error) {
	r.timer.Reset(stallTimeout)
	n, err := r.ReadCloser.Read(b)
	r.timer.Stop()
	if err != nil && err != io.EOF && r.ctx.Err() != nil {
		err = context.Cause(r.ctx)
	}
	return n, err
}

func (r *stallReader) Close() error {
	r.timer.Stop()
	err := r.ReadCloser.Close()
	r.cancel(context.Canceled)
	return err
}
