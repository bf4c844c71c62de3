package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"ovate/internal/oidc"
)

// OIDC, PAC4J and JWT are types of authenticators by an issuer of OpenID Connect: ours, of people and programs, and those of Druid's druid-pac4j, of people alone and
// of programs alone.
const (
	OIDC  = "oidc"
	PAC4J = "pac4j"
	JWT   = "jwt"
)

// Issuer is one of OpenID Connect, and what it is asked for. ClientSecret may be the JSON of a PasswordProvider.
type Issuer struct {
	URL                    string // as the issuer names itself; empty: as the document of Discovery says
	Discovery              string // empty: where OpenID Connect puts it
	ClientID, ClientSecret string
	SecretInBody           bool
	Scopes                 []string
	RedirectURL            string // empty: at the address by which a browser asks
	Callback               string // the path of that
	UserClaim, RolesClaim  string
	RoleMap                map[string][]string // nil: groups are called as roles are
	Audiences              []string
	Timeout                time.Duration
	LocalLogout            bool // who logs out here stays logged in there
	People, Programs       bool // who comes by it
}

// PAC4JCallback is where druid-pac4j has browsers come back to.
const PAC4JCallback = "/druid-ext/druid-pac4j/callback"

// pac4jKeys are the properties that all authenticators of druid-pac4j share.
func pac4jKeys() []key {
	text := func(of func(*Issuer) *string) func(*Config, string) error {
		return func(c *Config, v string) error { *of(&c.pac4j) = v; return nil }
	}
	const at = "druid.auth.pac4j."
	return []key{
		{at + "oidc.clientID", "", text(func(i *Issuer) *string { return &i.ClientID })},
		{at + "oidc.clientSecret", "", text(func(i *Issuer) *string { return &i.ClientSecret })},
		{at + "oidc.discoveryURI", "", optional(func(c *Config, v string) error { c.pac4j.Discovery = v; return oidc.CheckURL(v) })},
		{at + "oidc.oidcClaim", "name", text(func(i *Issuer) *string { return &i.UserClaim })},
		{at + "oidc.roleClaimPath", "", text(func(i *Issuer) *string { return &i.RolesClaim })},
		{at + "oidc.scope", "openid profile email", func(c *Config, v string) error { c.pac4j.Scopes = strings.Fields(v); return nil }},
		{at + "oidc.clientAuthenticationMethod", "", optional(func(c *Config, v string) error {
			c.pac4j.SecretInBody = v == "client_secret_post"
			return setWord(new(string), v, "client_secret_basic", "client_secret_post")
		})},
		{at + "readTimeout", "PT5S", func(c *Config, v string) error { return setTimeout(&c.pac4j.Timeout, v) }},
		{at + "cookiePassphrase", "", func(*Config, string) error { return nil }},            // cookies are random, and have nothing in them
		{at + "enableCustomSslContext", "false", func(*Config, string) error { return nil }}, // druid.client.https.* holds for all whom this server asks
	}
}

// issuerKeys are the properties of an authenticator of type oidc.
func issuerKeys(name, at string) []key {
	text := func(property, usual string, of func(*Issuer) *string) key {
		return key{at + property, usual, func(c *Config, v string) error { *of(&c.Auth.authenticator(name).Issuer) = v; return nil }}
	}
	list := func(property, usual string, of func(*Issuer) *[]string) key {
		return key{at + property, usual, func(c *Config, v string) error { return setList(of(&c.Auth.authenticator(name).Issuer), v) }}
	}
	return []key{
		{at + "issuer", "", optional(func(c *Config, v string) error { c.Auth.authenticator(name).Issuer.URL = v; return oidc.CheckURL(v) })},
		text("clientID", "", func(i *Issuer) *string { return &i.ClientID }),
		text("clientSecret", "", func(i *Issuer) *string { return &i.ClientSecret }),
		list("scopes", "", func(i *Issuer) *[]string { return &i.Scopes }),
		{at + "redirectURL", "", optional(func(c *Config, v string) error {
			c.Auth.authenticator(name).Issuer.RedirectURL = v
			return oidc.CheckURL(v)
		})},
		text("userClaim", "", func(i *Issuer) *string { return &i.UserClaim }),
		text("rolesClaim", "", func(i *Issuer) *string { return &i.RolesClaim }),
		{at + "roleMap", "", optional(func(c *Config, v string) error { return setRoleMap(&c.Auth.authenticator(name).Issuer.RoleMap, v) })},
		{at + "localLogout", "", optional(func(c *Config, v string) error { return setBool(&c.Auth.authenticator(name).Issuer.LocalLogout, v) })},
		list("audiences", "", func(i *Issuer) *[]string { return &i.Audiences }),
		{at + "timeout", "", optional(func(c *Config, v string) error { return setTimeout(&c.Auth.authenticator(name).Issuer.Timeout, v) })},
	}
}

