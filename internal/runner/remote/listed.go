package remote

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"ovate/internal/clock"
	"ovate/internal/request"
)

// Listed are the workers of a list. Where each listens is all that has to be known of it: what it is it says itself. Each is asked from time to
// time, with longer pauses while it does not answer.
type Listed struct {
	URLs []string     // such as http://host:8091
	HTTP *http.Client // nil means one of its own; it must not follow redirects
	Log  *slog.Logger
}

// How often a worker of a list is asked.
const (
	askAgain  = 30 * time.Second // after an answer
	askSoon   = time.Second      // after the first failure; the pause is doubled with each
	askLate   = 10 * time.Second // after many
	askWithin = 10 * time.Second // it has to answer
	// goneAfter is how long a worker may give no answer and still be there, as one may that is announced: for ZooKeeper that is a session.
	goneAfter = time.Minute
)

// Watch tells which workers there are, once each has been asked, and then each time that changes.
func (l Listed) Watch(ctx context.Context, see func([]Node)) {
	if l.HTTP == nil {
		l.HTTP = request.NewClient(request.Outgoing{})
	}
	defer l.HTTP.CloseIdleConnections()
	r := &roll{log: l.Log, see: see, entries: make([]entry, len(l.URLs))}
	var asking sync.WaitGroup
	for i, url := range l.URLs {
		asking.Go(func() { l.follow(ctx, url, func(n *Node, err error) { r.note(i, url, n, err) }) })
	}
	asking.Wait()
	<-ctx.Done() // the list may be empty
}

// follow asks one worker until ctx ends.
func (l Listed) follow(ctx context.Context, url string, note func(*Node, error)) {
	for failures := 0; ; {
		n, err := l.ask(ctx, url)
		if ctx.Err() != nil {
			return
		}
		note(n, err)
		pause := askAgain
		if err == nil {
			failures = 0
		} else {
			failures++
			pause = clock.Doubling{First: askSoon, Longest: askLate}.After(failures)
		}
		if !clock.Pause(ctx, pause) {
			return
		}
	}
}

// roll is what the workers of a list have said.
type roll struct {
	log     *slog.Logger
	see     func([]Node)
	mu      sync.Mutex // guards what follows, and makes the calls of see one after the other
	entries []entry    // as the list has them
	seen    []Node     // what see was called with last
	told    bool       // see was called
}

// entry is one worker of the list.
type entry struct {
	asked   bool
	node    *Node     // nil if it is not there
	heard   time.Time // when it has answered last
	failing bool      // the log tells of it
	twice   bool      // likewise
}

// note notes what came of asking a worker, and tells who there is if that changes.
func (r *roll) note(i int, url string, n *Node, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := &r.entries[i]
	e.asked = true
	switch {
	case err == nil:
		if n.Capacity == 0 {
			n.Capacity = 1
			if e.node == nil {
				r.log.Warn("a worker does not say how many tasks it runs; it gets one at a time, until druid.worker.capacity is set there", "worker", n.Host, "url", url)
			}
		}
		e.node, e.heard, e.failing = n, time.Now(), false
	case time.Since(e.heard) >= goneAfter:
		e.node = nil
	}
	if err != nil && !e.failing {
		e.failing = true
		r.log.Warn("a worker of ovate.workers does not say what it is; it is asked again", "url", url, "error", err)
	}
	if slices.ContainsFunc(r.entries, func(e entry) bool { return !e.asked }) {
		return
	}
	if there := r.there(); !r.told || !slices.Equal(there, r.seen) {
		r.told, r.seen = true, there
		r.see(there)
	}
}

// there are the workers that there are. One that is listed twice, under two names, is there once: of two each would be told to end what the
// other runs. The caller holds mu.
func (r *roll) there() (nodes []Node) {
	for i := range r.entries {
		e := &r.entries[i]
		if e.node == nil {
			continue
		}
		first := slices.IndexFunc(nodes, func(n Node) bool { return n.Host == e.node.Host })
		if first < 0 {
			nodes = append(nodes, *e.node)
		} else if !e.twice {
			r.log.Warn("two of ovate.workers are the same worker", "worker", e.node.Host, "url", nodes[first].URL, "other", e.node.URL)
		}
		e.twice = first >= 0
	}
	slices.SortFunc(nodes, func(a, b Node) int { return cmp.Compare(a.Host, b.Host) })
	return nodes
}
