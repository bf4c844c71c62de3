// Package health tells those who watch over a server whether it lives, and whether it can do its work.
package health

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"ovate/druid"
)

// Options are what is asked.
type Options struct {
	// Leads tells whether this server leads and is ready to; Leader is who does as far as is known, empty if nobody.
	Leads  func() bool
	Leader func() string
	// Reach asks the metadata store for something small.
	Reach func(context.Context) error
	// Log is told why that fails, when it begins to.
	Log *slog.Logger
}

// Live answers 200 as long as the server answers at all.
func Live() http.Handler {
	return onlyGet(func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, `{"live":true}`) })
}

// Ready answers 200 if the server leads, or follows one that does, and can reach its store: {"ready":true,"leader":true}. Else it answers 503 with
// the reason: {"ready":false,"reason":"..."}. The store is asked once a second at most.
func Ready(o Options) http.Handler {
	reach := &reaching{ask: o.Reach, log: o.Log}
	return onlyGet(func(w http.ResponseWriter, r *http.Request) {
		leads := o.Leads()
		switch {
		case leads || o.Leader() != "":
			if err := reach.now(r.Context()); err != nil {
				refuse(w, "the metadata store cannot be reached: the log of the server tells why")
				return
			}
		default:
			refuse(w, "no Overlord leads yet, as far as this one knows")
			return
		}
		if leads {
			answer(w, http.StatusOK, `{"ready":true,"leader":true}`)
		} else {
			answer(w, http.StatusOK, `{"ready":true,"leader":false}`)
		}
	})
}

func onlyGet(handle http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			answer(w, http.StatusMethodNotAllowed, `{"error":"Send GET"}`)
			return
		}
		handle(w, r)
	})
}

func refuse(w http.ResponseWriter, reason string) {
	body := druid.AppendString([]byte(`{"ready":false,"reason":`), reason)
	answer(w, http.StatusServiceUnavailable, string(append(body, '}')))
}

func answer(w http.ResponseWriter, code int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_, _ = w.Write([]byte(body)) // the client may have gone
}

// Whoever asks the store waits no longer than patience, and what it said counts for as long as fresh.
const (
	patience = 2 * time.Second
	fresh    = time.Second
)

// reaching remembers what the store said a moment ago, so that many who ask do not load it.
type reaching struct {
	ask func(context.Context) error
	log *slog.Logger

	mu   sync.Mutex // held while the store is asked
	at   time.Time
	said error
}

func (r *reaching) now(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.at.IsZero() && time.Since(r.at) < fresh {
		return r.said
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience) // the answer is for others, too
	defer cancel()
	before := r.said
	r.said, r.at = r.ask(ctx), time.Now()
	switch {
	case r.said != nil && before == nil:
		r.log.Warn("the metadata store cannot be reached", "error", r.said)
	case r.said == nil && before != nil:
		r.log.Info("the metadata store can be reached again")
	}
	return r.said
}
