package ovate

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// A browser that asks for a page which is not there gets one of ours; programs, and whoever asks Druid's paths, get Druid's answer.
func TestRest(t *testing.T) {
	t.Parallel()
	says := func(status int) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
	}
	h := rest(says(201), says(202))
	const browser = "text/html,*/*;q=0.8"
	for _, c := range []struct {
		method, path, accept string
		want                 int
	}{
		{"GET", "/nosuch", browser, 202}, {"GET", "/nosuch/druid", browser, 202}, {"GET", "/nosuch", "*/*", 201}, {"POST", "/nosuch", browser, 201},
		{"GET", "/druid/indexer/v1/nosuch", browser, 201}, {"GET", "/status", browser, 201}, {"GET", "/status/properties", browser, 201},
	} {
		r := httptest.NewRequest(c.method, c.path, nil)
		r.Header.Set("Accept", c.accept)
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != c.want {
			t.Errorf("%s %s %s: %d, want %d", c.method, c.path, c.accept, w.Code, c.want)
		}
	}
}
