//go:build dex

package apptest

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"ovate/internal/oidc/oidctest"
	"ovate/internal/port"
)

// dexConfig is that of a dex with one user, whose password is "password".
const dexConfig = `issuer: %[1]s
storage: {type: memory}
web: {http: %[2]s}
oauth2: {skipApprovalScreen: true, passwordConnector: local}
enablePasswordDB: true
staticClients:
- {id: %[3]s, name: ovate, secret: %[4]q, redirectURIs: [%[5]q]}
staticPasswords:
- {email: joe@example.com, hash: "$2a$10$2b2cU8CPhOTaGrs1HRQuAueS7JTT5ZHsHSzYiFPm1leZck7Mc8T4W", username: joe, userID: "4711"}
`

func freePort(t *testing.T) string {
	t.Helper()
	held, err := port.Hold()
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	return held.Addr().String()
}

// People and programs come in by dex, an issuer that others have written: OVATE_TEST_DEX is the program.
func TestDex(t *testing.T) {
	dex := os.Getenv("OVATE_TEST_DEX")
	if dex == "" {
		t.Skip("OVATE_TEST_DEX is not set")
	}
	at := freePort(t)
	issuer := "http://" + at + "/dex"
	const people = "druid.auth.authenticator.people."
	s := start(t, t.TempDir(), `druid.auth.authenticatorChain=["people"]`, people+"type=oidc", people+"issuer="+issuer, people+"clientID="+oidctest.ClientID,
		people+"clientSecret="+oidctest.Secret, people+"authorizerName=allowAll", people+"userClaim=email", people+`scopes=["openid","email","offline_access"]`)
	file := filepath.Join(t.TempDir(), "dex.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, dexConfig, issuer, at, oidctest.ClientID, oidctest.Secret, s.URL()+"/login/people/callback"), 0o600); err != nil {
		t.Fatal(err)
	}
	serve := exec.CommandContext(t.Context(), dex, "serve", file)
	var said strings.Builder
	serve.Stdout, serve.Stderr = &said, &said
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = serve.Process.Kill()
		_ = serve.Wait() // which says that it was killed
		if t.Failed() {
			t.Log(said.String())
		}
	})
	eventually(t, "dex answers", func() bool {
		answer, err := http.Get(issuer + "/.well-known/openid-configuration")
		if err != nil {
			return false
		}
		defer answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	g := &guardedSite{t: t, server: s}
	p := &person{t, "", &http.Client{Jar: jar, Transport: s.http.Transport}}
	form, page := "", ""
	eventually(t, "dex is asked again, which was not there when the server began", func() bool {
		form, _, page = p.does("GET", s.URL()+"/login/people?next=%2Fworkers", nil)
		return !strings.HasPrefix(form, "/login")
	})
	action := regexp.MustCompile(`<form method="post"[^>]*action="([^"]*)"`).FindStringSubmatch(page)
	if action == nil {
		t.Fatalf("dex shows %s: %s", form, page)
	}
	to, status, page := p.does("POST", "http://"+at+html.UnescapeString(action[1]), url.Values{"login": {"joe@example.com"}, "password": {"password"}})
	if to != "/workers" || status != 200 || !strings.Contains(page, "Log out (joe@example.com)") {
		t.Fatalf("who has logged in is at %s: %d %s", to, status, page)
	}
	r, err := http.NewRequestWithContext(t.Context(), "POST", issuer+"/token", strings.NewReader(url.Values{
		"grant_type": {"password"}, "username": {"joe@example.com"}, "password": {"password"}, "scope": {"openid email"}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(url.QueryEscape(oidctest.ClientID), url.QueryEscape(oidctest.Secret))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	var given struct {
		IDToken string `json:"id_token"`
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(&given); err != nil {
		t.Fatal(err)
	}
	if status, said := g.bearer(given.IDToken, "GET", "/druid/indexer/v1/tasks", ""); status != 200 {
		t.Errorf("a program with a token of dex: %d %s", status, said)
	}
	if status, _ := g.bearer(given.IDToken+"x", "GET", "/druid/indexer/v1/tasks", ""); status != 401 {
		t.Errorf("with a token that was changed: %d", status)
	}
}
