package ovate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"ovate/internal/disk/disktest"
	"ovate/internal/engine"
	"ovate/internal/leadership/leadershiptest"
)

func newServer(t *testing.T, dir string) *Server {
	t.Helper()
	return newServerWithLog(t, dir, nil)
}

// newServerWithLog makes a server on a folder whose log goes to another one; nil discards it.
func newServerWithLog(t *testing.T, dir string, log *slog.Logger) *Server {
	t.Helper()
	config, err := Configure(map[string]string{"ovate.data": dir, "ovate.listen": "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(t.Context(), Options{Config: config, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ask sends a request to the handler.
func ask(s *Server, method, path, body string) (int, string) {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(method, "http://localhost"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	s.Handler().ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// TestLife calls Start and Stop in every order. Whatever comes, nothing hangs or panics, and in the end the folder is free.
func TestLife(t *testing.T) {
	t.Parallel()
	expired, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		steps string
		want  []error
	}{
		{"stop stop start stop", []error{nil, nil, ErrStopped, nil}},
		{"start start stop stop start", []error{nil, ErrStarted, nil, nil, ErrStopped}},
		{"start stop-at-once stop", []error{nil, nil, nil}},
		{"stop-at-once start", []error{nil, ErrStopped}},
	} {
		t.Run(c.steps, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := newServer(t, dir)
			for i, step := range strings.Fields(c.steps) {
				var err error
				switch step {
				case "start":
					err = s.Start(t.Context())
				case "stop":
					err = s.Stop(t.Context())
				case "stop-at-once":
					err = s.Stop(expired)
				}
				if !errors.Is(err, c.want[i]) {
					t.Errorf("step %d, %s: %v, want %v", i, step, err, c.want[i])
				}
			}
			next := newServer(t, dir)
			if err := next.Stop(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// Two that stop a server at the same time both come back, once it has ended.
func TestStopTwiceAtOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t, t.TempDir())
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	both := make(chan error)
	for range 2 {
		go func() { both <- s.Stop(t.Context()) }()
	}
	for range 2 {
		if err := <-both; err != nil {
			t.Error(err)
		}
	}
}

// A Start that cannot recover the tasks gives everything back.
func TestStartThatFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := newServer(t, dir)
	expired, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Start(expired); err == nil {
		t.Fatal("no error")
	}
	if err := s.Start(t.Context()); !errors.Is(err, ErrStopped) {
		t.Errorf("start again: %v", err)
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if err := newServer(t, dir).Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

// Requests are answered while the server is started, and refused before and after.
func TestRequestsOutsideOfItsLife(t *testing.T) {
	t.Parallel()
	s := newServer(t, t.TempDir())
	check := func(when string, want int) {
		t.Helper()
		for _, path := range []string{"/status/health", "/druid/indexer/v1/tasks"} {
			if code, body := ask(s, http.MethodGet, path, ""); code != want {
				t.Errorf("%s: %d %s, want %d", when, code, body, want)
			}
		}
		if code, body := ask(s, http.MethodPost, "/druid/indexer/v1/task", `{"type":"noop","runTime":1}`); code != want {
			t.Errorf("%s: %d %s, want %d", when, code, body, want)
		}
	}
	check("before", http.StatusServiceUnavailable)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "http://localhost/", nil))
	if w.Header().Get("X-Content-Type-Options") != "nosniff" || w.Header().Get("Content-Security-Policy") == "" {
		t.Errorf("a refusal has the headers %v", w.Header())
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	check("meanwhile", http.StatusOK)
	if err := s.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	check("afterwards", http.StatusServiceUnavailable)
}

// Stop waits for requests that came through the handler, but no longer than it may.
func TestStopWaitsForTheHandler(t *testing.T) {
	t.Parallel()
	s := newServer(t, t.TempDir())
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	slow, sends := io.Pipe()
	answered := make(chan int)
	go func() {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPost, "http://localhost/druid/indexer/v1/task", slow)
		r.Header.Set("Content-Type", "application/json")
		s.ServeHTTP(w, r)
		answered <- w.Code
	}()
	if _, err := sends.Write([]byte(`{"type":"noop",`)); err != nil { // the request is under way
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- s.Stop(t.Context()) }()
	select {
	case err := <-ended:
		t.Fatalf("it did not wait: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	if _, err := sends.Write([]byte(`"runTime":1}`)); err != nil {
		t.Fatal(err)
	}
	if err := sends.Close(); err != nil {
		t.Fatal(err)
	}
	if code := <-answered; code != http.StatusOK {
		t.Errorf("status %d", code)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// In a cluster a request whose client takes its time does not keep the next leader waiting, and is answered all the same.
func TestStopGivesUpTheLead(t *testing.T) {
	t.Parallel()
	config, err := Configure(map[string]string{
		"ovate.data": t.TempDir(), "ovate.listen": "127.0.0.1:0", "druid.host": "127.0.0.1", "druid.zk.service.host": "127.0.0.1:1",
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(t.Context(), Options{Config: config})
	if err != nil {
		t.Fatal(err)
	}
	seat := leadershiptest.NewSeat(s.node().URL())
	s.leads = engine.NewHolder(seat, s.newEngine, nil, s.log)
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	slow, sends := io.Pipe()
	answered := make(chan int)
	go func() {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPost, s.node().URL()+"/druid/indexer/v1/task", slow)
		r.Header.Set("Content-Type", "application/json")
		s.ServeHTTP(w, r)
		answered <- w.Code
	}()
	if _, err := sends.Write([]byte(`{"type":"noop",`)); err != nil { // the request is under way
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- s.Stop(t.Context()) }()
	next, err := seat.Gain(t.Context(), func() {})
	if err != nil {
		t.Fatal(err)
	}
	next.Resign()
	if _, err := sends.Write([]byte(`"runTime":1}`)); err != nil {
		t.Fatal(err)
	}
	if err := sends.Close(); err != nil {
		t.Fatal(err)
	}
	if code := <-answered; code != http.StatusServiceUnavailable && code != http.StatusTemporaryRedirect {
		t.Errorf("status %d", code)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A server whose listener dies tells so.
func TestListenerDies(t *testing.T) {
	t.Parallel()
	s := newServer(t, t.TempDir())
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.ports.plain.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-s.Failed(); !strings.Contains(err.Error(), s.Addr()) {
		t.Errorf("the reason is %v", err)
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestDiskLosesWrites has the sync of a commit fail below a server, in a process of its own. Nobody is told that the task is stored or
// that it is not, the server says why it cannot go on, and the next start decides.
func TestDiskLosesWrites(t *testing.T) {
	t.Parallel()
	const env = "OVATE_LOST_SYNC"
	dir := os.Getenv(env)
	if dir == "" {
		dir = t.TempDir()
		cmd := exec.Command(os.Args[0], "-test.run=^TestDiskLosesWrites$", "-test.v")
		cmd.Env = append(os.Environ(), env+"="+dir)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if strings.Contains(string(out), "--- SKIP") {
			t.Skipf("%s", out)
		}
		s := newServer(t, dir)
		if err := s.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if code, body := ask(s, http.MethodGet, "/druid/indexer/v1/task/before/status", ""); code != http.StatusOK {
			t.Errorf("what was acknowledged: %d %s", code, body)
		}
		if code, body := ask(s, http.MethodGet, "/druid/indexer/v1/task/open/status", ""); code != http.StatusOK && code != http.StatusNotFound {
			t.Errorf("what was open: %d %s", code, body)
		}
		if err := s.Stop(t.Context()); err != nil {
			t.Error(err)
		}
		return
	}
	s := newServer(t, dir)
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	submit := func(id string) (int, string) {
		return ask(s, http.MethodPost, "/druid/indexer/v1/task", fmt.Sprintf(`{"type":"noop","id":%q,"runTime":3600000}`, id))
	}
	if code, body := submit("before"); code != http.StatusOK {
		t.Fatalf("%d %s", code, body)
	}
	if err := disktest.FailSync("metadata.db-wal"); err != nil {
		t.Skip(err)
	}
	if code, body := submit("open"); code != http.StatusInternalServerError || !strings.Contains(body, "may have been stored, or not") {
		t.Errorf("%d %s", code, body)
	}
	if err := <-s.Failed(); !strings.Contains(err.Error(), "metadata.db") || !strings.Contains(err.Error(), "next start") {
		t.Errorf("the reason is %v", err)
	}
	for _, path := range []string{"/druid/indexer/v1/task/open/status", "/druid/indexer/v1/task/open"} {
		if code, body := ask(s, http.MethodGet, path, ""); code == http.StatusNotFound {
			t.Errorf("%s denies what may be stored: %s", path, body)
		}
	}
	if code, _ := ask(s, http.MethodPost, "/druid/indexer/v1/task/before/shutdown", ""); code == http.StatusOK {
		t.Error("a shutdown that cannot be written is told as done")
	}
	_ = s.Stop(t.Context()) // it cannot close the database as it should
}
