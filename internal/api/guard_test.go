package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ovate/internal/ingest/source"
	"ovate/internal/task"
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
	post, get := base+"/task/x/shutdown", base+"/tasks"
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
		{"the same, with a log", "GET", base + "/task/x/log", "evil.example:8090", nil, 403},
		{"the same, with a path that is not there", "GET", "/nowhere", "evil.example:8090", nil, 403},
		{"a form elsewhere", "POST", post, "localhost:8090", []string{"Origin", "http://evil.example", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, 403},
		{"a form elsewhere, in an old browser", "POST", post, "localhost:8090", []string{"Origin", "http://evil.example", "Content-Type", "text/plain"}, 403},
		{"a page that hides its origin", "POST", post, "localhost:8090", []string{"Origin", "null"}, 403},
		{"a page on another port", "POST", post, "localhost:8090", []string{"Origin", "http://localhost:3000", "Sec-Fetch-Site", "same-site"}, 403},
		{"a page without an origin", "POST", post, "localhost:8090", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"deleting", "DELETE", base + "/pendingSegments/wiki", "localhost:8090", []string{"Origin", "http://evil.example"}, 403},
		{"a script or picture", "GET", get, "localhost:8090", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "script"}, 403},
		{"a frame", "GET", get, "localhost:8090", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"}, 403},
		{"reading, in an old browser", "GET", get, "localhost:8090", []string{"Origin", "http://evil.example"}, 403},
		{"elsewhere, through the Router", "POST", post, "localhost:8090", []string{"Origin", "http://evil.example", "X-Forwarded-Host", "router:8888"}, 403},
	} {
		f := setupWith(func(o *Options) {
			o.Hosts, o.Origins = []string{"overlord.example.com"}, []string{"https://console.example"}
		})
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

// TestInputForWorkers: what this process may not read, a worker may, unless the task says where it is to run.
func TestInputForWorkers(t *testing.T) {
	t.Parallel()
	for runner, want := range map[string]struct {
		status int
		place  task.Place
	}{"auto": {200, task.OnWorker}, "httpRemote": {200, task.OnWorker}, "local": {403, task.InProcess}} {
		kit := &task.Kit{}
		f := setupWith(func(o *Options) { o.MayRead, o.Places.Workers = kit.MayRead, true })
		w := f.answer("POST", base+"/task", `{"type":"index_parallel","context":{"ovateRunner":"`+runner+`"},"spec":{"dataSchema":{"dataSource":"a","timestampSpec":{},"dimensionsSpec":{}},
			"ioConfig":{"type":"index_parallel","inputSource":{"type":"local","files":["/etc/passwd"]},"inputFormat":{"type":"json"}}}}`)
		if w.Code != want.status {
			t.Errorf("%s: %d %s", runner, w.Code, w.Body)
		}
		if w.Code == 200 && task.PlaceOf(f.tasks.added[0]) != want.place {
			t.Errorf("%s: it runs at %v", runner, task.PlaceOf(f.tasks.added[0]))
		}
	}
}

// TestTasksThroughAProxy: whoever sends them may be anywhere, as whoever sends them beyond this machine.
func TestTasksThroughAProxy(t *testing.T) {
	t.Parallel()
	body := func(source string) string {
		return `{"type":"index_parallel","spec":{"dataSchema":{"dataSource":"a","timestampSpec":{},"dimensionsSpec":{}},
			"ioConfig":{"type":"index_parallel","inputSource":` + source + `,"inputFormat":{"type":"json"}}}}`
	}
	local, http := body(`{"type":"local","files":["/etc/passwd"]}`), body(`{"type":"http","uris":["http://x/a"]}`)
	private := body(`{"type":"http","uris":["http://x/a","http://10.1.2.3/a"]}`)
	variable := body(`{"type":"http","uris":["http://x/a"],"httpAuthenticationUsername":"u","httpAuthenticationPassword":{"type":"environment","variable":"PATH"}}`)
	named := strings.Replace(variable, "PATH", "HOME", 1)
	unset := strings.Replace(variable, "PATH", "OVATE_TEST_UNSET", 1)
	for _, c := range []struct {
		about, body, header string
		open                bool // to those who come through no proxy
		status              int
		marked              bool
	}{
		{"from this machine", local, "Accept", true, 200, false},
		{"Via", local, "Via", true, 403, false},
		{"Forwarded", local, "Forwarded", true, 403, false},
		{"X-Forwarded-For", local, "X-Forwarded-For", true, 403, false},
		{"X-Forwarded-Host", local, "X-Forwarded-Host", true, 403, false},
		{"X-Real-IP", local, "X-Real-IP", true, 403, false},
		{"a folder that is named", body(`{"type":"local","baseDir":"/srv/in/a","filter":"*"}`), "Via", false, 200, true},
		{"beyond this machine", local, "Accept", false, 403, false},
		{"a folder beyond this machine", body(`{"type":"local","baseDir":"/etc","filter":"*"}`), "Accept", false, 403, false},
		{"a private address", private, "Accept", true, 200, false},
		{"a private address, proxied", private, "Via", true, 403, false},
		{"a private address beyond this machine", private, "Accept", false, 403, false},
		{"a variable", variable, "Accept", true, 200, false},
		{"a variable, proxied", variable, "Via", true, 403, false},
		{"a variable beyond this machine", variable, "Accept", false, 403, false},
		{"a variable that is named", named, "Accept", false, 200, false},
		{"a variable that is named, proxied", named, "Via", true, 200, true},
		{"a variable that is not set", unset, "Accept", true, 400, false},
		{"a variable that is not set, proxied", unset, "Via", true, 403, false},
		{"other input", http, "X-Forwarded-Proto", true, 200, true},
		{"other input from here", http, "Accept", true, 200, false},
	} {
		less := source.Policy{Roots: []string{"/srv/in"}, Variables: []string{"HOME"}}
		kit := &task.Kit{Policy: less, ProxiedPolicy: less}
		if c.open {
			kit.Policy = source.Policy{AnyLocalFile: true, AllowPrivateHTTP: true, AnyVariable: true}
		}
		f := setupWith(func(o *Options) { o.MayRead = kit.MayRead })
		w := f.answer("POST", base+"/task", c.body, c.header, "*/*")
		if w.Code != c.status || c.status == 403 && !strings.Contains(w.Body.String(), "(property ovate.ingest.") {
			t.Errorf("%s: %d %s", c.about, w.Code, w.Body)
		}
		if c.status == 200 && strings.HasSuffix(string(task.Stored(f.tasks.added[0])), `"proxied":true}`) != c.marked {
			t.Errorf("%s: stored as %s", c.about, task.Stored(f.tasks.added[0]))
		}
	}
}
