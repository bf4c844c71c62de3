package ovate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"ovate/internal/engine"
	"ovate/internal/ingest"
	"ovate/internal/leadership"
	"ovate/internal/leadership/leadershiptest"
	"ovate/internal/metadata"
)

// terms is a server whose lead is taken away, and what it is known to have promised.
type terms struct {
	*Server
	t    *testing.T
	seat *leadershiptest.Seat
	log  *journal

	mu       sync.Mutex
	atWork   int             // ingestions
	accepted map[string]bool // by id: whether it is an ingestion
	ended    map[string]bool // whose shutdown was answered 200
	wanted   chan struct{}   // has a value for each task that is to be submitted
	progress chan struct{}   // gets a value for each that was accepted
}

func newTerms(t *testing.T, dir string) *terms {
	log := &journal{}
	s := &terms{
		Server: newServerWithLog(t, dir, slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))), t: t, log: log,
		accepted: map[string]bool{}, ended: map[string]bool{}, wanted: make(chan struct{}, 1000), progress: make(chan struct{}, 1000),
	}
	s.seat = leadershiptest.NewSeat(s.node().URL())
	s.leads = engine.NewHolder(s.seat, func(lead *leadership.Lead) *engine.Engine {
		if n := s.works(0); n != 0 {
			t.Errorf("an engine is made while %d ingestions of the last one are at work", n)
		}
		return s.newEngine(lead)
	}, nil, s.Server.log)
	whole := s.kit.Ingest
	s.kit.Ingest = func(ctx context.Context, job ingest.Job) (*ingest.Result, error) {
		s.works(1)
		defer s.works(-1)
		return whole(ctx, job)
	}
	return s
}

// works notes how many ingestions more are at work, and tells how many are.
func (s *terms) works(more int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.atWork += more
	return s.atWork
}

// request sends a request until a leader has answered it, or done is closed; then the status is 0.
func (s *terms) request(done <-chan struct{}, method, path, body string) (code int, answer string) {
	for {
		code, answer = ask(s.Server, method, path, body)
		switch code {
		case http.StatusTemporaryRedirect, http.StatusServiceUnavailable:
		default:
			return code, answer
		}
		select {
		case <-done:
			return 0, ""
		case <-time.After(time.Millisecond): // as a client does
		}
	}
}

// submit submits tasks, and shuts down some of them, until done is closed.
func (s *terms) submit(done <-chan struct{}, name string) {
	for i := 0; ; i++ {
		select {
		case <-s.wanted:
		case <-done:
			return
		}
		id := fmt.Sprint(name, i)
		text, ingests := fmt.Sprintf(`{"type":"noop","id":%q,"runTime":%d}`, id, 1+i%3*10), false
		if i%4 == 0 {
			text, ingests = inline(id, "wiki", "2026-01-01", true), true
		}
		code, answer := s.request(done, http.MethodPost, "/druid/indexer/v1/task", text)
		switch {
		case code == 0:
			return
		case code != http.StatusOK:
			s.t.Errorf("%s: %d %s", id, code, answer)
			continue
		}
		s.mu.Lock()
		s.accepted[id] = ingests
		s.mu.Unlock()
		s.progress <- struct{}{}
		if i%5 != 1 {
			continue
		}
		if code, answer = s.request(done, http.MethodPost, "/druid/indexer/v1/task/"+id+"/shutdown", ""); code == http.StatusOK {
			s.mu.Lock()
			s.ended[id] = true
			s.mu.Unlock()
		} else if code != 0 {
			s.t.Errorf("shut down %s: %d %s", id, code, answer)
		}
	}
}

// read asks for all that is told of tasks, until done is closed.
func (s *terms) read(done <-chan struct{}) {
	for {
		select {
		case <-done:
			return
		default:
		}
		for _, path := range []string{"tasks", "runningTasks", "workers", "totalWorkerCapacity"} {
			if code, answer := s.request(done, http.MethodGet, "/druid/indexer/v1/"+path, ""); code == 0 {
				return
			} else if code != http.StatusOK {
				s.t.Errorf("%s: %d %s", path, code, answer)
			}
		}
	}
}

