package auth_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"ovate/internal/auth"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// What Jackson writes of Druid's classes as Smile, in Base64. The password of joe, hashed by Java, is pässword:1; ann has none.
const (
	smileUsers   = "OikKBfqCam9l+oNuYW1lQmpvZYpjcmVkZW50aWFsc/qDc2FsdP2gyM/W3eTr8vkABw4VHCMqMTg/Rk1UW2JpcHd+hYyTmqGDaGFzaP0BgEp80BgLw4KS8NT/EqbKGO+fajxoTDKQ7kMtlcTmeHEcoohlcHxJcfyy6fsuHINSHCsDZ3FEGgLE4QEHqdGNoL6JaXRlcmF0aW9ucyQfkPv7gmFubvpBQmFubkIh+/s="
	smileGrants  = "OikKBfqGdXNlck1hcPqCam9l+oNuYW1lQmpvZYRyb2xlc/hFcmVhZGVy+fv7hnJvbGVNYXD6hXJlYWRlcvpCRXJlYWRlcopwZXJtaXNzaW9uc/j6jXJlc291cmNlQWN0aW9u+odyZXNvdXJjZfpCRXdpa2kuKoN0eXBlSURBVEFTT1VSQ0X7hWFjdGlvbkNSRUFE+5JyZXNvdXJjZU5hbWVQYXR0ZXJuRXdpa2kuKvv5+/v7"
	smileUserRow = "OikKBfqCam9l+oNuYW1lQmpvZYRyb2xlc/hFcmVhZGVy+fv7"
	smileRoleRow = "OikKBfqFcmVhZGVy+oNuYW1lRXJlYWRlcopwZXJtaXNzaW9uc/j6jXJlc291cmNlQWN0aW9u+odyZXNvdXJjZfpBRXdpa2kuKoN0eXBlSURBVEFTT1VSQ0X7hWFjdGlvbkNSRUFE+5JyZXNvdXJjZU5hbWVQYXR0ZXJuRXdpa2kuKvv5+/s="
)

func decoded(text string) []byte {
	bytes, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		panic(err) // it is a constant of the test
	}
	return bytes
}

// newBasic is an authenticator that knows the users that Druid has written, whose authorizer lets joe read wiki.*.
func newBasic(tb testing.TB, skip bool) *auth.Basic {
	tb.Helper()
	roles := new(auth.Roles)
	grants, err := auth.ReadGrants(decoded(smileGrants))
	if err == nil {
		err = roles.SetGrants(grants)
	}
	if err != nil {
		tb.Fatal(err)
	}
	b, err := auth.NewBasic(roles, skip)
	if err != nil {
		tb.Fatal(err)
	}
	users, err := auth.ReadUsers(decoded(smileUsers))
	if err != nil {
		tb.Fatal(err)
	}
	b.SetUsers(users)
	return b
}

// admit is who is let in with a header, or the status and the challenges of the refusal.
func admit(c *auth.Chain, path, authorization string) (string, int, []string) {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	in, refused := c.Admit(r)
	if refused != nil {
		return "", refused.Status, refused.Challenges
	}
	return auth.From(in.Context()).Name, http.StatusOK, nil
}

