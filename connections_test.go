package ovate

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A server that stops waits for the rest of a request for some seconds, and as long as it works at one for nothing to come at all.
func TestStopHurriesRequests(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		patience, took time.Duration
		late           bool // the deadline is set once the server stops
	}{
		"the rest of a request":          {patience: 30 * time.Second, took: hurryTime},
		"one that begins to come late":   {patience: 30 * time.Second, took: hurryTime, late: true},
		"less patience than that":        {patience: time.Second, took: time.Second},
		"nothing while it is worked at":  {took: time.Hour},
		"nothing, though it is set late": {took: time.Hour, late: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ours, client := net.Pipe()
				l := newConnections(nil, slog.New(slog.DiscardHandler))
				conn := &connection{Conn: ours, from: l}
				l.open[conn] = true
				patience := func() {
					var by time.Time
					if c.patience > 0 {
						by = time.Now().Add(c.patience)
					}
					if err := conn.SetReadDeadline(by); err != nil {
						t.Error(err)
					}
				}
				begun := time.Now()
				read := make(chan error)
				patience()
				if c.late {
					l.hurry()
					patience()
				}
				go func() {
					_, err := conn.Read(make([]byte, 1))
					read <- err
				}()
				synctest.Wait()
				l.hurry()
				hangUp := time.AfterFunc(time.Hour, func() { _ = client.Close() })
				defer hangUp.Stop()
				want := os.ErrDeadlineExceeded
				if c.took == time.Hour {
					want = io.EOF
				}
				if err := <-read; !errors.Is(err, want) || time.Since(begun) != c.took {
					t.Errorf("%v after %v, want %v after %v", err, time.Since(begun), want, c.took)
				}
			})
		})
	}
}

// Clients that wait for a lock hold up neither other clients nor the end of the server, and hear that they are to come again.
func TestStopEndsWaits(t *testing.T) {
	t.Parallel()
	s := newServer(t, t.TempDir())
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"holder", "a", "b"} {
		if code, body := ask(s, http.MethodPost, "/druid/indexer/v1/task", `{"type":"noop","id":"`+id+`","dataSource":"wiki","runTime":600000}`); code != http.StatusOK {
			t.Fatal(code, body)
		}
	}
	lock := func(id string) string {
		return `{"task":{"id":"` + id + `"},"action":{"type":"lockAcquire","interval":"2026-03-01/2026-03-02","timeoutMs":0}}`
	}
	if code, body := ask(s, http.MethodPost, "/druid/indexer/v1/action", lock("holder")); code != http.StatusOK || !strings.Contains(body, `"version"`) {
		t.Fatal(code, body)
	}
	answers := make(chan error)
	for _, id := range []string{"a", "b", "a"} {
		go func() {
			response, err := http.Post("http://"+s.Addr()+"/druid/indexer/v1/action", "application/json", strings.NewReader(lock(id)))
			if err == nil {
				var body []byte
				body, err = io.ReadAll(response.Body)
				err = errors.Join(err, response.Body.Close())
				if response.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(body), "Send the request again") {
					err = errors.Join(err, fmt.Errorf("%s %s", response.Status, body))
				}
			}
			answers <- err
		}()
	}
	for underWay(s) < 3 {
		time.Sleep(time.Millisecond)
	}
	if err := s.Stop(t.Context()); err != nil { // for as long as it takes
		t.Error(err)
	}
	for range 3 {
		if err := <-answers; err != nil {
			t.Error(err)
		}
	}
}

func underWay(s *Server) int {
	s.life.mu.Lock()
	defer s.life.mu.Unlock()
	return s.life.requests
}

// pipes is a listener in a bubble.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) { return <-p, nil }
func (pipes) Close() error                { return nil }
func (pipes) Addr() net.Addr              { return nil }

// connect is a client that connects, and what the server sees of it.
func (p pipes) connect(l *connections) (client net.Conn, accepted <-chan net.Conn) {
	ours, client := net.Pipe()
	taken := make(chan net.Conn, 1)
	go func() {
		conn, err := l.Accept()
		if err == nil {
			taken <- conn
		}
		close(taken)
	}()
	p <- ours
	return client, taken
}

// Where all are at work, who has stopped sending its request makes room, and nobody who waits for an answer does.
func TestStalledClientsMakeRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := make(pipes)
		l := newConnections(p, slog.New(slog.DiscardHandler))
		l.most = func() int { return 3 }
		var clients []net.Conn
		for _, patience := range []time.Duration{0, 30 * time.Second, 30 * time.Second} { // the first has sent all of its request
			client, accepted := p.connect(l)
			conn := <-accepted
			l.note(conn, http.StateActive)
			if patience > 0 {
				if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
					t.Fatal(err)
				}
			}
			clients = append(clients, client)
			time.Sleep(stallTime / 4)
		}
		begun := time.Now()
		_, accepted := p.connect(l)
		l.note(<-accepted, http.StateActive)
		if waited := time.Since(begun); waited > stallTime {
			t.Errorf("room is made after %v", waited)
		}
		for i, open := range []bool{true, false, true} {
			_ = clients[i].SetWriteDeadline(time.Now().Add(1))
			if _, err := clients[i].Write([]byte("x")); errors.Is(err, os.ErrDeadlineExceeded) != open {
				t.Errorf("client %d: %v", i, err)
			}
		}
	})
}
