package druid

import (
	"encoding/json"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// AppendString appends s as a JSON string with the escapes that Jackson chooses: the quote, the backslash and
// control characters, the latter in their short form or as \u00XX with upper-case digits, and the two surrogates of
// what lies beyond U+FFFF, as \uD83D\uDE00. Everything else stands as UTF-8. Bytes that are not UTF-8 become U+FFFD.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if plain[c] {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			dst = append(dst, s[start:i]...)
			dst = appendEscape(dst, c)
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			dst = append(dst, s[start:i]...)
			dst = append(dst, "\uFFFD"...)
			start = i + size
		case size == utf8.UTFMax:
			dst = append(dst, s[start:i]...)
			high, low := utf16.EncodeRune(r)
			dst = appendUnit(appendUnit(dst, high), low)
			start = i + size
		}
		i += size
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

// plain marks the ASCII bytes that need no escape.
var plain = func() (t [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	return appendUnit(dst, rune(c))
}

// appendUnit appends one unit of UTF-16 as an escape.
func appendUnit(dst []byte, unit rune) []byte {
	const hex = "0123456789ABCDEF"
	return append(dst, '\\', 'u', hex[unit>>12&15], hex[unit>>8&15], hex[unit>>4&15], hex[unit&15])
}

// appendNullable appends s as AppendString does, or null if s is empty.
func appendNullable(dst []byte, s string) []byte {
	if s == "" {
		return append(dst, "null"...)
	}
	return AppendString(dst, s)
}

// appendStringField appends a field of an object. Its head is all that stands before the value: `,"name":`.
func appendStringField(dst []byte, head, value string) []byte {
	return AppendString(append(dst, head...), value)
}

func appendNullableField(dst []byte, head, value string) []byte {
	return appendNullable(append(dst, head...), value)
}

func appendIntField(dst []byte, head string, value int64) []byte {
	return strconv.AppendInt(append(dst, head...), value, 10)
}

// unquote decodes one JSON string.
func unquote(b []byte) (s string, err error) {
	err = json.Unmarshal(b, &s)
	return s, err
}

// isNull tells whether a JSON value that is part of valid JSON is null or missing.
func isNull(b []byte) bool { return len(b) == 0 || b[0] == 'n' }
