package oidc

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	coreos "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"ovate/internal/auth"
)

// Login has people log in at an issuer with a browser: by a code that is good for this server alone, with PKCE, state and nonce.
type Login struct {
	*Issuer
	sessions *auth.Sessions
	page     string // where people log in
	flows    *sealer
}

// NewLogin makes a Login, which begins sessions. page is the path of the page where people log in, to which those are led back who do not succeed.
func NewLogin(s *Issuer, sessions *auth.Sessions, page string) *Login {
	return &Login{s, sessions, page, newSealer(s.Name)}
}

// Path is where a login begins, with the query parameter next, the path to go on to.
func (l *Login) Path() string { return l.page + "/" + l.Name }

// What the page of the login is told in its query parameter failed.
const (
	FailedAway    = "issuer"  // the issuer could not be asked
	FailedExpired = "expired" // the login was not begun in this browser, or too long ago, or has come back before
	FailedRefused = "refused" // the issuer, or this server, does not let the user in
)

// ServeHTTP answers GET of Path, and of Callback.
func (l *Login) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer") // the query has secrets
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", "GET")
		http.Error(w, "Send GET", http.StatusMethodNotAllowed)
		return
	}
	if strings.TrimSuffix(r.URL.Path, "/") == l.Path() {
		l.leave(w, r)
		return
	}
	if isLogout(r.URL.Query()) {
		http.Redirect(w, r, l.page, http.StatusSeeOther)
		return
	}
	l.comeBack(w, r)
}

// secure tells whether browsers come by TLS, be it spoken by a proxy, as that says, or the URL that they come back to shows.
func (l *Login) secure(r *http.Request) bool {
	return auth.Secure(r) || strings.HasPrefix(l.RedirectURL, "https:")
}

// redirect is where a browser is to come back to.
func (s *Issuer) redirect(r *http.Request) string {
	if s.RedirectURL != "" {
		return s.RedirectURL
	}
	scheme := "http"
	if auth.Secure(r) {
		scheme = "https"
	}
	return (&url.URL{Scheme: scheme, Host: r.Host, Path: s.Callback}).String() // the guard has seen the host
}

// leave sends a browser to the issuer.
func (l *Login) leave(w http.ResponseWriter, r *http.Request) {
	next := auth.LocalPath(r.URL.Query().Get("next"))
	if len(next) > mostNext {
		next = "/"
	}
	d, err := l.discover(r.Context())
	if err != nil {
		l.fail(w, r, FailedAway, next)
		return
	}
	f := flow{State: random(), Nonce: random(), Verifier: oauth2.GenerateVerifier(), Redirect: l.redirect(r), Next: next, Until: l.Now().Add(flowLasts).Unix()}
	http.SetCookie(w, cookie(l.flows.seal(f), l.secure(r)))
	http.Redirect(w, r, l.oauth(d, f.Redirect).AuthCodeURL(f.State, coreos.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), http.StatusSeeOther)
}

// comeBack takes a browser that the issuer sends back.
func (l *Login) comeBack(w http.ResponseWriter, r *http.Request) {
	next := "/"
	http.SetCookie(w, cookie("", l.secure(r)))
	user, account, err := l.account(r, &next)
	switch {
	case r.Context().Err() != nil:
		return
	case errors.Is(err, ErrAway):
		l.fail(w, r, FailedAway, next)
	case errors.Is(err, errNotBegun), errors.Is(err, errUsed):
		l.Log.Info("a login is refused", "authenticator", l.Name, "from", r.RemoteAddr, "error", err)
		l.fail(w, r, FailedExpired, next)
	case err != nil:
		l.Log.Warn("a login is refused", "authenticator", l.Name, "from", r.RemoteAddr, "error", err)
		l.fail(w, r, FailedRefused, next)
	default:
		l.Log.Info("somebody has logged in", "authenticator", l.Name, "identity", user, "from", r.RemoteAddr)
		l.sessions.Begin(w, r, user, account, l.secure(r))
		http.Redirect(w, r, next, http.StatusSeeOther)
	}
}

