// Package uri tells what may be shown of a URI.
package uri

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Redact is a URI as it may be shown: http://***@host/path?*** for one with a user or a query, or http://host/path;*** with
// parameters of the path, in which people put passwords and tokens. It need not be well-formed.
func Redact(uri string) string {
	begin := 0
	_, rest, found := strings.Cut(uri, "://")
	if !found {
		rest, found = strings.CutPrefix(uri, "//")
	}
	if found {
		begin = len(uri) - len(rest)
	}
	end := len(uri) // of what a user may stand in, which is all of a URI that makes no sense
	if u, err := url.Parse(uri); err == nil && u.Host != "" {
		end = begin + strings.IndexAny(uri[begin:]+"/", "/?#")
	}
	if path, _, _ := strings.Cut(uri[end:], "?"); strings.Contains(path, "://") { // more of them, as in a list with commas
		end += len(path)
	}
	shown := uri
	if at := strings.LastIndexByte(uri[begin:end], '@'); at >= 0 {
		shown = uri[:begin] + "***" + uri[begin+at:]
	}
	if colon := strings.IndexByte(uri[begin:], ':'); found && colon >= 0 && !strings.Contains(uri, "@") {
		if _, err := url.Parse(uri); err != nil { // what should be a port may be a password whose @ is missing
			return uri[:begin+colon+1] + "***"
		}
	}
	ends := "?#"
	if found {
		ends = "?#;" // a semicolon in a name that is no URI is one of the name
	}
	if i := strings.IndexAny(shown[begin:], ends); i >= 0 && begin+i+1 < len(shown) {
		shown = shown[:begin+i+1] + "***"
	}
	return shown
}

// next finds a URI among other words, as far as it goes at most, from a place on. A text may be long, and is looked at each time that it is shown.
func next(text string, from int) (begin, end int, is bool) {
	for at := from; ; {
		colon := strings.Index(text[at:], "://")
		if colon < 0 {
			return 0, 0, false
		}
		colon += at
		at = colon + len("://")
		for begin = colon; begin > from && isOfScheme(text[begin-1]); {
			begin--
		}
		for begin < colon && !isLetter(text[begin]) { // which a scheme begins with
			begin++
		}
		if begin == colon {
			continue
		}
		for end = at; end < len(text) && strings.IndexByte(" \t\n\f\r\"'<>()[]", text[end]) < 0; {
			end++
		}
		return begin, end, true
	}
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isOfScheme(c byte) bool {
	return isLetter(c) || '0' <= c && c <= '9' || c == '+' || c == '.' || c == '-'
}

// RedactIn is a text as it may be shown that may have URIs in it.
func RedactIn(text string) string {
	if !strings.Contains(text, "://") {
		return text
	}
	var shown strings.Builder
	done := 0
	for begin, end, is := next(text, 0); is; begin, end, is = next(text, end) {
		if one := Redact(text[begin:end]); one != text[begin:end] {
			shown.WriteString(text[done:begin])
			shown.WriteString(one)
			done = end
		}
	}
	if done == 0 {
		return text
	}
	return shown.String() + text[done:]
}

// Hidden is what RedactIn hides of a text, with the parts of it that may be found alone: passwords, and values of queries but for ordinary words and
// numbers, which texts are full of.
func Hidden(text string) (all []string) {
	if !strings.Contains(text, "://") {
		return nil
	}
	for begin, end, is := next(text, 0); is; begin, end, is = next(text, end) {
		one := text[begin:end]
		if Redact(one) == one {
			continue
		}
		u, err := url.Parse(one)
		if err != nil {
			_, rest, _ := strings.Cut(one, "://")
			all = append(all, rest)
			continue
		}
		if password, has := u.User.Password(); has {
			all = append(all, u.User.String(), password)
		} else {
			all = append(all, u.User.Username())
		}
		_, parameters, _ := strings.Cut(u.Path, ";")
		all = append(all, parameters, u.RawQuery, u.Fragment)
		for _, values := range u.Query() {
			for _, value := range values {
				if !isOrdinary.MatchString(value) {
					all = append(all, value, url.QueryEscape(value))
				}
			}
		}
	}
	return slices.DeleteFunc(all, func(part string) bool { return part == "" })
}

var isOrdinary = regexp.MustCompile(`^(\pL{0,7}|\d{0,7})$`)

// HasUser tells whether a text is a URI with a user, who may have a password, or has one in it.
func HasUser(text string) bool {
	if !strings.Contains(text, "://") {
		return false
	}
	shown := Redact(text)
	return strings.Count(shown, "***@") > strings.Count(text, "***@") || strings.HasSuffix(shown, ":***") && shown != text
}
