package config

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const vouched = `
druid.auth.authenticatorChain=["people"]
druid.auth.authenticator.people.type=oidc
druid.auth.authenticator.people.issuer=https://login.example.com/realms/people
druid.auth.authenticator.people.clientID=ovate
druid.auth.authenticator.people.clientSecret=hush
druid.auth.authenticator.people.authorizerName=roles
druid.auth.authenticator.people.rolesClaim=groups
druid.auth.authenticator.people.roleMap={"/staff":["writer","reader"]}
druid.auth.authorizers=["roles"]
druid.auth.authorizer.roles.type=basic
`

const pac4j = `
druid.auth.authenticatorChain=["pac4j","jwt"]
druid.auth.authenticator.pac4j.type=pac4j
druid.auth.authenticator.pac4j.authorizerName=allowAll
druid.auth.authenticator.jwt.type=jwt
druid.auth.authenticator.jwt.authorizerName=allowAll
druid.auth.pac4j.cookiePassphrase=hush
druid.auth.pac4j.readTimeout=PT3S
druid.auth.pac4j.enableCustomSslContext=true
druid.auth.pac4j.oidc.clientID=druid
druid.auth.pac4j.oidc.clientSecret={"type":"default","password":"hush"}
druid.auth.pac4j.oidc.discoveryURI=https://login.example.com/.well-known/openid-configuration
druid.auth.pac4j.oidc.oidcClaim=preferred_username
druid.auth.pac4j.oidc.scope=openid email
druid.auth.pac4j.oidc.clientAuthenticationMethod=client_secret_post
`

// An issuer is configured by our names, or by those of druid-pac4j, which all of its authenticators share; everybody is asked then, and secrets are not shown.
func TestIssuers(t *testing.T) {
	t.Parallel()
	c := load(t, Sources{Files: []string{file(t, vouched+"ovate.listen=:8090\n")}})
	want := Issuer{
		URL: "https://login.example.com/realms/people", ClientID: "ovate", ClientSecret: "hush", Scopes: []string{"openid", "profile", "email"}, Callback: "/login/people/callback",
		UserClaim: "sub", RolesClaim: "groups", RoleMap: map[string][]string{"/staff": {"writer", "reader"}}, Audiences: []string{"ovate"}, Timeout: 10 * time.Second, People: true, Programs: true,
	}
	if diff := cmp.Diff(want, c.Auth.Authenticators[0].Issuer); diff != "" || len(c.Unused()) > 0 {
		t.Errorf("%s unused: %v", diff, c.Unused())
	}
	d := load(t, Sources{Files: []string{file(t, pac4j)}})
	want = Issuer{
		Discovery: "https://login.example.com/.well-known/openid-configuration", ClientID: "druid", ClientSecret: `{"type":"default","password":"hush"}`, SecretInBody: true,
		Scopes: []string{"openid", "email"}, Callback: PAC4JCallback, UserClaim: "sub", Audiences: []string{"druid"}, Timeout: 3 * time.Second, People: true,
	}
	if diff := cmp.Diff(want, d.Auth.Authenticators[0].Issuer); diff != "" || len(d.Unused()) > 0 {
		t.Errorf("%s unused: %v", diff, d.Unused())
	}
	want.UserClaim, want.People, want.Programs = "preferred_username", false, true
	if diff := cmp.Diff(want, d.Auth.Authenticators[1].Issuer); diff != "" {
		t.Error(diff)
	}
	for _, c := range []*Config{c, d} {
		for name, value := range c.Properties() {
			if strings.Contains(value, "hush") {
				t.Errorf("%s shows %s", name, value)
			}
		}
	}
}

// What cannot be an issuer, or would let in others than was meant, stops the start.
func TestIssuersThatCannotBe(t *testing.T) {
	t.Parallel()
	const at = "druid.auth.authenticator.people."
	for change, want := range map[string]string{
		vouched + at + "issuer=":                                                    at + "issuer",
		vouched + at + "issuer=http://login.example.com":                            "must begin with https://",
		vouched + at + "issuer=login.example.com":                                   "must be a URL",
		vouched + at + "issuer=https://me:hush@login.example.com":                   "must be a URL",
		vouched + at + "clientID=":                                                  at + "clientID",
		vouched + at + "redirectURL=https://ovate.example.com/":                     "must end in /login/people/callback",
		vouched + at + "redirectURL=http://ovate.example.com/login/people/callback": "must begin with https://",
		vouched + at + "roleMap=[]":                                                 "must be a JSON object",
		vouched + at + "rolesClaim=":                                                at + "rolesClaim",
		vouched + at + "timeout=PT1H":                                               "from PT0.1S to PT1M",
		vouched + "druid.auth.authorizer.roles.type=allowAll":                       "must be an authorizer of type basic",
		pac4j + "druid.auth.pac4j.oidc.discoveryURI=":                               "druid.auth.pac4j.oidc.discoveryURI",
		pac4j + "druid.auth.pac4j.oidc.clientAuthenticationMethod=private_key_jwt":  "client_secret_basic or client_secret_post",
		pac4j + "druid.auth.authenticator.jwt.type=pac4j":                           "more than one",
		strings.ReplaceAll(vouched, "people", "a?b"):                                "letters, digits",
		strings.ReplaceAll(vouched, "people", "leüte"):                              "letters, digits",
	} {
		_, err := Load(Sources{Files: []string{file(t, change)}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", change[max(0, len(change)-100):], err)
		}
		if err != nil && strings.Contains(err.Error(), "hush") {
			t.Errorf("%s shows a secret: %v", change, err)
		}
	}
}

// A key is checked at the start, and not taken where a Java Overlord might lead.
func TestSealing(t *testing.T) {
	t.Parallel()
	const key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	keys := file(t, key+"\n")
	for change, want := range map[string]string{
		"":                             "",
		"ovate.store.key=" + key:       "",
		"ovate.store.keyFile=" + keys:  "",
		"ovate.store.key=short":        "key 1 must be 32 bytes",
		"ovate.store.keyFile=/nowhere": "no such file",
		"ovate.store.key=" + key + "\novate.store.keyFile=" + keys:                                           "must not be set together",
		"ovate.store.key={\"type\":\"environment\",\"variable\":\"OVATE_NOT_SET\"}":                          "is not set",
		"ovate.store.key=" + key + "\ndruid.zk.service.host=localhost\ndruid.indexer.runner.type=httpRemote": "ovate.store.onlyOvate",
	} {
		c, err := Load(Sources{Files: []string{file(t, change)}})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", change, err)
		}
		if err != nil && strings.Contains(err.Error(), "AAAA") {
			t.Errorf("%s shows the key: %v", change, err)
		}
		if err == nil && (c.Sealing.Keys != nil) != (change != "") {
			t.Errorf("%s: %v", change, c.Sealing)
		}
	}
}
