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

// loggedIn is how many sessions there are of people, and false where nobody logs in.
func (a *access) loggedIn() (n int, there bool) {
	if a.sessions == nil {
		return 0, false
	}
	return a.sessions.Count(), true
}

// entrance is what lets people and programs in.
type entrance struct {
	chain  []auth.Authenticator // in the order in which they are asked
	basics []*auth.Basic
	byName map[string]*auth.Basic
	people []*oidc.Issuer
	own    *auth.Own // users that are kept here
}

// openAccess makes the chain that requests pass. Nobody with a password is known before start.
func (s *Server) openAccess() error {
	c := s.config.Auth
	authorizers, roles, err := openAuthorizers(c.Authorizers)
	if err != nil {
		return err
	}
	own := &auth.Own{Store: s.store, Rows: auth.Rows{Store: s.store}, Passwords: map[string]map[string]string{}, Iterations: map[string]int{}, Now: druid.Now}
	in := &entrance{byName: map[string]*auth.Basic{}, own: own}
	for _, a := range c.Authenticators {
		if err := s.openAuthenticator(a, authorizers[a.Authorizer], in); err != nil {
			return err
		}
	}
	open := append([]string{"/druid/indexer/v1/isLeader", "/status/health", "/livez", "/readyz"}, c.Open...)
	if len(in.basics)+len(in.people) > 0 {
		s.access.sessions = auth.NewSessions(in.basics, time.Now)
		s.access.sessions.LimitTimes(c.SessionIdle, c.SessionLongest)
		s.access.openLogins(in.people)
		in.chain = slices.Insert(in.chain, 0, auth.Authenticator(s.access.sessions))
		open = slices.Concat(open, ui.OpenPaths(), s.access.openPaths())
	}
	s.access.chain = auth.NewChain(in.chain, open, func() string { return s.node().Address() })
	if len(in.basics)+len(roles) == 0 {
		return nil
	}
	options := auth.KeeperOptions{Source: own, Authenticators: in.byName, Authorizers: roles, Period: c.Period, MaxDelay: c.MaxDelay, Log: s.log}
	if s.cluster != nil && !s.config.Retention.Coordinator { // else there is no Coordinator
		options.Source, own = auth.Cluster{Asked: auth.Asked{Get: s.cluster.coordinator.Get}, Rows: own.Rows}, nil
	}
	s.access.keeper = auth.NewKeeper(options)
	s.access.handler = auth.NewHandler(s.access.keeper, own, s.log)
	return nil
}

// openAuthorizers makes what knows who may do what, by name. Of those with roles none is known yet.
func openAuthorizers(all []config.Authorizer) (map[string]auth.Authorizer, map[string]*auth.Roles, error) {
	authorizers, roles := map[string]auth.Authorizer{}, map[string]*auth.Roles{}
	for _, z := range all {
		switch z.Type {
		case config.Basic:
			roles[z.Name] = new(auth.Roles)
			authorizers[z.Name] = roles[z.Name]
		case config.AllowAll:
			authorizers[z.Name] = auth.AllowAll{}
		default: // nobody is let in by what is not known
			return nil, nil, fmt.Errorf("druid.auth.authorizer.%s.type is %q, which nothing here is made for", z.Name, z.Type)
		}
	}
	return authorizers, roles, nil
}

// openAuthenticator adds one to the chain.
func (s *Server) openAuthenticator(a config.Authenticator, by auth.Authorizer, in *entrance) error {
	switch a.Type {
	case config.Basic:
		b, err := auth.NewBasic(by, a.SkipOnFailure)
		if err != nil {
			return err
		}
		if in.own.Passwords[a.Name], err = firstPasswords(a); err != nil {
			return err
		}
		b.LimitGuesses(s.config.Auth.MaxWrongPasswords)
		in.own.Iterations[a.Name], in.byName[a.Name] = a.Iterations, b
		in.basics, in.chain = append(in.basics, b), append(in.chain, b)
	case config.Token:
		t, err := auth.NewTokens(a.File, by, s.log)
		if err != nil {
			return fmt.Errorf("druid.auth.authenticator.%s.file: %w", a.Name, err)
		}
		t.LeaveJWT = slices.ContainsFunc(s.config.Auth.Authenticators, func(a config.Authenticator) bool { return a.Issuer.Programs })
		in.chain = append(in.chain, t)
	case config.OIDC, config.PAC4J, config.JWT:
		issuer, err := s.openIssuer(a, by)
		if err != nil {
			return err
		}
		if a.Issuer.People {
			in.people = append(in.people, issuer)
		}
		if a.Issuer.Programs {
			in.chain = append(in.chain, oidc.Bearer{Issuer: issuer})
		}
	case config.Anonymous:
		in.chain = append(in.chain, auth.Anybody{As: auth.NewIdentity(a.Identity, by)})
	case config.AllowAll:
		in.chain = append(in.chain, auth.Anybody{As: auth.NewIdentity(auth.NameAllowAll, by)})
	default: // nobody is let in by what is not known
		return fmt.Errorf("druid.auth.authenticator.%s.type is %q, which nothing here is made for", a.Name, a.Type)
	}
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
