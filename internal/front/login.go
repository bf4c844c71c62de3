package front

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"ovate/internal/auth"
)

// login leads browsers to the page where people log in. Programs are told by the status.
type login struct {
	path  string // empty if there is none
	pages []string
	keep  func(w http.ResponseWriter, r *http.Request) bool // nil: nothing is kept
	tell  func(w http.ResponseWriter, r *http.Request, status int, why string)
}

// isOfPage tells whether a request is for a page, and comes with no credentials but those of a browser that has logged in.
func (l login) isOfPage(r *http.Request) bool {
	return r.Header.Get("Authorization") == "" && slices.Contains(l.pages, firstOf(r))
}

// tells answers a browser that is not let in for another reason than that nobody is logged in there, such as a form that is too large to look for its token.
func (l login) tells(w http.ResponseWriter, r *http.Request, refused *auth.Refusal) bool {
	if l.tell == nil || !l.isOfPage(r) || !strings.Contains(r.Header.Get("Accept"), "text/html") {
		return false
	}
	askLater(w, refused)
	l.tell(w, r, refused.Status, refused.Why)
	return true
}

// leads answers a request that has no credentials if a browser has sent it for a page. No browser is challenged there: it would ask with a dialog of its own.
func (l login) leads(w http.ResponseWriter, r *http.Request) bool {
	if l.path == "" || !l.isOfPage(r) {
		return false
	}
	accept := r.Header.Get("Accept")
	switch {
	case strings.Contains(accept, "text/html") && l.keep != nil && l.keep(w, r):
	case strings.Contains(accept, "text/html"):
		to := l.path
		if r.Method == http.MethodGet { // else the page would be that of a form that is gone
			to += "?" + url.Values{"next": {r.URL.RequestURI()}}.Encode()
		}
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, to, http.StatusSeeOther)
	case strings.Contains(accept, "text/event-stream"): // of a page that is open still
		refuse(w, r, refusal(http.StatusUnauthorized, 0, "Nobody is logged in here (any more)."))
	default:
		return false
	}
	return true
}
