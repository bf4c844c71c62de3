package chat_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"ovate/druid"
	"ovate/internal/chat"
	"ovate/internal/request"
	"ovate/internal/runner/remote/workertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// id is that of a task, with what has to be written otherwise in addresses.
const id = "index_kafka_wiki 1+2~ü_abcdefgh"

// peon is the process of one task. Its chat handler answers as that of Druid's tasks which read streams.
type peon struct {
	answers map[string]func(w http.ResponseWriter, body string) // by method and path

	mu       sync.Mutex // guards everything below
	id       string
	starting int // so often nobody has registered the handler yet
	asked    []string
}

// heard is what the peon was asked since this was called last.
func (p *peon) heard() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked := p.asked
	p.asked = nil
	return asked
}

func newPeon(id string) *peon {
	say := func(code int, text string) func(http.ResponseWriter, string) {
		return func(w http.ResponseWriter, _ string) {
			w.WriteHeader(code)
			_, _ = io.WriteString(w, text)
		}
	}
	return &peon{id: id, answers: map[string]func(w http.ResponseWriter, body string){
		"GET status":                   say(200, `"READING"`),
		"GET time/start":               say(200, ``),
		"GET offsets/current":          say(200, `{"0":5}`),
		"GET offsets/end":              say(200, `{"0":9223372036854775807}`),
		"GET checkpoints":              say(200, `{"0":{"0":0}}`),
		"POST pause":                   say(202, `Request accepted but task has not yet paused`),
		"POST resume":                  say(200, ``),
		"POST offsets/end?finish=true": func(w http.ResponseWriter, body string) { _, _ = io.WriteString(w, body) },
		"GET rowStats":                 say(200, `{"movingAverages":{},"totals":{}}`),
		"GET unparseableEvents":        say(200, `[]`),
		"POST pendingSegmentVersion": func(w http.ResponseWriter, body string) {
			if body != `{"id":"s"}` {
				say(400, `{"error":"Cannot construct instance"}`)(w, body)
			}
		},
	}}
}

func (p *peon) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	const base = "/druid/worker/v1/chat/"
	text, err := io.ReadAll(r.Body)
	asked, _ := strings.CutPrefix(r.URL.Path, base)
	of, path, _ := strings.Cut(asked, "/")
	if r.URL.RawQuery != "" {
		path += "?" + r.URL.RawQuery
	}
	p.mu.Lock()
	p.asked = append(p.asked, fmt.Sprintf("%s %s of %s %s %s", r.Method, path, of, r.Header.Get("Content-Type"), text))
	own, starting := p.id, p.starting > 0
	p.starting--
	p.mu.Unlock()
	w.Header().Set("X-Druid-Task-Id", url.QueryEscape(own))
	meant, unreadable := url.QueryUnescape(r.Header.Get("X-Druid-Task-Id"))
	answer := p.answers[r.Method+" "+path]
	switch {
	case err != nil || unreadable != nil:
		w.WriteHeader(http.StatusTeapot)
	case meant != own:
		http.Error(w, `{"error":"Requested taskId doesn't match"}`, http.StatusBadRequest)
	case starting || of != own:
		http.Error(w, `{"error":"Can't find chatHandler for handler"}`, http.StatusServiceUnavailable)
	case answer == nil:
		http.NotFound(w, r)
	default:
		answer(w, string(text))
	}
}

// stage is a network with a peon at a host, and a client that knows where it is.
type stage struct {
	*testing.T
	network *workertest.Network
	peon    *peon
	client  *chat.Client
	at      druid.TaskLocation
}

func host(name string) druid.TaskLocation {
	return druid.TaskLocation{Host: name, Port: 8100, TLSPort: -1}
}

// onStage runs a test in a bubble.
func onStage(t *testing.T, test func(s *stage)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stage{T: t, network: workertest.NewNetwork(), peon: newPeon(id), at: host("h")}
		defer s.network.Close()
		s.network.Serve("h:8100", s.peon)
		http := s.network.Client()
		defer http.CloseIdleConnections()
		where := func(context.Context, string) (druid.TaskLocation, error) { return s.at, nil }
		s.client = &chat.Client{HTTP: http, Where: where, Timeout: 10 * time.Second, Retries: 8}
		test(s)
	})
}

// ask is an answer as text.
func (s *stage) ask(q chat.Question) (string, error) {
	answer, err := s.client.Ask(s.Context(), id, q)
	if err != nil {
		return "", err
	}
	return fmt.Sprint(answer.Code, " ", string(answer.Body)), nil
}

var status = chat.Question{Method: http.MethodGet, Path: "status"}

