// Package oidctest is an issuer of OpenID Connect for tests: it speaks the protocol, strictly, signs with keys that change when they are told to, and can
// be made to do wrong.
package oidctest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// What a client of the issuer is called, and its secret.
const (
	ClientID = "ovate"
	Secret   = "client secret/+%" // which has to be escaped in a header
)

// Issuer is one that lets everybody in whom User names. Its fields may be changed before it is asked.
type Issuer struct {
	*httptest.Server
	// User is who logs in, and Claims what tokens claim besides.
	User   string
	Claims map[string]any
	// Asks has a person press a button, as issuers do.
	Asks bool
	// Lasts is how long tokens are good.
	Lasts time.Duration
	// Wrong changes the claims of a token before it is signed; nil does not.
	Wrong func(claims map[string]any)
	// EndsSessions tells whether browsers may log out.
	EndsSessions bool
	// Refreshes tells whether refresh tokens are given, and taken.
	Refreshes bool
	Now       func() time.Time

	t       testing.TB
	mu      sync.Mutex // guards what follows
	away    bool
	ec      bool
	keys    map[string]crypto.Signer // by id
	current string
	codes   map[string]code
	refresh map[string]string // nonces by token
	back    map[string]bool   // where browsers came back to
	asked   map[string]int    // requests by path
}

// code is one that was given.
type code struct{ nonce, challenge, redirect string }