func basicOf(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

// A chain lets in whom one of its authenticators knows, in their order, and refuses as Druid does.
func TestChain(t *testing.T) {
	t.Parallel()
	users, skipping := newBasic(t, false), newBasic(t, true)
	anonymous := auth.Anybody{As: auth.NewIdentity("anyone", auth.AllowAll{})}
	right, wrong := basicOf("joe", "pässword:1"), basicOf("joe", "guess")
	for _, c := range []struct {
		about        string
		chain        []auth.Authenticator
		path, header string
		who          string
		status       int
	}{
		{"the right password", []auth.Authenticator{users}, "/x", right, "joe", 200},
		{"a wrong one", []auth.Authenticator{users}, "/x", wrong, "", 401},
		{"a wrong one, although others may come", []auth.Authenticator{users, anonymous}, "/x", wrong, "", 401},
		{"the right password, and the scheme in another case", []auth.Authenticator{users}, "/x", strings.Replace(right, "Basic", "bASIC", 1), "joe", 200},
		{"a wrong one, likewise", []auth.Authenticator{users, anonymous}, "/x", strings.Replace(wrong, "Basic", "BASIC", 1), "", 401},
		{"a wrong one that is skipped", []auth.Authenticator{skipping, anonymous}, "/x", wrong, "anyone", 200},
		{"no header", []auth.Authenticator{users}, "/x", "", "", 401},
		{"no header, where others may come", []auth.Authenticator{users, anonymous}, "/x", "", "anyone", 200},
		{"a user without a password", []auth.Authenticator{users}, "/x", basicOf("ann", ""), "", 401},
		{"a user that there is not", []auth.Authenticator{users}, "/x", basicOf("eve", ""), "", 401},
		{"no colon", []auth.Authenticator{users}, "/x", "Basic " + base64.StdEncoding.EncodeToString([]byte("joe")), "", 401},
		{"no Base64, which is not skipped", []auth.Authenticator{skipping, anonymous}, "/x", "Basic %%%", "", 401},
		{"another scheme", []auth.Authenticator{users}, "/x", "Bearer x", "", 401},
		{"nobody is asked", nil, "/x", right, "", 401},
		{"an open path", []auth.Authenticator{users}, "/status/health", wrong, "allowAll", 200},
		{"an open path with a slash", []auth.Authenticator{users}, "/status/health/", "", "allowAll", 200},
		{"below an open path", []auth.Authenticator{users}, "/public/a/b", "", "allowAll", 200},
		{"up from below an open path", []auth.Authenticator{users}, "/public/../x", "", "", 401},
		{"up in other words", []auth.Authenticator{users}, "/public/%2e%2e/x", "", "", 401},
		{"an open path itself", []auth.Authenticator{users}, "/public", "", "allowAll", 200},
		{"beside an open path", []auth.Authenticator{users}, "/status/healthy", "", "", 401},
		{"an open path in other words", []auth.Authenticator{users}, "/status/%68ealth", "", "", 401},
		{"beside a folder", []auth.Authenticator{users}, "/publicity", "", "", 401},
	} {
		chain := auth.NewChain(c.chain, []string{"/status/health", "/public/*"}, nil)
		for range 2 { // the second time from memory
			if who, status, _ := admit(chain, c.path, c.header); who != c.who || status != c.status {
				t.Errorf("%s: %q, %d; want %q, %d", c.about, who, status, c.who, c.status)
			}
		}
	}
	_, refused := auth.NewChain([]auth.Authenticator{users, skipping}, nil, func() string { return "h:1" }).Admit(httptest.NewRequest("GET", "/", nil))
	if want := `{"error":"Unauthorized request","errorMessage":null,"errorClass":null,"host":"h:1"}`; string(refused.Body) != want || strings.Join(refused.Challenges, " ") != "Basic" {
		t.Errorf("%s %v", refused.Body, refused.Challenges)
	}
	if auth.From(t.Context()).May(auth.Read, auth.State()) || !auth.Everybody().MayAll() {
		t.Error("nobody may do something, or everybody may not do everything")
	}
}

// Until the users are known nobody is let in, nor told that the password is wrong; a password that was changed is wrong from then on.
func TestUsersChange(t *testing.T) {
	t.Parallel()
	b, err := auth.NewBasic(new(auth.Roles), false)
	if err != nil {
		t.Fatal(err)
	}
	chain := auth.NewChain([]auth.Authenticator{b}, nil, nil)
	if _, status, _ := admit(chain, "/", basicOf("joe", "a")); status != http.StatusServiceUnavailable {
		t.Errorf("before anything is known: %d", status)
	}
	set := func(password string) {
		t.Helper()
		c, err := auth.NewCredentials(password, 10)
		if err != nil {
			t.Fatal(err)
		}
		b.SetUsers(map[string]*auth.Credentials{"joe": c})
	}
	set("a")
	if _, status, _ := admit(chain, "/", basicOf("joe", "a")); status != http.StatusServiceUnavailable {
		t.Errorf("before it is known what joe may: %d", status)
	}
	b = newBasic(t, false)
	chain = auth.NewChain([]auth.Authenticator{b}, nil, nil)
	set("a")
	_, first, _ := admit(chain, "/", basicOf("joe", "a"))
	set("b")
	_, old, _ := admit(chain, "/", basicOf("joe", "a"))
	_, changed, _ := admit(chain, "/", basicOf("joe", "b"))
	b.SetUsers(map[string]*auth.Credentials{})
	_, gone, _ := admit(chain, "/", basicOf("joe", "b"))
	if first != 200 || old != 401 || changed != 200 || gone != 401 {
		t.Errorf("first %d, then the old one %d and the new one %d, and once joe is gone %d", first, old, changed, gone)
	}
}

// Permissions are by type and action exactly, and by name as a regular expression of Java, as a whole. What nobody here can tell permits nothing.
func TestRoles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern string
		yes, no []string
		refused bool
	}{
		{pattern: ".*", yes: []string{"", "a"}, no: []string{"a\nb"}},
		{pattern: "wiki", yes: []string{"wiki"}, no: []string{"wiki2", "mywiki", "", "wiki\n", "WIKI"}},
		{pattern: "a|b", yes: []string{"a", "b"}, no: []string{"ab", "xb", "ax"}},
		{pattern: "wiki.*", yes: []string{"wiki", "wikipedia"}, no: []string{"mywiki"}},
		{pattern: `\Qa.b[\E.`, yes: []string{"a.b[x"}, no: []string{"aXb[x"}},
		{pattern: "(?i)wiki", yes: []string{"WiKi"}, no: []string{"wik"}},
		{pattern: "(?i)é", no: []string{"é", "É"}},
		{pattern: `\Qé(?\E`, yes: []string{"é(?"}, no: []string{"é", "é("}},
		{pattern: `é\(?[(?]*`, yes: []string{"é", "é(?"}},
		{pattern: `\Q(?P\E`, yes: []string{"(?P"}, no: []string{"P"}},
		{pattern: "(?P<a>b)", refused: true, no: []string{"b"}},
		{pattern: "[a-c]+[^x]", yes: []string{"abz"}, no: []string{"abx"}},
		{pattern: `a\[b`, yes: []string{"a[b"}},
		{pattern: "a)|(b", refused: true, no: []string{"a", "b"}},
		{pattern: "(?!secret).*", refused: true, no: []string{"a"}},
		{pattern: "[a-z&&[^b]]", refused: true, no: []string{"a", "b", "&"}},
		{pattern: "[a[b]]", refused: true, no: []string{"a", "b", "a]"}},
		{pattern: "[]a]", refused: true, no: []string{"a", "]"}},
		{pattern: "a*+", refused: true, no: []string{"a"}},
		{pattern: `(a)\1`, refused: true, no: []string{"aa"}},
		{pattern: `\v`, refused: true, no: []string{"\n", "\v"}},
		{pattern: `[`, refused: true},
	} {
		roles := new(auth.Roles)
		err := roles.SetGrants(&auth.Grants{
			Users: map[string]auth.Granted{"joe": {Name: "joe", Roles: []string{"none", "r"}}},
			Roles: map[string]auth.Role{"r": {Name: "r", Permissions: []auth.ResourceAction{auth.Permit(auth.Read, auth.TypeDataSource, c.pattern), auth.Permit(auth.Write, auth.TypeState, "STATE")}}},
		})
		if (err != nil) != c.refused {
			t.Errorf("%s: %v", c.pattern, err)
		}
		for _, name := range c.yes {
			if !roles.May("joe", auth.Read, auth.DataSource(name)) {
				t.Errorf("%s does not permit %q", c.pattern, name)
			}
			for _, other := range []bool{
				roles.May("joe", auth.Write, auth.DataSource(name)), roles.May("ann", auth.Read, auth.DataSource(name)), roles.May("joe", auth.Read, auth.External(name)),
			} {
				if other {
					t.Errorf("%s permits more than to read data sources, or to others", c.pattern)
				}
			}
		}
		for _, name := range c.no {
			if roles.May("joe", auth.Read, auth.DataSource(name)) {
				t.Errorf("%s permits %q", c.pattern, name)
			}
		}
		if !roles.May("joe", auth.Write, auth.State()) {
			t.Errorf("beside %s another permission does not hold", c.pattern)
		}
	}
}

