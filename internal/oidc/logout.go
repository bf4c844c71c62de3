package oidc

import (
	"net/http"
	"net/url"
)

// mostHint is how long a token may be that goes into a URL, as not all take longer ones; without it the issuer asks whether to log out.
const mostHint = 4 << 10

// Leave implements auth.Elsewhere: it is where a browser ends its session at the issuer (OpenID Connect RP-Initiated Logout), from where it comes back to Callback, and so to the page
// of the login. It is empty if the issuer offers nothing of the kind, or is not to be asked.
func (a *account) Leave(r *http.Request) (to string) {
	s := a.issuer
	s.mu.Lock()
	d := s.known
	s.mu.Unlock()
	if s.LocalLogout || d == nil || d.EndSessionURL == "" {
		return ""
	}
	end, err := url.Parse(d.EndSessionURL)
	if err != nil {
		return "" // which discover has looked at
	}
	q := end.Query()
	q.Set("client_id", s.ClientID)
	q.Set("post_logout_redirect_uri", s.redirect(r))
	if hint := a.held.Load().raw; len(hint) <= mostHint {
		q.Set("id_token_hint", hint)
	}
	end.RawQuery = q.Encode()
	return end.String()
}

// isLogout tells whether a browser comes back to Callback from a logout: then nothing of a login comes along.
func isLogout(q url.Values) bool { return !q.Has("code") && !q.Has("state") && !q.Has("error") }
