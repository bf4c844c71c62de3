package front

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestHostsThatAreOurs(t *testing.T) {
	t.Parallel()
	g := &guard{hosts: []string{"Overlord.example.com", "[::2]"}}
	for host, want := range map[string]bool{
		"localhost": true, "localhost:8090": true, "LOCALHOST:1": true, "localhost.": true, "app.localhost:80": true, "127.0.0.1:8090": true,
		"127.0.0.1": true, "[::1]:8090": true, "[::1]": true, "10.1.2.3:80": true, "[fe80::1%25eth0]:80": true, "overlord.example.com:81": true,
		"overlord.example.com.": true, "": true,
		"evil.example": false, "evil.example:8090": false, "localhost.evil.example": false, "localhost:8090.evil.example": false, "notlocalhost": false,
		"overlord.example.com.evil": false, "127.0.0.1.evil.example:80": false, "localhost:80@evil.example": false, "[evil.example]": false, "2130706433": false,
	} {
		if got := g.isOurs(host); got != want {
			t.Errorf("%q: %v", host, got)
		}
	}
	if !(&guard{hosts: []string{"*"}}).isOurs("anything:1") {
		t.Error("* does not stand for any name")
	}
}

// TestPagesOfOthers sends what browsers send for pages, and what programs send.
func TestPagesOfOthers(t *testing.T) {
	t.Parallel()
	post, get := "/druid/indexer/v1/task/x/shutdown", "/druid/indexer/v1/tasks"
	for _, c := range []struct {
		about, method, path, host string
		headers                   []string
		status                    int
	}{
		{"curl", "POST", post, "localhost:8090", nil, 200},
		{"curl of a form", "POST", post, "127.0.0.1:8090", []string{"Content-Type", "application/x-www-form-urlencoded"}, 200},
		{"a client in Java", "POST", post, "localhost:8090", []string{"User-Agent", "Apache-HttpClient/4.5 (Java/17)"}, 200},
		{"by IPv6", "POST", post, "[::1]:8090", nil, 200},
		{"by the name that it was given", "POST", post, "overlord.example.com:8090", nil, 200},
		{"the Router", "POST", post, "localhost:8090", []string{"Via", "http/1.1 router", "X-Forwarded-For", "10.0.0.7", "X-Forwarded-Host", "router:8888"}, 200},
		{"a page of the Router", "POST", post, "localhost:8090", []string{"Origin", "http://router:8888", "X-Forwarded-Host", "router:8888"}, 200},
		{"a page of the Router, by TLS", "POST", post, "localhost:8090", []string{"Origin", "https://router", "Sec-Fetch-Site", "same-origin"}, 200},
		{"an own page", "POST", post, "localhost:8090", []string{"Origin", "http://localhost:8090", "Sec-Fetch-Site", "same-origin"}, 200},
		{"an own page, in an old browser", "POST", post, "localhost:8090", []string{"Origin", "http://localhost:8090"}, 200},
		{"a page that is allowed", "POST", post, "localhost:8090", []string{"Origin", "https://console.example", "Sec-Fetch-Site", "cross-site"}, 200},
		{"the address bar", "GET", get, "localhost:8090", []string{"Sec-Fetch-Site", "none", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, 200},
		{"a link elsewhere", "GET", get, "localhost:8090", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, 200},

		{"a name that was made to lead here", "GET", get, "evil.example:8090", nil, 403},
		{"the same, changing something", "POST", post, "evil.example:8090", []string{"Origin", "http://evil.example:8090"}, 403},
		{"the same, with a log", "GET", "/druid/indexer/v1/task/x/log", "evil.example:8090", nil, 403},
		{"the same, with a path that is not there", "GET", "/nowhere", "evil.example:8090", nil, 403},
		{"a form elsewhere", "POST", post, "localhost:8090", []string{"Origin", "http://evil.example", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, 403},
		{"a form elsewhere, in an old browser", "POST", post, "localhost:8090", []string{"Origin", "http://evil.example", "Content-Type", "text/plain"}, 403},
		{"a page that hides its origin", "POST", post, "localhost:8090", []string{"Origin", "null"}, 403},
		{"a page on another port", "POST", post, "localhost:8090", []string{"Origin", "http://localhost:3000", "Sec-Fetch-Site", "same-site"}, 403},
		{"a page without an origin", "POST", post, "localhost:8090", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"deleting", "DELETE", "/druid/indexer/v1/pendingSegments/wiki", "localhost:8090", []string{"Origin", "http://evil.example"}, 403},
		{"a script or picture", "GET", get, "localhost:8090", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "script"}, 403},
		{"a frame", "GET", get, "localhost:8090", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"}, 403},
		{"reading, in an old browser", "GET", get, "localhost:8090", []string{"Origin", "http://evil.example"}, 403},
		{"elsewhere, through the Router", "POST", post, "localhost:8090", []string{"Origin", "http://evil.example", "X-Forwarded-Host", "router:8888"}, 403},
	} {
		f := New(Options{Hosts: []string{"overlord.example.com"}, Origins: []string{"https://console.example"}, Rest: answers("the API")})
		r := httptest.NewRequest(c.method, c.path, nil)
		r.Host = c.host
		for i := 0; i < len(c.headers); i += 2 {
			r.Header.Set(c.headers[i], c.headers[i+1])
		}
		w := httptest.NewRecorder()
		f.ServeHTTP(w, r)
		says := w.Code != http.StatusForbidden || strings.Contains(w.Body.String(), `{"error":"`) && strings.Contains(w.Body.String(), "ovate.http.allowed")
		if w.Code != c.status || !says {
			t.Errorf("%s: %d %s; want %d", c.about, w.Code, w.Body, c.status)
		}
	}
}

// answers is a part that says which one it is.
func answers(as string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(as)) })
}

// A path is answered by the part that its first segment names.
func TestParts(t *testing.T) {
	t.Parallel()
	f := New(Options{Parts: map[string]http.Handler{"": answers("the page"), "metrics": answers("metrics")}, Rest: answers("the API")})
	for path, want := range map[string]string{
		"/": "the page", "/metrics": "metrics", "/metrics/": "metrics", "/metrics/x?y": "metrics", "/metrics?x": "metrics",
		"/metrics2": "the API", "/%6detrics": "the API", "/druid/indexer/v1/tasks": "the API", "//metrics": "the API", "//": "the API",
	} {
		w := httptest.NewRecorder()
		f.ServeHTTP(w, httptest.NewRequest("GET", "http://localhost"+path, nil))
		if got := w.Body.String(); got != want {
			t.Errorf("%s is answered by %s; want %s", path, got, want)
		}
	}
}
