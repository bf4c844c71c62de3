package source

import (
	"cmp"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"

	"ovate/internal/spec"
)

// secrets are texts that were sent to a server in confidence. It may send them back, in a header, in the reason of a refusal or in
// the file itself, and what it sends may stand in errors, logs and reports.
type secrets []string

// enough is how long a secret must be that is hidden in other texts. Shorter ones are in every text, which would tell them by its gaps.
const enough = 4

// secretsOf are those of a source whose password is known, longest first.
func secretsOf(s spec.HTTPSource) secrets {
	var found secrets
	login := func(user, password string) {
		if password != "" {
			found.add(password, url.QueryEscape(password), base64.StdEncoding.EncodeToString([]byte(user+":"+password)))
		}
	}
	if s.User != "" {
		login(s.User, s.Password)
	}
	for _, value := range s.SecretHeaders() {
		found.add(value)
		found.add(strings.FieldsFunc(value, func(c rune) bool { return strings.ContainsRune(" ;,=", c) })...)
	}
	for _, text := range s.URIs {
		u, err := url.Parse(text)
		if err != nil {
			continue // nothing is sent to it
		}
		if password, has := u.User.Password(); has {
			login(u.User.Username(), password)
		} else if user := u.User.Username(); user != "" {
			found.add(user, base64.StdEncoding.EncodeToString([]byte(user+":")))
		}
		found.add(u.RawQuery)
		for _, values := range u.Query() {
			found.add(values...)
		}
		if _, parameters, has := strings.Cut(u.Path, ";"); has {
			found.add(parameters)
		}
	}
	slices.SortFunc(found, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	return slices.Compact(found)
}

func (s *secrets) add(texts ...string) {
	for _, text := range texts {
		if len(text) >= enough {
			*s = append(*s, text)
		}
	}
}

// hide is a text with *** for each of them.
func (s secrets) hide(text string) string {
	for _, secret := range s {
		text = strings.ReplaceAll(text, secret, "***")
	}
	return text
}

// hideIn is an error whose text shows none of them.
func (s secrets) hideIn(err error) error {
	text := err.Error()
	if hidden := s.hide(text); hidden != text {
		return &hiddenError{hidden, err}
	}
	return err
}

// hiddenError is an error of which the text must not be shown.
type hiddenError struct {
	shown string
	err   error
}

func (e *hiddenError) Error() string { return e.shown }
func (e *hiddenError) Unwrap() error { return e.err }
