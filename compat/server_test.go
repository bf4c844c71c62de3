package compat

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	// Not called: it makes everything that the binary is built of an input of these tests, so that go test does not take
	// the result of an older binary from its cache.
	_ "ovate/internal/cli"
)

// binary is the path of the ovate that TestMain built.
var binary string

func TestMain(m *testing.M) {
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "compat")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "ovate")
	if out, err := exec.Command("go", "build", "-o", binary, "ovate/cmd/ovate").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// server is a running ovate.
type server struct {
	url     string
	process *os.Process
	client  *http.Client
	output  *tail
}

// start runs the binary on a free port and a new data folder until the test ends. It has two slots, like the worker of
// the recorded cluster.
func start(t testing.TB) *server {
	t.Helper()
	return startIn(t, t.TempDir())
}

// patience ends only what hangs: a busy machine may stall for a while.
const patience = 5 * time.Minute

func startIn(t testing.TB, data string) *server {
	t.Helper()
	cmd := exec.Command(binary, "serve", "--listen", "127.0.0.1:0", "--data", data)
	cmd.Env = append(os.Environ(), "druid_worker_capacity=2")
	reader, writer := io.Pipe()
	cmd.Stdout, cmd.Stderr = writer, writer
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &server{process: cmd.Process, output: &tail{}, client: &http.Client{Timeout: patience, Transport: &http.Transport{}}}
	ended := make(chan error, 1)
	go func() {
		err := cmd.Wait()
		writer.Close()
		ended <- err
	}()
	address := make(chan string, 1)
	read := make(chan struct{})
	go func() {
		defer close(read)
		lines := bufio.NewReader(reader)
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				return
			}
			s.output.add(line)
			if _, url, found := strings.Cut(line, "listening on http://"); found && len(address) == 0 {
				address <- "http://" + strings.Fields(url)[0]
			}
		}
	}()
	t.Cleanup(func() {
		s.client.CloseIdleConnections()
		if err := s.process.Signal(syscall.SIGTERM); err == nil {
			select {
			case <-ended:
			case <-time.After(patience):
				s.process.Kill()
				t.Errorf("the server did not stop within %v of SIGTERM; its last words:\n%s", patience, s.output)
			}
		}
		<-read
		if t.Failed() {
			t.Logf("the server's last words:\n%s", s.output)
		}
	})
	select {
	case s.url = <-address:
	case err := <-ended:
		t.Fatalf("the server ended at once: %v\n%s", err, s.output)
	case <-time.After(patience):
		t.Fatalf("the server did not say within %v where it listens:\n%s", patience, s.output)
	}
	return s
}

// pause is the time between two looks at something that takes its time.
func (s *server) pause() { <-time.After(5 * time.Millisecond) }

// tail keeps the last lines of the server's output.
type tail struct {
	mu    sync.Mutex
	lines []string
}

func (l *tail) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lines = append(l.lines, line); len(l.lines) > 40 {
		l.lines = l.lines[1:]
	}
}

func (l *tail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "")
}
