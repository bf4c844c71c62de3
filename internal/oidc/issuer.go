// Package oidc lets in whom an issuer of OpenID Connect vouches for: people, who log in there with a browser, and programs, which come with a token of it.
package oidc

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	coreos "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"ovate/internal/auth"
	"ovate/internal/clock"
	"ovate/internal/request"
)

// Options are what an Issuer is made of.
type Options struct {
	// Name is that of the authenticator.
	Name string
	// Issuer is the URL by which the issuer names itself in tokens. If it is empty the document at Discovery says it.
	Issuer string
	// Discovery is the URL of the document that tells the rest; empty: where OpenID Connect puts it, below Issuer.
	Discovery string
	// ClientID and ClientSecret are what this server is registered as there; without a secret it is a public client. With SecretInBody the secret is
	// sent in the body, as some issuers want it, and else as they say.
	ClientID, ClientSecret string
	SecretInBody           bool
	// Scopes are what is asked for of people who log in; openid is always among them.
	Scopes []string
	// RedirectURL is where browsers come back to, as it is registered at the issuer; empty: Callback, at the address by which a browser asks.
	RedirectURL string
	// Callback is the path of that.
	Callback string
	// LocalLogout has those who log out here stay logged in at the issuer.
	LocalLogout bool
	// UserClaim is the claim that names the user, and RolesClaim the one that has the roles or groups, empty for none: names within objects are parted
	// by dots, as in realm_access.roles.
	UserClaim, RolesClaim string
	// RoleMap are the roles of groups; nil: groups are called as roles are. With it other groups give none.
	RoleMap map[string][]string
	// Audiences are those of which a program's token must be for one.
	Audiences []string
	// Authorizer knows what users may do.
	Authorizer auth.Authorizer
	// TLS is whom this server trusts that it asks; nil trusts as the machine does.
	TLS *tls.Config
	// Timeout is how long one answer of the issuer may take.
	Timeout time.Duration
	Now     func() time.Time
	Log     *slog.Logger
}

// Issuer is one of OpenID Connect as it is asked. Make it with New, let it be looked for with Start, end that with Stop. It may be asked by many goroutines.
type Issuer struct {
	Options
	client *http.Client
	keys   *keys
	lasts  context.Context // until Stop: an answer is for all who wait, whoever has given up meanwhile
	end    context.CancelFunc
	work   sync.WaitGroup

	asking chan struct{} // taken by whoever asks for the document
	mu     sync.Mutex    // guards what follows
	known  *discovered   // nil until then
	tried  time.Time
}

// discovered is what an issuer says of itself.
type discovered struct {
	coreos.ProviderConfig
	TokenAuth []string `json:"token_endpoint_auth_methods_supported"`
	// NamesItself is that it says who it is whenever it sends a browser back.
	NamesItself bool `json:"authorization_response_iss_parameter_supported"`
	// EndSessionURL is where browsers end their session there; empty if they cannot.
	EndSessionURL string `json:"end_session_endpoint"`
}

// New makes an Issuer of which nothing is known yet.
func New(o Options) *Issuer {
	client := request.NewClient(request.Outgoing{TLS: o.TLS}) // not as this server comes to others of the cluster
	client.Timeout, client.Transport = o.Timeout, bounded{client.Transport}
	if o.Discovery == "" {
		o.Discovery = strings.TrimSuffix(o.Issuer, "/") + "/.well-known/openid-configuration"
	}
	s := &Issuer{Options: o, client: client, asking: make(chan struct{}, 1)}
	s.lasts, s.end = context.WithCancel(context.Background())
	s.keys = &keys{read: s.readKeys, now: o.Now, asking: make(chan struct{}, 1)}
	return s
}

// ErrAway is that the issuer has not answered, so that nobody can tell for whom it vouches. The log tells why.
var ErrAway = errors.New("the issuer that vouches for users cannot be asked now")

// An issuer that was away is not asked again for retryPause, and, of itself, at last no more often than each longestPause.
const (
	retryPause   = 5 * time.Second
	longestPause = time.Minute
)

// Start has the issuer be asked until it answers: a server starts without it.
func (s *Issuer) Start() {
	s.work.Go(func() {
		for failures := 1; ; failures++ {
			if _, err := s.discover(s.lasts); err == nil || s.lasts.Err() != nil {
				return
			}
			if !clock.Pause(s.lasts, clock.Doubling{First: retryPause, Longest: longestPause}.After(failures)) {
				return
			}
		}
	})
}

// Stop ends that.
func (s *Issuer) Stop() {
	s.end()
	s.work.Wait()
	s.client.CloseIdleConnections()
}

