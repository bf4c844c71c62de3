package ui

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"ovate/internal/auth"
	"ovate/internal/feed"
	"ovate/internal/queue"
)

// Followed is what changes are heard of.
type Followed interface {
	Follow(dataSource string, types ...string) *queue.Follower
}

// remembered is how many changes are. A page that has missed more is told that anything may have changed.
const remembered = 1024

// newChanges tells all pages that are open which tasks have changed.
func (u *UI) newChanges() *feed.Feed[string] {
	return feed.New(u.Serving, func() feed.Source[string] {
		if e := u.Engine(); e != nil {
			return changes{e.Tasks}
		}
		return nil
	}, remembered)
}

// changes are the tasks, of which the ids are told.
type changes struct{ Followed }

// Events are the ids of those that have changed; an empty one if they are more than an event names.
func (changes) Events(_ context.Context, news []queue.News) (ids []string, _ error) {
	if len(news) > mostNamed {
		return []string{""}, nil
	}
	for i := range news {
		ids = append(ids, news[i].ID)
	}
	return ids, nil
}

// gather is how often pages are told of what has changed at the most.
const gather = 300 * time.Millisecond

// takeWithin is how long a page may take to take what it is told.
const takeWithin = 15 * time.Second

// mostNamed is how many tasks an event names; of more it says that it may be any.
const mostNamed = 200

// events is GET /events: server-sent events of the form {"tasks":["id"]}, or {} if anything may have changed. They go on from Last-Event-ID.
func (u *UI) events(w http.ResponseWriter, r *http.Request) {
	hidden := !auth.From(r.Context()).MayAll() // of tasks that are not for all, not even ids are told
	leave, err := u.Audience.Join(r)
	if err != nil {
		w.Header().Set("Retry-After", "5")
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	defer leave()
	u.changes.Join()
	defer u.changes.Leave()
	at, err := feed.ParsePlace(r.Header.Get("Last-Event-ID"))
	if err != nil || at == (feed.Place{}) { // what is none begins now
		_, at, _, _ = u.changes.After(at)
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // nginx keeps events back until there are some kilobytes of them
	control := http.NewResponseController(w)
	send := func(text []byte) bool {
		_ = control.SetWriteDeadline(time.Now().Add(takeWithin)) // only a server's own ResponseWriter has deadlines
		_, err := w.Write(text)
		return err == nil && control.Flush() == nil
	}
	if !send(fmt.Appendf(nil, "retry: 2000\nid: %s\ndata: {}\n\n", at)) { // what the page shows may be older than the connection
		return
	}
	u.changes.Serve(r.Context(), feed.Reader[string]{At: at, Pause: gather, Send: send, Tell: func(ids []string, now feed.Place, known bool) (int, bool) {
		text := fmt.Appendf(nil, "id: %s\ndata: %s\n\n", now, eventData(ids, !known || hidden))
		return len(text), send(text)
	}})
}

// eventData is the data of an event: each task that has changed once, unless they are many, or it may be any.
func eventData(changed []string, all bool) []byte {
	var ids []string
	seen := map[string]bool{}
	for _, id := range changed {
		all = all || id == ""
		if !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	if all || len(ids) > mostNamed {
		return []byte("{}")
	}
	text, err := json.Marshal(map[string][]string{"tasks": ids})
	if err != nil {
		return []byte("{}")
	}
	return text
}
