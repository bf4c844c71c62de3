package ui

import (
	"net/http"
	"net/url"

	"ovate/internal/oidc"
)

// Login is where people log in that another server vouches for: what that is called, and the path that leads there.
type Login struct{ Name, To string }

// loginPage is where one says who one is.
type loginPage struct {
	Next      string // the path to go on to
	Failed    string // why the last try came to nothing; empty if there was none
	Passwords bool   // there are users with passwords
	Logins    []Login
	Kept      string // the spec that was sent when the session had ended
}

// newLoginPage is the page of a login that goes on to a path.
func (u *UI) newLoginPage(next string) loginPage {
	p := loginPage{Next: next, Passwords: u.Sessions.Passwords()}
	for _, l := range u.Logins {
		p.Logins = append(p.Logins, Login{l.Name, l.To + "?" + url.Values{"next": {next}}.Encode()})
	}
	return p
}

// showLogin is GET /login. The query parameter failed tells why the last try came to nothing; next is the path to go on to.
func showLogin(c *call) (*page, error) {
	q := c.r.URL.Query()
	p := c.newLoginPage(q.Get("next"))
	p.Failed = failure(q.Get("failed"))
	return &page{Title: "Log in", template: "login", Bare: true, Data: p}, nil
}

// logout is POST /logout. Who is logged in elsewhere, too, is led there by a page: browsers take no form for an answer that leads elsewhere (form-action). Nobody there is told by
// which page somebody came (Referrer-Policy).
func (u *UI) logout(w http.ResponseWriter, r *http.Request) {
	elsewhere := u.Sessions.Logout(w, r)
	if elsewhere == "" {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	w.Header().Set("Refresh", "0; url="+elsewhere)
	c := &call{UI: u, w: w, r: r}
	c.send(&page{Title: "Logged out", template: "logout", Bare: true, Data: elsewhere})
}

// failure is what is said of a try that came to nothing; empty if there was none.
func failure(why string) string {
	switch why {
	case "true":
		return "The user or the password is wrong."
	case "often":
		return "Too many passwords of this user were wrong. Try again in ten minutes."
	case oidc.FailedAway:
		return "The server that vouches for you cannot be asked now. Try again in a minute."
	case oidc.FailedExpired:
		return "The login took too long, or was begun in another browser. Log in again."
	case oidc.FailedRefused:
		return "You were not let in. The log of this server tells why."
	}
	return ""
}