// New starts an issuer, which signs with a key of an elliptic curve.
func New(t testing.TB) *Issuer {
	i := &Issuer{
		User: "joe", Lasts: 5 * time.Minute, Refreshes: true, Now: time.Now,
		t: t, keys: map[string]crypto.Signer{}, codes: map[string]code{}, refresh: map[string]string{}, back: map[string]bool{}, asked: map[string]int{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", i.discovery)
	mux.HandleFunc("GET /keys", i.jwks)
	mux.HandleFunc("GET /authorize", i.authorize)
	mux.HandleFunc("POST /authorize", i.authorize)
	mux.HandleFunc("POST /token", i.token)
	mux.HandleFunc("GET /logout", i.logout)
	i.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i.mu.Lock()
		i.asked[r.URL.Path]++
		away := i.away
		i.mu.Unlock()
		if away {
			http.Error(w, "away", http.StatusBadGateway)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(i.Close)
	i.Rotate("first", true)
	return i
}

// Rotate has the issuer sign with a new key, of an elliptic curve or of RSA, and forget those of before.
func (i *Issuer) Rotate(id string, ec bool) {
	var key crypto.Signer
	var err error
	if ec {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	} else {
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		i.t.Fatal(err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys, i.current, i.ec = map[string]crypto.Signer{id: key}, id, ec
}

// SetAway has the issuer answer nothing that is of use, or be back.
func (i *Issuer) SetAway(away bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.away = away
}

// Asked is how often a path was asked for.
func (i *Issuer) Asked(path string) int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.asked[path]
}

// Forget has no refresh token be good any more.
func (i *Issuer) Forget() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.refresh = map[string]string{}
}

func (i *Issuer) discovery(w http.ResponseWriter, _ *http.Request) {
	document := map[string]any{
		"issuer": i.URL, "authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token", "jwks_uri": i.URL + "/keys",
		"id_token_signing_alg_values_supported": []string{"RS256", "ES256", "HS256", "none"}, "authorization_response_iss_parameter_supported": true,
	}
	if i.EndsSessions {
		document["end_session_endpoint"] = i.URL + "/logout?realm=people"
	}
	send(w, document)
}

// logout takes a browser that comes with a token of the issuer, and with where it came back to from a login, and sends it there.
func (i *Issuer) logout(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	token, err := jose.ParseSigned(q.Get("id_token_hint"), []jose.SignatureAlgorithm{jose.ES256, jose.RS256})
	i.mu.Lock()
	if err == nil {
		_, err = token.Verify(i.keys[i.current].Public())
	}
	known := i.back[q.Get("post_logout_redirect_uri")]
	i.mu.Unlock()
	if err != nil || !known || q.Get("client_id") != ClientID || q.Get("realm") != "people" {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	http.Redirect(w, r, q.Get("post_logout_redirect_uri"), http.StatusSeeOther)
}

func (i *Issuer) jwks(w http.ResponseWriter, _ *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	set := jose.JSONWebKeySet{}
	for id, key := range i.keys {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: key.Public(), KeyID: id, Use: "sig"})
	}
	send(w, set)
}

// PublicKey is the key by which everybody may check the issuer's tokens, as the bytes of its modulus: what a forger would sign with (HS256).
func (i *Issuer) PublicKey() []byte {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.keys[i.current].Public().(*rsa.PublicKey).N.Bytes()
}

func (i *Issuer) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	if q.Get("client_id") != ClientID || q.Get("response_type") != "code" || err != nil || q.Get("code_challenge_method") != "S256" || q.Get("nonce") == "" {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	if i.Asks && r.Method == http.MethodGet {
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprintf(w, `<!doctype html><html lang="en"><title>Issuer</title><form method="post" action="%s"><button id="go">Be %s</button></form></html>`, html.EscapeString(r.URL.RequestURI()), html.EscapeString(i.User))
		return
	}
	given := rand.Text()
	i.mu.Lock()
	i.back[q.Get("redirect_uri")] = true
	i.codes[given] = code{q.Get("nonce"), q.Get("code_challenge"), q.Get("redirect_uri")}
	i.mu.Unlock()
	back.RawQuery = url.Values{"code": {given}, "state": {q.Get("state")}, "iss": {i.URL}}.Encode()
	http.Redirect(w, r, back.String(), http.StatusSeeOther)
}

func (i *Issuer) token(w http.ResponseWriter, r *http.Request) {
	fail := func(why string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		send(w, map[string]any{"error": why})
	}
	user, password, _ := r.BasicAuth()
	user, _ = url.QueryUnescape(user)
	password, _ = url.QueryUnescape(password)
	if user != ClientID || password != Secret {
		fail("invalid_client")
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	nonce := ""
	switch r.PostFormValue("grant_type") {
	case "authorization_code":
		c, there := i.codes[r.PostFormValue("code")]
		delete(i.codes, r.PostFormValue("code"))
		sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
		if !there || c.redirect != r.PostFormValue("redirect_uri") || base64.RawURLEncoding.EncodeToString(sum[:]) != c.challenge {
			fail("invalid_grant")
			return
		}
		nonce = c.nonce
	case "refresh_token":
		var there bool
		if nonce, there = i.refresh[r.PostFormValue("refresh_token")]; !there {
			fail("invalid_grant")
			return
		}
		delete(i.refresh, r.PostFormValue("refresh_token"))
	default:
		fail("unsupported_grant_type")
		return
	}
	answer := map[string]any{
		"access_token": rand.Text(), "token_type": "Bearer", "expires_in": int(i.Lasts.Seconds()), "id_token": i.sign(map[string]any{"nonce": nonce}),
	}
	if i.Refreshes {
		next := rand.Text()
		i.refresh[next], answer["refresh_token"] = nonce, next
	}
	send(w, answer)
}

// Token is one of the issuer, for its client unless the claims say otherwise: each takes the place of what it has of itself, and one that is nil is left out.
func (i *Issuer) Token(claims map[string]any) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.sign(claims)
}

// TokenOf is a Token whose header says of which type it is.
func (i *Issuer) TokenOf(typ string, claims map[string]any) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.signAs(typ, claims)
}

func (i *Issuer) sign(claims map[string]any) string { return i.signAs("JWT", claims) }

func (i *Issuer) signAs(typ string, claims map[string]any) string {
	now := i.Now()
	all := map[string]any{"iss": i.URL, "aud": ClientID, "sub": i.User, "iat": now.Unix(), "exp": now.Add(i.Lasts).Unix()}
	maps.Copy(all, i.Claims)
	maps.Copy(all, claims)
	if i.Wrong != nil {
		i.Wrong(all)
	}
	maps.DeleteFunc(all, func(_ string, value any) bool { return value == nil })
	algorithm := jose.RS256
	if i.ec {
		algorithm = jose.ES256
	}
	return sign(i.t, typ, algorithm, i.keys[i.current], i.current, all)
}

// Sign makes a token.
func Sign(t testing.TB, algorithm jose.SignatureAlgorithm, key any, id string, claims map[string]any) string {
	return sign(t, "JWT", algorithm, key, id, claims)
}

func sign(t testing.TB, typ string, algorithm jose.SignatureAlgorithm, key any, id string, claims map[string]any) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", id).WithType(jose.ContentType(typ)))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(text)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func send(w http.ResponseWriter, answer any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer) // the client may have gone
}
