package jsontext

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// String steps over a string whose inside begins at i, up to behind its last quote. plain says that it has no escapes.
func (s *Scanner) String(i int) (end int, plain bool) {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	begin, ascii := i, true
	plain = true
	for {
		if i+8 <= len(s.Data) { // eight bytes at once: which is the first quote, backslash or control character?
			w := binary.LittleEndian.Uint64(s.Data[i:])
			q, e := w^ones*'"', w^ones*'\\'
			m := ((q-ones)&^q | (e-ones)&^e | (w-ones*0x20)&^w) & highs
			if m == 0 {
				ascii = ascii && w&highs == 0
				i += 8
				continue
			}
			n := bits.TrailingZeros64(m) >> 3
			ascii = ascii && w&(1<<(8*n)-1)&highs == 0
			i += n
		}
		switch c := s.Peek(i); {
		case i >= len(s.Data):
			return s.Fail(i, ""), plain
		case c == '"':
			if !ascii && !utf8.Valid(s.Data[begin:i]) {
				why := "is not UTF-8"
				if s.NotUTF8 != nil {
					why = s.NotUTF8(s.Data[begin:i])
				}
				return s.Fail(begin, "%s", why), plain
			}
			return i + 1, plain
		case c == '\\':
			plain = false
			if i = s.escape(i + 1); i < 0 {
				return -1, plain
			}
		case c < ' ':
			return s.Fail(i, "has the control character %q within a text", c), plain
		default:
			ascii = ascii && c < utf8.RuneSelf
			i++
		}
	}
}

// escape steps over what follows a backslash.
func (s *Scanner) escape(i int) int {
	switch s.Peek(i) {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1
	case 'u':
		r := hex(s.Data, i+1)
		switch {
		case r < 0:
		case !utf16.IsSurrogate(r):
			return i + 5
		case s.Peek(i+5) == '\\' && s.Peek(i+6) == 'u' && utf16.DecodeRune(r, hex(s.Data, i+7)) != utf8.RuneError:
			return i + 11
		default:
			return s.Fail(i-1, "has half a character, %q", s.Some(i-1))
		}
	}
	return s.Fail(i-1, "has %q, which is no JSON escape", s.Some(i-1))
}

// hex reads four hexadecimal digits, -1 if there are others.
func hex(data []byte, i int) (r rune) {
	if i+4 > len(data) {
		return -1
	}
	for _, c := range data[i : i+4] {
		switch {
		case c-'0' <= 9:
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return -1
		}
	}
	return r
}

// Unescape appends what the inside of a string means that has been checked before.
func Unescape(dst, raw []byte) []byte {
	for i := 0; i < len(raw); {
		n := bytes.IndexByte(raw[i:], '\\')
		if n < 0 {
			return append(dst, raw[i:]...)
		}
		dst = append(dst, raw[i:i+n]...)
		i += n + 2
		switch c := raw[i-1]; c {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r := hex(raw, i)
			if i += 4; utf16.IsSurrogate(r) {
				r = utf16.DecodeRune(r, hex(raw, i+2))
				i += 6
			}
			dst = utf8.AppendRune(dst, r)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// AppendString appends a text, which is UTF-8, as a string with its quotes.
func AppendString(dst, text []byte) []byte {
	const digits = "0123456789abcdef"
	dst = append(dst, '"')
	for _, c := range text {
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c < ' ' || c == 0x7f:
			dst = append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
