package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync/atomic"
	"syscall"
	"time"

	"ovate/internal/spec"
)

// Limits of waiting for a server.
const (
	connectTimeout = 30 * time.Second
	answerTimeout  = 60 * time.Second
	stallTimeout   = 60 * time.Second // without a byte
	maxRedirects   = 10
)

// remote lists the URIs of an HTTP source.
func remote(s spec.HTTPSource, policy Policy) ([]Input, error) {
	client := policy.client()
	var inputs []Input
	for i, text := range s.URIs {
		u, err := url.Parse(text)
		if err == nil {
			err = checkScheme(u)
		}
		if err == nil {
			_, err = compressionOf(u.Path)
		}
		if err != nil {
			return nil, fmt.Errorf("inputSource.uris[%d]: %w", i, err)
		}
		f := &fetch{client: client, url: u, source: &s}
		consumed := new(atomic.Int64)
		inputs = append(inputs, Input{
			Name: u.Redacted(), URI: u.Redacted(), Size: -1, Consumed: consumed,
			Open: func(ctx context.Context) (io.ReadCloser, error) { return f.open(ctx, consumed) },
		})
	}
	return inputs, nil
}

func checkScheme(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("%s cannot be fetched: only http:// and https:// are allowed", u.Redacted())
	}
	return nil
}

// fetch is one GET.
type fetch struct {
	client *http.Client
	url    *url.URL
	source *spec.HTTPSource
}

// Fetch returns what an http or https URL holds, compressed as it is. It is for URLs that the user of this process gave: they may
// lead to any address.
func Fetch(ctx context.Context, text string) (io.ReadCloser, error) {
	u, err := url.Parse(text)
	if err == nil {
		err = checkScheme(u)
	}
	if err != nil {
		return nil, err
	}
	return (&fetch{client: Policy{AllowPrivateHTTP: true}.client(), url: u, source: &spec.HTTPSource{}}).get(ctx)
}

func (f *fetch) open(ctx context.Context, consumed *atomic.Int64) (io.ReadCloser, error) {
	body, err := f.get(ctx)
	if err != nil {
		return nil, err
	}
	r, err := decompress(body, f.url.Path, consumed)
	if err != nil {
		return nil, fmt.Errorf("GET %s: %w", f.url.Redacted(), errors.Join(err, body.Close()))
	}
	return r, nil
}

// get returns the body of the answer.
func (f *fetch) get(ctx context.Context) (io.ReadCloser, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	fail := func(err error) (io.ReadCloser, error) {
		cancel(err)
		return nil, fmt.Errorf("GET %s: %w", f.url.Redacted(), err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, f.url.String(), nil)
	if err != nil {
		return fail(err)
	}
	for name, value := range f.source.Headers {
		request.Header.Set(name, value)
	}
	if f.source.User != "" {
		request.SetBasicAuth(f.source.User, f.source.Password)
	}
	response, err := f.client.Do(request)
	if err != nil {
		var wrapped *url.Error // says the method and the URL again
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		return fail(err)
	}
	body := newStallReader(ctx, response.Body, cancel)
	if response.StatusCode != http.StatusOK {
		return fail(errors.Join(fmt.Errorf("the server answered %s", response.Status), body.Close()))
	}
	return body, nil
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
		dialer.Control = func(_, address string, _ syscall.RawConn) error { return checkPublic(address) }
	}
	return &http.Client{Transport: transport, CheckRedirect: checkRedirect}
}

// checkRedirect follows a redirect to HTTP only, and does not take the spec's headers to another host.
func checkRedirect(next *http.Request, via []*http.Request) error {
	if len(via) >= maxRedirects {
		return fmt.Errorf("more than %d redirects", maxRedirects)
	}
	if err := checkScheme(next.URL); err != nil {
		return fmt.Errorf("redirect: %w", err)
	}
	if next.URL.Host != via[0].URL.Host || next.URL.Scheme != "https" && via[0].URL.Scheme == "https" {
		next.Header = http.Header{}
	}
	return nil
}

// checkPublic refuses addresses that only this machine or its network can reach.
func checkPublic(address string) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("address %s: %w", address, err)
	}
	ip := at.Addr().Unmap().WithZone("")
	refused := !ip.IsGlobalUnicast() || ip.IsPrivate()
	for _, special := range [...]string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2001:db8::/32", "2002::/16", "fec0::/10",
	} {
		refused = refused || netip.MustParsePrefix(special).Contains(ip)
	}
	if refused {
		return fmt.Errorf("%s is not a public address; this server does not fetch from others (property ovate.ingest.allowPrivateHttp)", ip)
	}
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
