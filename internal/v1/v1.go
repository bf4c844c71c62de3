// Package v1 serves this program's own HTTP surface, /api/v1, beside Druid's. One file holds one resource, routes.go names all that there are, and in
// problem.go an error becomes application/problem+json (RFC 9457). What is served is written down in openapi.json.
package v1

import (
	"crypto/cipher"
	"fmt"
	"net/http"
	"path"
	"runtime/debug"
	"strings"

	"ovate/internal/audience"
	"ovate/internal/auth"
	"ovate/internal/feed"
	"ovate/internal/intake"
	"ovate/internal/label"
	"ovate/internal/preview"
	"ovate/internal/room"
	"ovate/internal/seal"
	"ovate/internal/surface"
	"ovate/internal/task"
	"ovate/internal/upload"
)

// Base is the path below which everything of this package is.
const Base = "/api/v1"

// Options is what the surface needs to know and to call. Every field without "optional" must be set.
type Options struct {
	surface.Server
	// Engine is what this server leads with; nil while it does not lead, or is not ready to.
	Engine func() *Engine
	// Inventory knows what is stored.
	Inventory Inventory
	// Rates and Lags are how it went over the last hour.
	Rates Rates
	Lags  Lags
	// Metadata are those that this server works on.
	Metadata Metadata
	// BodyLimit is the most bytes that a request body may have (ovate.http.maxBodySize).
	BodyLimit int64
	// Room is what the bodies of all requests under way may take together; optional.
	Room *room.Room
	// Audience are those who follow events.
	Audience *audience.Audience
	// Uploads are files that people have sent, and Preview shows what would be stored of input.
	Uploads *upload.Store
	Preview *preview.Maker
	// Sessions are of those who have logged in here; nil where nobody does.
	Sessions *auth.Sessions
	// PrivateHooks tells that webhooks may be in private networks.
	PrivateHooks bool
}

// Engine is what answers while this server leads.
type Engine struct {
	Tasks       Tasks
	Orphans     Orphans
	Submissions Submissions
	Labels      label.Labels
	Hooks       Hooks
	Supervisors Supervisors
}

// handler serves the surface.
type handler struct {
	Options
	paths  *http.ServeMux
	lists  *room.Pool // how many lists are made at a time that memory holds as a whole
	events *feed.Feed[event]
	places cipher.AEAD // seals places in lists that are not to be told
}

// manyLists is how many lists are made at a time that memory holds as a whole.
const manyLists = 8

// New returns the handler of the whole surface. It may be called from many goroutines at a time.
func New(o Options) http.Handler {
	h := &handler{Options: o, paths: http.NewServeMux(), lists: room.NewPool(manyLists), places: seal.ForProcess()}
	if h.Room == nil {
		h.Room = room.New(o.BodyLimit)
	}
	h.Complete()
	h.events = h.newFeed()
	for pattern, r := range routes() {
		h.handle(pattern, r)
	}
	return h
}

func (h *handler) handle(pattern string, to route) {
	method, at, _ := strings.Cut(pattern, " ")
	h.paths.HandleFunc(method+" "+Base+at, func(w http.ResponseWriter, r *http.Request) {
		c := &call{handler: h, w: w, r: r, share: h.Room.Share(auth.From(r.Context()).Taker())}
		defer c.release()
		defer c.recover()
		if c.Engine = h.Options.Engine(); c.Engine == nil && at != "/openapi.json" {
			c.elsewhere()
			return
		}
		err := to.need(c)
		if err == nil {
			if err = c.readQuery(to.query); err != nil && r.ContentLength != 0 {
				upload.Discard(w, r) // so that the client gets to read why
			}
		}
		if err == nil {
			err = to.endpoint(c)
		}
		if err != nil {
			c.fail(err)
		}
	})
}

// ServeHTTP finds the path, and answers what is none.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	clean := path.Clean(r.URL.Path) == r.URL.Path // else the mux sends the client elsewhere
	if _, pattern := h.paths.Handler(r); pattern != "" && clean {
		h.paths.ServeHTTP(w, r)
		return
	}
	c := &call{handler: h, w: w, r: r}
	if allowed := h.allowed(r); allowed != "" && clean {
		w.Header().Set("Allow", allowed)
		c.fail(refuse(http.StatusMethodNotAllowed, "%s is not what can be done at this path: it takes %s.", r.Method, allowed))
		return
	}
	c.fail(refuse(http.StatusNotFound, "There is nothing at this path. What there is tells %s/openapi.json.", Base))
}

// allowed are the methods that the path of a request takes; empty if it is none.
func (h *handler) allowed(r *http.Request) (methods string) {
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
		other := *r
		other.Method = method
		if _, pattern := h.paths.Handler(&other); pattern != "" {
			if methods != "" {
				methods += ", "
			}
			methods += method
		}
	}
	return methods
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
	c.Log.Error("request panicked", "method", c.r.Method, "path", c.r.URL.Path, "panic", fmt.Sprint(problem), "stack", string(debug.Stack()))
	if c.begun {
		panic(http.ErrAbortHandler)
	}
	c.write(refuse(http.StatusInternalServerError, "The server failed in a way that is its own fault; its log tells more."))
}

// intake takes tasks in.
func (c *call) intake() *intake.Intake {
	mayRead := func(t task.Task) error { return c.Admit(t, c.r) }
	return &intake.Intake{Tasks: c.Tasks, Places: c.Places, MayRead: mayRead, MayRun: c.mayRun}
}
