package secret

import (
	"bytes"
	"encoding/json"
	"strings"

	"ovate/internal/jsontext"
	"ovate/internal/uri"
)

// mayTell tells whether something secret may be in a text.
func mayTell(text []byte) bool {
	return bytes.IndexByte(text, ':') >= 0 || bytes.IndexByte(text, '\\') >= 0 || bytes.Contains(text, []byte("=>")) ||
		bytes.Contains(text, []byte("LoginModule")) || bytes.Contains(text, []byte("PRIVATE KEY-----"))
}

// inText is a text as it may be shown: it may be SQL, or another one with JSON and URIs in it.
func (s *shower) inText(text string) string {
	shown := s.keys(s.options(s.arguments(s.members(text))))
	if s.tells {
		s.found = append(s.found, uri.Hidden(shown)...)
	}
	return uri.RedactIn(shown)
}

// members is a text without the values of secret members. Where such a value does not end, all that follows is hidden.
func (s *shower) members(text string) string {
	if !strings.Contains(text, `"`) || !strings.Contains(text, ":") {
		return text
	}
	var shown strings.Builder
	done := 0 // up to which shown has the text
	for at := 0; ; {
		m, is := nextMember(text, at)
		if !is {
			break
		}
		if at = m.end; !isSecret(string(jsontext.Unescape(nil, []byte(text[m.name:m.nameEnd])))) {
			continue
		}
		shown.WriteString(text[done:at])
		var value json.RawMessage
		reader := json.NewDecoder(strings.NewReader(text[at:]))
		if err := reader.Decode(&value); err != nil {
			s.found = append(s.found, text[at:])
			return shown.String() + "***"
		}
		inner := shower{tells: s.tells}
		inner.value(value, true)
		s.found = append(s.found, inner.found...)
		shown.Write(inner.dst)
		at += int(reader.InputOffset())
		done = at
	}
	if done == 0 {
		return text
	}
	return shown.String() + text[done:]
}

// arguments is a text without those of SQL that are secret, as in HTTP(password => 'hush').
func (s *shower) arguments(text string) string {
	return s.values(text, nextArgument, `'***'`, func(value string) []string {
		inside := value[1 : len(value)-1]
		return []string{inside, strings.ReplaceAll(inside, "''", "'")}
	})
}

// options is a text without those of login modules of Java that are secret, as in "…PlainLoginModule required username=me password=hush;".
func (s *shower) options(text string) string {
	if !strings.Contains(text, "LoginModule") {
		return text
	}
	return s.values(text, nextOption, `"***"`, func(value string) []string { return []string{strings.Trim(value, `"'`)} })
}

// values is a text with something else in the place of the values of secret names that next finds. told is what one is found by.
func (s *shower) values(text string, next func(text string, from int) (named, bool), hidden string, told func(value string) []string) string {
	var shown strings.Builder
	done := 0
	for at := 0; ; {
		n, is := next(text, at)
		if !is {
			break
		}
		if at = n.end; isSecret(text[n.name:n.nameEnd]) {
			s.found = append(s.found, told(text[n.value:n.end])...)
			shown.WriteString(text[done:n.value])
			shown.WriteString(hidden)
			done = at
		}
	}
	if done == 0 {
		return text
	}
	return shown.String() + text[done:]
}

// keys is a text without private keys in PEM, each up to its end or that of the text.
func (s *shower) keys(text string) string {
	const begin, kind, dashes, end = "-----BEGIN ", "PRIVATE KEY", "-----", "-----END "
	if !strings.Contains(text, kind+dashes) {
		return text
	}
	var shown strings.Builder
	for {
		head, rest, is := strings.Cut(text, begin)
		if !is {
			return shown.String() + text
		}
		shown.WriteString(head)
		shown.WriteString(begin)
		name := rest[:len(rest)-len(strings.TrimLeft(rest, "ABCDEFGHIJKLMNOPQRSTUVWXYZ "))]
		text = rest[len(name):]
		shown.WriteString(name)
		if !strings.HasSuffix(name, kind) || !strings.HasPrefix(text, dashes) {
			continue
		}
		key, _, _ := strings.Cut(text[len(dashes):], end)
		s.found = append(s.found, strings.TrimSpace(key))
		shown.WriteString(dashes + "***")
		text = text[len(dashes)+len(key):]
	}
}
