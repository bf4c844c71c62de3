package source

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"ovate/internal/spec"
)

// secrets are what a text must not show: all that was sent to a server in confidence, in the forms that it may have when it comes back. The
// server may put it into a header, the reason of a refusal, the host of a redirect or the file itself, as it is, decoded or escaped, and
// what it sends may stand in errors, logs and reports. A source may have a hundred thousand URIs, each with some of its own: a text is searched
// by the lengths of those that begin as it does at a place, however many there are.
type secrets struct {
	forms   forms
	lengths map[string][]int // of the forms, by how they begin, the longest first
}

// secretsOf are those of a source whose password is known.
func secretsOf(s spec.HTTPSource) secrets {
	found := &gathered{forms: forms{}, known: map[string]bool{}}
	if s.User != "" {
		found.addLogin(s.User, s.Password)
	}
	for _, value := range s.SecretHeaders() {
		found.addHeader(value)
	}
	for _, text := range s.URIs {
		u, err := url.Parse(text)
		if err != nil {
			continue // nothing is sent to it
		}
		if password, has := u.User.Password(); has {
			found.addLogin(u.User.Username(), password)
		} else if user := u.User.Username(); user != "" {
			found.add(user)
			found.addLogin(user, "")
		}
		found.addQuery(u.RawQuery)
		if _, parameters, has := strings.Cut(u.Path, ";"); has {
			found.add(parameters)
		}
	}
	return found.secrets()
}

func (f forms) secrets() secrets {
	s := secrets{f, map[string][]int{}}
	for form := range f {
		begin := form[:enough]
		if at, known := slices.BinarySearchFunc(s.lengths[begin], len(form), func(n, length int) int { return length - n }); !known {
			s.lengths[begin] = slices.Insert(s.lengths[begin], at, len(form))
		}
	}
	return s
}

// none tells that there is nothing to hide.
func (s secrets) none() bool { return len(s.forms) == 0 }

// span is a piece of a text.
type span struct{ begin, end int }

// hide is a text with *** for each of them. Neither case nor escapes make a difference: of URIs, JSON, quoted strings and HTML, also of
// two kinds at once.
func (s secrets) hide(text string) string {
	if s.none() {
		return text
	}
	found := s.find(text)
	for v, level := newView(text), 1; v != nil && level <= deepestEscapes; v, level = v.inner(), level+1 {
		found = append(found, v.origins(s.find(v.text))...)
	}
	if len(found) == 0 {
		return text
	}
	slices.SortFunc(found, func(a, b span) int { return cmp.Or(a.begin-b.begin, b.end-a.end) })
	var shown strings.Builder
	at := 0
	for i := 0; i < len(found); {
		begin, end := found[i].begin, found[i].end
		for i++; i < len(found) && found[i].begin < end; i++ {
			end = max(end, found[i].end)
		}
		shown.WriteString(text[at:begin])
		shown.WriteString("***")
		at = end
	}
	shown.WriteString(text[at:])
	return shown.String()
}

// find tells where they stand in a text.
func (s secrets) find(text string) (found []span) {
	text = lower(text)
	for at := 0; at+enough <= len(text); at++ {
		for _, length := range s.lengths[text[at:at+enough]] {
			end := at + length
			if end > len(text) || !s.forms[text[at:end]] {
				continue
			}
			if n := len(found); n > 0 && at < found[n-1].end {
				found[n-1].end = max(found[n-1].end, end)
			} else {
				found = append(found, span{at, end})
			}
			break // all others are shorter
		}
	}
	return found
}

// lower is a text with small letters. Those that would need another number of bytes stay, so that places in it are places in the text.
func lower(text string) string {
	if strings.IndexFunc(text, func(c rune) bool { return c >= utf8.RuneSelf }) < 0 {
		return strings.ToLower(text)
	}
	b := make([]byte, 0, len(text))
	for at := 0; at < len(text); {
		c, width := utf8.DecodeRuneInString(text[at:])
		if small := unicode.ToLower(c); utf8.RuneLen(small) == width {
			b = utf8.AppendRune(b, small)
		} else {
			b = append(b, text[at:at+width]...)
		}
		at += width
	}
	return string(b)
}

// hideIn is an error whose text shows none of them, nil if err is nil.
func (s secrets) hideIn(err error) error {
	if err == nil {
		return nil
	}
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
