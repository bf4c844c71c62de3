package ovate

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
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
				l := newConnections(slog.New(slog.DiscardHandler))
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
	begun := make(chan struct{})
	handler, posted := s.handler, atomic.Int32{}
	s.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if posted.Add(1) > 4 { // behind the tasks and the lock of the holder
			begun <- struct{}{}
		}
		handler.ServeHTTP(w, r)
	})
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
	for range 3 {
		<-begun
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

// pipes is a listener in a bubble.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) { return <-p, nil }
func (pipes) Close() error                { return nil }
func (pipes) Addr() net.Addr              { return nil }

// connect is a client that connects, and what the server sees of it.
func (p pipes) connect(at *door) (client net.Conn, accepted <-chan net.Conn) {
	ours, client := net.Pipe()
	taken := make(chan net.Conn, 1)
	go func() {
		conn, err := at.Accept()
		if err == nil {
			taken <- conn
		}
		close(taken)
	}()
	p <- ours
	return client, taken
}

// Where all are at work, that client makes room which keeps the server waiting most, and none that waits for an answer does.
func TestSlowClientsMakeRoom(t *testing.T) {
	t.Parallel()
	const (
		works     = iota // all of its request has come
		stalls           // it sends nothing
		drips            // it sends a byte now and then
		sends            // it sends more
		takesNone        // it takes nothing of its answer
	)
	for name, c := range map[string]struct {
		clients []int
		leaves  int // which of them
	}{
		"one that has stopped":        {[]int{works, stalls, drips}, 1},
		"the one that stopped first":  {[]int{stalls, stalls, works}, 0},
		"the slowest":                 {[]int{works, sends, drips}, 2},
		"the only one that is not at": {[]int{works, works, sends}, 2},
		"one that takes nothing":      {[]int{works, takesNone, drips}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := make(pipes)
				l := newConnections(slog.New(slog.DiscardHandler))
				port := l.at(p)
				l.most = func() int { return len(c.clients) }
				ended := make([]error, len(c.clients))
				serve := func(i int, conn net.Conn) {
					for ended[i] == nil {
						switch c.clients[i] {
						case works:
							ended[i] = conn.SetReadDeadline(time.Time{})
						case takesNone:
							_, ended[i] = conn.Write(make([]byte, 1000))
							continue
						default:
							ended[i] = conn.SetReadDeadline(time.Now().Add(30 * time.Second))
						}
						if ended[i] == nil {
							_, ended[i] = conn.Read(make([]byte, 1000))
						}
					}
					_ = conn.Close()
				}
				send := func(client net.Conn, bytes int) {
					for range time.Tick(stallTime / 4) {
						if _, err := client.Write(make([]byte, bytes)); err != nil {
							return
						}
					}
				}
				var clients []net.Conn
				for i, kind := range c.clients {
					client, accepted := p.connect(port)
					clients = append(clients, client)
					conn := <-accepted
					l.note(conn, http.StateActive)
					go serve(i, conn)
					switch kind {
					case drips:
						go send(client, 1)
					case sends:
						go send(client, 100)
					}
					time.Sleep(stallTime / 10)
				}
				time.Sleep(stallTime) // each of them is too slow
				begun := time.Now()
				client, accepted := p.connect(port)
				conn := <-accepted
				if waited := time.Since(begun); waited > 0 {
					t.Errorf("room is made after %v", waited)
				}
				synctest.Wait()
				for i, err := range ended {
					if made := err != nil; made != (i == c.leaves) {
						t.Errorf("client %d: %v", i, err)
					}
				}
				for _, conn := range append(clients, client, conn) {
					_ = conn.Close()
				}
				time.Sleep(stallTime) // who sends notices
			})
		})
	}
}

// Clients that send a byte now and then hold nobody off where they are too many, and one of them that is alone may take its time.
func TestDrippingClients(t *testing.T) {
	t.Parallel()
	const most, slow, body = 4, 200 * time.Millisecond, 100_000
	s := newServer(t, t.TempDir())
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := newConnections(slog.New(slog.DiscardHandler))
	l.most, l.slow = func() int { return most }, slow
	crowded := &http.Server{Handler: s, ConnState: l.note, ReadHeaderTimeout: 5 * time.Minute}
	served := make(chan error)
	go func() { served <- crowded.Serve(l.at(listener)) }()
	defer func() {
		if err := crowded.Close(); err != nil {
			t.Error(err)
		}
		<-served
	}()
	// drip sends a request piece by piece, and returns the status of its answer.
	drip := func(request string, pause time.Duration) (string, error) {
		c, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			return "", err
		}
		defer c.Close()
		head, rest, _ := strings.Cut(request, "|")
		if _, err := io.WriteString(c, head); err != nil {
			return "", err
		}
		pieces := time.NewTicker(pause)
		defer pieces.Stop()
		answer := make(chan string, 1)
		go func() {
			line, _ := bufio.NewReader(c).ReadString('\n') // "" of one that was cut
			answer <- strings.TrimSpace(line)
		}()
		for i := 0; ; i++ {
			select {
			case line := <-answer:
				return line, nil
			case <-pieces.C:
				if i < len(rest) {
					_, _ = io.WriteString(c, rest[i:i+1]) // whether it arrives the answer tells
				}
			}
		}
	}
	head := func(method, path string, length int) string {
		return fmt.Sprintf("%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n|", method, path, length)
	}
	task := `{"type":"noop","id":"n","dataSource":"wiki"}`
	if line, err := drip(head("POST", "/druid/indexer/v1/task", len(task))+task, 2*slow/time.Duration(len(task))); err != nil || line != "HTTP/1.1 200 OK" {
		t.Errorf("alone: %s, %v", line, err)
	}
	type answer struct {
		line string
		err  error
	}
	answers := make(chan answer)
	const drippers = 3 * most
	for i := range drippers {
		request := head("POST", "/druid/indexer/v1/task", body)
		if i%3 == 2 { // one that nobody asks for a body
			request = head("GET", "/status/health", body)
		}
		go func() {
			line, err := drip(request+strings.Repeat(" ", body), 5*time.Millisecond)
			answers <- answer{line, err}
		}()
	}
	for range drippers - most { // those that are left have the place of those that were cut
		if a := <-answers; a.err != nil || a.line != "HTTP/1.1 408 Request Timeout" && a.line != "HTTP/1.1 200 OK" {
			t.Errorf("one that drips: %q, %v", a.line, a.err)
		}
	}
	asks := http.Client{Timeout: 5 * time.Minute, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := asks.Get("http://" + listener.Addr().String() + "/status/health")
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil || response.StatusCode != http.StatusOK {
		t.Error(response.Status, err)
	}
	if err := crowded.Close(); err != nil {
		t.Error(err)
	}
	for range most {
		<-answers
	}
}

// What follows a request with a length and chunks on its connection is not taken for a request of the client's.
func TestLengthBesideChunks(t *testing.T) {
	t.Parallel()
	s, _ := startWithLog(t, t.TempDir())
	conn, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const task = `{"type":"noop","id":"n","runTime":0}`
	_, err = fmt.Fprintf(conn, "POST /druid/indexer/v1/task HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"+
		"%x\r\n%s\r\n0\r\n\r\nGET /status/health HTTP/1.1\r\nHost: localhost\r\n\r\n", len(task), task)
	if err != nil {
		t.Fatal(err)
	}
	answers, err := io.ReadAll(conn)
	if err != nil || strings.Count(string(answers), "HTTP/1.1 ") != 1 || !strings.Contains(string(answers), "\r\nConnection: close\r\n") {
		t.Errorf("%s, %v", answers, err)
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}
