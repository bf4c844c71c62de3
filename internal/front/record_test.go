package front

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ovate/internal/auditlog"
	"ovate/internal/auth"
)

// TestAudit sends requests to a real server: what may change something has a line on disk when its answer comes, whatever became of it, and no secrets.
func TestAudit(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l, err := auditlog.Open(path, 1<<20, 1)
	if err != nil {
		t.Fatal(err)
	}
	f := New(Options{Audit: l, Limits: Limits{Total: 100}, Rest: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/refused":
			w.WriteHeader(http.StatusContinue)
			http.Error(w, "no", http.StatusConflict)
		case "/silent":
		case "/cut":
			panic(http.ErrAbortHandler)
		case "/someone":
			auditlog.Identify(r.Context(), "someone")
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
		default:
			_, _ = io.WriteString(w, "done")
		}
	})})
	server := httptest.NewServer(f)
	defer server.Close()
	type line struct {
		Identity, Author, From, Method, Path string
		Status                               int
	}
	lines := func(name string) (all []line) {
		t.Helper()
		content, err := os.ReadFile(path + name)
		if err != nil {
			t.Fatal(err)
		}
		for text := range strings.Lines(string(content)) {
			var l line
			if err := json.Unmarshal([]byte(text), &l); err != nil {
				t.Fatal(err)
			}
			all = append(all, l)
		}
		if strings.Contains(string(content), "hidden") {
			t.Errorf("a secret is written: %s", content)
		}
		return all
	}
	var want, refused []line
	for _, c := range []struct {
		method, path, host string
		line               *line // of what is written; nil: nothing is
	}{
		{"GET", "/done", "", nil},
		{"HEAD", "/done", "", nil},
		{"OPTIONS", "/done", "", nil},
		{"POST", "/done?password=hidden", "", &line{Identity: "allowAll", Path: "/done", Status: 200}},
		{"PUT", "/refused", "", &line{Identity: "allowAll", Path: "/refused", Status: 409}},
		{"DELETE", "/silent", "", &line{Identity: "allowAll", Path: "/silent", Status: 200}},
		{"PROPFIND", "/%64one%0A", "", &line{Identity: "allowAll", Path: "/%64one%0A", Status: 200}},
		{"POST", "/someone", "", &line{Identity: "someone", Path: "/someone", Status: 200}},
		{"POST", "/cut", "", &line{Identity: "allowAll", Path: "/cut", Status: 0}},
		{"POST", "/done", "evil.example", &line{Path: "/done", Status: 403}},
	} {
		r, err := http.NewRequest(c.method, server.URL+c.path, strings.NewReader(`{"password":"hidden"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Host = c.host
		r.Header.Set("X-Druid-Author", "me")
		r.Header.Set("Authorization", "Basic hidden")
		resp, err := server.Client().Do(r)
		if (err != nil) != (c.path == "/cut") {
			t.Fatal(err)
		}
		if err == nil {
			resp.Body.Close()
		}
		if c.line != nil {
			c.line.Method, c.line.From, c.line.Author = c.method, "127.0.0.1", "me"
			if c.line.Identity == "" { // what they do takes no room from others
				refused = append(refused, *c.line)
			} else {
				want = append(want, *c.line)
			}
		}
		if got := lines(".unknown"); !slices.Equal(got, refused) {
			t.Fatalf("%s %s: of unknown senders %+v; want %+v", c.method, c.path, got, refused)
		}
		if got := lines(""); c.path != "/cut" && !slices.Equal(got, want) { // that one may come a little later
			t.Fatalf("%s %s: %+v; want %+v", c.method, c.path, got, want)
		}
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// While the audit log cannot be written nothing is changed, and reading goes on; once it can, all goes on.
func TestAuditThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full")
	}
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	if err := os.Symlink("/dev/full", path); err != nil {
		t.Fatal(err)
	}
	l, err := auditlog.Open(path, 1<<20, 1)
	if err != nil {
		t.Fatal(err)
	}
	changed := 0
	f := New(Options{Audit: l, Rest: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { changed, r.Pattern = changed+1, "/{x}" })})
	ask := func(method string) int {
		w, r := httptest.NewRecorder(), httptest.NewRequest(method, "http://localhost/x", nil)
		f.ServeHTTP(w, r)
		if w.Code == http.StatusOK && r.Pattern != "/{x}" {
			t.Errorf("%s: the pattern that was found is %q", method, r.Pattern)
		}
		return w.Code
	}
	for i, want := range []int{200, 503, 503} { // the first finds it out
		if got := ask("POST"); got != want {
			t.Errorf("request %d: %d; want %d", i, got, want)
		}
	}
	if got := ask("GET"); got != 200 || changed != 2 {
		t.Errorf("reading: %d; %d were answered", got, changed)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if got := ask("POST"); got != 200 || changed != 3 {
		t.Errorf("afterwards: %d; %d were answered", got, changed)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// Where nobody is asked who they are all are one, of whose requests none are put aside; of one user's those are that are far more than his share.
func TestAuditOfEverybody(t *testing.T) {
	t.Parallel()
	for name, chain := range map[string]*auth.Chain{"everybody": nil, "joe": auth.NewChain([]auth.Authenticator{auth.Anybody{As: auth.NewIdentity("joe", auth.AllowAll{})}}, nil, nil)} {
		path := filepath.Join(t.TempDir(), "audit.jsonl")
		l, err := auditlog.Open(path, 10<<10, 0)
		if err != nil {
			t.Fatal(err)
		}
		f := New(Options{Auth: chain, Audit: l, Rest: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})})
		for range 20 {
			f.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "http://localhost/x", nil))
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if more, err := os.ReadFile(path + ".more"); err != nil || (len(more) > 0) != (name == "joe") {
			t.Errorf("of %s %d bytes are put aside, %v", name, len(more), err)
		}
	}
}
