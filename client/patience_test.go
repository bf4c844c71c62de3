package client_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ovate/client"
	"ovate/internal/runner/remote/workertest"
)

// silentServer begins its answers with a text, and goes on with a blank now and then, or not at all. It ends with the test.
func silentServer(t *testing.T, begins string, drip time.Duration) string {
	t.Helper()
	over := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		flush := http.NewResponseController(w).Flush
		if begins != "" {
			_, _ = io.WriteString(w, begins)
			_ = flush()
		}
		var drips <-chan time.Time
		if drip > 0 {
			ticker := time.NewTicker(drip)
			defer ticker.Stop()
			drips = ticker.C
		}
		for {
			select {
			case <-drips:
				_, _ = io.WriteString(w, " ")
				_ = flush()
			case <-r.Context().Done():
				return
			case <-over:
				return
			}
		}
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(over) })
	return server.URL
}

// TestSilentServers: no call waits for ever for a server that takes connections and says nothing, or next to nothing.
func TestSilentServers(t *testing.T) {
	t.Parallel()
	const patience = 50 * time.Millisecond
	for kind, url := range map[string]string{
		"nothing":         silentServer(t, "", 0),
		"half an answer":  silentServer(t, strings.Repeat("[", 300), 0),
		"blanks":          silentServer(t, "[", 5*time.Millisecond),
		"blanks at first": silentServer(t, "", 5*time.Millisecond),
	} {
		overlord, err := client.New(url, client.WithPatience(patience, nil))
		if err != nil {
			t.Fatal(err)
		}
		for name, call := range calls() {
			if strings.Contains(name, "rphans") { // whose server has more time
				continue
			}
			t.Run(kind+"/"+name, func(t *testing.T) {
				t.Parallel()
				err := call(t.Context(), overlord)
				var unreachable *client.UnreachableError
				var silent *client.SilentError
				switch {
				case name == "Log" && kind != "nothing": // returns what is read later
					return
				case strings.HasPrefix(kind, "half") && err != nil && !errors.As(err, &silent) && !errors.As(err, &unreachable): // is no answer, which is seen before
					return
				case !errors.As(err, &silent) || !errors.As(err, &unreachable) || silent.For != patience || !strings.Contains(err.Error(), "no answer from "+url):
					t.Error(err)
				}
			})
		}
	}
}

// TestSlowServers: one that sends something all the time may take as long as it likes, as may one that somebody waits for on purpose.
func TestSlowServers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, testSlowServers) // where a busy machine makes no pause longer
}

func testSlowServers(t *testing.T) {
	const patience, url = 80 * time.Millisecond, "http://slow:1"
	silent, answer := make(chan *client.SilentError, 1), make(chan struct{})
	network := workertest.NewNetwork()
	network.Serve("slow:1", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/status/health" {
			<-answer
			_, _ = io.WriteString(w, "true")
			return
		}
		w.Header().Set("Content-Type", "text/plain")
		pieces := time.NewTicker(patience / 8)
		defer pieces.Stop()
		for range 20 {
			<-pieces.C
			_, _ = w.Write(make([]byte, 400))
			_ = http.NewResponseController(w).Flush()
		}
	}))
	defer network.Close()
	web := network.Client()
	defer web.CloseIdleConnections()
	var told atomic.Int32
	overlord, err := client.New(url, client.WithHTTPClient(web), client.WithPatience(patience, func(e *client.SilentError) {
		if told.Add(1) == 1 {
			silent <- e
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	log, err := overlord.Log(t.Context(), "x", 0)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(log); err != nil || len(text) != 8000 || told.Load() != 0 {
		t.Errorf("%d bytes, %v, told %d times", len(text), err, told.Load())
	}
	if err := log.Close(); err != nil {
		t.Error(err)
	}
	well := make(chan error)
	go func() { well <- overlord.Healthy(t.Context()) }()
	if e := <-silent; e.URL != url || e.Bytes != 0 {
		t.Error(e)
	}
	close(answer)
	if err := <-well; err != nil {
		t.Error(err)
	}
}
