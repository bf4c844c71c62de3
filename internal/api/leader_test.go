package api

import (
	"bufio"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"ovate/internal/metadata"
	"ovate/internal/queue"
)

// TestWithoutLead tells what a server answers that does not lead: what is asked about itself, and to everything else where to ask.
func TestWithoutLead(t *testing.T) {
	t.Parallel()
	const self, other = "http://localhost:8090", "https://other:8290"
	for _, c := range []struct {
		method, path, leader string
		status               int
		location, want       string
	}{
		{"GET", base + "/leader", other, 200, "", other},
		{"GET", base + "/leader", "", 200, "", ""},
		{"GET", base + "/leader", self, 200, "", self},
		{"GET", base + "/isLeader", other, 404, "", `{"leader":false}`},
		{"GET", base + "/isLeader", self, 404, "", `{"leader":false}`},
		{"GET", "/status/health", other, 200, "", "true"},
		{"GET", "/status/selfDiscovered/status", other, 200, "", `{"selfDiscovered":true}`},
		{"GET", "/status/nothing", other, 404, "", ""},
		{"POST", "/status", other, 405, "", ""},
		{"GET", "/druid-internal/v1/httpRemoteTaskRunner/knownTasks", other, 404, "", ""},
		{"HEAD", base + "/tasks", other, 405, "", ""},

		{"GET", base + "/leader/", other, 307, other + base + "/leader/", ""},
		{"GET", base + "/tasks?state=running&max=%31", other, 307, other + base + "/tasks?state=running&max=%31", ""},
		{"GET", base + "/task/a%2Fb%20c/status", other, 307, other + base + "/task/a%2Fb%20c/status", ""},
		{"POST", base + "/task", other, 307, other + base + "/task", ""},
		{"GET", base + "/supervisor", other, 307, other + base + "/supervisor", ""},
		{"GET", "/nothing", other, 307, other + "/nothing", ""},
		{"GET", "/statuses", other, 307, other + "/statuses", ""},

		{"GET", base + "/tasks", "", 503, "", `{"error":"No Overlord leads at the moment. Send the request again in a few seconds."}`},
		{"GET", base + "/tasks", self, 503, "", `{"error":"This server leads, and is still recovering the active tasks. Send the request again in a few seconds."}`},
	} {
		f := setupWith(func(o *Options) {
			o.Engine = func() *Engine { return nil }
			o.Leader = func() string { return c.leader }
		})
		w := f.answer(c.method, c.path, "")
		if w.Code != c.status || w.Header().Get("Location") != c.location || w.Body.String() != c.want {
			t.Errorf("%s %s, led by %q\ngot  %d %q %s\nwant %d %q %s", c.method, c.path, c.leader,
				w.Code, w.Header().Get("Location"), w.Body, c.status, c.location, c.want)
		}
	}
}

// Whatever a path is for, a server that does not lead sends its callers to the one that does, but for what is asked about itself.
func TestAllPathsWithoutLead(t *testing.T) {
	t.Parallel()
	const other = "https://other:8290"
	f := setupWith(func(o *Options) {
		o.Engine, o.Leader, o.Places.Workers = func() *Engine { return nil }, func() string { return other }, true
	})
	param := regexp.MustCompile(`\{[^}]*\}`)
	elsewhere := 0
	for _, table := range [][]path{
		taskPaths(), listPaths(), segmentPaths(), workerPaths(), remotePaths(), compactionPaths(), supervisorPaths(), statusPaths(),
	} {
		for _, p := range table {
			target := param.ReplaceAllString(p.pattern, "a%2Fb") + "?c=%64"
			own := strings.HasPrefix(target, "/status") || strings.HasSuffix(p.pattern, "eader")
			w := f.answer(p.method, target, "")
			if to := w.Header().Get("Location"); (to != other+target || w.Code != http.StatusTemporaryRedirect) != own {
				t.Errorf("%s %s: %d, to %s", p.method, target, w.Code, to)
			}
			if !own {
				elsewhere++
			}
		}
	}
	if elsewhere < 60 {
		t.Errorf("%d paths are the leader's", elsewhere)
	}
}

// A request during which the lead is lost has done nothing, and is sent on.
func TestLeadLostMeanwhile(t *testing.T) {
	t.Parallel()
	for _, err := range []error{fmt.Errorf("shut down: %w", metadata.ErrTermOver), queue.ErrStopped} {
		for _, path := range []string{"/task", "/task/a/shutdown", "/datasources/wiki/shutdownAllTasks"} {
			f := setupWith(func(o *Options) { o.Leader = func() string { return "http://other:8090" } })
			f.tasks.err = err
			w := f.answer(http.MethodPost, base+path, `{"type":"noop"}`)
			if w.Code != http.StatusTemporaryRedirect || w.Header().Get("Location") != "http://other:8090"+base+path {
				t.Errorf("%v: %s: %d %v %s", err, path, w.Code, w.Header(), w.Body)
			}
		}
	}
}

// However a request names its target, a server that does not lead sends its client to the one that does, and nowhere else.
func TestRedirectsStayWithTheLeader(t *testing.T) {
	t.Parallel()
	const leading = "https://leader:8290"
	f := setupWith(func(o *Options) {
		o.Engine, o.Leader = func() *Engine { return nil }, func() string { return leading }
	})
	for _, target := range []string{
		"//evil.example/x", "/@evil.example", "/\\evil.example", "https://evil.example/druid/indexer/v1/tasks", "/%2f%2fevil.example", "/druid/../@evil.example", "/.evil.example:80/", "/%0d%0aLocation:%20http://evil.example",
		"http:@evil.example/x", "*",
	} {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n")))
		if err != nil {
			continue // the server does not understand it either
		}
		w := httptest.NewRecorder()
		f.ServeHTTP(w, r)
		to := w.Header().Get("Location")
		if to == "" {
			continue
		}
		if u, err := url.Parse(to); err != nil || u.Scheme+"://"+u.Host != leading || u.User != nil {
			t.Errorf("%s leads to %s", target, to)
		}
	}
}
