package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"ovate/internal/auth"
	"ovate/internal/surface"
)

func TestBodies(t *testing.T) {
	t.Parallel()
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	z.Write([]byte(`["x"]`))
	z.Close()
	var bomb bytes.Buffer
	z = gzip.NewWriter(&bomb)
	z.Write(bytes.Repeat([]byte(" "), 64<<20))
	z.Close()

	tests := []struct {
		name, body, coding string
		status             int
		says               string
	}{
		{"plain", `["x"]`, "", 200, ``},
		{"byte order mark", "\uFEFF[\"x\"]", "", 200, ``},
		{"gzip", zipped.String(), "gzip", 200, ``},
		{"nothing, gzipped", "", "gzip", 400, `No Task IDs provided.`},
		{"blank", " \n", "", 400, `No Task IDs provided.`},
		{"not gzip", `["x"]`, "gzip", 400, `Request body is not gzip`},
		{"cut gzip", zipped.String()[:zipped.Len()-9], "gzip", 400, `could not be read to its end`},
		{"unknown coding", `["x"]`, "br", 415, `Content-Encoding [br]`},
		{"too large", strings.Repeat(" ", 1<<20+1), "", 413, `larger than the limit of 1048576 bytes`},
		{"at the limit", strings.Repeat(" ", 1<<20-5) + `["x"]`, "", 200, ``},
		{"bomb", bomb.String(), "gzip", 413, `larger than the limit of 1048576 bytes`},
		{"deep", strings.Repeat("[", 1001), "", 400, `nests deeper than 1000 objects and arrays at line 1, column 1001`},
		{"deep in a text", `["` + strings.Repeat("[", 2000) + `"]`, "", 200, ``},
		{"cut", `["x"`, "", 400, `not valid JSON at line 1, column 4: unexpected end of JSON input`},
		{"spoilt", "[\"x\",\n y]", "", 400, `not valid JSON at line 2, column 2: invalid character 'y'`},
		{"twice", `["x"]["x"]`, "", 400, `not valid JSON at line 1, column 6: `},
		{"not UTF-8", "[\"x\",\n\"\xff\"]", "", 400, `not UTF-8 at line 2, column 2`},
	}
	for _, test := range tests {
		w := setup().answer("POST", base+"/taskStatus", test.body, "Content-Encoding", test.coding)
		if w.Code != test.status || !strings.Contains(w.Body.String(), test.says) {
			t.Errorf("%s: %d %.300s; want %d with %q", test.name, w.Code, w.Body, test.status, test.says)
		}
	}
}

// TestUnannouncedLength shows that the limit holds for a body that does not say how long it is.
func TestUnannouncedLength(t *testing.T) {
	t.Parallel()
	server := serve(t, setup())
	response, err := server.Client().Post(server.URL+base+"/taskStatus", "application/json", onlyReader{strings.NewReader(strings.Repeat(" ", 1<<20+1))})
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != 413 {
		t.Errorf("got %s", response.Status)
	}
}

// smileHeader begins a document whose names can be referred to, and whose binary values are raw.
const smileHeader = ":)\n\x05"

// TestSmile shows that the calls that busy Druid processes make take Smile, and that the others do not.
func TestSmile(t *testing.T) {
	t.Parallel()
	const ids = smileHeader + "\xf8\x40x\xf9"                                              // ["x"]
	const filters = smileHeader + "\xf8\xfa\x89datasource\x43wiki\x87priority\xc0\xfb\xf9" // [{"datasource":"wiki","priority":0}]
	tests := []struct {
		path, body string
		status     int
	}{
		{"/taskStatus", ids, 200},
		{"/lockedIntervals/v2", filters, 200},
		{"/activeLocks", filters, 200},
		{"/taskStatus", `["x"]`, 400},
		{"/taskStatus", ids[:len(ids)-1], 400},
		{"/task", ids, 415},
		{"/supervisor", ids, 415},
	}
	for _, test := range tests {
		w := setup().answer("POST", base+test.path, test.body, "Content-Type", contentSmile)
		if w.Code != test.status || w.Code == 200 && w.Header().Get("Content-Type") != contentJSON {
			t.Errorf("POST %s %q: %d %s; want %d", test.path, test.body, w.Code, w.Body, test.status)
		}
	}
}

// overdue is the body of a client that sends nothing for too long.
type overdue struct{}

func (overdue) Read([]byte) (int, error) { return 0, os.ErrDeadlineExceeded }

// A body that does not come in time is told from one that is wrong, compressed or not, and a server that stops says so.
func TestBodyThatIsLate(t *testing.T) {
	t.Parallel()
	for _, coding := range []string{"", "gzip"} {
		serving, stop := context.WithCancel(t.Context())
		defer stop()
		h := sentBy(auth.Everybody(), New(Options{
			Server: surface.Server{Serving: serving, Log: slog.New(slog.DiscardHandler)}, Engine: leads(Engine{}), BodyLimit: 1 << 20,
		}))
		for _, want := range []int{http.StatusRequestTimeout, http.StatusServiceUnavailable} {
			r := httptest.NewRequest(http.MethodPost, base+"/action", overdue{})
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Content-Encoding", coding)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != want {
				t.Errorf("Content-Encoding %q: %d %s, want %d", coding, w.Code, w.Body, want)
			}
			stop()
		}
	}
}
