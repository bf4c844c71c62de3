package health

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func asked(h http.Handler, method string) (int, string) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, "/x", nil))
	return w.Code, w.Body.String()
}

// A server is ready that leads, or follows one that does, and can reach its store; else the answer tells what is missing.
func TestReady(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		leads  bool
		leader string
		reach  error
		code   int
		body   string
	}{
		{true, "", nil, 200, `{"ready":true,"leader":true}`},
		{false, "http://other:8090", nil, 200, `{"ready":true,"leader":false}`},
		{false, "", nil, 503, `{"ready":false,"reason":"no Overlord leads yet, as far as this one knows"}`},
		{true, "", errors.New("gone"), 503, `{"ready":false,"reason":"the metadata store cannot be reached: the log of the server tells why"}`},
		{false, "http://other:8090", errors.New("gone"), 503, `{"ready":false,"reason":"the metadata store cannot be reached: the log of the server tells why"}`},
	} {
		h := Ready(Options{
			Leads: func() bool { return c.leads }, Leader: func() string { return c.leader }, Reach: func(context.Context) error { return c.reach }, Log: slog.New(slog.DiscardHandler),
		})
		if code, body := asked(h, http.MethodGet); code != c.code || body != c.body {
			t.Errorf("%+v: %d %s", c, code, body)
		}
		if code, _ := asked(h, http.MethodPost); code != http.StatusMethodNotAllowed {
			t.Errorf("POST: %d", code)
		}
	}
	if code, body := asked(Live(), http.MethodGet); code != 200 || body != `{"live":true}` {
		t.Errorf("%d %s", code, body)
	}
}

// However many ask, the store is asked once a second, and one that does not answer is given up.
func TestReachesSeldom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		times, hangs := 0, false
		var log bytes.Buffer
		h := Ready(Options{Leads: func() bool { return true }, Leader: func() string { return "" }, Log: slog.New(slog.NewTextHandler(&log, nil)), Reach: func(ctx context.Context) error {
			if times++; hangs {
				<-ctx.Done()
			}
			return ctx.Err()
		}})
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() { asked(h, http.MethodGet) })
		}
		all.Wait()
		if times != 1 {
			t.Errorf("asked %d times", times)
		}
		time.Sleep(fresh)
		hangs = true
		if code, _ := asked(h, http.MethodGet); code != http.StatusServiceUnavailable || times != 2 {
			t.Errorf("%d, asked %d times", code, times)
		}
		time.Sleep(fresh)
		hangs = false
		if code, _ := asked(h, http.MethodGet); code != http.StatusOK || times != 3 {
			t.Errorf("%d, asked %d times", code, times)
		}
		if said := log.String(); strings.Count(said, "cannot be reached") != 1 || strings.Count(said, "can be reached again") != 1 {
			t.Errorf("the log says %s", said)
		}
	})
}
