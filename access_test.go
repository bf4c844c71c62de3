package ovate

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ovate/internal/metadata"
)

// secured are the properties of a server that asks who one is.
func secured(dir string) map[string]string {
	return map[string]string{
		"ovate.data": dir, "ovate.listen": "127.0.0.1:0",
		"druid.auth.authenticatorChain":                             `["db"]`,
		"druid.auth.authenticator.db.type":                          "basic",
		"druid.auth.authenticator.db.initialAdminPassword":          "first",
		"druid.auth.authenticator.db.initialInternalClientPassword": `{"type":"default","password":"system"}`,
		"druid.auth.authenticator.db.credentialIterations":          "10",
		"druid.auth.authenticator.db.authorizerName":                "roles",
		"druid.auth.authorizers":                                    `["roles"]`,
		"druid.auth.authorizer.roles.type":                          "basic",
		"druid.escalator.type":                                      "basic",
		"druid.escalator.internalClientUsername":                    "druid_system",
		"druid.escalator.internalClientPassword":                    "system",
	}
}

// asked is an answer of a server: status and body.
func asked(s *Server, user, password, method, path, body string) (int, string) {
	r := httptest.NewRequest(method, "http://localhost"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if user != "" {
		r.SetBasicAuth(user, password)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// A server with basic authentication asks on every path but those that are open to all, and the audit history has who did it.
func TestAccess(t *testing.T) {
	t.Parallel()
	cfg, err := Configure(secured(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(t.Context(), Options{Config: cfg})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	const base = "/druid/indexer/v1"
	for _, c := range []struct {
		user, password, method, path, body string
		status                             int
		has                                string
	}{
		{"", "", "GET", "/status/health", "", 200, "true"},
		{"", "", "GET", base + "/isLeader", "", 200, "true"},
		{"", "", "GET", "/status", "", 401, `"error":"Unauthorized request"`},
		{"", "", "GET", "/nowhere", "", 401, ""},
		{"", "", "OPTIONS", "/", "", 401, ""},
		{"", "", "POST", base + "/task", `{"type":"noop"}`, 401, ""},
		{"", "", "GET", "/api/v1/datasources", "", 401, ""},
		{"", "", "POST", "/druid-ext/basic-security/authentication/listen/db", "{}", 401, ""},
		{"admin", "guess", "GET", "/status", "", 401, ""},
		{"druid_system", "system", "GET", "/status", "", 200, `"version":"33.0.0"`},
		{"admin", "first", "POST", base + "/task", `{"type":"kill","id":"k","dataSource":"wiki","interval":"2020/2021"}`, 200, `{"task":"k"}`},
		{"admin", "first", "GET", "/druid-ext/basic-security/authorization/db/roles/users", "", 200, `["admin","druid_system"]`},
	} {
		status, body := asked(s, c.user, c.password, c.method, c.path, c.body)
		if status != c.status || !strings.Contains(body, c.has) {
			t.Errorf("%s %s by %q: %d %s, want %d %s", c.method, c.path, c.user, status, body, c.status, c.has)
		}
	}
	rows := ""
	if err := s.store.Audit(t.Context(), metadata.AuditQuery{Max: -1}, func(row *metadata.AuditRow) error {
		rows += string(row.Payload)
		return nil
	}); err != nil {
		t.Error(err)
	}
	if !strings.Contains(rows, `"identity":"admin"`) || strings.Contains(rows, "allowAll") {
		t.Errorf("the audit history has %s", rows)
	}
}

// A type that the configuration knows, and nothing here is made for, lets nobody in: the server does not start.
func TestUnknownTypesLetNobodyIn(t *testing.T) {
	t.Parallel()
	for says, change := range map[string]func(*Config){
		`druid.auth.authenticator.db.type is "new"`: func(c *Config) { c.Auth.Authenticators[0].Type = "new" },
		`druid.auth.authorizer.roles.type is "new"`: func(c *Config) { c.Auth.Authorizers[0].Type = "new" },
	} {
		cfg, err := Configure(secured(t.TempDir()))
		if err != nil {
			t.Fatal(err)
		}
		change(cfg)
		if _, err := New(t.Context(), Options{Config: cfg}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %s", err, says)
		}
	}
}

// Workers are asked with the credentials of the system.
func TestWorkersAreAskedAsTheSystem(t *testing.T) {
	t.Parallel()
	heard := make(chan string, 1)
	worker := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		select {
		case heard <- fmt.Sprint(user, ":", password):
		default:
		}
		w.WriteHeader(http.StatusNotFound)
	}))
	defer worker.Close()
	properties := secured(t.TempDir())
	properties["druid.indexer.runner.type"], properties["ovate.workers"] = "httpRemote", worker.URL
	cfg, err := Configure(properties)
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(t.Context(), Options{Config: cfg})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-heard:
		if got != "druid_system:system" {
			t.Errorf("a worker is asked by %s", got)
		}
	case <-time.After(5 * time.Minute): // ends only what hangs
		t.Error("no worker is asked")
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

// What tokens there are is read before the start.
func TestTokensThatAreNotThere(t *testing.T) {
	t.Parallel()
	properties := secured(t.TempDir())
	properties["druid.auth.authenticator.db.type"] = "token"
	properties["druid.auth.authenticator.db.file"] = filepath.Join(properties["ovate.data"], "none")
	cfg, err := Configure(properties)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := New(t.Context(), Options{Config: cfg}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a server without its tokens: %v, %v", s, err)
	}
}
