package oidc_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"ovate/internal/auth"
	"ovate/internal/oidc"
	"ovate/internal/oidc/oidctest"
)

// clock is one that tests turn.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

// options are those of a server that knows an issuer.
func options(i *oidctest.Issuer, c *clock) oidc.Options {
	i.Now = c.Now
	return oidc.Options{
		Name: "people", Issuer: i.URL, ClientID: oidctest.ClientID, ClientSecret: oidctest.Secret, Callback: "/login/people/callback", UserClaim: "sub",
		Audiences: []string{oidctest.ClientID}, Authorizer: auth.AllowAll{}, Timeout: time.Minute, Now: c.Now, Log: slog.New(slog.DiscardHandler),
	}
}

// come is who is let in with a token, or why nobody is.
func come(b oidc.Bearer, token string) string {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	i, claimed, err := b.Identify(r)
	switch {
	case errors.Is(err, auth.ErrCredentials):
		return "refused"
	case err != nil:
		return err.Error()
	case !claimed:
		return "left to others"
	}
	return i.Name
}

// Programs come in with a token that the issuer has signed for this server and that is good now, and with no other.
func TestBearer(t *testing.T) {
	t.Parallel()
	i, c := oidctest.New(t), &clock{time.Unix(1.8e9, 0)}
	i.Rotate("first", false)
	other := oidctest.New(t)
	other.Rotate("first", false)
	other.Now = c.Now
	b := oidc.Bearer{Issuer: oidc.New(options(i, c))}
	at := func(d time.Duration) int64 { return c.now.Add(d).Unix() }
	type claims = map[string]any
	good := claims{"iss": i.URL, "aud": oidctest.ClientID, "sub": "joe", "exp": at(time.Minute)}
	unsigned := func(header string, signature string) string {
		payload, err := json.Marshal(good)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString(payload) + "." + signature
	}
	valid := i.Token(nil)
	parts := strings.Split(valid, ".")
	for about, f := range map[string]struct{ token, want string }{
		"a good one":                              {valid, "joe"},
		"for this server among others":            {i.Token(claims{"aud": []string{"x", oidctest.ClientID}}), "joe"},
		"for another server":                      {i.Token(claims{"aud": "other"}), "refused"},
		"for nobody":                              {i.Token(claims{"aud": nil}), "refused"},
		"that has ended, within the leeway":       {i.Token(claims{"exp": at(-59 * time.Second)}), "joe"},
		"that has ended":                          {i.Token(claims{"exp": at(-time.Minute)}), "refused"},
		"without an end":                          {i.Token(claims{"exp": nil}), "refused"},
		"that begins soon":                        {i.Token(claims{"nbf": at(time.Minute)}), "joe"},
		"that begins later":                       {i.Token(claims{"nbf": at(61 * time.Second)}), "refused"},
		"that never begins":                       {i.Token(claims{"nbf": 1e300}), "refused"},
		"whose beginning is no time":              {i.Token(claims{"nbf": "x"}), "refused"},
		"that tells of a logout":                  {i.Token(claims{"events": claims{"http://schemas.openid.net/event/backchannel-logout": claims{}}}), "refused"},
		"whose type is that of a logout":          {i.TokenOf("logout+jwt", nil), "refused"},
		"whose type is that of a logout, in full": {i.TokenOf("application/Logout+JWT", claims{"sid": "x"}), "refused"},
		"whose type is that of an event":          {i.TokenOf("secevent+jwt", nil), "refused"},
		"whose type is that of an access token":   {i.TokenOf("at+jwt", nil), "joe"},
		"of another issuer":                       {other.Token(nil), "left to others"},
		"of another issuer that says it is ours":  {other.Token(claims{"iss": i.URL}), "refused"},
		"without a user":                          {i.Token(claims{"sub": nil}), "refused"},
		"whose user is empty":                     {i.Token(claims{"sub": ""}), "refused"},
		"whose user is two lines":                 {i.Token(claims{"sub": "a\nb"}), "refused"},
		"without a signature":                     {unsigned(`{"alg":"none"}`, ""), "refused"},
		"of an algorithm that nobody knows":       {unsigned(`{"alg":"x"}`, "eA"), "refused"},
		"signed with the public key as a secret":  {oidctest.Sign(t, jose.HS256, i.PublicKey(), "first", good), "refused"},
		"signed by a key of its own":              {unsigned(`{"alg":"RS256","jwk":{"kty":"oct","k":"eA"}}`, parts[2]), "refused"},
		"whose claims were changed":               {parts[0] + "." + strings.Split(i.Token(claims{"sub": "admin"}), ".")[1] + "." + parts[2], "refused"},
		"whose signature was cut":                 {valid[:len(valid)-8], "refused"},
		"that is none":                            {"x.y.z", "left to others"},
		"that is a text":                          {"ovate_x", "left to others"},
		"longer than any":                         {parts[0] + "." + strings.Repeat("a", 64<<10) + "." + parts[2], "left to others"},
	} {
		if got := come(b, f.token); got != f.want {
			t.Errorf("a token %s: %s, want %s", about, got, f.want)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Authorization", "bEARER  "+valid)
	if who, claimed, err := b.Identify(r); !claimed || err != nil || who.Name != "joe" {
		t.Errorf("with the scheme in another case: %q %t %v", who.Name, claimed, err)
	}
	r = httptest.NewRequest(http.MethodGet, "/", nil)
	if _, claimed, err := b.Identify(r); claimed || err != nil || b.Challenge() != "Bearer" {
		t.Errorf("without a token: %t %v", claimed, err)
	}
}

// Tokens of a key that is new are good as soon as the issuer has it, those of a key that was withdrawn are no longer, and however many come with keys that nobody knows
// the issuer is asked now and then alone.
func TestKeysChange(t *testing.T) {
	t.Parallel()
	i, c := oidctest.New(t), &clock{time.Unix(1.8e9, 0)}
	i.Lasts = 24 * time.Hour
	b := oidc.Bearer{Issuer: oidc.New(options(i, c))}
	before := i.Token(nil)
	if got := come(b, before); got != "joe" {
		t.Fatal(got)
	}
	i.Rotate("second", false)
	after := i.Token(nil)
	if got := come(b, after); got != "refused" {
		t.Errorf("a key is looked for again within a moment: %s", got)
	}
	c.now = c.now.Add(10 * time.Second)
	if got := come(b, after); got != "joe" {
		t.Errorf("with the new key: %s", got)
	}
	c.now = c.now.Add(10 * time.Second)
	if got := come(b, before); got != "refused" {
		t.Errorf("with a key that was withdrawn: %s", got)
	}
	asked := i.Asked("/keys")
	for range 100 {
		if got := come(b, before); got != "refused" {
			t.Error(got)
		}
	}
	if got := i.Asked("/keys") - asked; got > 1 {
		t.Errorf("the issuer was asked %d times for tokens of a key that nobody knows", got)
	}
	i.Rotate("third", false) // and no token of it comes
	c.now = c.now.Add(15 * time.Minute)
	if got := come(b, after); got != "refused" {
		t.Errorf("with a key that was withdrawn a while ago: %s", got)
	}
}

// While the issuer is away nobody can be told to be wrong whose token cannot be checked; what was known before holds, and it is asked no more than now and then.
func TestIssuerAway(t *testing.T) {
	t.Parallel()
	i, c := oidctest.New(t), &clock{time.Unix(1.8e9, 0)}
	i.SetAway(true)
	b := oidc.Bearer{Issuer: oidc.New(options(i, c))}
	token := i.Token(nil)
	for range 50 {
		if got := come(b, token); got != oidc.ErrAway.Error() {
			t.Fatal(got)
		}
	}
	if asked := i.Asked("/.well-known/openid-configuration"); asked != 1 {
		t.Errorf("an issuer that is away was asked %d times", asked)
	}
	i.SetAway(false)
	c.now = c.now.Add(5 * time.Second)
	if got := come(b, i.Token(nil)); got != "joe" {
		t.Fatalf("when it is back: %s", got)
	}
	i.SetAway(true)
	c.now = c.now.Add(time.Hour)
	if got := come(b, i.Token(nil)); got != "joe" {
		t.Errorf("with a key that was known before: %s", got)
	}
	i.Rotate("second", false)
	if got := come(b, i.Token(nil)); got != oidc.ErrAway.Error() {
		t.Errorf("with a key that nobody knows: %s", got)
	}
}

// A document that is not the issuer's own, or has secrets sent in the clear, is not taken, nor is one that does not end.
func TestDiscovery(t *testing.T) {
	t.Parallel()
	i, c := oidctest.New(t), &clock{time.Unix(1.8e9, 0)}
	var body string
	fake := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }))
	defer fake.Close()
	o := options(i, c)
	o.Issuer = fake.URL
	for about, answer := range map[string]string{
		"another issuer": `{"issuer":"https://evil.example","authorization_endpoint":"https://x/a","token_endpoint":"https://x/t","jwks_uri":"https://x/k"}`,
		"in the clear":   `{"issuer":"` + fake.URL + `","authorization_endpoint":"https://x/a","token_endpoint":"http://x.example/t","jwks_uri":"https://x/k"}`,
		"no keys":        `{"issuer":"` + fake.URL + `","authorization_endpoint":"https://x/a","token_endpoint":"https://x/t"}`,
		"no JSON":        `<html>`,
		"too long":       `{"x":"` + strings.Repeat("x", 2<<20) + `"}`,
	} {
		body = answer
		b := oidc.Bearer{Issuer: oidc.New(o)}
		if got := come(b, i.Token(map[string]any{"iss": fake.URL})); got != oidc.ErrAway.Error() {
			t.Errorf("%s: %s", about, got)
		}
	}
}

