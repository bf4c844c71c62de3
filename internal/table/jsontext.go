package table

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// text returns the place behind the quote that ends the text whose inside begins at i. plain says that it has no escapes.
func (s *syntax) text(i int) (end int, plain bool) {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	begin, ascii := i, true
	plain = true
	room := s.data[:cap(s.data)]
	for {
		w := binary.LittleEndian.Uint64(room[i:])
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
		switch {
		case i >= len(s.data):
			return s.fail(i, ""), plain
		case s.data[i] == '"':
			if !ascii && !utf8.Valid(s.data[begin:i]) {
				return s.fail(begin, "%s", undecoded(s.encoding)), plain
			}
			return i + 1, plain
		case s.data[i] == '\\':
			plain = false
			if i = s.escape(i + 1); i < 0 {
				return -1, plain
			}
		default:
			return s.fail(i, "has the control character %q within a text", s.data[i]), plain
		}
	}
}

// escape steps over what follows a backslash.
func (s *syntax) escape(i int) int {
	switch s.peek(i) {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1
	case 'u':
		r := s.hex(i + 1)
		switch {
		case r < 0:
		case !utf16.IsSurrogate(r):
			return i + 5
		case s.peek(i+5) == '\\' && s.peek(i+6) == 'u' && utf16.DecodeRune(r, s.hex(i+7)) != utf8.RuneError:
			return i + 11
		default:
			return s.fail(i-1, "has half a character, %q", s.some(i-1))
		}
	}
	return s.fail(i-1, "has %q, which is no JSON escape", s.some(i-1))
}

func (s *syntax) hex(i int) (r rune) {
	for k := i; k < i+4; k++ {
		switch c := s.peek(k); {
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

// unescape appends what the inside of a text means that has been stepped over before.
func unescape(dst, raw []byte) []byte {
	s := syntax{data: raw}
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
			r := s.hex(i)
			if i += 4; utf16.IsSurrogate(r) {
				r = utf16.DecodeRune(r, s.hex(i+2))
				i += 6
			}
			dst = utf8.AppendRune(dst, r)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// textEnd is the place of the quote that ends a text, -1 if there is none.
func textEnd(data []byte, i int) int {
	for begin := i; ; i++ {
		n := bytes.IndexByte(data[i:], '"')
		if n < 0 {
			return -1
		}
		i += n
		escapes := 0
		for k := i - 1; k >= begin && data[k] == '\\'; k-- {
			escapes++
		}
		if escapes%2 == 0 {
			return i
		}
	}
}
