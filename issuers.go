package ovate

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"ovate/internal/auth"
	"ovate/internal/config"
	"ovate/internal/oidc"
	"ovate/internal/password"
	"ovate/internal/ui"
)

// This file is about issuers of OpenID Connect, which vouch for people and programs.

// openIssuer makes the issuer of an authenticator. It is asked by nobody before start.
func (s *Server) openIssuer(a config.Authenticator, by auth.Authorizer) (*oidc.Issuer, error) {
	given := a.Issuer
	o := oidc.Options{
		Name: a.Name, Issuer: given.URL, Discovery: given.Discovery, ClientID: given.ClientID, SecretInBody: given.SecretInBody, Scopes: given.Scopes,
		RedirectURL: given.RedirectURL, Callback: given.Callback, LocalLogout: given.LocalLogout, UserClaim: given.UserClaim, RolesClaim: given.RolesClaim, RoleMap: given.RoleMap,
		Audiences: given.Audiences, Authorizer: by, TLS: s.outgoing.TLS, Timeout: given.Timeout, Now: time.Now, Log: s.log,
	}
	var err error
	if o.ClientSecret, err = password.Read(given.ClientSecret, os.LookupEnv); err != nil {
		return nil, fmt.Errorf("the client secret of druid.auth.authenticator.%s: %w", a.Name, err)
	}
	issuer := oidc.New(o)
	s.access.issuers = append(s.access.issuers, issuer)
	return issuer, nil
}

// openLogins makes what answers the paths where people log in at an issuer.
func (a *access) openLogins(people []*oidc.Issuer) {
	for _, issuer := range people {
		a.logins = append(a.logins, oidc.NewLogin(issuer, a.sessions, ui.LoginPath))
	}
}

// links are what the page of the login shows of them.
func (a *access) links() (all []ui.Login) {
	for _, l := range a.logins {
		all = append(all, ui.Login{Name: l.Name, To: l.Path()})
	}
	return all
}

// openPaths are those of logins that whoever has not logged in yet has to see.
func (a *access) openPaths() (all []string) {
	for _, l := range a.logins {
		all = append(all, l.Path(), l.Callback)
	}
	return all
}

// before has logins answer their paths, and next all others.
func (a *access) before(next http.Handler) http.Handler {
	if len(a.logins) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := strings.TrimSuffix(r.URL.Path, "/") // as the chain opens it
		for _, l := range a.logins {
			if path == l.Path() || path == l.Callback {
				r.Pattern = l.Path()
				l.ServeHTTP(w, r)
				return
			}
		}
		if next == nil {
			http.NotFound(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}