// discover is what the issuer says of itself. It is asked once, unless it does not answer: the error is ErrAway then.
func (s *Issuer) discover(ctx context.Context) (*discovered, error) {
	select {
	case s.asking <- struct{}{}:
		defer func() { <-s.asking }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	s.mu.Lock()
	known, tried := s.known, s.tried
	s.mu.Unlock()
	if known != nil {
		return known, nil
	}
	if now := s.Now(); now.Sub(tried) < retryPause {
		return nil, ErrAway
	}
	known, err := s.readDiscovery(s.lasts)
	if s.lasts.Err() != nil {
		return nil, ErrAway
	}
	s.mu.Lock()
	s.known, s.tried = known, s.Now()
	s.mu.Unlock()
	if err != nil {
		s.Log.Warn("an issuer of OpenID Connect cannot be asked, so that nobody comes in by it until it can", "authenticator", s.Name, "error", err)
		return nil, ErrAway
	}
	s.Log.Info("an issuer of OpenID Connect is known", "authenticator", s.Name, "issuer", known.IssuerURL)
	return known, nil
}

// readDiscovery asks the issuer about itself.
func (s *Issuer) readDiscovery(ctx context.Context) (*discovered, error) {
	d := new(discovered)
	if err := s.get(ctx, s.Discovery, d); err != nil {
		return nil, err
	}
	if s.Issuer != "" && d.IssuerURL != s.Issuer {
		return nil, fmt.Errorf("%s is of the issuer [%s], and not of [%s], as druid.auth.authenticator.%s.issuer says", s.Discovery, d.IssuerURL, s.Issuer, s.Name)
	}
	for name, at := range map[string]string{"issuer": d.IssuerURL, "authorization_endpoint": d.AuthURL, "token_endpoint": d.TokenURL, "jwks_uri": d.JWKSURL} {
		if err := CheckURL(at); err != nil {
			return nil, fmt.Errorf("%s: %s is [%s], which %w", s.Discovery, name, at, err)
		}
	}
	if err := CheckURL(d.EndSessionURL); d.EndSessionURL != "" && err != nil {
		s.Log.Warn("whoever logs out stays logged in at the issuer, as where one logs out there cannot be used", "authenticator", s.Name, "end_session_endpoint", d.EndSessionURL, "error", err)
		d.EndSessionURL = ""
	}
	return d, nil
}

// readKeys asks the issuer for the keys that it signs with.
func (s *Issuer) readKeys(into any) error {
	d, err := s.discover(s.lasts)
	if err != nil {
		return err
	}
	if err := s.get(s.lasts, d.JWKSURL, into); err != nil {
		s.Log.Warn("the keys of an issuer of OpenID Connect cannot be read", "authenticator", s.Name, "error", err)
		return errors.Join(ErrAway, err)
	}
	return nil
}

// get reads JSON.
func (s *Issuer) get(ctx context.Context, at string, into any) error {
	r, err := request.New(ctx, http.MethodGet, at, nil)
	if err != nil {
		return err
	}
	resp, err := request.Do(s.client, r, http.StatusOK)
	if err != nil {
		return err
	}
	text, err := request.Body(resp, mostAnswer)
	if err != nil {
		return fmt.Errorf("GET %s: %w", at, err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("GET %s: %w", at, err)
	}
	return nil
}

// oauth is how codes are asked for and changed for tokens.
func (s *Issuer) oauth(d *discovered, redirect string) *oauth2.Config {
	style := oauth2.AuthStyleInHeader // as OpenID Connect has it unless the issuer says otherwise
	if s.SecretInBody || s.ClientSecret == "" || len(d.TokenAuth) > 0 && !slices.Contains(d.TokenAuth, "client_secret_basic") {
		style = oauth2.AuthStyleInParams
	}
	scopes := s.Scopes
	if !slices.Contains(scopes, coreos.ScopeOpenID) {
		scopes = append([]string{coreos.ScopeOpenID}, scopes...)
	}
	return &oauth2.Config{
		ClientID: s.ClientID, ClientSecret: s.ClientSecret, RedirectURL: redirect, Scopes: scopes,
		Endpoint: oauth2.Endpoint{AuthURL: d.AuthURL, TokenURL: d.TokenURL, AuthStyle: style},
	}
}

// with has what golang.org/x/oauth2 asks be asked by the issuer's client.
func (s *Issuer) with(ctx context.Context) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, s.client)
}

// CheckURL fails unless a URL is one that secrets may be sent to: it must be https, or on this machine.
func CheckURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return errors.New("must be a URL, like https://login.example.com/realms/people")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return errors.New("must begin with https:// unless it is on this machine, since secrets are sent there")
	}
	return nil
}
