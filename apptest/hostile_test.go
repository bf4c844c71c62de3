package apptest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestHostileClients: clients that break off in the middle, send what is no request, or read slowly, leave nothing behind: no open
// file, no thread, no memory; and nobody gets an answer of 5xx.
func TestHostileClients(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir())
	for i := range 2000 {
		s.submit(t, noop(fmt.Sprintf("task-%d", i), quiet, 3_600_000))
	}
	address := strings.TrimPrefix(s.URL(), "http://")
	storm := func(seed uint64, requests int) {
		var clients sync.WaitGroup
		for n := range 8 {
			random := rand.New(rand.NewPCG(seed, uint64(n)))
			clients.Go(func() {
				for range requests {
					if err := misbehave(address, random); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		clients.Wait()
	}
	storm(1, 150) // so that caches and pools are as large as they get
	s.http.CloseIdleConnections()
	files, threads, resident := s.openFiles(t), s.proc(t, "Threads"), s.proc(t, "VmRSS")
	storm(2, 600)
	eventually(t, fmt.Sprintf("about %d files are open, as before", files), func() bool { return s.openFiles(t) <= files+3 })
	// A slow machine has more than these clients' requests at work at once, those that were given up, too; and a thread stays once it is there.
	if now := s.proc(t, "Threads"); now > threads+64 {
		t.Errorf("%d threads, %d before", now, threads)
	}
	now := s.proc(t, "VmRSS")
	t.Logf("%d MB resident before 4,800 bad requests, %d MB after", resident>>20, now>>20)
	if now > resident+64<<20 {
		t.Errorf("memory grows from %d to %d MB", resident>>20, now>>20)
	}
	if err := s.Healthy(t.Context()); err != nil {
		t.Error(err)
	}
	s.terminate(t)
}

// misbehave opens a connection and does something that no good client does. It returns an error if the server does.
func misbehave(address string, random *rand.Rand) error {
	conn, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	const task = `{"type":"noop","id":"incomplete","runTime":1}`
	switch random.IntN(6) {
	case 0: // nothing at all
	case 1: // half a request
		_, err = fmt.Fprintf(conn, "POST /druid/indexer/v1/task HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(task), task[:random.IntN(len(task))])
	case 2: // a long answer, read in part
		_, err = fmt.Fprintf(conn, "GET /druid/indexer/v1/tasks HTTP/1.1\r\nHost: localhost\r\n\r\n")
		if err == nil {
			_, err = io.CopyN(io.Discard, conn, random.Int64N(100_000))
		}
	case 3: // no HTTP
		_, err = conn.Write(bytes.Repeat([]byte{byte(random.Uint32()), 0xff, '\n'}, random.IntN(1000)))
	case 4: // a body that is no JSON, or far too deep
		body := strings.Repeat([]string{"[", "{\"a\":", "\x00", "9"}[random.IntN(4)], 1+random.IntN(20_000))
		return refusedRequest(conn, "POST", "/druid/indexer/v1/task", body)
	default: // odd paths
		path := []string{"/nowhere", "/druid/indexer/v1/task/%2e%2e/log", "/druid/indexer/v1/task/x/log?offset=9223372036854775808", "/druid/indexer/v1/tasks?max=x", "/%", "//"}[random.IntN(6)]
		return refusedRequest(conn, "GET", path, "")
	}
	if ne, isNet := err.(net.Error); isNet && !ne.Timeout() {
		return nil // the server has closed the connection, as it may
	}
	return err
}

// refusedRequest sends a request that must be answered with 4xx.
func refusedRequest(conn net.Conn, method, path, body string) error {
	_, err := fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", method, path, len(body), body)
	if err != nil {
		return err
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if answer.StatusCode < 400 || answer.StatusCode > 499 {
		return fmt.Errorf("%s %s %.40q: %s", method, path, body, answer.Status)
	}
	return nil
}
