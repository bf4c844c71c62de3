package config

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const secured = `
druid.auth.authenticatorChain=["db","programs"]
druid.auth.authenticator.db.type=basic
druid.auth.authenticator.db.initialAdminPassword= first
druid.auth.authenticator.db.initialInternalClientPassword={"type":"environment","variable":"SYSTEM"}
druid.auth.authenticator.db.credentialIterations=20
druid.auth.authenticator.db.skipOnFailure=true
druid.auth.authenticator.db.authorizerName=roles
druid.auth.authenticator.programs.type=token
druid.auth.authenticator.programs.file=/etc/tokens
druid.auth.authenticator.programs.authorizerName=allowAll
druid.auth.authorizers=["roles","allowAll"]
druid.auth.authorizer.roles.type=basic
druid.auth.unsecuredPaths=["/public/*"]
ovate.auth.session.idle=PT30M
druid.escalator.type=basic
druid.escalator.internalClientUsername=druid_system
druid.escalator.internalClientPassword=hush
`

// Authentication is configured as in Druid, and lets others connect; passwords are not shown.
func TestAuth(t *testing.T) {
	t.Parallel()
	c := load(t, Sources{Files: []string{file(t, secured+"ovate.listen=:8090\n")}})
	want := Auth{
		Authenticators: []Authenticator{
			{Name: "db", Type: Basic, Authorizer: "roles", Identity: "defaultUser", AdminPassword: "first", InternalPassword: `{"type":"environment","variable":"SYSTEM"}`, Iterations: 20, SkipOnFailure: true},
			{Name: "programs", Type: Token, Authorizer: AllowAll, Identity: "defaultUser", Iterations: 10000, File: "/etc/tokens"},
		},
		Authorizers: []Authorizer{{"roles", Basic}, {AllowAll, AllowAll}},
		Escalator:   Escalator{Basic, "druid_system", "hush"},
		Open:        []string{"/public/*"}, MaxWrongPasswords: 20, SessionIdle: 30 * time.Minute, SessionLongest: 7 * 24 * time.Hour, Period: 60e9, MaxDelay: 6e9,
	}
	if diff := cmp.Diff(want, c.Auth); diff != "" {
		t.Error(diff)
	}
	if c.Listen != ":8090" || len(c.Unused()) > 0 {
		t.Errorf("listens on %s; unused: %v", c.Listen, c.Unused())
	}
	for name, value := range c.Properties() {
		if strings.Contains(value, "hush") || strings.Contains(value, "first") {
			t.Errorf("%s shows %s", name, value)
		}
	}
	usual := load(t, Sources{}).Auth
	if diff := cmp.Diff([]Authenticator{{Name: AllowAll, Type: AllowAll, Authorizer: AllowAll, Identity: "defaultUser", Iterations: 10000}}, usual.Authenticators); diff != "" || usual.Asks() {
		t.Errorf("without a word: %s", diff)
	}
}

// What cannot be honoured, or lets in more than was asked for, stops the start, with the property that is wrong.
func TestAuthThatCannotBe(t *testing.T) {
	t.Parallel()
	for change, want := range map[string]string{
		"druid.auth.authenticator.db.type=ldap":                                                                  "druid.auth.authenticator.db.type = \"ldap\"",
		"druid.auth.authenticator.db.type=":                                                                      "druid.auth.authenticator.db.type = \"\"",
		"druid.auth.authenticator.db.credentialsValidator.type=ldap":                                             "not checked by LDAP",
		"druid.auth.authenticator.db.authorizerName=other":                                                       "must be one of druid.auth.authorizers",
		"druid.auth.authenticator.db.authorizerName=":                                                            "must be one of druid.auth.authorizers",
		"druid.auth.authenticator.db.skipOnFailure=1":                                                            "true or false",
		"druid.auth.authorizer.roles.type=":                                                                      "druid.auth.authorizer.roles.type",
		"druid.auth.authorizer.roles.roleProvider.type=ldap":                                                     "not taken from LDAP",
		"druid.auth.authenticator.programs.file=":                                                                "must be the file of the tokens",
		"druid.escalator.internalClientPassword=":                                                                "druid.escalator.internalClientPassword",
		"druid.escalator.internalClientUsername=a:b":                                                             "must not have a colon",
		"ovate.auth.session.idle=PT0S":                                                                           "must be an ISO-8601 duration above 0",
		"ovate.listen=:8090\ndruid.auth.authenticatorChain=[\"db\",\"allowAll\"]":                                "asks none who they are",
		"ovate.listen=:8090\ndruid.auth.authenticatorChain=[\"db\"]\ndruid.auth.authenticator.db.type=anonymous": "asks none who they are",
	} {
		_, err := Load(Sources{Files: []string{file(t, secured+change)}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", change, err)
		}
		if err != nil && strings.Contains(err.Error(), "hush") {
			t.Errorf("%s shows a password: %v", change, err)
		}
	}
}
