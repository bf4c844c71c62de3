package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	coreos "github.com/coreos/go-oidc/v3/oidc"

	"ovate/internal/auth"
)

// token is one of the issuer's that was verified, with what it claims.
type token struct {
	*coreos.IDToken
	claims map[string]any
	raw    string
}

// leeway is by how much clocks may differ.
const leeway = time.Minute

// verify reads a token that is signed by the issuer, for one of the audiences, and good now. The error is ErrAway, or tells what is wrong with the token.
func (s *Issuer) verify(ctx context.Context, raw string, audiences []string) (*token, error) {
	d, err := s.discover(ctx)
	if err != nil {
		return nil, err
	}
	signed := &signature{keys: s.keys}
	config := &coreos.Config{SkipClientIDCheck: true, SkipExpiryCheck: true, SupportedSigningAlgs: names(algorithms())} // both are checked below
	t := &token{raw: raw}
	if t.IDToken, err = coreos.NewVerifier(d.IssuerURL, signed, config).Verify(ctx, raw); err != nil {
		if signed.err != nil {
			err = signed.err
		}
		return nil, err
	}
	if err := t.Claims(&t.claims); err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(t.Audience, func(one string) bool { return slices.Contains(audiences, one) }) {
		return nil, fmt.Errorf("it is for %q, and not for %q", t.Audience, audiences)
	}
	if _, tells := t.claims["events"]; tells {
		return nil, errors.New("it tells of an event (RFC 8417), such as a logout, and is no token to come in by")
	}
	if typ := typeOf(raw); isOther(typ) {
		return nil, fmt.Errorf("it is of type %q, and no token to come in by", typ)
	}
	return t, s.checkTimes(t)
}

// typeOf is what the header of a token says of what kind it is, in small letters; empty if it does not.
func typeOf(raw string) string {
	first, _, _ := strings.Cut(raw, ".")
	text, err := decode(first)
	var header struct {
		Type string `json:"typ"`
	}
	if err != nil || json.Unmarshal(text, &header) != nil {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(header.Type), "application/")
}

// isOther tells of a type whether it is that of a JWT which serves for something else than to come in by, such as logout+jwt (RFC 8725, 3.11). Access tokens may be at+jwt (RFC 9068), and
// those of most issuers are just JWT.
func isOther(typ string) bool { return strings.HasSuffix(typ, "+jwt") && typ != "at+jwt" }

// checkTimes fails unless a token is good now.
func (s *Issuer) checkTimes(t *token) error {
	now := s.Now()
	if t.Expiry.Unix() <= 0 || !now.Add(-leeway).Before(t.Expiry) {
		return fmt.Errorf("it was good until %s", t.Expiry.UTC().Format(time.RFC3339))
	}
	before, there := t.claims["nbf"]
	if !there {
		return nil
	}
	if seconds, is := before.(float64); !is || seconds > float64(now.Add(leeway).Unix()) {
		return errors.New("it is not good yet (nbf)")
	}
	return nil
}

// signature keeps why a token's could not be checked, which go-oidc tells as a text.
type signature struct {
	*keys
	err error
}

// VerifySignature implements the KeySet of go-oidc.
func (s *signature) VerifySignature(ctx context.Context, raw string) (payload []byte, err error) {
	payload, s.err = s.keys.VerifySignature(ctx, raw)
	return payload, s.err
}

func names[T ~string](of []T) (all []string) {
	for _, one := range of {
		all = append(all, string(one))
	}
	return all
}

// mostName is the most bytes of the name of a user.
const mostName = 256

// identity is whom a token is of, and what that may do: by the roles that it claims, be it none, if the authorizer has roles, and
// else by its name.
func (s *Issuer) identity(t *token) (auth.Identity, error) {
	named, _ := claim(t.claims, s.UserClaim)
	name, is := named.(string)
	if !is || name == "" || len(name) > mostName || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return auth.Identity{}, fmt.Errorf("its claim [%s] does not name a user: it must be a text of up to %d bytes", s.UserClaim, mostName)
	}
	if verified, there := t.claims["email_verified"]; s.UserClaim == "email" && there && verified != true && verified != "true" {
		return auth.Identity{}, errors.New("its claim [email] names a user, and email_verified is not true: anybody may have said so")
	}
	by := s.Authorizer
	if roles, of := by.(*auth.Roles); of && s.RolesClaim != "" {
		if claimed, there := claim(t.claims, s.RolesClaim); there {
			by = roles.Holding(s.roles(texts(claimed)))
		}
	}
	return auth.NewIdentity(name, by), nil
}

// roles are those of groups.
func (s *Issuer) roles(groups []string) []string {
	if s.RoleMap == nil {
		return groups
	}
	var roles []string
	for _, group := range groups {
		roles = append(roles, s.RoleMap[group]...)
	}
	return roles
}

// claim is the value under a path, whose names are parted by dots; one with dots in its own name, such as a URL, is found, too. One that is null is there.
func claim(claims map[string]any, path string) (value any, there bool) {
	if value, there = claims[path]; there {
		return value, true
	}
	first, rest, within := strings.Cut(path, ".")
	inner, is := claims[first].(map[string]any)
	if !within || !is {
		return nil, false
	}
	return claim(inner, rest)
}

// mostGroups is how many groups of a user count.
const mostGroups = 1000

// texts are those of a claim, which may be one or a list of them.
func texts(value any) (all []string) {
	switch value := value.(type) {
	case string:
		if value = strings.TrimSpace(value); value != "" {
			all = []string{value}
		}
	case []any:
		for _, one := range value[:min(len(value), mostGroups)] {
			if text, is := one.(string); is {
				all = append(all, texts(text)...)
			}
		}
	}
	return all
}

// issuerOf is whom a token says that it is from, unless it is no JWT.
func issuerOf(raw string) (issuer string, is bool) {
	parts := strings.Split(raw, ".")
	if len(raw) > mostToken || len(parts) != 3 {
		return "", false
	}
	payload, err := decode(parts[1])
	if err != nil {
		return "", false
	}
	var says struct {
		Issuer string `json:"iss"`
	}
	return says.Issuer, json.Unmarshal(payload, &says) == nil
}
