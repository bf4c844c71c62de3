package api

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// FuzzRequest: whatever a client sends, it is not the server's fault, and an answer that says it is JSON is JSON, but for
// the bare texts that Druid labels so.
func FuzzRequest(f *testing.F) {
	for _, path := range []string{"/task/x/status", "/tasks?max=1&createdTimeInterval=2016_2017", "/task/%ff/log?offset=-1", "/pendingSegments/a%20b?interval=P1D/2020", "/worker/history?count=1"} {
		f.Add("GET", base+path, contentJSON, "")
		f.Add("DELETE", base+path, contentJSON, "")
	}
	for path, body := range map[string]string{
		"/task":               `{"type":"noop","id":"x","context":{"priority":1}}`,
		"/taskStatus":         `["a","b",1]`,
		"/lockedIntervals/v2": `[{"datasource":"wiki","priority":0,"intervals":["2020/2021"],"context":{"useConcurrentLocks":true}}]`,
		"/activeLocks":        `[{"datasource":"wiki"}]`,
		"/supervisor":         `{"type":"kafka","spec":{"dataSchema":{"dataSource":"d"},"ioConfig":{"topic":"t","consumerProperties":{"a.password":"b"}}},"suspended":true}`,
		"/task/x/shutdown":    ``,
	} {
		f.Add("POST", base+path, contentJSON, body)
		f.Add("POST", base+path, contentSmile, body)
	}
	f.Fuzz(func(t *testing.T, method, path, contentType, body string) {
		target, err := url.ParseRequestURI(path)
		if err != nil || strings.ContainsAny(method, " \r\n") {
			return // net/http refuses it before it comes here
		}
		r := httptest.NewRequest("POST", "/", strings.NewReader(body))
		r.Method, r.URL = method, target
		r.Header.Set("Content-Type", contentType)
		w := httptest.NewRecorder()
		setup().ServeHTTP(w, r)
		if w.Code >= http.StatusInternalServerError {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if text := w.Body.String(); w.Header().Get("Content-Type") == contentJSON && (strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[")) && !json.Valid(w.Body.Bytes()) {
			t.Errorf("%d: not JSON: %s", w.Code, text)
		}
	})
}
