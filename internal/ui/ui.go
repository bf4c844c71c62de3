// Package ui is the web page: what people see of the server and do with it. Every page is made by the server and works without
// JavaScript; a small script of our own keeps what is shown as it is now.
//
// One page is one Go file, which gathers what is shown and does what its forms ask for, and one template of the same name. To add one, write the
// two, and a line in sections: all else, from the head of each page to who may come, follows from that.
package ui

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"math"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/semaphore"

	"ovate/internal/audience"
	"ovate/internal/auth"
	"ovate/internal/config"
	"ovate/internal/feed"
	"ovate/internal/label"
	"ovate/internal/packer"
	"ovate/internal/preview"
	"ovate/internal/room"
	"ovate/internal/surface"
	"ovate/internal/upload"
)

//go:embed templates
var templates embed.FS

// Options are what the pages show, and by what.
type Options struct {
	surface.Server
	// Engine is what this server leads with; nil while it does not lead, or is not ready to.
	Engine func() *Engine
	// Inventory knows what is stored.
	Inventory Inventory
	// Rates and Lags are how it went over the last hour.
	Rates Rates
	Lags  Lags
	// Config is how the server is set.
	Config *config.Config
	// Version is the Druid version that this server stands for.
	Version string
	// Description is what the server answers to programs, as OpenAPI; optional.
	Description []byte
	// Audience are those who follow events; optional.
	Audience *audience.Audience
	// Sessions are of those who have logged in here; nil where nobody does.
	Sessions *auth.Sessions
	// Uploads are files that people have sent, and Preview shows what would be stored of them.
	Uploads *upload.Store
	Preview *preview.Maker
	// Logins are where people log in besides, with no password of this server.
	Logins []Login
}

// Engine is what pages ask while this server leads.
type Engine struct {
	Tasks       Tasks
	Locks       Locks
	Supervisors Supervisors
	// Segments changes which segments are used.
	Segments Segments
	// WorkerRule is nil where tasks run in this process.
	WorkerRule WorkerRule
	// Submissions are what is to become a task; nil shows none.
	Submissions Submissions
	// Labels finds tasks by their labels; nil knows none.
	Labels label.Labels
	// Hooks are told of what becomes of tasks.
	Hooks Hooks
}

// UI is the handler of all pages.
type UI struct {
	Options
	mux       *http.ServeMux
	nav       []link // the pages that the head of each names
	pages     map[string]*template.Template
	assets    map[string]asset
	changes   *feed.Feed[string]
	reference *reference
	kept      *room.Room          // what forms may take of those who have yet to log in
	reading   *room.Pool          // how many histories of supervisors and segments are read at a time, as specs may be large, and columns many
	filling   *semaphore.Weighted // how many pages are made at a time
	large     *room.Pool          // the bytes of large ones that their clients have not taken yet
	made      sync.Pool           // of *bytes.Buffer: pages that are made
	packers   packer.Pool
}

// link is a page that the head names.
type link struct{ To, Name string }

const (
	// manyReadings is how many histories and segments are read at a time, and manyFillings how many pages are made.
	manyReadings = 8
	manyFillings = 8
	// mostLarge is how many bytes large pages have together that their clients have not taken yet. Those of up to freePage do not count.
	mostLarge = 64 << 20
	freePage  = 256 << 10
)

// New returns the handler. It may be called from many goroutines at a time. Its templates are part of the program: one that is wrong is a panic.
func New(o Options) *UI {
	o.Complete()
	if o.Audience == nil {
		o.Audience = audience.New(func() int { return math.MaxInt })
	}
	u := &UI{Options: o, mux: http.NewServeMux(), pages: map[string]*template.Template{}, assets: readAssets(), kept: room.New(mostKept), reading: room.NewPool(manyReadings), filling: semaphore.NewWeighted(manyFillings), large: room.NewPool(mostLarge), reference: readReference(o.Description)}
	u.changes = u.newChanges()
	u.made.New = func() any { return new(bytes.Buffer) }
	u.readTemplates()
	u.route()
	return u
}

// page is what is shown: a template, and what it needs.
type page struct {
	Title    string
	template string
	Data     any
	Bare     bool   // with nothing of the server around it
	status   int    // 0 is 200
	to       string // where the browser is sent instead, unless empty
}

// call is one request for a page.
type call struct {
	*UI
	*Engine
	w http.ResponseWriter
	r *http.Request
}

// ServeHTTP implements http.Handler.
func (u *UI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	setHeaders(w.Header())
	u.mux.ServeHTTP(w, r)
}

// setHeaders has browsers do no more with a page than it is made for.
func setHeaders(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "+
		"form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// recover turns a panic into a page that tells nothing of the inside and the log everything.
func (c *call) recover() {
	switch cause := recover(); cause {
	case nil:
	case http.ErrAbortHandler:
		panic(cause)
	default:
		c.Log.Error("page panicked", "method", c.r.Method, "path", c.r.URL.Path, "panic", fmt.Sprint(cause), "stack", string(debug.Stack()))
		c.send(c.problemPage(&problem{http.StatusInternalServerError, "The server failed in a way that is its own fault.", "Its log tells more."}))
	}
}

// readTemplates reads all pages, each within the layout.
func (u *UI) readTemplates() {
	layout := template.Must(template.New("").Funcs(u.words()).ParseFS(templates, "templates/layout.html", "templates/parts.html"))
	files, err := templates.ReadDir("templates")
	if err != nil {
		panic(err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(f.Name(), ".html")
		if !slices.Contains([]string{"layout", "parts"}, name) {
			u.pages[name] = template.Must(template.Must(layout.Clone()).ParseFS(templates, "templates/"+f.Name()))
		}
	}
}