// fail leads back to the page where people log in.
func (l *Login) fail(w http.ResponseWriter, r *http.Request, why, next string) {
	http.Redirect(w, r, l.page+"?"+url.Values{"failed": {why}, "next": {next}}.Encode(), http.StatusSeeOther)
}

// account is whom the issuer vouches for in a browser that comes back, and next where that wants to go.
func (l *Login) account(r *http.Request, next *string) (user string, by auth.Account, err error) {
	begun, err := r.Cookie(flowCookieName(l.secure(r)))
	if err != nil {
		return "", nil, errNotBegun
	}
	f, err := l.flows.open(begun.Value, l.Now())
	if err != nil {
		return "", nil, err
	}
	q := r.URL.Query()
	if subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(f.State)) != 1 {
		return "", nil, errNotBegun
	}
	*next = f.Next
	d, err := l.discover(r.Context())
	if err != nil {
		return "", nil, err
	}
	if from, told := q["iss"]; (told || d.NamesItself) && !slices.Equal(from, []string{d.IssuerURL}) {
		return "", nil, fmt.Errorf("the browser comes back from the issuer %q, and was sent to %q", from, d.IssuerURL)
	}
	if q.Has("error") {
		return "", nil, fmt.Errorf("the issuer says %.100q: %.300q", q.Get("error"), q.Get("error_description"))
	}
	given, err := l.oauth(d, f.Redirect).Exchange(l.with(r.Context()), q.Get("code"), oauth2.VerifierOption(f.Verifier))
	if err != nil {
		return "", nil, answerOf(err)
	}
	t, err := l.idToken(r.Context(), given)
	if err != nil {
		return "", nil, err
	}
	if subtle.ConstantTimeCompare([]byte(t.Nonce), []byte(f.Nonce)) != 1 {
		return "", nil, errors.New("the token is of another login (nonce)")
	}
	a := &account{issuer: l.Issuer, subject: t.Subject, asking: make(chan struct{}, 1)}
	if err := a.take(t, given.RefreshToken); err != nil {
		return "", nil, err
	}
	return a.held.Load().identity.Name, a, nil
}

// idToken is that of an answer to a code, which must be for this server alone, or for this one among others.
func (s *Issuer) idToken(ctx context.Context, given *oauth2.Token) (*token, error) {
	raw, is := given.Extra("id_token").(string)
	if !is {
		return nil, errNoToken
	}
	t, err := s.verify(ctx, raw, []string{s.ClientID})
	if err != nil {
		return nil, err
	}
	switch party, there := t.claims["azp"]; {
	case !there && len(t.Audience) > 1:
		return nil, fmt.Errorf("the token is for %q, and does not say for which client it was made (azp)", t.Audience)
	case there && party != s.ClientID:
		return nil, fmt.Errorf("the token was made for the client %q (azp)", fmt.Sprint(party))
	}
	if t.AccessTokenHash != "" {
		if err := t.VerifyAccessToken(given.AccessToken); err != nil {
			return nil, err
		}
	}
	return t, nil
}

var errNoToken = errors.New("the issuer sends no id_token")

// answerOf is an error of golang.org/x/oauth2 without the answer's body, which may have secrets; ErrAway if the issuer has not said no.
func answerOf(err error) error {
	if answer, is := errors.AsType[*oauth2.RetrieveError](err); is && answer.Response != nil {
		if answer.Response.StatusCode >= http.StatusInternalServerError || answer.Response.StatusCode == http.StatusTooManyRequests {
			return fmt.Errorf("%w: status %d", ErrAway, answer.Response.StatusCode)
		}
		return fmt.Errorf("the issuer answers the code with status %d %.100q", answer.Response.StatusCode, answer.ErrorCode)
	}
	if _, is := errors.AsType[*url.Error](err); is {
		return fmt.Errorf("%w: %w", ErrAway, err)
	}
	return err
}
