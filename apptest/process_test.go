package apptest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"ovate/client"
)

// binary is the path of the ovate that TestMain built.
var binary string

func TestMain(m *testing.M) {
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "apptest")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "ovate")
	args := append([]string{"build", "-o", binary}, strings.Fields(os.Getenv("OVATE_BUILD"))...)
	if out, err := exec.Command("go", append(args, "ovate/cmd/ovate")...).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// number reads a whole number from the environment.
func number(t testing.TB, name string, otherwise int) int {
	t.Helper()
	text, given := os.LookupEnv(name)
	if !given {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// process is the binary at work.
type process struct {
	cmd    *exec.Cmd
	output *output
	ended  chan struct{} // closed when the process is gone
}

// launch runs `ovate serve` on a data folder and a free port; it does not wait until it answers. What still runs when the
// test ends is killed. Properties are NAME=VALUE. Whatever holds up its end is not cut off, so that exit finds it.
func launch(t testing.TB, dir string, properties ...string) *process {
	t.Helper()
	args := []string{"serve", "--listen", "127.0.0.1:0", "--data", dir, "-D", "druid.server.http.gracefulShutdownTimeout=PT1H"}
	for _, p := range properties {
		args = append(args, "-D", p)
	}
	p := &process{cmd: exec.Command(binary, args...), output: &output{address: make(chan string, 1)}, ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // cmd.ProcessState tells
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.kill(t)
		complaints := p.output.complaints()
		for _, fault := range []string{"panic", "fatal error:", "DATA RACE"} {
			if strings.Contains(complaints, fault) {
				t.Errorf("process %d: %s", p.cmd.Process.Pid, fault)
			}
		}
		if t.Failed() && complaints != "" {
			t.Logf("process %d complained:\n%s", p.cmd.Process.Pid, complaints)
		}
	})
	return p
}

// kill is kill -9, and waits until the process is gone.
func (p *process) kill(t testing.TB) {
	t.Helper()
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Error(err)
	}
	<-p.ended
}

// patience ends only what hangs: a busy machine may stall for a while.
const patience = 5 * time.Minute

// exit waits until the process ends by itself, and returns its exit code.
func (p *process) exit(t testing.TB) int {
	t.Helper()
	select {
	case <-p.ended:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		t.Fatalf("the process still runs after %v:\n%s", patience, p.output)
		return 0
	}
}

// terminate is SIGTERM: the process has to end in a good way, which no request or task holds up.
func (p *process) terminate(t testing.TB) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := p.exit(t); code != 0 {
		t.Errorf("SIGTERM ended the server with exit code %d:\n%s", code, p.output)
	}
}

// proc reads a line of /proc/PID/status, such as VmRSS (resident bytes now) or VmHWM (at most so far).
func (p *process) proc(t testing.TB, field string) int64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		if value, found := strings.CutPrefix(lines.Text(), field+":"); found {
			n, err := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(value, " kB") {
				n <<= 10
			}
			return n
		}
	}
	t.Fatalf("/proc/%d/status has no %s", p.cmd.Process.Pid, field)
	return 0
}

// openFiles counts the files and connections that the process holds.
func (p *process) openFiles(t testing.TB) int {
	t.Helper()
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// server is a process that answers.
type server struct {
	*process
	*client.Client
	dir  string
	http *http.Client
}

// start launches a server and waits until it listens.
func start(t testing.TB, dir string, properties ...string) *server {
	t.Helper()
	return launch(t, dir, properties...).ready(t, dir)
}

// ready waits until a launched server listens.
func (p *process) ready(t testing.TB, dir string) *server {
	t.Helper()
	select {
	case url := <-p.output.address:
		s := &server{process: p, dir: dir, http: &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: 16}}}
		t.Cleanup(s.http.CloseIdleConnections)
		var err error
		if s.Client, err = client.New(url, client.WithHTTPClient(s.http)); err != nil {
			t.Fatal(err)
		}
		return s
	case <-p.ended:
		t.Fatalf("the server ended with exit code %d before it listened:\n%s", p.cmd.ProcessState.ExitCode(), p.output)
	case <-time.After(patience):
		t.Fatalf("the server does not listen after %v:\n%s", patience, p.output)
	}
	return nil
}

// output keeps the end of what a process prints, and finds the address in it.
type output struct {
	address chan string

	mu    sync.Mutex
	text  []byte
	found bool
}

const outputKept = 32 << 10

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text = append(o.text, b...)
	if !o.found {
		if said := regexp.MustCompile(`(?:listening on |"listening","at":\[")([^\s"]+)[\s"]`).FindSubmatch(o.text); said != nil { // as text and as JSON
			o.found = true
			o.address <- string(said[1])
		}
	}
	if len(o.text) > 2*outputKept {
		o.text = append(o.text[:0], o.text[len(o.text)-outputKept:]...)
	}
	return len(b), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.text)
}

// tells waits until a living process has told something: what it prints comes a moment later.
func (p *process) tells(t testing.TB, text string) {
	t.Helper()
	eventually(t, "the process tells: "+text, func() bool { return strings.Contains(p.output.String(), text) })
}

// complaints are the lines that tell of something wrong.
func (o *output) complaints() string {
	var lines []string
	for line := range strings.Lines(o.String()) {
		if !strings.Contains(line, "level=INFO") && !strings.HasPrefix(line, "listening on") && !strings.HasPrefix(line, "open http://") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

// eventually asks again and again until ok says that it is so.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(patience)
	for pause := 2 * time.Millisecond; !ok(); pause = min(2*pause, 200*time.Millisecond) {
		select {
		case <-time.After(pause):
		case <-deadline:
			t.Fatalf("after %v it is still not so that %s", patience, what)
		}
	}
}
