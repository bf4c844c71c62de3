package front

import (
	"net/http/httptest"
	"testing"
)

// Every answer tells browsers to take it for what it says it is, to show it in no frame and, if that is wanted, to come by TLS.
func TestHeaders(t *testing.T) {
	t.Parallel()
	for _, hsts := range []string{"", "max-age=63072000; includeSubDomains"} {
		f := New(Options{HSTS: hsts != "", Rest: answers("the API")})
		for _, host := range []string{"localhost", "evil.example"} {
			w := httptest.NewRecorder()
			f.ServeHTTP(w, httptest.NewRequest("POST", "http://"+host+"/x", nil))
			if h := w.Header(); h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Content-Security-Policy") != "frame-ancestors 'none'" || h.Get("Strict-Transport-Security") != hsts {
				t.Errorf("%s: %v", host, h)
			}
		}
	}
}
