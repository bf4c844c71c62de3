package front

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ovate/internal/auth"
)

// Who may not come gets no part, and who may is known to it; pages of others are refused before anybody is asked.
func TestWhoMayCome(t *testing.T) {
	t.Parallel()
	says := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(auth.From(r.Context()).Name)) })
	named := auth.Anybody{As: auth.NewIdentity("joe", auth.AllowAll{})}
	for _, c := range []struct {
		about  string
		chain  *auth.Chain
		path   string
		origin string
		status int
		body   string
	}{
		{"nobody is asked", nil, "/x", "", 200, "allowAll"},
		{"somebody", auth.NewChain([]auth.Authenticator{named}, nil, nil), "/metrics", "", 200, "joe"},
		{"nobody may come", auth.NewChain(nil, []string{"/status/health"}, nil), "/metrics", "", 401, `{"error":"Unauthorized request","errorMessage":null,"errorClass":null,"host":null}`},
		{"nobody may come to our own surface", auth.NewChain(nil, nil, nil), "/api/v1/tasks", "", 401,
			`{"type":"about:blank","title":"Unauthorized","status":401,"detail":"This takes a user and his password, or a token, that are known here."}`},
		{"nobody, but here", auth.NewChain(nil, []string{"/status/health"}, nil), "/status/health", "", 200, "allowAll"},
		{"a page of others to our own surface", auth.NewChain(nil, nil, nil), "/api/v1/tasks", "http://evil.example", 403, ""},
		{"a page of others", auth.NewChain(nil, nil, nil), "/x", "http://evil.example", 403, ""},
	} {
		f := New(Options{Auth: c.chain, Parts: map[string]http.Handler{"metrics": says}, Rest: says})
		r := httptest.NewRequest("GET", "http://localhost"+c.path, nil)
		if c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		w := httptest.NewRecorder()
		f.ServeHTTP(w, r)
		if media := w.Header().Get("Content-Type"); strings.HasPrefix(c.path, "/api/v1/") != (media == "application/problem+json") {
			t.Errorf("%s: %s", c.about, media)
		}
		if w.Code != c.status || c.body != "" && w.Body.String() != c.body {
			t.Errorf("%s: %d %s", c.about, w.Code, w.Body)
		}
	}
}
