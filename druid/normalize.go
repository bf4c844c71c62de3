package druid

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"
)

// AppendNormalized appends the JSON value raw as Druid writes it after it has read it into untyped maps and lists:
// without white space, strings with the escapes of AppendString, numbers with a fraction or an exponent in Java's
// form, the order of keys kept. It fails if raw is not one JSON value.
func AppendNormalized(dst, raw []byte) ([]byte, error) {
	if !json.Valid(raw) {
		return nil, invalidJSON(raw)
	}
	return appendRaw(dst, raw), nil
}

// invalidJSON says where raw stops being JSON.
func invalidJSON(raw []byte) error {
	var value any
	err := json.Unmarshal(raw, &value)
	if syntax, ok := err.(*json.SyntaxError); ok {
		return fmt.Errorf("invalid JSON at byte %d: %w", syntax.Offset, err)
	}
	return fmt.Errorf("invalid JSON: %w", err)
}

// appendRaw is AppendNormalized for JSON that is known to be valid. Nothing at all stands for null.
func appendRaw(dst, raw []byte) []byte {
	if len(raw) == 0 {
		return append(dst, "null"...)
	}
	for i := 0; i < len(raw); {
		switch c := raw[i]; {
		case c == '"':
			end := stringEnd(raw, i)
			dst = appendRawString(dst, raw[i:end])
			i = end
		case c == '-' || '0' <= c && c <= '9':
			end := numberEnd(raw, i)
			dst = appendRawNumber(dst, raw[i:end])
			i = end
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		default: // punctuation, true, false, null
			dst = append(dst, c)
			i++
		}
	}
	return dst
}

// stringEnd is the position after the string literal that starts at i.
func stringEnd(raw []byte, i int) int {
	for i++; raw[i] != '"'; i++ {
		if raw[i] == '\\' {
			i++
		}
	}
	return i + 1
}

func appendRawString(dst, literal []byte) []byte {
	for _, c := range literal {
		if c == '\\' || c >= utf8.RuneSelf {
			if s, err := unquote(literal); err == nil {
				return AppendString(dst, s)
			}
			break
		}
	}
	return append(dst, literal...)
}

// numberEnd is the position after the number literal that starts at i.
func numberEnd(raw []byte, i int) int {
	for ; i < len(raw); i++ {
		switch c := raw[i]; {
		case '0' <= c && c <= '9', c == '-', c == '+', c == '.', c == 'e', c == 'E':
		default:
			return i
		}
	}
	return i
}

func appendRawNumber(dst, literal []byte) []byte {
	for _, c := range literal {
		if c != '.' && c != 'e' && c != 'E' {
			continue
		}
		f, err := strconv.ParseFloat(string(literal), 64)
		if err != nil { // out of range
			return AppendString(dst, string(AppendDouble(nil, math.Inf(int(math.Copysign(1, f))))))
		}
		return AppendDouble(dst, f)
	}
	if string(literal) == "-0" {
		return append(dst, '0')
	}
	return append(dst, literal...)
}
