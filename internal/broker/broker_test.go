package broker_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"ovate/internal/broker"
	"ovate/internal/cluster"
	"ovate/internal/cluster/clustertest"
	"ovate/internal/request"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve is a Broker that answers so.
func serve(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	return s.URL
}

// plain hides nothing.
func plain(text string) string { return text }

// What is asked arrives as it is, and every answer that says yes or no is one; a Broker that cannot now, or is gone, is passed over.
func TestPost(t *testing.T) {
	t.Parallel()
	var busy atomic.Int64
	urls := []string{
		serve(t, func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
				t.Errorf("%s %v, %v", r.Method, r.Header, err)
			}
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(r.URL.Path + string(body)))
		}),
		serve(t, func(w http.ResponseWriter, _ *http.Request) {
			busy.Add(1)
			http.Error(w, "not now", http.StatusServiceUnavailable)
		}),
		serve(t, func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }),
	}
	c := broker.Listed(urls, request.Outgoing{})
	defer c.Stop()
	for range 3 {
		status, answer, err := c.Post(t.Context(), "/druid/v2/sql/task/", []byte(`{"query":"q"}`), plain)
		if err != nil || status != http.StatusBadRequest || string(answer) != `/druid/v2/sql/task/{"query":"q"}` {
			t.Errorf("%d %s, %v", status, answer, err)
		}
	}
	busy.Store(0)
	none := broker.Listed(urls[1:2], request.Outgoing{})
	defer none.Stop()
	hide := func(text string) string { return strings.ReplaceAll(text, "now", "***") }
	if _, _, err := none.Post(t.Context(), "/", nil, hide); err == nil || !strings.Contains(err.Error(), "status 503: not ***") || busy.Load() != 6 {
		t.Errorf("after %d times: %v", busy.Load(), err)
	}
}

// Those are asked that are announced at the time.
func TestAnnounced(t *testing.T) {
	t.Parallel()
	d := &clustertest.Directory{}
	c := broker.Announced(d, request.Outgoing{})
	defer c.Stop()
	if _, _, err := c.Post(t.Context(), "/", nil, plain); !errors.Is(err, broker.ErrNone) || d.Role != cluster.Broker {
		t.Errorf("nobody is there: %v", err)
	}
	at := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) })
	host, port, err := net.SplitHostPort(strings.TrimPrefix(at, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	node := cluster.Node{Role: cluster.Broker, Host: host, PlaintextPort: n, TLSPort: -1}
	d.Changed(cluster.Change{Came: []cluster.Node{node}})
	if status, _, err := c.Post(t.Context(), "/", nil, plain); err != nil || status != http.StatusAccepted {
		t.Errorf("one is there: %d, %v", status, err)
	}
	d.Changed(cluster.Change{Went: []cluster.Node{node}})
	if _, _, err := c.Post(t.Context(), "/", nil, plain); !errors.Is(err, broker.ErrNone) {
		t.Errorf("it has gone: %v", err)
	}
}

// silent takes requests, and answers none.
type silent struct{ asked atomic.Int64 }

// RoundTrip implements http.RoundTripper.
func (s *silent) RoundTrip(r *http.Request) (*http.Response, error) {
	s.asked.Add(1)
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// Brokers that take a request and are silent are waited for two minutes at most, all together.
func TestSilence(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := new(silent)
		c := broker.Listed([]string{"http://a", "http://b"}, request.Outgoing{As: func(http.RoundTripper) http.RoundTripper { return s }})
		defer c.Stop()
		begun := time.Now()
		if _, _, err := c.Post(t.Context(), "/", nil, plain); !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != 2*time.Minute || s.asked.Load() != 2 {
			t.Errorf("after %v and %d times: %v", time.Since(begun), s.asked.Load(), err)
		}
	})
}