// By the roles that a token claims one may do what these permit, and nothing that somebody of the same name may; without such claims it is the name that counts.
func TestRoles(t *testing.T) {
	t.Parallel()
	i, c := oidctest.New(t), &clock{time.Unix(1.8e9, 0)}
	roles := new(auth.Roles)
	if err := roles.SetGrants(&auth.Grants{
		Users: map[string]auth.Granted{"joe": {Name: "joe", Roles: []string{"all"}}},
		Roles: map[string]auth.Role{"all": {Name: "all", Permissions: []auth.ResourceAction{auth.Permit(auth.Read, auth.TypeDataSource, ".*")}},
			"wiki": {Name: "wiki", Permissions: []auth.ResourceAction{auth.Permit(auth.Read, auth.TypeDataSource, "wiki")}}},
	}); err != nil {
		t.Fatal(err)
	}
	type claims = map[string]any
	for about, f := range map[string]struct {
		given       claims
		roleMap     map[string][]string
		wiki, other bool
	}{
		"no claim":                {nil, nil, true, true},
		"a list":                  {claims{"realm_access": claims{"roles": []string{"x", "wiki"}}}, nil, true, false},
		"a text":                  {claims{"realm_access": claims{"roles": "wiki"}}, nil, true, false},
		"a name with a dot":       {claims{"realm_access.roles": []string{"wiki"}}, nil, true, false},
		"a role that there isn't": {claims{"realm_access": claims{"roles": []string{"x"}}}, nil, false, false},
		"groups":                  {claims{"realm_access": claims{"roles": []string{"/staff", "wiki"}}}, map[string][]string{"/staff": {"all"}}, true, true},
		"an empty list":           {claims{"realm_access": claims{"roles": []string{}}}, nil, false, false},
		"null":                    {claims{"realm_access": claims{"roles": nil}}, nil, false, false},
		"what is no list":         {claims{"realm_access": claims{"roles": claims{"all": true}}}, nil, false, false},
		"groups that give none":   {claims{"realm_access": claims{"roles": []string{"all"}}}, map[string][]string{"/staff": {"all"}}, false, false},
	} {
		o := options(i, c)
		o.Authorizer, o.RolesClaim, o.RoleMap = roles, "realm_access.roles", f.roleMap
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Authorization", "Bearer "+i.Token(f.given))
		who, _, err := oidc.Bearer{Issuer: oidc.New(o)}.Identify(r)
		if err != nil {
			t.Fatalf("%s: %v", about, err)
		}
		if wiki, other := who.May(auth.Read, auth.DataSource("wiki")), who.May(auth.Read, auth.DataSource("other")); wiki != f.wiki || other != f.other {
			t.Errorf("%s: may read wiki %t, other %t", about, wiki, other)
		}
	}
	o := options(i, c)
	o.UserClaim = "email"
	b := oidc.Bearer{Issuer: oidc.New(o)}
	for verified, want := range map[any]string{true: "joe@x", "true": "joe@x", false: "refused", nil: "joe@x"} {
		if got := come(b, i.Token(claims{"email": "joe@x", "email_verified": verified})); got != want {
			t.Errorf("an address that is verified: %v: %s, want %s", verified, got, want)
		}
	}
}
