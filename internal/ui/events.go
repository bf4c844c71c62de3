package ui

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"ovate/internal/auth"
	"ovate/internal/queue"
)

// Followed is what changes are heard of.
type Followed interface {
	Follow(dataSource string, types ...string) *queue.Follower
}

// changes tells all pages that are open which tasks have changed. However many they are, the queue is followed once, while there are any, and the
// last changes are kept once, by number: a page whose connection broke goes on from the number that it had.
type changes struct {
	followed func() Followed // nil while this server does not lead

	mu      sync.Mutex
	open    int    // pages
	next    uint64 // number of the next change
	last    [kept]string
	changed chan struct{} // closed with the next change
	stop    context.CancelFunc
}

// kept is how many changes are kept. A page that has missed more is told that anything may have changed.
const kept = 1024

func newChanges(followed func() Followed) *changes {
	// Numbers begin with the time, so that a page which stayed open over a restart does not take others for those that it knows.
	return &changes{followed: followed, next: uint64(time.Now().UnixMicro()), changed: make(chan struct{})}
}

// enter begins to hear of changes, from a number on if it is not 0.
func (h *changes) enter(from uint64) uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.open++; h.open == 1 {
		var ctx context.Context
		ctx, h.stop = context.WithCancel(context.Background())
		go h.follow(ctx)
	}
	if from == 0 {
		return h.next
	}
	return from
}

// leave ends what enter began; it waits for nobody.
func (h *changes) leave() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.open--; h.open == 0 {
		h.stop()
		h.next += kept + 1 // what happens until the next page comes nobody hears of
	}
}

// follow notes what changes until ctx ends, under one engine after the other.
func (h *changes) follow(ctx context.Context) {
	for ctx.Err() == nil {
		if f := h.followed(); f != nil {
			h.followTerm(ctx, f)
		}
		h.note("") // the lead has come or gone
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

// followTerm notes what changes until ctx or the term ends.
func (h *changes) followTerm(ctx context.Context, f Followed) {
	follower := f.Follow("")
	defer follower.Stop()
	for {
		news, err := follower.Next(ctx) // at first of all that are active
		if err != nil {
			return
		}
		if len(news) > most {
			news = []queue.News{{}}
		}
		for i := range news {
			h.note(news[i].ID)
		}
	}
}

// note keeps a change of a task; of anything if it is empty.
func (h *changes) note(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last[h.next%kept] = id
	h.next++
	close(h.changed)
	h.changed = make(chan struct{})
}

// since are the tasks that have changed from a number on, each once; all tells that it may be any. The channel is closed with the next change.
func (h *changes) since(from uint64) (ids []string, all bool, next uint64, changed <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if from > h.next || h.next-from > kept {
		return nil, true, h.next, h.changed
	}
	seen := map[string]bool{}
	for n := from; n < h.next; n++ {
		id := h.last[n%kept]
		all = all || id == ""
		if !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids, all, h.next, h.changed
}

// Pages are told of what has changed no more often than once in gather, and within beat that the connection lives.
const (
	gather = 300 * time.Millisecond
	beat   = 15 * time.Second
)

// most is how many tasks an event names; of more it says that it may be any.
const most = 200

// events is GET /events: server-sent events of the form {"tasks":["id"]}, or {} if anything may have changed. They go on from Last-Event-ID.
func (u *UI) events(w http.ResponseWriter, r *http.Request) {
	last, _ := strconv.ParseUint(r.Header.Get("Last-Event-ID"), 10, 64) // what is none begins now
	hidden := !auth.From(r.Context()).MayAll()                          // of tasks that are not for all, not even ids are told
	at := u.changes.enter(last)
	defer u.changes.leave()
	w.Header().Set("Content-Type", "text/event-stream")
	control := http.NewResponseController(w)
	send := func(format string, args ...any) bool {
		_ = control.SetWriteDeadline(time.Now().Add(beat)) // only a server's own ResponseWriter has deadlines
		_, err := fmt.Fprintf(w, format, args...)
		return err == nil && control.Flush() == nil
	}
	if !send("retry: 2000\nid: %d\ndata: {}\n\n", at) { // what the page shows may be older than the connection
		return
	}
	heart := time.NewTicker(beat)
	defer heart.Stop()
	for {
		ids, all, next, changed := u.changes.since(at)
		if next != at {
			at = next
			if !send("id: %d\ndata: %s\n\n", at, eventData(ids, all || hidden)) {
				return
			}
			if !u.rest(r.Context(), gather) {
				return
			}
			continue
		}
		select {
		case <-changed:
		case <-heart.C:
			if !send(": \n\n") {
				return
			}
		case <-r.Context().Done():
			return
		case <-u.Serving.Done():
			return
		}
	}
}

// rest waits; false if the request or the server ends meanwhile.
func (u *UI) rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-u.Serving.Done():
	}
	return false
}

// eventData is the data of an event.
func eventData(ids []string, all bool) []byte {
	if all || len(ids) > most {
		return []byte("{}")
	}
	text, err := json.Marshal(map[string][]string{"tasks": ids})
	if err != nil {
		return []byte("{}")
	}
	return text
}
