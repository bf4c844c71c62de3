package front

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"ovate/internal/auth"
	"ovate/internal/room"
)

// hindered cannot find out who sends a request.
type hindered struct{ by error }

func (h hindered) Identify(*http.Request) (auth.Identity, bool, error) {
	return auth.Identity{}, false, h.by
}
func (hindered) Challenge() string { return "" }

// Who is refused for now is told when to come again: in a moment where that is all it takes.
func TestWhenToComeAgain(t *testing.T) {
	t.Parallel()
	for by, want := range map[error]struct {
		status int
		after  string
	}{
		auth.ErrGuesses: {429, "600"}, auth.ErrCrowd: {429, "1"}, room.ErrBusy: {429, "5"}, auth.ErrUnknown: {503, "1"}, auth.ErrCredentials: {401, ""}, room.ErrTooLarge: {413, ""},
	} {
		for _, path := range []string{"/druid/indexer/v1/tasks", "/api/v1/tasks", "/tasks"} {
			tell := func(w http.ResponseWriter, _ *http.Request, status int, _ string) { w.WriteHeader(status) }
			f := New(Options{Auth: auth.NewChain([]auth.Authenticator{hindered{by}}, nil, nil), Pages: []string{"tasks"}, Tell: tell})
			r, w := httptest.NewRequest("GET", "http://localhost"+path, nil), httptest.NewRecorder()
			r.Header.Set("Accept", "text/html")
			if f.ServeHTTP(w, r); w.Code != want.status || w.Header().Get("Retry-After") != want.after {
				t.Errorf("%s: %v: %d, again after %q", path, by, w.Code, w.Header().Get("Retry-After"))
			}
		}
	}
}
