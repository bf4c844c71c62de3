package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"syscall"
	"time"

	"ovate/internal/ingest/source"
)

// answerWithin is how long a receiver may take to answer.
const answerWithin = 15 * time.Second

// newClient makes what sends: to public addresses alone unless told, whatever a name stands for at that moment, by no proxy, and no further where it is sent on.
func newClient(private bool) *http.Client {
	dialer := &net.Dialer{Timeout: answerWithin}
	if !private {
		dialer.Control = func(_, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil {
				return err
			}
			if !source.IsPublic(at.Addr()) {
				return errors.New(notPublic(at.Addr()))
			}
			return nil
		}
	}
	return &http.Client{
		Timeout:       answerWithin,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: dialer.DialContext, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: atOnce, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 16 << 10,
		},
	}
}

// post sends a delivery, and returns the status of the answer, 0 if there is none. Any but 2xx is an error.
func (h *Hooks) post(ctx context.Context, hook *Hook, d *Delivery) (status int, err error) {
	seconds := int64(h.Wall()) / 1000
	signature, err := hook.sign(d.ID, seconds, d.Body)
	if err != nil {
		return 0, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, hook.URL, bytes.NewReader(d.Body))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "ovate")
	request.Header.Set("webhook-id", d.ID)
	request.Header.Set("webhook-timestamp", strconv.FormatInt(seconds, 10))
	request.Header.Set("webhook-signature", signature)
	response, err := h.client.Do(request)
	if err != nil {
		if outer, is := errors.AsType[*url.Error](err); is { // the URL may have a token in it
			err = outer.Err
		}
		return 0, fmt.Errorf("no answer: %w", err)
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 16<<10)) // so that the connection can be used again
	if response.StatusCode/100 != 2 {
		return response.StatusCode, fmt.Errorf("the answer was %s", response.Status)
	}
	return response.StatusCode, nil
}
