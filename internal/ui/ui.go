// Package ui is the web page: what people see of the server and do with it. Every page is made by the server and works without
// JavaScript; a small script of our own keeps what is shown as it is now.
//
// One page is one Go file, which gathers what is shown and does what its forms ask for, and one template of the same name. To add one, write the
// two, and name it in pages.
package ui

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"math"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"

	"ovate/druid"
	"ovate/internal/audience"
	"ovate/internal/auth"
	"ovate/internal/config"
	"ovate/internal/feed"
	"ovate/internal/preview"
	"ovate/internal/room"
	"ovate/internal/task"
	"ovate/internal/upload"
)

//go:embed templates
var templates embed.FS

// Options are what the pages show, and by what.
type Options struct {
	// Engine is what this server leads with; nil while it does not lead, or is not ready to.
	Engine func() *Engine
	// Leader is the address of the server that leads, as far as is known; empty if none does. URL is that of this one.
	Leader, URL func() string
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
	// MayRead refuses tasks that ask for input which they may not read; nil refuses none.
	MayRead func(task.Task) error
	// Inputs is what the sender of a task has to be allowed for what it reads.
	Inputs auth.Inputs
	// Audience are those who follow events; optional.
	Audience *audience.Audience
	// Sessions are of those who have logged in here; nil where nobody does.
	Sessions *auth.Sessions
	// Uploads are files that people have sent, and Preview shows what would be stored of them.
	Uploads *upload.Store
	Preview *preview.Maker
	// Logins are where people log in besides, with no password of this server.
	Logins []Login
	// Places are where tasks run.
	Places task.Places
	// Serving ends when the server is about to stop: nobody is told of changes any more.
	Serving context.Context
	// Log is where requests that fail for reasons of our own are recorded.
	Log *slog.Logger
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
	// Hooks are told of what becomes of tasks.
	Hooks Hooks
}

// UI is the handler of all pages.
type UI struct {
	Options
	mux       *http.ServeMux
	pages     map[string]*template.Template
	assets    map[string]asset
	changes   *feed.Feed[string]
	reference *reference
	kept      *room.Room // what forms may take of those who have yet to log in
}

// nav is the pages that the head of each names.
var nav = []link{
	{"/", "Overview"}, {"/tasks", "Tasks"}, {"/data", "Data"}, {"/supervisors", "Supervisors"}, {"/workers", "Workers"}, {"/locks", "Locks"},
	{"/configuration", "Configuration"},
}

type link struct{ To, Name string }

// Paths are the segments that paths of pages begin with, for who leads requests to this handler.
func Paths() []string {
	return []string{"", "tasks", "submit", "data", "supervisors", "workers", "locks", "configuration", "webhooks", "reference", "events", "assets", "login", "logout"}
}

// LoginPath is where people log in, and OpenPaths are those that who has not done so yet has to see.
const LoginPath = "/login"

// OpenPaths tell nothing but what is in the program.
func OpenPaths() []string { return []string{LoginPath, "/assets/*"} }

