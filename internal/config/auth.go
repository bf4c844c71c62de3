package config

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"ovate/internal/auth"
)

// Auth is who is let in, and what they may.
type Auth struct {
	Authenticators []Authenticator // in the order in which they are asked
	Authorizers    []Authorizer
	Escalator      Escalator
	Open           []string // paths that answer everybody (druid.auth.unsecuredPaths)
	InputSources   bool     // tasks need a permission for the types of their input sources
	// MaxWrongPasswords is how many of a user are looked at within ten minutes from one address; 0: all.
	MaxWrongPasswords int
	// SessionIdle is for how long a login lasts that nobody uses, and SessionLongest how long one lasts at most.
	SessionIdle, SessionLongest time.Duration
	// Period is how often users are read anew, and MaxDelay the most that a time is put off.
	Period, MaxDelay time.Duration
}

// Types of authenticators, authorizers and escalators, in Druid's words, and Token, which Druid has not. What each is the server makes of it (access.go).
const (
	AllowAll  = "allowAll"
	Anonymous = "anonymous"
	Basic     = "basic"
	Token     = "token"
	Noop      = "noop"
)

// Authenticator finds out who sends a request. Passwords may be the JSON of a PasswordProvider.
type Authenticator struct {
	Name, Type, Authorizer string

	Identity                        string // for Anonymous
	AdminPassword, InternalPassword string // for Basic: of the users that there are from the beginning
	Iterations                      int    // for Basic: of new passwords
	SkipOnFailure                   bool   // for Basic: the next one is asked where a password is wrong
	File                            string // for Token: where the tokens are
	Issuer                          Issuer // for OIDC, PAC4J and JWT
}

// Authorizer knows what identities may do.
type Authorizer struct{ Name, Type string }

// Escalator is who this server is to others of a cluster. The password may be the JSON of a PasswordProvider.
type Escalator struct{ Type, User, Password string }

// asking are the types of authenticators that let in nobody of whom they do not know who that is.
func asking() []string { return []string{Basic, Token, OIDC, PAC4J, JWT} }

// Asks tells whether everybody is asked who they are who is let in.
func (a *Auth) Asks() bool {
	return !slices.ContainsFunc(a.Authenticators, func(one Authenticator) bool { return !slices.Contains(asking(), one.Type) })
}

// authKeys are the properties of authentication whose names are fixed.
func authKeys() []key {
	return append(pac4jKeys(), []key{
		{"druid.auth.authenticatorChain", `["allowAll"]`, func(_ *Config, v string) error { return checkNames(v, "authenticators") }},
		{"druid.auth.authorizers", `["allowAll"]`, func(_ *Config, v string) error { return checkNames(v, "authorizers") }},
		{"druid.auth.unsecuredPaths", "", func(c *Config, v string) error { return setOpen(&c.Auth.Open, v) }},
		{"druid.auth.enableInputSourceSecurity", "false", func(c *Config, v string) error { return setBool(&c.Auth.InputSources, v) }},
		{"druid.auth.basic.common.pollingPeriod", "60000", func(c *Config, v string) error { return setMillis(&c.Auth.Period, v) }},
		{"druid.auth.basic.common.maxRandomDelay", "6000", func(c *Config, v string) error { return setMillis(&c.Auth.MaxDelay, v) }},
		{"ovate.auth.maxWrongPasswords", "20", func(c *Config, v string) error { return setInt(&c.Auth.MaxWrongPasswords, v, 0, math.MaxInt32) }},
		{"ovate.auth.session.idle", "PT8H", func(c *Config, v string) error { return setPeriod(&c.Auth.SessionIdle, v) }},
		{"ovate.auth.session.longest", "P7D", func(c *Config, v string) error { return setPeriod(&c.Auth.SessionLongest, v) }},
		{"druid.escalator.type", Noop, func(c *Config, v string) error {
			return setWord(&c.Auth.Escalator.Type, v, Noop, Basic)
		}},
		{"druid.escalator.internalClientUsername", "", func(c *Config, v string) error { c.Auth.Escalator.User = v; return nil }},
		{"druid.escalator.internalClientPassword", "", func(c *Config, v string) error { c.Auth.Escalator.Password = v; return nil }},
		{"druid.escalator.authorizerName", "", func(*Config, string) error { return nil }}, // of calls within a process, which there are none of
	}...)
}