// Everything that a supervisor asks comes to the task as Druid's supervisors ask it, and the answer comes back as it is.
func TestQuestions(t *testing.T) {
	onStage(t, func(s *stage) {
		for _, c := range []struct {
			method, path, body string
			want               string
		}{
			{"GET", "status", "", `200 "READING"`},
			{"GET", "time/start", "", `200 `},
			{"GET", "offsets/current", "", `200 {"0":5}`},
			{"GET", "offsets/end", "", `200 {"0":9223372036854775807}`},
			{"GET", "checkpoints", "", `200 {"0":{"0":0}}`},
			{"POST", "pause", "", `202 Request accepted but task has not yet paused`},
			{"POST", "resume", "", `200 `},
			{"POST", "offsets/end?finish=true", `{"0":7}`, `200 {"0":7}`},
			{"GET", "rowStats", "", `200 {"movingAverages":{},"totals":{}}`},
			{"GET", "unparseableEvents", "", `200 []`},
			{"POST", "pendingSegmentVersion", `{"id":"s"}`, `200 `},
		} {
			q, kind := chat.Question{Method: c.method, Path: c.path}, ""
			if c.body != "" {
				q.Body, kind = []byte(c.body), "application/json"
			}
			if got, err := s.ask(q); err != nil || got != c.want {
				s.Errorf("%s %s: %q, %v, want %q", c.method, c.path, got, err, c.want)
			}
			if got, want := fmt.Sprint(s.peon.heard()), fmt.Sprintf("[%s %s of %s %s %s]", c.method, c.path, id, kind, c.body); got != want {
				s.Errorf("the task was asked %s, want %s", got, want)
			}
		}
	})
}

// What passes by itself is waited for: a task that starts, that is at another place, or whose answer gets lost. What another try would not change is told
// at once.
func TestTries(t *testing.T) {
	end := chat.Question{Method: http.MethodPost, Path: "offsets/end?finish=true", Body: []byte(`{"0":7}`)}
	for name, c := range map[string]struct {
		begin   func(s *stage)
		ask     chat.Question
		want    string // the answer, or how the error begins
		tries   int    // that the task has heard
		took    time.Duration
		because func(err error) bool
	}{
		"a task that starts":        {func(s *stage) { s.peon.starting = 3 }, status, `200 "READING"`, 4, 14 * time.Second, nil},
		"one that starts for ever":  {func(s *stage) { s.peon.starting = 99 }, status, "task[" + id + "] does not listen", 9, 64 * time.Second, isAbsent},
		"nobody at the place":       {func(s *stage) { s.network.Cut("h:8100", true) }, status, "task[" + id + "] does not listen", 0, 64 * time.Second, isAbsent},
		"a place that is not known": {func(s *stage) { s.at = druid.UnknownLocation }, status, "task[" + id + "] does not listen: its place is not known", 0, 0, isAbsent},
		"a port that is another's":  {func(s *stage) { s.peon.id = "other" }, status, "task[" + id + "] does not listen", 9, 64 * time.Second, isAbsent},
		"requests that get lost":    {func(s *stage) { s.network.Lose("h:8100", 2, 0) }, end, `200 {"0":7}`, 1, 6 * time.Second, nil},
		"answers that get lost":     {func(s *stage) { s.network.Lose("h:8100", 0, 2) }, end, `200 {"0":7}`, 3, 6 * time.Second, nil},
		"a fault of its own": {func(s *stage) {
			s.peon.answers["GET status"] = func(w http.ResponseWriter, _ string) { http.Error(w, "odd", http.StatusInternalServerError) }
		}, status, "GET http://h:8100/druid/worker/v1/chat/index_kafka_wiki%201+2~%C3%BC_abcdefgh/status: status 500: odd", 9, 64 * time.Second, answered(500)},
		"a no": {func(s *stage) {
			s.peon.answers["GET status"] = func(w http.ResponseWriter, _ string) { http.Error(w, "never", http.StatusConflict) }
		}, status, "GET http://h:8100/", 1, 0, answered(409)},
		"a question that it does not know": {func(*stage) {}, chat.Question{Method: http.MethodGet, Path: "odd"}, "GET http://h:8100/", 1, 0, answered(404)},
		"an answer without end": {func(s *stage) {
			s.peon.answers["GET status"] = func(w http.ResponseWriter, _ string) { _, _ = w.Write(make([]byte, 17<<20)) }
		}, status, "the answer of task[" + id + "] to status has more than", 1, 0, nil},
		"a task that has ended": {func(s *stage) {
			s.client.Where = func(context.Context, string) (druid.TaskLocation, error) { return druid.UnknownLocation, errEnded }
		}, status, "where task[" + id + "] is: it has ended", 0, 0, func(err error) bool { return errors.Is(err, errEnded) }},
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, func(s *stage) {
				c.begin(s)
				begun := time.Now()
				got, err := s.ask(c.ask)
				if err != nil {
					got = err.Error()
				}
				if !strings.HasPrefix(got, c.want) || c.because != nil && !c.because(err) {
					s.Errorf("%q, %v, want %q", got, err, c.want)
				}
				if took, tries := time.Since(begun), len(s.peon.heard()); tries != c.tries || took != c.took { // of the bubble's clock
					s.Errorf("it was asked %d times in %s, want %d in %s", tries, took, c.tries, c.took)
				}
			})
		})
	}
}

