package apptest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// watched is a supervisor, as its client knows it: the version that was acknowledged last, and the one that was asked for since, if any. A version is
// the number of the spec, and whether it rests; 0 is none.
type watched struct {
	id          string
	acked, next string
	stored      int // versions that were acknowledged
}

// TestSupervisorsSurviveKills: whatever was acknowledged of a supervisor is there after a kill -9 at any moment, as the newest of all versions that were, and
// what was not is there as a whole or not at all.
func TestSupervisorsSurviveKills(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	all := make([]*watched, 6)
	for i := range all {
		all[i] = &watched{id: fmt.Sprint("wiki", i)}
	}
	for kill := range 5 {
		s := start(t, dir)
		for _, w := range all {
			w.check(t, s)
		}
		acks := make(chan struct{})
		var clients sync.WaitGroup
		for _, w := range all {
			clients.Go(func() { w.change(t, s, acks) })
		}
		go func() {
			clients.Wait()
			close(acks)
		}()
		for range 10 + 7*kill {
			if _, more := <-acks; !more {
				t.Fatalf("nobody goes on:\n%s", s.output)
			}
		}
		s.kill(t) // while the others are being written
		for range acks {
		}
	}
	s := start(t, dir)
	for _, w := range all {
		w.check(t, s)
	}
	answer, err := ask(s, http.MethodPost, "/terminateAll", "")
	if err != nil || answer != `{"status":"success"}` {
		t.Errorf("terminateAll: %s, %v", answer, err)
	}
	s.kill(t)
	s = start(t, dir)
	if answer, err := ask(s, http.MethodGet, "", ""); err != nil || answer != "[]" {
		t.Errorf("after all were terminated there are %s, %v", answer, err)
	}
	if answer, err := ask(s, http.MethodGet, "/wiki0/history?count=1", ""); err != nil || !strings.HasPrefix(answer, `[{"spec":{"type":"NoopSupervisorSpec","id":null,"dataSources":["wiki0"],`) {
		t.Errorf("its history is %s, %v", answer, err)
	}
	s.terminate(t)
}

// change submits, suspends and resumes the supervisor in turn, until the server is gone.
func (w *watched) change(t *testing.T, s *server, acks chan<- struct{}) {
	for i := w.stored; ; i++ {
		path, body := "", fmt.Sprintf(`{"type":"kafka","spec":{"dataSchema":{"dataSource":%q,"dimensionsSpec":{},"timestampSpec":{"column":"t"}},"ioConfig":{"topic":"t","inputFormat":{"type":"json"},"consumerProperties":{"bootstrap.servers":"h:1"}}},"n":%d}`, w.id, i)
		w.next = fmt.Sprint(i, " false")
		if number, state, _ := strings.Cut(w.acked, " "); i%3 > 0 && w.acked != "" {
			if path, body = "/"+w.id+"/suspend", ""; state == "true" {
				path = "/" + w.id + "/resume"
			}
			w.next = fmt.Sprint(number, " ", state == "false")
		}
		if _, err := ask(s, http.MethodPost, path, body); err != nil {
			if refused := (*refused)(nil); errors.As(err, &refused) {
				t.Error(err)
			}
			return
		}
		w.acked, w.next = w.next, ""
		w.stored++
		acks <- struct{}{}
	}
}

// check holds what is there against what was acknowledged.
func (w *watched) check(t *testing.T, s *server) {
	t.Helper()
	history, err := ask(s, http.MethodGet, "/"+w.id+"/history", "")
	if err != nil && w.acked == "" {
		return // nothing was
	}
	var versions []struct {
		Spec struct {
			N         int
			Suspended bool
		}
	}
	if err == nil {
		err = json.Unmarshal([]byte(history), &versions)
	}
	if err != nil || len(versions) == 0 {
		t.Fatalf("%s: its history is %s, %v", w.id, history, err)
	}
	is := fmt.Sprint(versions[0].Spec.N, " ", versions[0].Spec.Suspended)
	switch {
	case is == w.next && len(versions) == w.stored+1: // it was stored, and the answer did not come any more
		w.stored++
	case is != w.acked || len(versions) != w.stored:
		t.Fatalf("%s: version %d is %s; acknowledged were %d, the last one %s, and asked for was %s", w.id, len(versions), is, w.stored, w.acked, w.next)
	}
	w.acked, w.next = is, ""
	spec, err := ask(s, http.MethodGet, "/"+w.id, "")
	if err != nil || !strings.Contains(history, `[{"spec":`+spec+`,`) {
		t.Errorf("%s: it is %s, %v, and its history %s", w.id, spec, err, history)
	}
}

// refused is an answer that is not 200.
type refused struct{ request, status, body string }

func (r *refused) Error() string { return r.request + ": " + r.status + " " + r.body }

// ask sends a request about supervisors.
func ask(s *server, method, path, body string) (string, error) {
	r, err := http.NewRequest(method, s.URL()+"/druid/indexer/v1/supervisor"+path, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := s.http.Do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = &refused{method + " " + path, answer.Status, string(text)}
	}
	return string(text), err
}
