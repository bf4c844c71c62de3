// Package secret hides what specs keep secret, whatever they are of: tasks for workers and supervisors, of kinds that are not known here, too.
package secret

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"ovate/druid"
	"ovate/internal/jsontext"
)

// Hide is JSON, which must be valid, as it may be shown. What specs keep secrets in is hidden, wherever it stands: values under names that end in a
// word for a secret, headers of requests, and what URIs have of users, queries and the like; in texts, which may be SQL, too.
// If there is none of that it is the JSON itself, byte for byte.
func Hide(stored []byte) []byte {
	s := shower{dst: make([]byte, 0, len(stored))}
	s.value(stored, false)
	if !s.hid {
		return stored
	}
	return s.dst
}

const hidden = `"***"`

// shower writes JSON without its secrets.
type shower struct {
	dst []byte
	hid bool // something is hidden

	tells bool     // what is hidden of URIs is found, too
	found []string // what is hidden, as texts
}

// value appends a value. A secret one is hidden; of an object or a list, which may tell where a secret is found, all that stands in it by itself.
func (s *shower) value(value []byte, secret bool) {
	switch value[0] {
	case '{':
		s.dst = append(s.dst, '{')
		first := len(s.dst)
		for key, member := range jsontext.Members(value) {
			if len(s.dst) > first {
				s.dst = append(s.dst, ',')
			}
			s.dst = append(append(append(s.dst, '"'), key...), '"', ':')
			name := string(jsontext.Unescape(nil, key))
			s.value(member, secretMember(name, secret))
		}
		s.dst = append(s.dst, '}')
	case '[':
		s.dst = append(s.dst, '[')
		first := len(s.dst)
		for element := range jsontext.Elements(value) {
			if len(s.dst) > first {
				s.dst = append(s.dst, ',')
			}
			s.value(element, secret)
		}
		s.dst = append(s.dst, ']')
	case '"':
		s.text(value, secret)
	default:
		if secret && value[0] != 'n' && value[0] != 't' && value[0] != 'f' {
			s.found = append(s.found, string(value))
			value, s.hid = []byte(hidden), true
		}
		s.dst = append(s.dst, value...)
	}
}

// secretMember tells whether the value under a name is secret, in an object that may be so itself.
func secretMember(name string, secret bool) bool {
	return isSecret(name) || secret && name != "type" && name != "variable"
}

// text appends a text with its quotes.
func (s *shower) text(value []byte, secret bool) {
	if secret {
		s.found = append(s.found, string(jsontext.Unescape(nil, value[1:len(value)-1])))
		s.dst, s.hid = append(s.dst, hidden...), true
		return
	}
	if mayTell(value) {
		text := string(jsontext.Unescape(nil, value[1:len(value)-1]))
		if shown := s.inText(text); shown != text {
			s.dst, s.hid = druid.AppendString(s.dst, shown), true
			return
		}
	}
	s.dst = append(s.dst, value...)
}

// secretEnds are how names end that have secrets, in small letters and without what parts words.
var secretEnds = []string{
	"password", "passwd", "passphrase", "secret", "token", "credential", "credentials", "authorization", "requestheaders", "connectionstring",
	"jaasconfig", "accesskey", "accesskeyid", "secretkey", "secretaccesskey", "accountkey", "apikey", "privatekey", "encryptionkey", "cookie", "keystorekey",
	"userinfo",
}

// isSecret tells whether a name is one of a secret: clientSecret, aws_access_key_id, sasl.jaas.config or dbPass, but not tokenizer or bypass.
func isSecret(name string) bool {
	var letters strings.Builder
	last := 0 // where the last word begins
	before, _ := utf8.DecodeRuneInString(name)
	for _, c := range name {
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) {
			last = letters.Len()
		} else {
			if unicode.IsUpper(c) && unicode.IsLower(before) {
				last = letters.Len()
			}
			letters.WriteRune(unicode.ToLower(c))
		}
		before = c
	}
	plain := letters.String()
	for _, end := range secretEnds {
		if strings.HasSuffix(plain, end) {
			return true
		}
	}
	return plain[last:] == "pass" || plain[last:] == "pwd" || plain == "headers" // of requests to a registry of schemas
}