// A name is matched by itself quoted, and by nothing longer.
func TestQuotedNames(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[ -~é]{1,12}`).Draw(t, "name")
		if strings.Contains(name, `\E`) {
			return
		}
		roles := new(auth.Roles)
		if err := roles.SetGrants(&auth.Grants{
			Users: map[string]auth.Granted{"joe": {Roles: []string{"r"}}},
			Roles: map[string]auth.Role{"r": {Permissions: []auth.ResourceAction{auth.Permit(auth.Read, auth.TypeDataSource, `\Q`+name+`\E`)}}},
		}); err != nil {
			t.Fatal(err)
		}
		if !roles.May("joe", auth.Read, auth.DataSource(name)) || roles.May("joe", auth.Read, auth.DataSource(name+"x")) {
			t.Fatalf("%q", name)
		}
	})
}

// What Druid has written is read, in the form of requests, too.
func TestMaps(t *testing.T) {
	t.Parallel()
	users, err := auth.ReadUsers(decoded(smileUsers))
	if err != nil || len(users) != 2 || users["ann"] != nil || users["joe"].Iterations != 1000 || !users["joe"].Match("pässword:1") || users["joe"].Match("passwort") {
		t.Errorf("%v, %v", users, err)
	}
	var p auth.ResourceAction
	for _, form := range []string{`{"resource":{"name":"a","type":"B"},"action":"READ"}`, `{"resourceAction":{"resource":{"name":"a","type":"B"},"action":"READ"},"resourceNamePattern":"a"}`} {
		if err := json.Unmarshal([]byte(form), &p); err != nil || p != auth.Permit(auth.Read, "B", "a") {
			t.Errorf("%s: %v, %v", form, p, err)
		}
		p = auth.ResourceAction{}
	}
	grants, err := auth.ReadGrants(decoded(smileGrants))
	if err != nil || grants.Users["joe"].Roles[0] != "reader" || grants.Roles["reader"].Permissions[0] != auth.Permit(auth.Read, auth.TypeDataSource, "wiki.*") {
		t.Errorf("%v, %v", grants, err)
	}
	for _, bad := range []string{"", "null", "7", ":)\n\x05\xfa", "{"} {
		if _, err := auth.ReadUsers([]byte(bad)); err == nil {
			t.Errorf("%q is read as users", bad)
		}
		if _, err := auth.ReadGrants([]byte(bad)); err == nil {
			t.Errorf("%q is read as grants", bad)
		}
	}
}

func FuzzMaps(f *testing.F) {
	for _, seed := range []string{smileUsers, smileGrants, smileUserRow} {
		f.Add(decoded(seed))
	}
	f.Add([]byte(`{"userMap":{},"roleMap":{"r":{"permissions":[{"resource":{"name":"["}}]}}}`))
	f.Fuzz(func(_ *testing.T, text []byte) {
		if g, err := auth.ReadGrants(text); err == nil {
			_ = new(auth.Roles).SetGrants(g) // it may refuse patterns
		}
		_, _ = auth.ReadUsers(text)
	})
}

// What was once found out costs no hashing again.
func BenchmarkBasic(b *testing.B) {
	chain := auth.NewChain([]auth.Authenticator{newBasic(b, false)}, nil, nil)
	r := httptest.NewRequest(http.MethodGet, "/druid/indexer/v1/tasks", nil)
	r.Header.Set("Authorization", basicOf("joe", "pässword:1"))
	for b.Loop() {
		in, refused := chain.Admit(r)
		if refused != nil || !auth.From(in.Context()).May(auth.Read, auth.DataSource("wikipedia")) {
			b.Fatal("joe is refused")
		}
	}
}

// Who tries out passwords is told to stop, whether by header or by form; the right one does not help then, unless it was known before, nor does it tell that it is right.
func TestGuessedPasswords(t *testing.T) {
	t.Parallel()
	users := newBasic(t, false)
	chain := auth.NewChain([]auth.Authenticator{users}, nil, nil)
	s := auth.NewSessions([]*auth.Basic{users}, time.Now)
	status := func(from, user, password string) int {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = from
		r.SetBasicAuth(user, password)
		if _, refused := chain.Admit(r); refused != nil {
			return refused.Status
		}
		return http.StatusOK
	}
	for _, user := range []string{"joe", "nobody"} { // alike, so that nobody learns which users there are
		for range 20 {
			if got := status("10.0.0.1:1", user, "guess"); got != http.StatusUnauthorized {
				t.Fatalf("%s: %d", user, got)
			}
		}
		for _, password := range []string{"guess", "pässword:1"} {
			if got := status("10.0.0.1:2", user, password); got != http.StatusTooManyRequests {
				t.Errorf("%s with %s: %d", user, password, got)
			}
		}
	}
	if got := status("10.0.0.2:1", "joe", "pässword:1"); got != http.StatusOK {
		t.Errorf("from elsewhere: %d", got)
	}
	if got := status("10.0.0.1:3", "joe", "pässword:1"); got != http.StatusOK {
		t.Errorf("with a password that is known to be right: %d", got)
	}
	for n := range 21 {
		want := "/login?failed=true&next=%2F"
		if n == 20 {
			want = "/login?failed=often&next=%2F"
		}
		if in := visit(s.Login, "POST", "/login", url.Values{"user": {"ann"}, "password": {"guess"}}); in.Header.Get("Location") != want {
			t.Errorf("form %d leads to %s", n, in.Header.Get("Location"))
		}
	}
}