// namedKeys are the properties of the authenticators and authorizers that a configuration names.
func namedKeys(given map[string]Setting) (table []key) {
	for _, name := range namesOf(given, "druid.auth.authenticatorChain") {
		one, at := Authenticator{Name: name}, "druid.auth.authenticator."+name+"."
		text := func(property, value string, into func(*Authenticator) *string) key {
			return key{at + property, value, func(c *Config, v string) error { *into(c.Auth.authenticator(name)) = v; return nil }}
		}
		usual := ""
		if name == AllowAll {
			usual = AllowAll
		}
		table = append(table,
			key{at + "type", usual, func(c *Config, v string) error {
				c.Auth.Authenticators = append(c.Auth.Authenticators, one)
				return setWord(&c.Auth.authenticator(name).Type, v, append([]string{AllowAll, Anonymous}, asking()...)...)
			}},
			text("authorizerName", usual, func(a *Authenticator) *string { return &a.Authorizer }),
			text("identity", "defaultUser", func(a *Authenticator) *string { return &a.Identity }),
			text("initialAdminPassword", "", func(a *Authenticator) *string { return &a.AdminPassword }),
			text("initialInternalClientPassword", "", func(a *Authenticator) *string { return &a.InternalPassword }),
			key{at + "credentialIterations", "10000", func(c *Config, v string) error {
				return setInt(&c.Auth.authenticator(name).Iterations, v, 1, math.MaxInt32)
			}},
			key{at + "skipOnFailure", "false", func(c *Config, v string) error { return setBool(&c.Auth.authenticator(name).SkipOnFailure, v) }},
			key{at + "credentialsValidator.type", "metadata", only("metadata", "passwords are not checked by LDAP in this version")},
			key{at + "file", "", optional(func(c *Config, v string) error { return setPath(&c.Auth.authenticator(name).File, v) })},
			// What a Coordinator does with these is not done here.
			key{at + "enableCacheNotifications", "true", func(*Config, string) error { return nil }},
			key{at + "cacheNotificationTimeout", "5000", func(*Config, string) error { return nil }},
		)
		table = append(table, issuerKeys(name, at)...)
	}
	for _, name := range namesOf(given, "druid.auth.authorizers") {
		at, usual := "druid.auth.authorizer."+name+".", ""
		if name == AllowAll {
			usual = AllowAll
		}
		table = append(table,
			key{at + "type", usual, func(c *Config, v string) error {
				one := Authorizer{Name: name}
				err := setWord(&one.Type, v, AllowAll, Basic)
				c.Auth.Authorizers = append(c.Auth.Authorizers, one)
				return err
			}},
			key{at + "roleProvider.type", "metadata", only("metadata", "roles are not taken from LDAP in this version")},
			key{at + "enableCacheNotifications", "true", func(*Config, string) error { return nil }},
			key{at + "cacheNotificationTimeout", "5000", func(*Config, string) error { return nil }},
			// The first user and role of a Coordinator, which keeps them.
			key{at + "initialAdminUser", auth.Admin, only(auth.Admin, "the first user is called so in this version")},
			key{at + "initialAdminRole", auth.Admin, only(auth.Admin, "the first role is called so in this version")},
		)
	}
	return table
}

// authenticator is the one that a configuration names.
func (a *Auth) authenticator(name string) *Authenticator {
	return &a.Authenticators[slices.IndexFunc(a.Authenticators, func(one Authenticator) bool { return one.Name == name })]
}

// namesOf are the names that a property lists, of which checkNames has the errors.
func namesOf(given map[string]Setting, property string) []string {
	v := AllowAll
	if s, there := given[property]; there {
		v = strings.TrimSpace(s.Value)
	}
	var names []string
	if setList(&names, v) != nil || checkNames(v, "") != nil {
		return nil
	}
	return names
}

func checkNames(v, of string) error {
	var names []string
	if err := setList(&names, v); err != nil {
		return err
	}
	if len(names) == 0 {
		return fmt.Errorf(`must name %s, like ["allowAll"]`, of)
	}
	for i, name := range names {
		if name == "" || strings.ContainsAny(name, " /=") {
			return fmt.Errorf("must name %s, which have neither blanks nor / or =", of)
		}
		if slices.Contains(names[:i], name) {
			return fmt.Errorf("must name each of the %s once; %s is there twice", of, name)
		}
	}
	return nil
}

// setWord takes one of the words as it stands.
func setWord(into *string, v string, words ...string) error {
	if !slices.Contains(words, v) {
		return errors.New("must be " + strings.Join(words, " or ") + "; nothing else is known in this version")
	}
	*into = v
	return nil
}

func setOpen(paths *[]string, v string) error {
	if err := setList(paths, v); err != nil {
		return err
	}
	for _, path := range *paths {
		if !strings.HasPrefix(path, "/") || strings.Contains(strings.TrimSuffix(path, "/*"), "*") {
			return errors.New(`must be paths, like ["/status/health","/status/*"]`)
		}
	}
	return nil
}

// settleAuth fits together what several properties say.
func (c *Config) settleAuth() error {
	for i, a := range c.Auth.Authenticators {
		at := "druid.auth.authenticator." + a.Name + "."
		if !slices.ContainsFunc(c.Auth.Authorizers, func(z Authorizer) bool { return z.Name == a.Authorizer }) {
			return c.Refusal(at+"authorizerName", "must be one of druid.auth.authorizers")
		}
		if a.Type == Token && a.File == "" {
			return c.Refusal(at+"file", "must be the file of the tokens, as `ovate users token` makes them, since "+at+"type is token")
		}
		if err := c.settleIssuer(&c.Auth.Authenticators[i]); err != nil {
			return err
		}
	}
	if e := c.Auth.Escalator; e.Type == Basic && (e.User == "" || e.Password == "") {
		return c.Refusal("druid.escalator.internalClientUsername", "must be set, and druid.escalator.internalClientPassword, too, since druid.escalator.type is basic")
	} else if strings.Contains(e.User, ":") {
		return c.Refusal("druid.escalator.internalClientUsername", "must not have a colon")
	}
	return nil
}
