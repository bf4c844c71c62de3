//go:build browser

package apptest

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"ovate"
	"ovate/client"
)

// seen is what arrived at the server, and how it was answered.
type seen struct {
	mu       sync.Mutex
	requests []string
}

func (s *seen) add(r *http.Request, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, fmt.Sprintf("%d %s %s as %s from %q", status, r.Method, r.URL.Path, r.Host, r.Header.Get("Origin")))
}

// take returns what was seen since the last call, apart from the icon that browsers ask for by themselves.
func (s *seen) take() (all string, refused, answered int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.requests {
		switch {
		case strings.Contains(r, "/favicon.ico"):
		case strings.HasPrefix(r, "403"), strings.HasPrefix(r, "405 OPTIONS"):
			refused++
		default:
			answered++
		}
	}
	all, s.requests = strings.Join(s.requests, "\n"), nil
	return all, refused, answered
}

// attack is a page that tries what a page can: to change things, in each way that needs no leave, and to read. What it
// can read it shows. %s is the server.
const attack = `<html><body><pre id=out></pre>
<form id=f1 method=post target=i1 action="%[1]s/druid/indexer/v1/datasources/wiki/shutdownAllTasks"></form>
<form id=f2 method=post target=i2 enctype="text/plain" action="%[1]s/druid/indexer/v1/task/victim/shutdown"><input name='{"type":"noop","id":"planted","x":"' value='"}'></form>
<iframe name=i1></iframe><iframe name=i2></iframe>
<iframe sandbox="allow-scripts allow-forms" srcdoc='<form id=f method=post action="%[1]s/druid/indexer/v1/task/victim/shutdown"></form><script>f.submit()</script>'></iframe>
<img src="%[1]s/druid/indexer/v1/tasks">
<script>
const out = document.getElementById("out"), api = "%[1]s/druid/indexer/v1";
const task = JSON.stringify({type: "noop", id: "planted", dataSource: "wiki"});
async function attempt(what, path, options) {
  try {
    const r = await fetch(api + path, options);
    out.textContent += what + ": " + r.type + " " + r.status + " " + await r.text() + "\n";
  } catch (e) { out.textContent += what + ": " + e + "\n"; }
}
(async () => {
  await attempt("shut down", "/task/victim/shutdown", {method: "POST", mode: "no-cors"});
  await attempt("plant as text", "/task", {method: "POST", mode: "no-cors", headers: {"Content-Type": "text/plain"}, body: task});
  await attempt("plant as JSON", "/task", {method: "POST", headers: {"Content-Type": "application/json"}, body: task});
  await attempt("delete", "/pendingSegments/wiki", {method: "DELETE"});
  await attempt("read", "/task/victim/log");
  await attempt("list", "/tasks", {mode: "no-cors"});
  navigator.sendBeacon(api + "/task/victim/shutdown", "x");
  f1.submit(); f2.submit();
  out.textContent += "finished";
})();
</script></body></html>`

// TestBrowser drives a real Chromium. A page of another site, one on another port, and one whose name was made to lead to the
// server try to change and to read; nothing that they send is answered but with 403. A page of the server's own may do all of it,
// which shows that the attempts are no blanks.
func TestBrowser(t *testing.T) {
	t.Parallel()
	chromium := browser(t)
	config, err := ovate.Configure(map[string]string{"ovate.data": t.TempDir(), "ovate.listen": "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	server, err := ovate.New(t.Context(), ovate.Options{Config: config, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer server.Stop(context.WithoutCancel(t.Context()))
	c, err := client.New("http://" + server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	submit := func() {
		t.Helper()
		if _, err := c.Submit(t.Context(), []byte(`{"type":"noop","id":"victim","dataSource":"wiki","runTime":3600000}`)); err != nil {
			t.Fatal(err)
		}
	}
	submit()

	log := &seen{}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/page" { // as if the server had served it
			fmt.Fprintf(w, attack, "http://"+r.Host)
			return
		}
		status := &statusWriter{ResponseWriter: w, status: 200}
		server.Handler().ServeHTTP(status, r)
		log.add(r, status.status)
	}))
	defer front.Close()
	target := strings.Replace(front.URL, "127.0.0.1", "localhost", 1)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, attack, target) }))
	defer elsewhere.Close()
	_, port, _ := strings.Cut(strings.TrimPrefix(elsewhere.URL, "http://"), ":")
	_, ours, _ := strings.Cut(strings.TrimPrefix(front.URL, "http://"), ":")

	for about, page := range map[string]string{
		"another site":     "http://evil.example:" + port + "/",
		"another port":     "http://localhost:" + port + "/",
		"a name that lies": "http://rebound.example:" + ours + "/page",
	} {
		dom := visit(t, chromium, page)
		all, refused, answered := log.take()
		if !strings.Contains(dom, "finished") || refused < 5 || answered > 0 {
			t.Errorf("%s: %d refused, %d answered:\n%s\n%s", about, refused, answered, all, dom)
		}
		if strings.Contains(dom, "victim\"") || strings.Contains(dom, " 200 ") {
			t.Errorf("%s has read something:\n%s", about, dom)
		}
		if status, err := c.Status(t.Context(), "victim"); err != nil || status.State != "RUNNING" {
			t.Fatalf("%s: the task is %v, %v", about, status, err)
		}
		if _, err := c.Status(t.Context(), "planted"); err == nil {
			t.Fatalf("%s has planted a task", about)
		}
	}
	visit(t, chromium, target+"/page")
	all, _, answered := log.take()
	if status, err := c.Status(t.Context(), "victim"); err != nil || status.State != "FAILED" || answered < 5 {
		t.Errorf("a page of the server's own: the task is %v, %v, after\n%s", status, err, all)
	}
}

// statusWriter notes the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets deadlines through.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// browser is the Chromium to drive.
func browser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("there is no Chromium here: apt-get install chromium")
	return ""
}

// visit loads a page, lets it do what it does, and returns what it looks like then. Every name of .example leads to this
// machine, and what Chromium itself holds back from pages is let through: it is the server that has to hold.
func visit(t *testing.T, chromium, page string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
		"--user-data-dir="+t.TempDir(), "--host-resolver-rules=MAP *.example 127.0.0.1",
		"--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests,PrivateNetworkAccessSendPreflights",
		"--virtual-time-budget=20000", "--timeout=30000", "--dump-dom", page).Output()
	if err != nil {
		t.Fatalf("%s %s: %v", chromium, page, err)
	}
	return string(out)
}
