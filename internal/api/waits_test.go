package api

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ovate/internal/action"
	"ovate/internal/auth"
	"ovate/internal/surface"
)

// held are tasks in whose way another one is: nobody gets a lock.
type held struct{ Tasks }

func (held) Perform(ctx context.Context, _ string, r action.Request) error {
	if action.AtOnce(r) == nil {
		return nil // in vain
	}
	<-ctx.Done()
	return context.Cause(ctx)
}

// waiting is a server whose locks are all held, in a bubble.
type waiting struct {
	*testing.T
	handler http.Handler
	stop    func()
	under   context.Context // of the requests
}

func newWaiting(t *testing.T, most int) *waiting {
	serving, stop := context.WithCancel(context.Background())
	h := sentBy(auth.Everybody(), New(Options{
		Server: surface.Server{
			URL: func() string { return "here" }, Leader: func() string { return "here" }, Serving: serving, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		},
		Engine: leads(Engine{Tasks: held{}}), BodyLimit: 1 << 20, MaxWaits: func() int { return most },
	}))
	return &waiting{t, h, stop, t.Context()}
}

// ask sends a request for a lock of a task, and returns where its answer comes.
func (w *waiting) ask(ctx context.Context, task, action string) <-chan *httptest.ResponseRecorder {
	answer := make(chan *httptest.ResponseRecorder, 1)
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, base+"/action", strings.NewReader(`{"task":{"id":"`+task+`"},"action":`+action+`}`))
	r.Header.Set("Content-Type", "application/json")
	go func() {
		defer close(answer)
		defer func() { _ = recover() }() // the client has gone
		rec := httptest.NewRecorder()
		w.handler.ServeHTTP(rec, r)
		answer <- rec
	}()
	synctest.Wait()
	return answer
}

// comeAgain checks that a client of Druid sends its request again.
func (w *waiting) comeAgain(answer <-chan *httptest.ResponseRecorder, because string) {
	w.Helper()
	select {
	case rec := <-answer:
		if rec.Code != http.StatusServiceUnavailable || rec.Header().Get("Retry-After") == "" || !strings.Contains(rec.Body.String(), because) {
			w.Errorf("%d %v %s, want %q", rec.Code, rec.Header(), rec.Body, because)
		}
	default:
		w.Errorf("no answer, want %q", because)
	}
}

const (
	withoutEnd = `{"type":"lockAcquire","interval":"2026-03-01/2026-03-02","timeoutMs":0}`
	atOnce     = `{"type":"lockTryAcquire","interval":"2026-03-01/2026-03-02"}`
)

// However many ask, some requests wait, of one task a few, and the others are told to come again.
func TestWaitsAreCounted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWaiting(t, waitsPerTask+2)
		gone, leave := context.WithCancel(w.under)
		var waits []<-chan *httptest.ResponseRecorder
		for range waitsPerTask {
			waits = append(waits, w.ask(gone, "a", withoutEnd))
		}
		w.comeAgain(w.ask(w.under, "a", withoutEnd), fmt.Sprintf("%d requests of task[a] wait for locks already", waitsPerTask))
		for _, task := range []string{"b", "c"} {
			waits = append(waits, w.ask(w.under, task, withoutEnd))
		}
		w.comeAgain(w.ask(w.under, "d", withoutEnd), fmt.Sprintf("%d requests wait for locks already", waitsPerTask+2))
		if rec := <-w.ask(w.under, "d", atOnce); rec.Code != http.StatusOK || rec.Body.String() != `{"result":null}` {
			t.Errorf("one that does not wait: %d %s", rec.Code, rec.Body)
		}
		leave()
		synctest.Wait()
		waits = append(waits[waitsPerTask:], w.ask(w.under, "a", withoutEnd), w.ask(w.under, "d", withoutEnd))
		w.stop()
		synctest.Wait()
		for _, one := range waits {
			w.comeAgain(one, "This server stops.")
		}
		w.comeAgain(w.ask(w.under, "e", withoutEnd), "This server stops.")
	})
}

// Nobody waits for ever, whatever was asked for.
func TestWaitsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWaiting(t, 9)
		begun := time.Now()
		one, other := w.ask(w.under, "a", withoutEnd), w.ask(w.under, "b", strings.Replace(withoutEnd, `:0`, `:9000000000000`, 1))
		time.Sleep(longestWait)
		synctest.Wait()
		w.comeAgain(one, "Another task has held the lock for 5m0s.")
		w.comeAgain(other, "Another task has held the lock for 5m0s.")
		if took := time.Since(begun); took != longestWait {
			t.Errorf("after %v", took)
		}
	})
}
