package v1_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"go.uber.org/goleak"

	"ovate"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server is a whole server with a data folder of its own. What it answers is checked against its own description.
type server struct {
	t      *testing.T
	url    string
	routes routers.Router
	http   *http.Client
}

func newServer(t *testing.T, properties ...string) *server {
	t.Helper()
	all := map[string]string{"ovate.data": t.TempDir(), "ovate.listen": "127.0.0.1:0", "druid.worker.capacity": "2"}
	for i := 0; i < len(properties); i += 2 {
		all[properties[i]] = properties[i+1]
	}
	s, _ := startServer(t, all)
	return s
}

// startServer also returns what stops it early.
func startServer(t *testing.T, properties map[string]string) (*server, func()) {
	t.Helper()
	config, err := ovate.Configure(properties)
	if err != nil {
		t.Fatal(err)
	}
	running, err := ovate.New(t.Context(), ovate.Options{Config: config, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := running.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	s := &server{t: t, url: "http://" + running.Addr(), http: &http.Client{Transport: &http.Transport{}}}
	stop := func() {
		once.Do(func() {
			s.http.CloseIdleConnections()
			if err := running.Stop(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	t.Cleanup(stop)
	s.routes = s.describe()
	return s, stop
}

// describe reads the description, which has to be right by itself.
func (s *server) describe() routers.Router {
	s.t.Helper()
	response, err := s.http.Get(s.url + "/api/v1/openapi.json")
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := doc.Validate(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	routes, err := gorillamux.NewRouter(doc)
	if err != nil {
		s.t.Fatal(err)
	}
	return routes
}

// answer is what a request got.
type answer struct {
	status int
	header http.Header
	body   string
}

// ask sends a request, whose answer has to be as the description says. Headers are given as name, value, name, value.
func (s *server) ask(method, path, body string, headers ...string) answer {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := s.http.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	s.check(request, response, text)
	return answer{response.StatusCode, response.Header, string(text)}
}

// check holds an answer against the description.
func (s *server) check(request *http.Request, response *http.Response, text []byte) {
	s.t.Helper()
	route, params, err := s.routes.FindRoute(request)
	if err != nil {
		if response.StatusCode < 400 || response.StatusCode >= 500 {
			s.t.Errorf("%s %s is not described: %v", request.Method, request.URL, err)
		}
		return
	}
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: request, PathParams: params, Route: route},
		Status:                 response.StatusCode, Header: response.Header, Body: io.NopCloser(bytes.NewReader(text)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	}
	if err := openapi3filter.ValidateResponse(s.t.Context(), input); err != nil {
		s.t.Errorf("%s %s: %d %s\nis not as described: %v", request.Method, request.URL, response.StatusCode, text, err)
	}
}

// expect is ask, and the beginning of what it has to get.
func (s *server) expect(status int, begins, method, path, body string, headers ...string) answer {
	s.t.Helper()
	got := s.ask(method, path, body, headers...)
	if got.status != status || !strings.HasPrefix(got.body, begins) {
		s.t.Errorf("%s %s %s: %d %s\nwant %d %s", method, path, body, got.status, got.body, status, begins)
	}
	return got
}

// decode reads JSON of an answer.
func decode[T any](t *testing.T, a answer) (value T) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), &value); err != nil {
		t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
	return value
}

// patience ends only what hangs: a busy machine may stall for a while.
const patience = 5 * time.Minute

// wait waits until a task is in a state.
func (s *server) wait(id, state string) {
	s.t.Helper()
	for begun := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		got := decode[struct {
			State string `json:"state"`
		}](s.t, s.ask("GET", "/api/v1/tasks/"+id, ""))
		if got.State == state {
			return
		}
		if time.Since(begun) > patience {
			s.t.Fatalf("task %s is %s, and not %s", id, got.State, state)
		}
	}
}