// settle waits until no task is active.
func (s *terms) settle() {
	late := time.After(10 * time.Minute)
	for {
		more := s.log.next()
		active := 0
		for _, state := range []string{"waiting", "pending", "running"} {
			_, answer := s.request(nil, http.MethodGet, "/druid/indexer/v1/tasks?state="+state, "")
			active += strings.Count(answer, `"id"`)
		}
		if active == 0 {
			return
		}
		select {
		case <-more:
		case <-late:
			s.t.Fatalf("%d tasks do not end", active)
		}
	}
}

// TestLeadLostUnderLoad gains the lead and loses it a hundred times, at any instant, while clients submit tasks, shut them down and ask
// for them. Whoever got 200 finds the task, and how it ended, to the end; no task runs twice at once; what the tasks append is there once.
func TestLeadLostUnderLoad(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := newTerms(t, dir)
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var clients sync.WaitGroup
	for _, name := range []string{"a", "b", "c"} {
		clients.Go(func() { s.submit(done, name) })
	}
	clients.Go(func() { s.read(done) })
	for range 100 {
		<-s.seat.Gained
		more := rand.IntN(6)
		for range more {
			s.wanted <- struct{}{}
		}
		for range rand.IntN(more + 1) { // with none of them the tasks are still being recovered
			<-s.progress
		}
		s.seat.Lose()
	}
	<-s.seat.Gained
	close(done)
	clients.Wait()
	s.settle()

	ingested := 0
	for id, ingests := range s.accepted {
		code, status := ask(s.Server, http.MethodGet, "/druid/indexer/v1/task/"+id+"/status", "")
		switch {
		case code != http.StatusOK:
			t.Errorf("task %s was accepted: %d %s", id, code, status)
		case strings.Contains(status, `"SUCCESS"`):
			if ingests {
				ingested++
			}
		case !s.ended[id] || !strings.Contains(status, "Shutdown request from user"):
			t.Errorf("task %s: %s", id, status)
		}
	}
	var sources []struct{ Rows int }
	if _, answer := ask(s.Server, http.MethodGet, "/api/v1/datasources?rows=true", ""); json.Unmarshal([]byte(answer), &sources) != nil || len(sources) != 1 || sources[0].Rows != ingested {
		t.Errorf("%d tasks have appended a row each: %s", ingested, answer)
	}
	t.Logf("%d tasks, %d of them shut down, %d rows", len(s.accepted), len(s.ended), ingested)
	if err := s.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if left := statement(t, dir, "SELECT count(*) FROM druid_tasklocks") + statement(t, dir, "SELECT count(*) FROM druid_pendingSegments"); left != "00" {
		t.Errorf("locks and reserved ids are left: %s", left)
	}
}

// Two servers on one database that nothing elects do not take turns: the one that finds that the other has begun a term ends, and says what is missing.
func TestServerAloneThatIsFenced(t *testing.T) {
	t.Parallel()
	s, _ := startWithLog(t, t.TempDir())
	if _, err := s.store.BeginTerm(t.Context(), 0); err != nil { // as another server does
		t.Fatal(err)
	}
	if code, body := ask(s, http.MethodPost, "/druid/indexer/v1/task", `{"type":"noop","id":"n","runTime":0}`); code == http.StatusOK {
		t.Error(body)
	}
	select {
	case err := <-s.Failed():
		if !errors.Is(err, metadata.ErrTermOver) || !strings.Contains(err.Error(), "druid.zk.service.host") {
			t.Error(err)
		}
	case <-t.Context().Done():
	}
	if code, body := ask(s, http.MethodGet, "/druid/indexer/v1/isLeader", ""); code == http.StatusOK {
		t.Errorf("it leads: %s", body)
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}
