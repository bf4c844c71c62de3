package detect

import (
	"encoding/json"
	"unicode/utf8"

	"ovate/internal/table"
)

// The functions here go through JSON that has been found to be valid before.

// skipBlanks returns the place of the next byte that is no blank.
func skipBlanks(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r') {
		i++
	}
	return i
}

// skipText returns the place after the text that begins at b[i] with its quote.
func skipText(b []byte, i int) int {
	for i++; i < len(b) && b[i] != '"'; i++ {
		if b[i] == '\\' {
			i++
		}
	}
	return min(i+1, len(b))
}

// skipValue returns the place after the value at b[i] and its kind.
func skipValue(b []byte, i int) (int, table.Kind) {
	if i >= len(b) {
		return i, table.Null
	}
	switch b[i] {
	case '"':
		return skipText(b, i), table.String
	case '{', '[':
		kind := table.Object
		if b[i] == '[' {
			kind = table.List
		}
		depth := 0
		for i < len(b) {
			switch b[i] {
			case '"':
				i = skipText(b, i)
				continue
			case '{', '[':
				depth++
			case '}', ']':
				depth--
			}
			i++
			if depth == 0 {
				break
			}
		}
		return i, kind
	}
	begin := i
	for i < len(b) && b[i] != ',' && b[i] != '}' && b[i] != ']' && b[i] > ' ' {
		i++
	}
	switch b[begin] {
	case 'n':
		return i, table.Null
	case 't', 'f':
		return i, table.Bool
	}
	return i, table.Number
}

// unquote is what a text in quotes says, which is in scratch unless it needs no decoding.
func unquote(b, scratch []byte) (text, after []byte) {
	inside := b[1 : len(b)-1]
	for _, c := range inside {
		if c == '\\' {
			var s string
			if json.Unmarshal(b, &s) != nil {
				return inside, scratch
			}
			scratch = append(scratch[:0], s...)
			return scratch, scratch
		}
	}
	return inside, scratch
}

// appendQuoted appends a text as JSON.
func appendQuoted(dst, text []byte) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c < ' ' || c == 0x7f:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		case c < utf8.RuneSelf:
			dst = append(dst, c)
		default:
			_, n := utf8.DecodeRune(text[i:])
			dst = append(dst, text[i:i+n]...)
			i += n
			continue
		}
		i++
	}
	return append(dst, '"')
}
