package queue

import (
	"encoding/binary"
	"math/bits"
)

// eachMember calls fn for each member of an object, the key without its quotes. It returns false if fn does, if the text is no object or
// no valid JSON, or if a key is not plain ASCII.
func eachMember(text []byte, fn func(key, value []byte) bool) bool {
	s := scanner{text: text}
	s.blanks()
	if !s.take('{') {
		return false
	}
	s.blanks()
	for more := !s.take('}'); more; {
		begin := s.at + 1
		if !s.string() {
			return false
		}
		key := text[begin : s.at-1]
		for _, c := range key {
			if c == '\\' || c >= 0x80 {
				return false
			}
		}
		s.blanks()
		if !s.take(':') {
			return false
		}
		s.blanks()
		if begin = s.at; !s.value(0) || !fn(key, text[begin:s.at]) {
			return false
		}
		s.blanks()
		if more = s.take(','); more {
			s.blanks()
		} else if !s.take('}') {
			return false
		}
	}
	s.blanks()
	return s.at == len(text)
}

// scanner goes through JSON and makes sure that it is valid, which general decoders take several times as long for. Its methods tell
// whether what they are called for comes next, and go behind it.
type scanner struct {
	text []byte
	at   int
}

// deepest is how deep a value may be nested; what is deeper is for a general decoder.
const deepest = 100

func (s *scanner) peek() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

func (s *scanner) take(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.at++
	return true
}

func (s *scanner) blanks() {
	for c := s.peek(); c == ' ' || c == '\t' || c == '\n' || c == '\r'; c = s.peek() {
		s.at++
	}
}

func (s *scanner) value(depth int) bool {
	switch s.peek() {
	case '"':
		return s.string()
	case '{':
		return depth < deepest && s.list('}', depth, true)
	case '[':
		return depth < deepest && s.list(']', depth, false)
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	}
	return s.number()
}

// list is an object or an array.
func (s *scanner) list(end byte, depth int, keys bool) bool {
	s.at++
	s.blanks()
	if s.take(end) {
		return true
	}
	for {
		s.blanks()
		if keys {
			if !s.string() {
				return false
			}
			s.blanks()
			if !s.take(':') {
				return false
			}
			s.blanks()
		}
		if !s.value(depth + 1) {
			return false
		}
		s.blanks()
		if !s.take(',') {
			return s.take(end)
		}
	}
}

func (s *scanner) word(word string) bool {
	if len(s.text)-s.at < len(word) || string(s.text[s.at:s.at+len(word)]) != word {
		return false
	}
	s.at += len(word)
	return true
}

func (s *scanner) string() bool {
	if !s.take('"') {
		return false
	}
	for len(s.text)-s.at >= 8 {
		special := specials(binary.LittleEndian.Uint64(s.text[s.at:]))
		if special != 0 {
			s.at += bits.TrailingZeros64(special) / 8
			break
		}
		s.at += 8
	}
	for i, c := range s.text[s.at:] {
		switch {
		case c == '"':
			s.at += i + 1
			return true
		case c == '\\':
			s.at += i
			return s.escaped()
		case c < ' ':
			return false
		}
	}
	return false
}

// specials marks, among eight bytes, the quotes, backslashes and control characters; of those behind the first one some may be none.
func specials(word uint64) uint64 {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	quote, backslash := word^ones*'"', word^ones*'\\'
	return ((quote-ones)&^quote | (backslash-ones)&^backslash | (word-ones*' ')&^word) & highs
}

// escaped is the rest of a string from a backslash on.
func (s *scanner) escaped() bool {
	for s.at < len(s.text) {
		c := s.text[s.at]
		s.at++
		switch {
		case c == '"':
			return true
		case c < ' ':
			return false
		case c == '\\':
			switch c := s.peek(); c {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
				s.at++
			case 'u':
				s.at++
				for range 4 {
					if c := s.peek() | 0x20; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
						return false
					}
					s.at++
				}
			default:
				return false
			}
		}
	}
	return false
}

func (s *scanner) number() bool {
	s.take('-')
	if !s.take('0') && !s.digits() {
		return false
	}
	if s.take('.') && !s.digits() {
		return false
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.at++
		if !s.take('+') {
			s.take('-')
		}
		return s.digits()
	}
	return true
}

func (s *scanner) digits() bool {
	begin := s.at
	for c := s.peek(); c >= '0' && c <= '9'; c = s.peek() {
		s.at++
	}
	return s.at > begin
}
