package ovate

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"time"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/config"
	"ovate/internal/oidc"
	"ovate/internal/password"
	"ovate/internal/ui"
)

// access is who is let in.
type access struct {
	chain    *auth.Chain
	handler  http.Handler   // of the paths of Druid's basic security; nil where nobody has a password
	sessions *auth.Sessions // nil where nobody logs in with a browser
	keeper   *auth.Keeper   // nil where nobody has a password
	issuers  []*oidc.Issuer
	logins   []*oidc.Login
}

// protected has a part answer those alone who may read how the server is.
func (a *access) protected(part http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !auth.From(r.Context()).May(auth.Read, auth.State()) {
			auth.Forbid(w)
			return
		}
		part.ServeHTTP(w, r)
	})
}

// openOutgoing reads whom this server trusts that it asks, and as whom it comes.
func (s *Server) openOutgoing() (err error) {
	if s.outgoing.TLS, err = s.config.TLS.Client.Config(); err != nil {
		return fmt.Errorf("TLS for calls to other servers: %w", err)
	}
	e := s.config.Auth.Escalator
	if e.Type != config.Basic {
		return nil
	}
	escalator := auth.Escalator{User: e.User}
	if escalator.Password, err = password.Read(e.Password, os.LookupEnv); err != nil {
		return fmt.Errorf("druid.escalator.internalClientPassword: %w", err)
	}
	s.outgoing.As = escalator.Transport
	return nil
}

// openAccess makes the chain that requests pass. Nobody with a password is known before start.
func (s *Server) openAccess() error {
	c := s.config.Auth
	authorizers, roles := map[string]auth.Authorizer{}, map[string]*auth.Roles{}
	for _, z := range c.Authorizers {
		if z.Type == config.Basic {
			roles[z.Name] = new(auth.Roles)
			authorizers[z.Name] = roles[z.Name]
		} else {
			authorizers[z.Name] = auth.AllowAll{}
		}
	}
	own := &auth.Own{Store: s.store, Rows: auth.Rows{Store: s.store}, Passwords: map[string]map[string]string{}, Iterations: map[string]int{}, Now: druid.Now}
	basics := map[string]*auth.Basic{}
	var chain []auth.Authenticator
	var inOrder []*auth.Basic
	var people []*oidc.Issuer
	for _, a := range c.Authenticators {
		by := authorizers[a.Authorizer]
		switch a.Type {
		case config.Basic:
			b, err := auth.NewBasic(a.Name, by, a.SkipOnFailure)
			if err != nil {
				return err
			}
			if own.Passwords[a.Name], err = firstPasswords(a); err != nil {
				return err
			}
			b.LimitGuesses(c.MaxWrongPasswords)
			own.Iterations[a.Name], basics[a.Name] = a.Iterations, b
			inOrder, chain = append(inOrder, b), append(chain, b)
		case config.Token:
			t, err := auth.NewTokens(a.File, by, s.log)
			if err != nil {
				return err
			}
			t.LeaveJWT = slices.ContainsFunc(c.Authenticators, func(a config.Authenticator) bool { return a.Issuer.Programs })
			chain = append(chain, t)
		case config.OIDC, config.PAC4J, config.JWT:
			issuer, err := s.openIssuer(a, by)
			if err != nil {
				return err
			}
			if a.Issuer.People {
				people = append(people, issuer)
			}
			if a.Issuer.Programs {
				chain = append(chain, oidc.Bearer{Issuer: issuer})
			}
		case config.Anonymous:
			chain = append(chain, auth.Anybody{As: auth.NewIdentity(a.Identity, by)})
		default:
			chain = append(chain, auth.Anybody{As: auth.NewIdentity(auth.NameAllowAll, by)})
		}
	}
	open := append([]string{"/druid/indexer/v1/isLeader", "/status/health", "/livez", "/readyz"}, c.Open...)
	if len(basics)+len(people) > 0 {
		s.access.sessions = auth.NewSessions(inOrder, time.Now)
		s.access.openLogins(people)
		chain = slices.Insert(chain, 0, auth.Authenticator(s.access.sessions))
		open = slices.Concat(open, ui.OpenPaths(), s.access.openPaths())
	}
	s.access.chain = auth.NewChain(chain, open, func() string { return s.node().Address() })
	if len(basics)+len(roles) == 0 {
		return nil
	}
	options := auth.KeeperOptions{Source: own, Authenticators: basics, Authorizers: roles, Period: c.Period, MaxDelay: c.MaxDelay, Log: s.log}
	if s.cluster != nil && !s.config.Retention.Coordinator { // else there is no Coordinator
		options.Source, own = auth.Cluster{Asked: auth.Asked{Get: s.cluster.coordinator.Get}, Rows: own.Rows}, nil
	}
	s.access.keeper = auth.NewKeeper(options)
	s.access.handler = auth.NewHandler(s.access.keeper, own, s.log)
	return nil
}

// firstPasswords are those of the users that there are from the beginning.
func firstPasswords(a config.Authenticator) (map[string]string, error) {
	first := map[string]string{}
	for _, of := range []struct{ user, property, given string }{
		{auth.Admin, "initialAdminPassword", a.AdminPassword}, {auth.Internal, "initialInternalClientPassword", a.InternalPassword},
	} {
		if of.given == "" {
			continue
		}
		text, err := password.Read(of.given, os.LookupEnv)
		if err != nil {
			return nil, fmt.Errorf("druid.auth.authenticator.%s.%s: %w", a.Name, of.property, err)
		}
		first[of.user] = text
	}
	return first, nil
}

// askUsersWithin is how long a start waits until it is known who may come.
const askUsersWithin = 10 * time.Second

func (a *access) start(ctx context.Context) {
	for _, issuer := range a.issuers {
		issuer.Start()
	}
	if a.keeper != nil {
		ctx, cancel := context.WithTimeout(ctx, askUsersWithin)
		defer cancel()
		a.keeper.Start(ctx)
	}
}

func (a *access) stop() {
	for _, issuer := range a.issuers {
		issuer.Stop()
	}
	if a.keeper != nil {
		a.keeper.Stop()
	}
}