var errEnded = errors.New("it has ended")

func isAbsent(err error) bool {
	_, is := errors.AsType[*chat.Absent](err)
	return is
}

func answered(code int) func(error) bool {
	return func(err error) bool {
		status, is := errors.AsType[*request.StatusError](err)
		return is && status.Code == code && !isAbsent(err)
	}
}

// A task that is found at another place is asked there.
func TestTaskThatMoves(t *testing.T) {
	onStage(t, func(s *stage) {
		former := s.peon
		former.id = "other"
		s.peon = newPeon(id)
		s.network.Serve("h2:8100", s.peon)
		asked := 0
		s.client.Where = func(context.Context, string) (druid.TaskLocation, error) {
			if asked++; asked > 2 {
				return host("h2"), nil
			}
			return host("h"), nil
		}
		got, err := s.ask(status)
		before, after := former.heard(), s.peon.heard()
		if err != nil || got != `200 "READING"` || len(before) != 2 || len(after) != 1 {
			s.Errorf("%s, %v; asked at the former place %q, at the new one %q", got, err, before, after)
		}
	})
}

// A task that hangs is asked again, and whoever asks is not kept when it has to go.
func TestTaskThatHangs(t *testing.T) {
	onStage(t, func(s *stage) {
		hangs, times := make(chan struct{}), atomic.Int64{}
		s.peon.answers["GET status"] = func(w http.ResponseWriter, _ string) {
			if times.Add(1) < 3 {
				<-hangs
				return
			}
			_, _ = io.WriteString(w, `"PAUSED"`)
		}
		defer close(hangs)
		if got, err := s.ask(status); err != nil || got != `200 "PAUSED"` {
			s.Errorf("%s, %v", got, err)
		}
		times.Store(0)
		ctx, cancel := context.WithTimeout(s.Context(), 11*time.Second) // in the pause after the first try
		defer cancel()
		if _, err := s.client.Ask(ctx, id, status); !errors.Is(err, context.DeadlineExceeded) {
			s.Error(err)
		}
	})
}

// Of clients that share turns no more ask at a time than there are, and who waits for one loses no time for the answer.
func TestTurns(t *testing.T) {
	onStage(t, func(s *stage) {
		var mu sync.Mutex
		now, most := 0, 0
		s.peon.answers["GET status"] = func(w http.ResponseWriter, _ string) {
			mu.Lock()
			now++
			most = max(most, now)
			mu.Unlock()
			time.Sleep(9 * time.Second) // of the bubble's clock
			mu.Lock()
			now--
			mu.Unlock()
			_, _ = io.WriteString(w, `"READING"`)
		}
		s.client.Turns, s.client.Retries = make(chan struct{}, 2), 0
		other := *s.client
		var all sync.WaitGroup
		for range 3 {
			for _, c := range []*chat.Client{s.client, &other} {
				all.Go(func() {
					if _, err := c.Ask(s.Context(), id, status); err != nil {
						s.Error(err)
					}
				})
			}
		}
		all.Wait()
		if most != 2 {
			s.Errorf("%d have asked at a time", most)
		}
		s.client.Turns <- struct{}{}
		s.client.Turns <- struct{}{}
		ctx, cancel := context.WithTimeout(s.Context(), time.Second)
		defer cancel()
		if _, err := s.client.Ask(ctx, id, status); !errors.Is(err, context.DeadlineExceeded) {
			s.Error(err)
		}
	})
}

// A task that speaks TLS is asked by it.
func TestPlaces(t *testing.T) {
	t.Parallel()
	var asked []string
	client := &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
		asked = append(asked, r.URL.String())
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
	})}
	for _, at := range []druid.TaskLocation{{Host: "h", Port: 1, TLSPort: -1}, {Host: "h", Port: 1, TLSPort: 2}, {Host: "::1", Port: -1, TLSPort: 2}} {
		resp, err := chat.Open(t.Context(), client, at, "a", status)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil {
			t.Error(err)
		}
	}
	want := "[http://h:1/druid/worker/v1/chat/a/status https://h:2/druid/worker/v1/chat/a/status https://[::1]:2/druid/worker/v1/chat/a/status]"
	if got := fmt.Sprint(asked); got != want {
		t.Errorf("asked are %s, want %s", got, want)
	}
	for _, at := range []druid.TaskLocation{druid.UnknownLocation, {Port: 1, TLSPort: 2}, {Host: "h", Port: -1, TLSPort: -1}, {Host: "h:1/x?", Port: 1, TLSPort: -1}, {Host: "u@h", Port: 1, TLSPort: -1}} {
		if _, err := chat.Open(t.Context(), client, at, "a", status); !isAbsent(err) {
			t.Errorf("%+v: %v", at, err)
		}
	}
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
