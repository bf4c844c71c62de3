// Package api serves Druid's Overlord API over HTTP: the paths, verbs, bodies, status codes and headers of the Java
// Overlord 33, except where docs/differences.md says otherwise. One file holds one resource; errors.go alone decides
// how an error is worded.
package api

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"ovate/internal/auth"
	"ovate/internal/packer"
	"ovate/internal/room"
	"ovate/internal/share"
	"ovate/internal/surface"
)

// Options is what the API needs to know and to call. Every field without "optional" must be set.
type Options struct {
	surface.Server
	// Engine is what this server leads with; nil while it does not lead, or is not ready to.
	Engine func() *Engine
	// Service is the name of this service in messages (druid.service).
	Service string
	// Version is the Druid version that this server stands for; clients parse it.
	Version string
	// Properties are the settings that /status/properties shows, secrets already left out.
	Properties map[string]string
	// BodyLimit is the most bytes that a request body may have, also after inflating (ovate.http.maxBodySize).
	BodyLimit int64
	// Room is what bodies may take together once they are read; optional.
	Room *room.Room
	// MaxWaits is how many requests may wait for locks at a time; nil for a few.
	MaxWaits func() int
	// Coordinator is that of the cluster; nil where there is none.
	Coordinator Coordinator
	// Discovered tells whether the others in the cluster find this server; nil is always.
	Discovered func() bool
}

// Engine is what answers while this server leads.
type Engine struct {
	Tasks   Tasks
	Locks   Locks
	Workers Workers
	// WorkerRule is nil where tasks run in this process.
	WorkerRule WorkerRule
	// Segments changes which segments are used.
	Segments Segments
	// Compaction is what the Coordinator compacts.
	Compaction Compaction
	// Supervisors are those that are stored.
	Supervisors Supervisors
}

// handler serves the API.
type handler struct {
	Options
	routes router

	flight *inFlight
	waits  share.Places // of requests that wait for locks, by task
	gzips  packer.Pool
	chunks sync.Pool // of *[]byte, for streams
}

// New returns the handler of the whole API. It may be called from many goroutines at a time.
func New(o Options) http.Handler {
	h := &handler{Options: o}
	if h.MaxWaits == nil {
		h.MaxWaits = func() int { return waitsPerTask }
	}
	h.flight = newInFlight(o.BodyLimit, o.Room, h.MaxWaits)
	h.Complete()
	h.chunks.New = func() any {
		buf := make([]byte, 0, chunkSize+4<<10)
		return &buf
	}
	for _, table := range [][]path{taskPaths(), listPaths(), segmentPaths(), workerPaths(), compactionPaths(), supervisorPaths(), statusPaths()} {
		h.routes.addAll(table)
	}
	if h.Places.Workers {
		h.routes.addAll(remotePaths())
	}
	return h
}

// ServeHTTP checks in the order in which the Java server does: verb, whether it is for the leader to answer, path, verb of the path, the type of the
// request body, the types that the client accepts. But for the leader's part, whatever fails there has an empty body.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{handler: h, w: w, r: r, part: h.flight.part(auth.From(r.Context()).Taker())}
	defer c.release()
	defer c.recover()
	if r.Body != nil && r.Body != http.NoBody { // Of a body that is not asked for, the rest is read before the answer leaves.
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(stallTimeout)) // see patience.Read
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Cache-Control", "no-cache, no-store, max-age=0")
	}
	if err := c.serve(); err != nil {
		c.fail(err)
	}
	c.end()
}

func (c *call) serve() error {
	switch c.r.Method {
	case http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete:
	default:
		c.w.Header().Set("Allow", "GET,POST,PUT,DELETE")
		return empty(http.StatusMethodNotAllowed)
	}
	if c.Engine = c.Options.Engine(); c.Engine == nil && !answeredByAll(c.r.URL.EscapedPath()) {
		return c.elsewhere()
	}
	at, params := c.routes.find(c.r.URL.EscapedPath())
	if at == nil {
		return empty(http.StatusNotFound)
	}
	c.r.Pattern = at.pattern // for those who count requests
	found := at.routes[c.r.Method]
	switch {
	case found == nil:
		c.w.Header().Set("Allow", at.allow)
		return empty(http.StatusMethodNotAllowed)
	case !found.consumes.takes(c.r):
		return empty(http.StatusUnsupportedMediaType)
	case !found.produces.accepted(c.r):
		return empty(http.StatusNotAcceptable)
	}
	c.params = params
	if found.needs == nil {
		return forbidden
	}
	if err := found.needs(c); err != nil {
		return err
	}
	return found.handle(c)
}

// recover turns a panic into a 500 that tells the client nothing of the inside and the log everything.
func (c *call) recover() {
	problem := recover()
	if problem == nil {
		return
	}
	if problem == http.ErrAbortHandler {
		panic(problem)
	}
	if problem == errUndecided {
		c.logFailure(errUndecided)
		c.refuse(forbidden)
		return
	}
	c.Log.Error("request panicked", "method", c.r.Method, "path", c.r.URL.Path, "panic", fmt.Sprint(problem), "stack", string(debug.Stack()))
	if c.begun {
		panic(http.ErrAbortHandler)
	}
	c.refuse(&refusal{
		status:      http.StatusInternalServerError,
		contentType: contentJSON,
		body:        "The server failed in a way that is its own fault; its log tells more.",
		simple:      true,
	})
}
