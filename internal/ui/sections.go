package ui

import (
	"net/http"
	"strings"

	"ovate/internal/auth"
)

// section is a page with what is below it.
type section struct {
	path   string // what the paths of all begin with
	name   string // in the head of each page; empty: it is not there
	alone  bool   // a server that does not lead has it, too
	logins bool   // its name is in the head only where people log in
	routes routes
}

// routes are what is answered, by verb and path.
type routes map[string]route

// route is what it takes to be answered, and what answers.
type route struct {
	need need
	show func(*call) (*page, error)
}

// sections are all pages, in the order in which the head of each names them.
func sections() []section {
	return []section{
		{path: "/", name: "Overview", routes: routes{
			"GET /{$}": {filtered, overview},
		}},
		{path: "/tasks", name: "Tasks", routes: routes{
			"GET /tasks":              {filtered, listTasks},
			"POST /tasks":             {writesSome, does(changeTasks)},
			"GET /tasks/{id}":         {ofTask, showTask},
			"GET /tasks/{id}/log":     {ofTask, taskLog},
			"POST /tasks/{id}/cancel": {ofTask, does(cancelTask)},
		}},
		{path: "/submit", routes: routes{
			"GET /submit":            {decidedLater, showSubmit},
			"POST /submit":           {writesSome, submit},
			"POST /submit/file":      {writesSome, sendFile},
			"GET /submit/file/{id}":  {decidedLater, showFile},
			"POST /submit/file/{id}": {decidedLater, showFile},
		}},
		{path: "/data", name: "Data", routes: routes{
			"GET /data":             {filtered, listData},
			"GET /data/{name}":      {ofDataSource, showData},
			"POST /data/{name}":     {ofDataSource, does(changeData)},
			"GET /data/{name}/{id}": {ofDataSource, showSegment},
		}},
		{path: "/supervisors", name: "Supervisors", routes: routes{
			"GET /supervisors":       {filtered, listSupervisors},
			"GET /supervisors/{id}":  {ofSupervisor, showSupervisor},
			"POST /supervisors/{id}": {ofSupervisor, does(changeSupervisor)},
		}},
		{path: "/workers", name: "Workers", routes: routes{
			"GET /workers":  {takes(auth.Read, auth.State()), listWorkers},
			"POST /workers": {takes(auth.Write, auth.State()), does(orderWorker)},
		}},
		{path: "/locks", name: "Locks", routes: routes{
			"GET /locks": {filtered, listLocks},
		}},
		{path: "/configuration", name: "Configuration", alone: true, routes: routes{
			"GET /configuration": {takes(auth.Read, auth.Config()), showConfiguration},
		}},
		{path: "/sessions", name: "Sessions", alone: true, logins: true, routes: routes{
			"GET /sessions":       {takes(auth.Read, auth.Security()), listSessions},
			"POST /sessions/{id}": {takes(auth.Write, auth.Security()), does(endSession)},
		}},
		{path: "/webhooks", routes: routes{
			"GET /webhooks": {takes(auth.Read, auth.Config()), listHooks},
		}},
		{path: "/reference", alone: true, routes: routes{
			"GET /reference":      {filtered, showReference},
			"GET /reference/{id}": {filtered, showOperation},
		}},
	}
}

// does answers by what a form does; do returns the page that shows what came of it.
func does(do func(*call) (to string, err error)) func(*call) (*page, error) {
	return func(c *call) (*page, error) {
		to, err := do(c)
		return &page{to: to}, err
	}
}

// What is no page, but answered by this package, too.
const (
	assetsPath = "/assets"
	eventsPath = "/events"
	logoutPath = "/logout"
	// LoginPath is where people log in.
	LoginPath = "/login"
)

// OpenPaths are those that who has not logged in yet has to see. They tell nothing but what is in the program.
func OpenPaths() []string { return []string{LoginPath, assetsPath + "/*"} }

// Pages are the paths of all pages; what is below them is theirs.
func Pages() (paths []string) {
	for _, s := range sections() {
		paths = append(paths, s.path)
	}
	return paths
}

// Paths are the segments that paths of this package begin with, for who leads requests to its handler.
func Paths() (first []string) {
	for _, path := range append(Pages(), assetsPath, eventsPath, LoginPath, logoutPath) {
		first = append(first, strings.TrimPrefix(path, "/"))
	}
	return first
}

// route has the handler lead to all that there is.
func (u *UI) route() {
	u.mux.HandleFunc("GET "+assetsPath+"/{name}", u.asset)
	u.mux.HandleFunc("GET "+eventsPath, u.events)
	for _, s := range sections() {
		if s.name != "" && (!s.logins || u.Sessions != nil) {
			u.nav = append(u.nav, link{s.path, s.name})
		}
		for pattern, r := range s.routes {
			u.shows(pattern, r, s.alone)
		}
	}
	if u.Sessions != nil {
		u.shows("GET "+LoginPath, route{filtered, showLogin}, true)
		u.mux.HandleFunc("POST "+LoginPath, u.login)
		u.mux.HandleFunc("POST "+logoutPath, u.logout)
	}
	u.shows("/", route{filtered, noPage}, false)
}

// noPage answers paths that are none.
func noPage(*call) (*page, error) {
	return nil, &problem{http.StatusNotFound, "There is no such page.", "The links above lead to all that there are."}
}

// shows registers a page, which a server that does not lead has alone, too, or not.
func (u *UI) shows(pattern string, r route, alone bool) {
	u.mux.HandleFunc(pattern, func(w http.ResponseWriter, request *http.Request) {
		c := &call{UI: u, Engine: u.Engine(), w: w, r: request}
		defer c.recover()
		p, err := c.answer(r, alone)
		if err != nil {
			p = c.failure(err)
		}
		if p != nil {
			c.send(p)
		}
	})
}

// answer asks for a page, unless only the server that leads can answer.
func (c *call) answer(r route, alone bool) (*page, error) {
	if c.Engine == nil && !alone {
		return c.elsewhere(), nil
	}
	if err := r.need(c); err != nil {
		return nil, err
	}
	return r.show(c)
}
