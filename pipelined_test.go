package ovate

import (
	"bufio"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestPipelinedRequestsTakeTurns: clients that send requests without waiting for answers are served one request at a time beside others: a request of
// a client of its own waits for a few of each of theirs.
func TestPipelinedRequestsTakeTurns(t *testing.T) {
	const clients, burst, tries = 100, 500, 5
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := newConnections(slog.New(slog.DiscardHandler))
	var answered atomic.Int64
	server := &http.Server{ConnState: l.note, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		takeTurn()
		answered.Add(1)
		_, _ = io.WriteString(w, "true") // the client may have gone
	})}
	served := make(chan error)
	go func() { served <- server.Serve(l.at(listener)) }()
	var reading sync.WaitGroup
	requests := strings.Repeat("GET /pipelined HTTP/1.1\r\nHost: localhost\r\n\r\n", burst)
	for range clients {
		c, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		reading.Go(func() { _, _ = io.Copy(io.Discard, c) }) // until the server closes it
		reading.Go(func() {
			for {
				if _, err := io.WriteString(c, requests); err != nil {
					return
				}
			}
		})
	}
	for answered.Load() < 10*clients {
		time.Sleep(time.Millisecond)
	}
	meanwhile, begun := int64(0), time.Now()
	for range tries {
		before := answered.Load()
		c, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(c, "GET /alone HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if _, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil {
			t.Fatal(err)
		}
		meanwhile += answered.Load() - before
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Logf("%d others were answered while one waited, in %v", meanwhile/tries, time.Since(begun)/tries)
	if most := int64(100 * clients); meanwhile/tries > most {
		t.Errorf("%d others were answered while one waited, more than %d of %d clients", meanwhile/tries, most, clients)
	}
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	<-served
	reading.Wait()
}
