package secret

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"

	"ovate/internal/jsontext"
	"ovate/internal/uri"
)

// What a text has in it that names a secret: a member of JSON, such as an input source in SQL, up to its value, an argument of a function of SQL, an option of
// a login module of Java, whatever its property is called, and a private key in PEM, up to its end or that of the text.
var (
	memberIn   = regexp.MustCompile(`"((?:[^"\\]|\\.)*)"\s*:\s*`)
	argumentIn = regexp.MustCompile(`(\w+"?\s*=>\s*)'((?:[^']|'')*)'`)
	optionIn   = regexp.MustCompile(`(?s)(\w+\s*=\s*)("(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s;"']+)`)
	keyIn      = regexp.MustCompile(`(?s)(-----BEGIN [A-Z ]*PRIVATE KEY-----)(.*?)(-----END |$)`)
)

// mayTell tells whether something secret may be in a text.
func mayTell(text []byte) bool {
	return bytes.IndexByte(text, ':') >= 0 || bytes.IndexByte(text, '\\') >= 0 || bytes.Contains(text, []byte("=>")) ||
		bytes.Contains(text, []byte("LoginModule")) || bytes.Contains(text, []byte("PRIVATE KEY-----"))
}

// inText is a text as it may be shown: it may be SQL, or another one with JSON and URIs in it.
func (s *shower) inText(text string) string {
	shown := s.keys(s.options(s.arguments(s.members(text))))
	s.found = append(s.found, uri.Hidden(shown)...)
	return uri.RedactIn(shown)
}

// members is a text without the values of secret members. Where such a value does not end, all that follows is hidden.
func (s *shower) members(text string) string {
	if !strings.Contains(text, `"`) || !strings.Contains(text, ":") {
		return text
	}
	var shown strings.Builder
	for {
		match := memberIn.FindStringSubmatchIndex(text)
		if match == nil {
			return shown.String() + text
		}
		name := string(jsontext.Unescape(nil, []byte(text[match[2]:match[3]])))
		shown.WriteString(text[:match[1]])
		if text = text[match[1]:]; !isSecret(name) {
			continue
		}
		var value json.RawMessage
		reader := json.NewDecoder(strings.NewReader(text))
		if err := reader.Decode(&value); err != nil {
			s.found = append(s.found, text)
			return shown.String() + "***"
		}
		inner := shower{}
		inner.value(value, true)
		s.found = append(s.found, inner.found...)
		shown.Write(inner.dst)
		text = text[reader.InputOffset():]
	}
}

// arguments is a text without those of SQL that are secret, as in HTTP(password => 'hush').
func (s *shower) arguments(text string) string {
	if !strings.Contains(text, "=>") {
		return text
	}
	return argumentIn.ReplaceAllStringFunc(text, func(argument string) string {
		parts := argumentIn.FindStringSubmatch(argument)
		if name := strings.TrimRight(parts[1], "=> \t\r\n\""); !isSecret(name) {
			return argument
		}
		s.found = append(s.found, parts[2], strings.ReplaceAll(parts[2], "''", "'"))
		return parts[1] + "'***'"
	})
}

// options is a text without those of login modules of Java that are secret, as in "…PlainLoginModule required username=me password=hush;".
func (s *shower) options(text string) string {
	if !strings.Contains(text, "LoginModule") {
		return text
	}
	return optionIn.ReplaceAllStringFunc(text, func(option string) string {
		parts := optionIn.FindStringSubmatch(option)
		if name, _, _ := strings.Cut(parts[1], "="); !isSecret(strings.TrimSpace(name)) {
			return option
		}
		s.found = append(s.found, strings.Trim(parts[2], `"'`))
		return parts[1] + `"***"`
	})
}

// keys is a text without private keys.
func (s *shower) keys(text string) string {
	if !strings.Contains(text, "PRIVATE KEY-----") {
		return text
	}
	return keyIn.ReplaceAllStringFunc(text, func(key string) string {
		parts := keyIn.FindStringSubmatch(key)
		s.found = append(s.found, strings.TrimSpace(parts[2]))
		return parts[1] + "***" + parts[3]
	})
}
