package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// The test binary is the program as well: with this variable set it runs the command line instead of the tests.
const asProgram = "OVATE_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "" {
		os.Exit(m.Run())
	}
	ctx, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer release()
	os.Exit(Main(ctx, os.Args[1:], Process()))
}

// command is the command line in a process of its own, in a fresh folder and without OVATE_URL.
func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Dir = t.TempDir()
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(strings.ToLower(variable), "ovate_") && !strings.HasPrefix(strings.ToLower(variable), "druid_") {
			cmd.Env = append(cmd.Env, variable)
		}
	}
	cmd.Env = append(cmd.Env, asProgram+"=1", "GORACE=atexit_sleep_ms=0") // or each takes a second under the race detector
	return cmd
}

// result is what came of a program.
type result struct {
	code     int
	out, err string
}

func finish(t *testing.T, cmd *exec.Cmd) result {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

func run(t *testing.T, args ...string) result {
	t.Helper()
	return finish(t, command(t, args...))
}

// expect checks the exit code and that texts stand in either stream, in this order.
func (r result) expect(t *testing.T, code int, texts ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit code %d, want %d", r.code, code)
	}
	rest := r.out + "\n" + r.err
	for _, text := range texts {
		_, after, found := strings.Cut(rest, text)
		if !found {
			t.Errorf("%q is missing", text)
			break
		}
		rest = after
	}
	if t.Failed() {
		t.Logf("stdout:\n%s\nstderr:\n%s", r.out, r.err)
	}
}

// without checks that a text is in neither stream.
func (r result) without(t *testing.T, text string) result {
	t.Helper()
	if strings.Contains(r.out, text) || strings.Contains(r.err, text) {
		t.Errorf("%q is told\nstdout:\n%s\nstderr:\n%s", text, r.out, r.err)
	}
	return r
}

// fake is a server that answers each request, "METHOD path body", with the next of its answers, the last for ever.
// An answer that begins with "404!" or "400!" has that status.
func fake(t *testing.T, answers map[string][]string) string {
	t.Helper()
	var mu sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		request := strings.TrimSpace(r.Method + " " + strings.TrimPrefix(r.URL.RequestURI(), "/druid/indexer/v1") + " " + string(body))
		left := answers[request]
		if request == "GET /status" && len(left) == 0 {
			w.Header().Set("Server", "ovate")
			left = []string{`{"version":"33.0.0","modules":[],"memory":{}}`}
		}
		if request == "GET /api/v1/metadata" && len(left) == 0 { // as of an Overlord in Java
			left = []string{"404!"}
		}
		if len(left) == 0 {
			t.Errorf("unexpected request: %s", request)
			http.Error(w, "", http.StatusTeapot)
			return
		}
		if len(left) > 1 {
			answers[request] = left[1:]
		}
		answer := left[0]
		for prefix, status := range map[string]int{"404!": 404, "400!": 400, "500!": 500} {
			if text, is := strings.CutPrefix(answer, prefix); is {
				w.WriteHeader(status)
				answer = text
			}
		}
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(server.Close)
	return "--url=" + server.URL
}
