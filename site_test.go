package ovate_test

import (
	"bufio"
	"context"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"ovate"
	"ovate/client"
	"ovate/druid"
)

// site is a server, and what its page shows.
type site struct {
	t *testing.T
	*httptest.Server
	client *client.Client
}

// newSite starts a server with properties, and the name and value of more.
func newSite(t *testing.T, properties ...string) *site {
	t.Helper()
	set := map[string]string{"ovate.data": t.TempDir(), "ovate.listen": "127.0.0.1:0", "druid.worker.capacity": "1"}
	for i := 0; i < len(properties); i += 2 {
		set[properties[i]] = properties[i+1]
	}
	config, err := ovate.Configure(set)
	if err != nil {
		t.Fatal(err)
	}
	server, err := ovate.New(t.Context(), ovate.Options{Config: config})
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(server.Handler())
	t.Cleanup(func() {
		if err := server.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
		front.Close()
	})
	s := &site{t: t, Server: front}
	if s.client, err = client.New(front.URL); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *site) submit(task string) string {
	s.t.Helper()
	id, err := s.client.Submit(s.t.Context(), []byte(task))
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

func (s *site) wait(id string) druid.TaskStatusPlus {
	s.t.Helper()
	status, err := s.client.Wait(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return status
}

// page is a page as people read it, and its status; a redirect is followed.
func (s *site) page(path string) (text string, status int) {
	s.t.Helper()
	answer, err := s.Client().Get(s.URL + path)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.read(answer)
}

// post sends a form, and is the page that comes of it.
func (s *site) post(path string, form url.Values) (text string, status int) {
	s.t.Helper()
	answer, err := s.Client().PostForm(s.URL+path, form)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.read(answer)
}

func (s *site) read(answer *http.Response) (string, int) {
	s.t.Helper()
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if policy := answer.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; script-src 'self'") {
		s.t.Errorf("%s: policy %q", answer.Request.URL, policy)
	}
	if !answer.Uncompressed {
		s.t.Errorf("%s is not packed", answer.Request.URL)
	}
	return html.UnescapeString(string(body)), answer.StatusCode
}

// shows fails unless a page has all of the texts.
func (s *site) shows(path string, texts ...string) {
	s.t.Helper()
	body, status := s.page(path)
	if status != http.StatusOK {
		s.t.Fatalf("%s: %d\n%s", path, status, body)
	}
	for _, text := range texts {
		if !strings.Contains(body, text) {
			s.t.Errorf("%s does not show %q:\n%s", path, text, body)
		}
	}
}

// until asks for a page until it has a text: some things come to be a moment after a task was taken.
func (s *site) until(path, text string) {
	s.t.Helper()
	for s.t.Context().Err() == nil {
		if body, _ := s.page(path); strings.Contains(body, text) {
			return
		}
	}
	s.t.Fatalf("%s never shows %q", path, text)
}

// events are the data of what is pushed, and the id of the last of them.
func (s *site) events(from string) (<-chan string, func() string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.URL+"/events", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if from != "" {
		r.Header.Set("Last-Event-ID", from)
	}
	answer, err := s.Client().Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { answer.Body.Close() })
	if kind := answer.Header.Get("Content-Type"); kind != "text/event-stream" {
		s.t.Fatal(kind)
	}
	data, ids := make(chan string, 100), make(chan string, 100)
	go func() {
		defer close(data)
		for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
			if id, is := strings.CutPrefix(lines.Text(), "id: "); is {
				ids <- id
			}
			if text, is := strings.CutPrefix(lines.Text(), "data: "); is {
				data <- text
			}
		}
	}()
	return data, func() string { return <-ids }
}