func setTimeout(d *time.Duration, v string) error {
	if err := setDuration(d, v); err != nil {
		return err
	}
	if *d < 100*time.Millisecond || *d > time.Minute {
		return errors.New("must be a duration from PT0.1S to PT1M")
	}
	return nil
}

func setRoleMap(roles *map[string][]string, v string) error {
	d := json.NewDecoder(bytes.NewReader([]byte(v)))
	if err := d.Decode(roles); err != nil || *roles == nil || d.More() {
		return errors.New(`must be a JSON object of groups with the names of their roles, like {"/staff/data":["writer","reader"]}`)
	}
	return nil
}

// settleIssuer fits together what is said of an authenticator by an issuer; that of all others is none.
func (c *Config) settleIssuer(a *Authenticator) error {
	given, at := &a.Issuer, "druid.auth.authenticator."+a.Name+"."
	switch a.Type {
	case OIDC:
		given.People, given.Programs = true, true
		given.Callback = "/login/" + a.Name + "/callback"
		if given.Timeout == 0 {
			given.Timeout = 10 * time.Second
		}
		if given.UserClaim == "" {
			given.UserClaim = "sub"
		}
		if given.Scopes == nil {
			given.Scopes = []string{"openid", "profile", "email"}
		}
	case PAC4J, JWT:
		a.Issuer, at = c.pac4j, "druid.auth.pac4j.oidc."
		given.People, given.Programs, given.Callback = a.Type == PAC4J, a.Type == JWT, PAC4JCallback
		if given.People {
			given.UserClaim = "sub" // whatever oidcClaim says, as there
		}
		if given.Discovery == "" {
			return c.Refusal(at+"discoveryURI", fmt.Sprintf("must be the URL of the document of the issuer, since druid.auth.authenticator.%s.type is %s", a.Name, a.Type))
		}
	default:
		a.Issuer = Issuer{}
		return nil
	}
	if a.Type == PAC4J && slices.ContainsFunc(c.Auth.Authenticators, func(other Authenticator) bool { return other.Type == PAC4J && other.Name != a.Name }) {
		return c.Refusal("druid.auth.authenticatorChain", "names more than one authenticator of type pac4j, to which browsers would come back by one path")
	}
	if given.Audiences == nil {
		given.Audiences = []string{given.ClientID}
	}
	return c.checkIssuer(a, at)
}

func (c *Config) checkIssuer(a *Authenticator, at string) error {
	given, byRoles := &a.Issuer, false
	for _, z := range c.Auth.Authorizers {
		byRoles = byRoles || z.Name == a.Authorizer && z.Type == Basic
	}
	switch {
	case url.PathEscape(a.Name) != a.Name || a.Name == "." || a.Name == "..":
		return c.Refusal("druid.auth.authenticatorChain", fmt.Sprintf("names %q, which is part of a path, as its type is %s: it must be letters, digits and -_. alone", a.Name, a.Type))
	case given.URL == "" && given.Discovery == "":
		return c.Refusal(at+"issuer", "must be the URL of the issuer, as it names itself, since "+at+"type is oidc")
	case given.ClientID == "":
		return c.Refusal(at+"clientID", "must be what this server is called at the issuer")
	case given.RedirectURL != "" && !strings.HasSuffix(given.RedirectURL, given.Callback):
		return c.Refusal(at+"redirectURL", fmt.Sprintf("must end in %s, where browsers come back to", given.Callback))
	case given.RolesClaim != "" && !byRoles:
		return c.Refusal("druid.auth.authenticator."+a.Name+".authorizerName", fmt.Sprintf("must be an authorizer of type basic, which knows what roles permit, since %s has roles", at+"rolesClaim"))
	case given.RoleMap != nil && given.RolesClaim == "":
		return c.Refusal(at+"rolesClaim", "must be the claim that has the groups of "+at+"roleMap")
	}
	return nil
}