// New returns the handler. It may be called from many goroutines at a time. Its templates are part of the program: one that is wrong is a panic.
func New(o Options) *UI {
	if o.Serving == nil {
		o.Serving = context.Background()
	}
	if o.Audience == nil {
		o.Audience = audience.New(func() int { return math.MaxInt })
	}
	u := &UI{Options: o, mux: http.NewServeMux(), pages: map[string]*template.Template{}, assets: readAssets(), kept: room.New(mostKept), reference: readReference(o.Description)}
	u.changes = u.newChanges()
	u.readTemplates()
	u.mux.HandleFunc("GET /assets/{name}", u.asset)
	u.mux.HandleFunc("GET /events", u.events)
	u.shows("GET /{$}", filtered, overview)
	u.shows("GET /tasks", filtered, listTasks)
	u.shows("GET /tasks/{id}", ofTask, showTask)
	u.shows("GET /tasks/{id}/log", ofTask, taskLog)
	u.does("POST /tasks/{id}/cancel", ofTask, cancelTask)
	u.does("POST /tasks", writesSome, changeTasks)
	u.shows("GET /submit", decidedLater, showSubmit)
	u.shows("POST /submit", writesSome, submit)
	u.shows("POST /submit/file", writesSome, sendFile)
	u.shows("GET /submit/file/{id}", decidedLater, showFile)
	u.shows("POST /submit/file/{id}", decidedLater, showFile)
	u.shows("GET /data", filtered, listData)
	u.shows("GET /data/{name}", ofDataSource, showData)
	u.does("POST /data/{name}", ofDataSource, changeData)
	u.shows("GET /data/{name}/{id}", ofDataSource, showSegment)
	u.shows("GET /supervisors", filtered, listSupervisors)
	u.shows("GET /supervisors/{id}", ofSupervisor, showSupervisor)
	u.does("POST /supervisors/{id}", ofSupervisor, changeSupervisor)
	u.shows("GET /workers", takes(auth.Read, auth.State()), listWorkers)
	u.does("POST /workers", takes(auth.Write, auth.State()), orderWorker)
	u.shows("GET /locks", filtered, listLocks)
	u.shows("GET /configuration", takes(auth.Read, auth.Config()), showConfiguration)
	u.shows("GET /reference", filtered, showReference)
	u.shows("GET /reference/{id}", filtered, showOperation)
	u.shows("GET /webhooks", takes(auth.Read, auth.Config()), listHooks)
	if u.Sessions != nil {
		u.shows("GET "+LoginPath, filtered, showLogin)
		u.mux.HandleFunc("POST "+LoginPath, u.login)
		u.mux.HandleFunc("POST /logout", u.logout)
	}
	u.shows("/", filtered, func(*call) (*page, error) {
		return nil, &problem{http.StatusNotFound, "There is no such page.", "The links above lead to all that there are."}
	})
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

// does registers what a form does; do returns the page that shows what came of it.
func (u *UI) does(pattern string, needs need, do func(*call) (to string, err error)) {
	u.shows(pattern, needs, func(c *call) (*page, error) {
		to, err := do(c)
		return &page{to: to}, err
	})
}

// shows registers a page, with what it takes to see it.
func (u *UI) shows(pattern string, needs need, show func(*call) (*page, error)) {
	u.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		c := &call{UI: u, Engine: u.Engine(), w: w, r: r}
		defer c.recover()
		p, err := c.answer(needs, show)
		if err != nil {
			p = c.failure(err)
		}
		if p != nil {
			c.send(p)
		}
	})
}

// ofEach are the pages that every server has, whether it leads or not, each with those below it.
var ofEach = []string{"/configuration", "/reference", LoginPath}

// answer asks for a page, unless only the server that leads can answer.
func (c *call) answer(needs need, show func(*call) (*page, error)) (*page, error) {
	if c.Engine == nil && !slices.Contains(ofEach, c.first()) {
		return c.elsewhere(), nil
	}
	if err := needs(c); err != nil {
		return nil, err
	}
	return show(c)
}

// first is the page that the path names, or the one that this is below.
func (c *call) first() string {
	name, _, _ := strings.Cut(strings.TrimPrefix(c.r.URL.Path, "/"), "/")
	return "/" + name
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
	h.Set("X-Content-Type-Options", "nosniff")
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

// shown is what templates are given.
type shown struct {
	*page
	Path, Version, Service string
	User                   string // who has logged in; empty: nobody
	CSRF                   string // of that session, for forms
	MayLogin               bool   // nobody has logged in, and somebody may
	Nav                    []link
	Now                    druid.Instant
}

// send sends a page as a whole, once it is made: one that fails on the way is told as such.
func (c *call) send(p *page) {
	if p.to != "" {
		http.Redirect(c.w, c.r, p.to, http.StatusSeeOther)
		return
	}
	var out strings.Builder
	s := shown{page: p, Path: c.r.URL.Path, Version: c.Version, Service: c.Config.Service, Nav: nav, Now: druid.Now()}
	if c.Sessions != nil {
		if s.CSRF = c.Sessions.CSRF(c.r); s.CSRF != "" {
			s.User = c.identity().Name
		}
		s.MayLogin = s.User == ""
	}
	t, err := c.template(p.template)
	if err == nil {
		err = t.ExecuteTemplate(&out, "layout", s)
	}
	if err != nil {
		c.Log.Error("page failed", "path", c.r.URL.Path, "error", err)
		http.Error(c.w, "The page could not be made; the server's log tells why.", http.StatusInternalServerError)
		return
	}
	c.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	c.w.Header().Set("Vary", "Accept-Encoding")
	to := io.Writer(c.w)
	if strings.Contains(c.r.Header.Get("Accept-Encoding"), "gzip") {
		c.w.Header().Set("Content-Encoding", "gzip")
		packed := gzip.NewWriter(c.w)
		defer packed.Close()
		to = packed
	}
	c.w.WriteHeader(cmp.Or(p.status, http.StatusOK))
	_, _ = io.WriteString(to, out.String()) // the client may have gone
}

// template is that of a name, within the layout.
func (u *UI) template(name string) (*template.Template, error) {
	if t := u.pages[name]; t != nil {
		return t, nil
	}
	return nil, errors.New("there is no template " + name)
}

// At tells whether a page is the one shown, or one below it.
func (s shown) At(l link) bool {
	return s.Path == l.To || l.To != "/" && strings.HasPrefix(s.Path, l.To+"/")
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
