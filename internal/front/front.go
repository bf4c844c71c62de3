// Package front is what every request meets first, whatever it asks for: what comes too often is refused, as is what pages of others send; who sends the rest
// is found out; what may change something is written down; and it is led to the part of the server that answers it.
package front

import (
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"ovate/internal/auditlog"
	"ovate/internal/auth"
	"ovate/internal/room"
)

// Options are what a Front leads to, and who may come.
type Options struct {
	// Hosts are the names, besides localhost and all addresses, by which this server may be addressed; "*" is any.
	Hosts []string
	// Origins are the sites whose pages may use this server.
	Origins []string
	// HSTS tells browsers, with each answer, to come to this host by TLS alone for two years, as in Druid.
	HSTS bool
	// Proxies are those who are believed from where requests come that they send on.
	Proxies []netip.Prefix
	// Limits are how often clients may come.
	Limits Limits
	// Room is what the forms and bodies of all requests under way may take together; nil has no bounds.
	Room *room.Room
	// Audit has a line of each request that may change something; nil: none has.
	Audit *auditlog.Log
	Log   *slog.Logger // nil discards
	// Auth lets requests in, and has who sent each in its context (auth.From); nil asks nobody.
	Auth *auth.Chain
	// Login is the path of the page where people log in; empty if there is none. Pages are the first segments of the paths from which browsers are led there.
	Login string
	Pages []string
	// Keep answers what a browser has sent without being logged in, so that it is not lost; false if it does not, and the browser is led to the login. Optional.
	Keep func(w http.ResponseWriter, r *http.Request) bool
	// Tell answers a browser with a page that says why a request for one is refused; without it there is JSON, as for programs. Optional.
	Tell func(w http.ResponseWriter, r *http.Request, status int, why string)
	// Parts answer paths by their first segment, such as metrics of /metrics; an empty one is that of /.
	Parts map[string]http.Handler
	// Rest answers all other paths.
	Rest http.Handler
}

// Front is the handler of all requests. Make it with New.
type Front struct {
	guard    guard
	proxies  proxies
	hsts     bool
	limiter  *limiter // nil without limits
	room     *room.Room
	recorder recorder
	auth     *auth.Chain
	login    login
	parts    map[string]http.Handler
	rest     http.Handler
}

// New makes a Front. It may be called from many goroutines at a time.
func New(o Options) *Front {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Auth == nil {
		o.Auth = auth.OpenToAll()
	}
	return &Front{
		guard: guard{o.Hosts, o.Origins}, proxies: o.Proxies, hsts: o.HSTS, limiter: newLimiter(o.Limits), room: o.Room, recorder: recorder{o.Audit, o.Log}, auth: o.Auth, login: login{o.Login, o.Pages, o.Keep, o.Tell}, parts: o.Parts, rest: o.Rest,
	}
}

// ServeHTTP implements http.Handler.
func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	Protect(w.Header())
	if f.hsts {
		w.Header().Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
	}
	if from := f.proxies.client(r); from != r {
		defer func(r *http.Request) { r.Pattern = from.Pattern }(r)
		r = from
	}
	if wait := f.limiter.wait(r, time.Now()); wait > 0 {
		early := refusal(http.StatusTooManyRequests, wait, "Requests come too fast: this server answers only so many in a second (ovate.http.requestsPerSecond, ovate.http.requestsPerSecondPerClient).")
		if mayChange(r.Method) || !f.login.tells(w, r, early) { // a page would read all that is sent before
			refuse(w, r, early)
		}
		return
	}
	f.recorder.serve(w, r, f.answer)
}

// Protect sets what every answer tells browsers, whatever the path and the verb: to take it for nothing else than it says it is, and not to show it in a frame of
// another page. A page that says more of the latter says it in its place.
func Protect(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "frame-ancestors 'none'")
}

// answer lets a request in, or refuses it.
func (f *Front) answer(w http.ResponseWriter, r *http.Request) {
	if why := f.guard.refuse(r); why != "" {
		auditlog.Identify(r.Context(), nobody)
		refuse(w, r, refusal(http.StatusForbidden, 0, why))
		return
	}
	asked := r
	var share *room.Share
	if f.room != nil && mayChange(r.Method) {
		share = f.room.Share("") // until it is known whose it is
		defer share.Release()
		asked = r.WithContext(room.With(r.Context(), share))
	}
	admitted, refused := f.auth.Admit(asked)
	if refused != nil {
		auditlog.Identify(r.Context(), nobody)
		if refused.Status == http.StatusUnauthorized && f.login.leads(w, r) || refused.Status != http.StatusUnauthorized && f.login.tells(w, r, refused) {
			return
		}
		refuse(w, r, refused)
		return
	}
	who := auth.From(admitted.Context())
	auditlog.Identify(r.Context(), who.Name)
	if !share.Belongs(who.Taker()) {
		refuse(w, r, refusal(http.StatusTooManyRequests, 5*time.Second, "Your other requests take all the memory that there is for what a user sends. Send this one again in a few seconds."))
		return
	}
	defer func() { r.Pattern = admitted.Pattern }() // which whoever answers has found out, for those before
	f.lead(w, admitted)
}

// nobody is who sends a request of whom it is not known who that is.
const nobody = ""

// firstOf is the first segment of the path of a request; that of one which begins with // is none of a part.
func firstOf(r *http.Request) string {
	path := strings.TrimPrefix(r.URL.EscapedPath(), "/")
	if strings.HasPrefix(path, "/") {
		return "/"
	}
	first, _, _ := strings.Cut(path, "/")
	return first
}

// lead has the part of the server answer that knows the path.
func (f *Front) lead(w http.ResponseWriter, r *http.Request) {
	first := firstOf(r)
	if part := f.parts[first]; part != nil {
		r.Pattern = "/" + first // one that knows more of the path says so
		part.ServeHTTP(w, r)
		return
	}
	f.rest.ServeHTTP(w, r)
}
