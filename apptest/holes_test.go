package apptest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ovate/druid"
)

// TestPastHoles tries every hole that was once found in Druid on the built binary. Those that Druid has had a number for are named by it.
func TestPastHoles(t *testing.T) {
	t.Parallel()
	dir, inside := t.TempDir(), t.TempDir()
	secret := filepath.Join(dir, "secret.json")
	if err := os.WriteFile(secret, []byte(`{"time":"2020-01-01","page":"hidden"}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, filepath.Join(inside, "link.json")); err != nil {
		t.Fatal(err)
	}
	leads := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, strings.TrimPrefix(r.URL.Query().Get("to"), "="), http.StatusFound)
	}))
	defer leads.Close()
	s := start(t, filepath.Join(dir, "data"), "ovate.ingest.localRoots="+inside, "ovate.ingest.allowPrivateHttp=true", "druid.javascript.enabled=true")
	closed := start(t, filepath.Join(dir, "closed"), "ovate.ingest.localRoots="+inside, "ovate.ingest.allowPrivateHttp=false")
	tasks := 0
	task := func(source object) object {
		tasks++
		return ingestion{id: fmt.Sprintf("reads-%d", tasks), dataSource: "reads", source: source}.task()
	}

	t.Run("CVE-2021-25646, JavaScript by the sampler", func(t *testing.T) {
		h := &holes{t, s}
		marker := filepath.Join(dir, "ran")
		script := fmt.Sprintf(`function(v) { return new java.lang.ProcessBuilder(['/bin/sh','-c','touch %s']).start() }`, marker)
		filter := object{"type": "javascript", "dimension": "page", "function": script, "config": object{"enabled": true}, "": object{"enabled": true}}
		schema := object{"dataSource": "x", "timestampSpec": object{"column": "time"}, "dimensionsSpec": object{}, "transformSpec": object{"filter": filter}}
		io := object{"type": "index", "inputSource": object{"type": "inline", "data": `{"time":"2020-01-01","page":"a"}`}, "inputFormat": object{"type": "json"}}
		for name, body := range map[string]object{
			"/druid/indexer/v1/sampler": {"type": "index", "spec": object{"type": "index", "ioConfig": io, "dataSchema": schema, "samplerConfig": object{"numRows": 10}}},
			"/druid/indexer/v1/task":    {"type": "index", "spec": object{"ioConfig": io, "dataSchema": schema}},
		} {
			status, _, text := h.post(name, encode(t, body))
			if status < 400 {
				t.Errorf("%s takes JavaScript: %d %s", name, status, text)
			}
		}
		if _, err := os.Stat(marker); err == nil {
			t.Error("JavaScript was run")
		}
	})
	t.Run("CVE-2021-26920 and CVE-2021-36749, files by http input", func(t *testing.T) {
		h := &holes{t, s}
		for _, uri := range []string{"file://" + secret, "FILE://" + secret, "jar:file://" + secret + "!/", "ftp://127.0.0.1/x", "http+unix:/x", "//" + secret} {
			if status, _, text := h.post("/druid/indexer/v1/task", encode(t, task(object{"type": "http", "uris": []string{uri}}))); status != 400 && status != 403 {
				t.Errorf("%s is taken: %d %s", uri, status, text)
			}
		}
		for _, to := range []string{"file://" + secret, "ftp://127.0.0.1/x"} {
			ended := h.ingests(task(object{"type": "http", "uris": []string{leads.URL + "/?to=" + to}}))
			if ended.State != druid.Failed || strings.Contains(ended.ErrorMsg, "hidden") {
				t.Errorf("a redirect to %s: %s %s", to, ended.State, ended.ErrorMsg)
			}
		}
		private := &holes{t, closed}
		for _, uri := range []string{leads.URL, "http://169.254.169.254/latest/meta-data/", "http://[::1]:80/", "http://0x7f000001/", "http://[::ffff:169.254.169.254]/", "http://localhost/"} {
			asked := task(object{"type": "http", "uris": []string{uri}})
			status, _, text := private.post("/druid/indexer/v1/task", encode(t, asked))
			if status == 200 { // a name is looked up when it runs
				if ended := private.finish(t, asked["id"].(string)); ended.State != druid.Failed {
					t.Errorf("%s was fetched", uri)
				}
			} else if status != 403 && status != 400 {
				t.Errorf("%s: %d %s", uri, status, text)
			}
		}
	})
	t.Run("local files beyond the folders for input", func(t *testing.T) {
		h := &holes{t, s}
		for _, source := range []object{
			{"type": "local", "files": []string{secret}},
			{"type": "local", "baseDir": dir, "filter": "*.json"},
			{"type": "local", "files": []string{inside + "/../" + filepath.Base(dir) + "/secret.json"}},
			{"type": "local", "files": []string{filepath.Join(inside, "link.json")}},
			{"type": "local", "baseDir": inside, "filter": "*"},
		} {
			asked := task(source)
			status, _, text := h.post("/druid/indexer/v1/task", encode(t, asked))
			if status == 200 {
				ended := h.finish(t, asked["id"].(string))
				if ended.State != druid.Failed {
					t.Errorf("%v was read", source)
				}
				text = ended.ErrorMsg
			}
			if strings.Contains(text, "hidden") {
				t.Errorf("%v is shown: %s", source, text)
			}
		}
	})
	t.Run("CVE-2025-27888, requests and redirects to other servers", func(t *testing.T) {
		h := &holes{t, s}
		reached := make(chan string, 10)
		other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { reached <- r.URL.String() }))
		defer other.Close()
		host := strings.TrimPrefix(other.URL, "http://")
		for _, target := range []string{
			"/proxy/coordinator/@" + host + "/x", "/proxy/overlord@" + host + "/", "/proxy/overlord/..;@" + host, "//" + host + "/x", other.URL + "/x", "/%2f%2f" + host + "/x",
			"/druid/indexer/v1/../../@" + host, "/druid/coordinator/v1/leader/@" + host, "/\\" + host,
		} {
			answer := h.raw("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
			if strings.Contains(answer, "\r\nLocation: ") && strings.Contains(answer, host) || strings.HasPrefix(answer, "HTTP/1.1 5") {
				t.Errorf("%s: %s", target, answer)
			}
		}
		h.raw("CONNECT " + host + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n")
		select {
		case url := <-reached:
			t.Errorf("the server has asked %s", url)
		default:
		}
	})
	t.Run("13044, scripts in the id of a supervisor", func(t *testing.T) {
		h := &holes{t, s}
		const script = "%3Cscript%3Ealert(1)%3C%2Fscript%3E"
		for _, path := range []string{"supervisor/" + script, "supervisor/" + script + "/status", "supervisor/" + script + "/history", "supervisor/" + script + "/x", "task/" + script,
			"task/" + script + "/status", "task/" + script + "/log", "task/" + script + "/reports", script, "worker/" + script + "/enable", "tasks?state=" + script, "tasks?datasource=" + script} {
			for _, method := range []string{"GET", "POST"} {
				_, header, text := h.ask(method, "/druid/indexer/v1/"+path, nil)
				kind := header.Get("Content-Type")
				if strings.Contains(text, "<script") && (!strings.HasPrefix(kind, "application/json") && !strings.HasPrefix(kind, "text/plain") || header.Get("X-Content-Type-Options") != "nosniff") {
					t.Errorf("%s %s: %s %s", method, path, kind, text)
				}
			}
		}
	})
	t.Run("CVE-2023-25194, classes by properties of Kafka's client", func(t *testing.T) {
		h := &holes{t, s}
		for _, properties := range []object{
			{"sasl.jaas.config": `com.sun.security.auth.module.JndiLoginModule required user.provider.url="ldap://127.0.0.1/x" useFirstPass="true" group.provider.url="x";`},
			{"interceptor.classes": "a.B"}, {"metric.reporters": "a.B"}, {"sasl.client.callback.handler.class": "a.B"},
		} {
			properties["bootstrap.servers"] = "127.0.0.1:1"
			supervisor := object{"type": "kafka", "spec": object{
				"dataSchema": object{"dataSource": "k", "timestampSpec": object{"column": "time"}, "dimensionsSpec": object{}, "granularitySpec": object{}},
				"ioConfig":   object{"topic": "t", "consumerProperties": properties, "inputFormat": object{"type": "json"}},
			}}
			if status, _, text := h.post("/druid/indexer/v1/supervisor", encode(t, supervisor)); status != 400 || !strings.Contains(text, "consumerProperties") && !strings.Contains(text, "class") {
				t.Errorf("%v: %d %s", properties, status, text)
			}
		}
	})
	t.Run("CVE-2022-28889, frames of other pages, and CVE-2025-59390, cookies", func(t *testing.T) {
		h := &holes{t, s}
		for _, path := range []string{
			"/", "/tasks/nosuch", "/assets/nosuch", "/login", "/status", "/druid/indexer/v1/tasks", "/druid/indexer/v1/taskStatus", "/druid/indexer/v1/task/x/log", "/nowhere",
			"/api/v1/tasks", "/api/v1/openapi.json", "/api/v1/nowhere", "/metrics", "/livez", "/readyz", "/druid-ext/nowhere", "/debug/pprof/", "//",
		} {
			for _, method := range []string{"GET", "POST", "PUT", "DELETE", "OPTIONS", "BREW"} {
				_, header, _ := h.ask(method, path, nil)
				if !strings.Contains(header.Get("Content-Security-Policy"), "frame-ancestors 'none'") || header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Set-Cookie") != "" {
					t.Errorf("%s %s: %v", method, path, header)
				}
			}
		}
	})
	t.Run("CVE-2020-1958 and others, what is not spoken here", func(t *testing.T) {
		for _, property := range []string{`druid.auth.authenticatorChain=["ldap"]`, `druid.auth.authenticatorChain=["pac4j"]`, `druid.auth.authenticatorChain=["kerberos"]`} {
			if out, err := exec.CommandContext(t.Context(), binary, "serve", "--dry-run", "-D", property).CombinedOutput(); err == nil || !strings.Contains(string(out), "authenticat") {
				t.Errorf("%s: %v %s", property, err, out)
			}
		}
	})
	t.Run("nobody beyond this machine by default", func(t *testing.T) {
		if host, _, err := net.SplitHostPort(strings.TrimPrefix(s.URL(), "http://")); err != nil || !net.ParseIP(host).IsLoopback() {
			t.Errorf("it listens on %s", s.URL())
		}
		out, err := exec.CommandContext(t.Context(), binary, "serve", "--dry-run", "--listen", ":8090").CombinedOutput()
		if err == nil || !strings.Contains(string(out), "--insecure") {
			t.Errorf("beyond it: %v %s", err, out)
		}
	})
	t.Run("what is too large", func(t *testing.T) {
		h := &holes{t, s}
		large := append([]byte(`{"type":"noop","x":"`), bytes.Repeat([]byte("a"), 61<<20)...)
		if status, _, text := h.post("/druid/indexer/v1/task", large); status != 413 && status != 400 {
			t.Errorf("a body of 61 MiB: %d %.200s", status, text)
		}
		if status, _, text := h.post("/druid/indexer/v1/task", []byte(strings.Repeat(`{"a":[`, 2000))); status != 400 {
			t.Errorf("a body of 4000 levels: %d %.200s", status, text)
		}
		answer := h.raw("GET /status/health HTTP/1.1\r\nHost: localhost\r\nX-Long: " + strings.Repeat("x", 128<<10) + "\r\n\r\n")
		if !strings.HasPrefix(answer, "HTTP/1.1 431") {
			t.Errorf("headers of 128 KiB: %.200s", answer)
		}
	})
	s.terminate(t)
	closed.terminate(t)
}

// holes asks a server in ways that no good client does.
type holes struct {
	t *testing.T
	*server
}

func (h *holes) post(path string, body []byte) (status int, header http.Header, text string) {
	h.t.Helper()
	return h.ask(http.MethodPost, path, body)
}

func (h *holes) ask(method, path string, body []byte) (status int, header http.Header, text string) {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.URL()+path, bytes.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := h.http.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(all)
}

// ingests runs a task that is taken.
func (h *holes) ingests(task object) druid.TaskStatusPlus {
	h.t.Helper()
	return h.finish(h.t, h.submit(h.t, task))
}

// raw sends bytes, and returns the answer up to the end of its headers.
func (h *holes) raw(request string) string {
	h.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.URL(), "http://"))
	if err != nil {
		h.t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, request) // the server may have answered before it has read all
	var answer strings.Builder
	for lines := bufio.NewScanner(conn); lines.Scan() && lines.Text() != ""; {
		answer.WriteString(lines.Text() + "\r\n")
	}
	return answer.String()
}
