package source

import (
	"html"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// view is what a text says whose escapes are taken for what they stand for.
type view struct {
	text  string
	of    string
	outer *view // that of has been made of; nil if it is what was given
}

// newView is that of a text, nil if it has no escapes.
func newView(of string) *view { return viewOf(of, nil) }

// inner is what the escapes within the escapes say, nil if there are none.
func (v *view) inner() *view { return viewOf(v.text, v) }

func viewOf(of string, outer *view) *view {
	if !strings.ContainsAny(of, escapes) {
		return nil
	}
	b := make([]byte, 0, len(of))
	for at := 0; at < len(of); {
		var width int
		b, width = appendUnescaped(b, of[at:])
		at += width
	}
	if text := string(b); text != of {
		return &view{text, of, outer}
	}
	return nil
}

// origins are the places in the text that was given of places in the view.
func (v *view) origins(found []span) []span {
	if v == nil || len(found) == 0 {
		return found
	}
	begins, ends := map[int]int{}, map[int]int{} // of what the places touch
	for _, s := range found {
		begins[s.begin], ends[s.end] = 0, 0
	}
	var piece [utf8.UTFMax]byte
	for at, seen := 0, 0; at < len(v.of); {
		b, width := appendUnescaped(piece[:0], v.of[at:])
		for range b {
			if _, wanted := begins[seen]; wanted {
				begins[seen] = at
			}
			seen++
			if _, wanted := ends[seen]; wanted {
				ends[seen] = at + width
			}
		}
		at += width
	}
	origins := make([]span, len(found))
	for i, s := range found {
		origins[i] = span{begins[s.begin], ends[s.end]}
	}
	return v.outer.origins(origins)
}

// escapes are the characters that begin an escape.
const escapes = `%\&`

// appendUnescaped appends the first character of a text, or what an escape stands for that it begins with, and tells how long that is.
func appendUnescaped(dst []byte, text string) (_ []byte, width int) {
	switch text[0] {
	case '%':
		if c, ok := hex(text, 1, 2); ok {
			return append(dst, byte(c)), 3
		}
	case '\\':
		return appendBackslash(dst, text)
	case '&':
		const longest = len("&#x10FFFF;")
		if end := strings.IndexByte(text[:min(len(text), longest)], ';'); end > 0 {
			escape := text[:end+1]
			if plain := html.UnescapeString(escape); plain != escape && len(plain) <= utf8.UTFMax {
				return append(dst, plain...), end + 1
			}
		}
	}
	return append(dst, text[0]), 1
}

// appendBackslash is appendUnescaped for what JSON and quoted strings have.
func appendBackslash(dst []byte, text string) (_ []byte, width int) {
	if len(text) < 2 {
		return append(dst, text...), len(text)
	}
	switch c := text[1]; c {
	case 'x':
		if b, ok := hex(text, 2, 2); ok {
			return append(dst, byte(b)), 4
		}
	case 'u':
		c, ok := hex(text, 2, 4)
		if !ok {
			break
		}
		if utf16.IsSurrogate(c) && len(text) >= 12 && text[6:8] == `\u` {
			if low, ok := hex(text, 8, 4); ok {
				return utf8.AppendRune(dst, utf16.DecodeRune(c, low)), 12
			}
		}
		return utf8.AppendRune(dst, c), 6
	case 'U':
		if c, ok := hex(text, 2, 8); ok {
			return utf8.AppendRune(dst, c), 10
		}
	default:
		if i := strings.IndexByte(`abfnrtv\"'/`, c); i >= 0 {
			return append(dst, "\a\b\f\n\r\t\v\\\"'/"[i]), 2
		}
	}
	return append(dst, text[0]), 1
}

// hex reads so many digits.
func hex(text string, at, digits int) (rune, bool) {
	if len(text) < at+digits {
		return 0, false
	}
	n, err := strconv.ParseUint(text[at:at+digits], 16, 31)
	return rune(n), err == nil
}
