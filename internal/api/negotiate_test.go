package api

import "testing"

func TestContentTypes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		path, body, contentType string
		status                  int
	}{
		{"/task", `{"type":"noop","id":"x"}`, "application/json", 200},
		{"/task", `{"type":"noop","id":"x"}`, "Application/JSON; charset=utf-8", 200},
		{"/task", `{"type":"noop","id":"x"}`, "text/plain", 415},
		{"/task", `{"type":"noop","id":"x"}`, "text/json", 415},
		{"/task", `{"type":"noop","id":"x"}`, "application/x-jackson-smile", 415},
		{"/task", `{"type":"noop","id":"x"}`, "application/x-www-form-urlencoded", 415},
		{"/task", `{"type":"noop","id":"x"}`, "", 415},
		{"/task", `{"type":"noop","id":"x"}`, "json", 415},
		{"/task", ``, "", 400},
		{"/taskStatus", `["x"]`, "text/json", 200},
		{"/taskStatus", `["x"]`, "application/vnd.api+json", 200},
		{"/taskStatus", `["x"]`, "text/plain", 415},
		{"/task/x/shutdown", `anything`, "text/plain", 200},
	}
	for _, test := range tests {
		w := setup().answer("POST", base+test.path, test.body, "Content-Type", test.contentType)
		if w.Code != test.status {
			t.Errorf("POST %s as %q: %d %s; want %d", test.path, test.contentType, w.Code, w.Body, test.status)
		}
		if w.Code == 415 && w.Body.Len() > 0 {
			t.Errorf("POST %s as %q: 415 with a body", test.path, test.contentType)
		}
	}
}

func TestAccept(t *testing.T) {
	t.Parallel()
	tests := []struct {
		path, accept string
		status       int
	}{
		{base + "/tasks", "", 200},
		{base + "/tasks", " ", 200},
		{base + "/tasks", "*/*", 200},
		{base + "/tasks", "application/json", 200},
		{base + "/tasks", "text/html, application/*;q=0.5", 200},
		{base + "/tasks", "text/html", 406},
		{base + "/tasks", "application/x-jackson-smile", 406},
		{base + "/tasks", "application/json;q=0", 406},
		{base + "/tasks", "application/json;q=0, */*", 406},
		{base + "/tasks?state=bogus", "text/plain", 406}, // although that answer would be text
		{base + "/task/x/log", "text/plain", 200},
		{base + "/task/x/log", "application/json", 406},
		{"/status/health", "text/plain", 406},
	}
	for _, test := range tests {
		headers := []string{"Accept", test.accept}
		if test.accept == "" {
			headers = nil
		}
		if w := setup().answer("GET", test.path, "", headers...); w.Code != test.status || w.Code == 406 && w.Body.Len() > 0 {
			t.Errorf("GET %s accepting %q: %d %s; want %d", test.path, test.accept, w.Code, w.Body, test.status)
		}
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	f := setup()
	get := f.answer("GET", base+"/isLeader", "").Header()
	if get.Get("Cache-Control") != "no-cache, no-store, max-age=0" || get.Get("Vary") != "Accept-Encoding, User-Agent" {
		t.Errorf("GET: %v", get)
	}
	post := f.answer("POST", base+"/taskStatus", `["x"]`).Header()
	if post.Get("Cache-Control") != "" || post.Get("Vary") == "" {
		t.Errorf("POST: %v", post)
	}
	missing := f.answer("GET", base+"/nope", "").Header()
	if missing.Get("Cache-Control") == "" || missing.Get("Vary") != "" {
		t.Errorf("404: %v", missing)
	}
	deleted := f.answer("DELETE", base+"/pendingSegments/x", "", "Accept-Encoding", "gzip").Header()
	if deleted.Get("Vary") != "" || deleted.Get("Content-Encoding") != "" {
		t.Errorf("DELETE: %v", deleted)
	}
}

func TestGzipAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		offer string
		taken bool
	}{
		{"gzip", true},
		{"deflate, gzip;q=0.5", true},
		{"*", true},
		{"gzip;q=0, *", false},
		{"br", false},
		{"identity", false},
	}
	for _, test := range tests {
		w := setup().answer("GET", base+"/isLeader", "", "Accept-Encoding", test.offer)
		if compressed := w.Header().Get("Content-Encoding") == "gzip"; compressed != test.taken {
			t.Errorf("offered %q: compressed is %v", test.offer, compressed)
		}
		if test.taken {
			if text := inflated(t, w); text != `{"leader":true}` {
				t.Errorf("offered %q: %s", test.offer, text)
			}
		}
	}
	for _, path := range []string{base + "/worker", base + "/task/nope/status"} {
		if w := setup().answer("GET", path, "", "Accept-Encoding", "gzip"); w.Header().Get("Content-Encoding") != "" {
			t.Errorf("GET %s is compressed", path)
		}
	}
}
