package format

import (
	"unicode/utf16"
	"unicode/utf8"
)

// unescapeJSON appends what the inside of a JSON string means, as UTF-8. A surrogate without its other half becomes a
// question mark, as it does when Java encodes such a string.
func unescapeJSON(dst, s []byte) []byte {
	high := rune(0) // a first half that waits for its second
	put := func(r rune) {
		if high != 0 {
			if joined := utf16.DecodeRune(high, r); joined != utf8.RuneError {
				high = 0
				dst = utf8.AppendRune(dst, joined)
				return
			}
			high = 0
			dst = append(dst, '?')
		}
		switch {
		case r >= 0xd800 && r < 0xdc00:
			high = r
		case r >= 0xdc00 && r < 0xe000:
			dst = append(dst, '?')
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	for i := 0; i < len(s); {
		r, n := decodeJSON(s[i:])
		if n == 4 { // also what is beyond Unicode goes through the arithmetic of Jackson's decoder
			r -= 0x10000
			put(rune(uint16(0xd800 | r>>10)))
			put(0xdc00 | r&0x3ff)
		} else {
			put(r)
		}
		i += n
	}
	if high != 0 {
		dst = append(dst, '?')
	}
	return dst
}

// decodeJSON decodes the first character of the inside of a JSON string that scanString accepted.
func decodeJSON(s []byte) (r rune, n int) {
	c := s[0]
	if c == '\\' {
		switch s[1] {
		case 'b':
			return '\b', 2
		case 'f':
			return '\f', 2
		case 'n':
			return '\n', 2
		case 'r':
			return '\r', 2
		case 't':
			return '\t', 2
		case 'u':
			return rune(unhex(s[2])<<12 | unhex(s[3])<<8 | unhex(s[4])<<4 | unhex(s[5])), 6
		}
		return rune(s[1]), 2
	}
	switch looseLength(c) {
	case 2:
		return rune(c&0x1f)<<6 | rune(s[1]&0x3f), 2
	case 3:
		return rune(c&0x0f)<<12 | rune(s[1]&0x3f)<<6 | rune(s[2]&0x3f), 3
	case 4:
		return rune(c&0x07)<<18 | rune(s[1]&0x3f)<<12 | rune(s[2]&0x3f)<<6 | rune(s[3]&0x3f), 4
	}
	return rune(c), 1
}

// appendJSONValue appends a value as Java's toString writes what Druid makes of it.
func appendJSONValue(dst, data []byte, v value) []byte {
	raw := data[v.start:v.end]
	switch v.kind {
	case absent, null:
		return append(dst, "null"...)
	case falseValue:
		return append(dst, "false"...)
	case trueValue:
		return append(dst, "true"...)
	case integer, decimal:
		return appendNumber(dst, raw)
	case text:
		if v.escaped {
			return unescapeJSON(dst, raw)
		}
		return append(dst, raw...)
	case list:
		return appendJSONList(dst, data, v)
	case object:
		return appendFields(append(dst, '{'), data, fields(data, v, nil))
	}
	return dst
}

func appendJSONList(dst, data []byte, v value) []byte {
	dst = append(dst, '[')
	for at, n := int(v.start), 0; ; n++ {
		var element value
		element, at = nextJSONElement(data, at)
		if element.kind == absent {
			return append(dst, ']')
		}
		if n > 0 {
			dst = append(dst, ", "...)
		}
		dst = appendJSONValue(dst, data, element)
	}
}

// nextJSONElement returns the next value of a list that has been scanned before, from the bracket or comma before it,
// and the place of the comma or bracket after it. After the last one it returns absent.
func nextJSONElement(data []byte, at int) (value, int) {
	if data[at] == ']' {
		return value{}, at
	}
	at = skipBlanks(data, at+1)
	if data[at] == ']' {
		return value{}, at
	}
	v, end := scanValue(data, at, 0)
	return v, skipBlanks(data, end)
}

// field is one field of an object.
type field struct {
	name  string
	value value
}

// fields returns the fields of an object that has been scanned before. Of those with one name the last value counts, at
// the place of the first, as in Java's LinkedHashMap.
func fields(data []byte, v value, dst []field) []field {
	places := map[string]int{}
	for at := skipBlanks(data, int(v.start)+1); data[at] != '}'; {
		name, next := scanName(data, at)
		key := string(appendJSONValue(nil, data, name))
		val, end := scanValue(data, next, 0)
		if place, seen := places[key]; seen {
			dst[place].value = val
		} else {
			places[key] = len(dst)
			dst = append(dst, field{key, val})
		}
		if at = skipBlanks(data, end); data[at] == ',' {
			at = skipBlanks(data, at+1)
		}
	}
	return dst
}

// appendFields appends fields as the text of a Java map and closes it.
func appendFields(dst, data []byte, fields []field) []byte {
	for i, f := range fields {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(append(dst, f.name...), '=')
		dst = appendJSONValue(dst, data, f.value)
	}
	return append(dst, '}')
}
