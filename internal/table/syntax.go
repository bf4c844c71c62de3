package table

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// maxDepth bounds how deep lists and objects may nest, so that a hostile row cannot exhaust the stack.
const maxDepth = 1000

// syntax steps over JSON. The data needs padding zeros behind it.
type syntax struct {
	data     []byte
	encoding string // that data were decoded from; empty for UTF-8
	why      string // what is wrong
	at       int    // and where

	loose bool // there was NaN or Infinity, which Python and others write
}

func (s *syntax) fail(at int, format string, args ...any) int {
	if s.why == "" {
		s.at, s.why = at, fmt.Sprintf(format, args...)
		if at >= len(s.data) {
			s.why = "ends within an object or a list"
		}
	}
	return -1
}

// peek is the byte at i, 0 behind the end.
func (s *syntax) peek(i int) byte {
	if i < len(s.data) {
		return s.data[i]
	}
	return 0
}

func (s *syntax) blanks(i int) int {
	for i < len(s.data) && (s.data[i] == ' ' || s.data[i] == '\n' || s.data[i] == '\r' || s.data[i] == '\t') {
		i++
	}
	return i
}

// value returns the place behind the value that begins at i, -1 if it is none, and what it is.
func (s *syntax) value(i, depth int) (end int, kind Kind) {
	switch c := s.peek(i); {
	case c == '"':
		end, _ = s.text(i + 1)
		return end, String
	case c == '{':
		return s.object(i+1, depth+1), Object
	case c == '[':
		return s.list(i+1, depth+1), List
	case c == 't':
		return s.word(i, "true"), Bool
	case c == 'f':
		return s.word(i, "false"), Bool
	case c == 'n':
		return s.word(i, "null"), Null
	case c-'0' <= 9:
		return s.number(i), Number
	case c == '-' || c == 'N' || c == 'I':
		if end := s.notNumber(i); end > 0 {
			s.loose = true
			return end, Number
		}
		if c == '-' {
			return s.number(i), Number
		}
		return s.fail(i, "has %s, which is no JSON", s.wordAt(i)), Number
	case c == 'T' || c == 'F':
		return s.fail(i, "has %s, which is no JSON", s.wordAt(i)), Bool
	case c == '\'':
		return s.fail(i, "has single quotes, which are no JSON"), Null
	case c == '/':
		return s.fail(i, "has a comment, which is no JSON"), Null
	}
	return s.fail(i, "has %q where a value has to be", s.some(i)), Null
}

// notNumber returns the place behind NaN or Infinity, which Python and others write; 0 if there is none.
func (s *syntax) notNumber(i int) int {
	for _, word := range [...]string{"NaN", "Infinity", "-Infinity"} {
		if bytes.HasPrefix(s.data[min(i, len(s.data)):], []byte(word)) && !isWord(s.peek(i+len(word))) {
			return i + len(word)
		}
	}
	return 0
}

// some is a little of the data, to be told.
func (s *syntax) some(i int) string {
	end := min(i+12, len(s.data))
	if n := bytes.IndexByte(s.data[min(i, end):end], '\n'); n > 0 {
		end = i + n
	}
	return shown(s.data[min(i, end):end])
}

// wordAt is the word that begins at i, to be told.
func (s *syntax) wordAt(i int) []byte {
	end := i
	for end < min(i+20, len(s.data)) && isWord(s.data[end]) {
		end++
	}
	return s.data[i:end]
}

func (s *syntax) word(i int, word string) int {
	if !bytes.HasPrefix(s.data[i:], []byte(word)) || isWord(s.peek(i+len(word))) {
		return s.fail(i, "has %q where a value has to be", s.some(i))
	}
	return i + len(word)
}

func isWord(c byte) bool {
	return c-'0' <= 9 || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == '.' || c >= utf8.RuneSelf
}

func (s *syntax) number(i int) int {
	begin := i
	if s.peek(i) == '-' {
		i++
	}
	switch c := s.peek(i); {
	case c == '0':
		i++
	case c-'1' < 9:
		i = s.digits(i)
	default:
		return s.fail(begin, "has %q where a number has to be", s.some(begin))
	}
	if s.peek(i) == '.' {
		if i = s.digits(i + 1); s.data[i-1] == '.' {
			return s.fail(begin, "has %q, which is no JSON number", s.some(begin))
		}
	}
	if s.peek(i)|0x20 == 'e' {
		if i++; s.peek(i) == '+' || s.peek(i) == '-' {
			i++
		}
		first := i
		if i = s.digits(i); i == first {
			return s.fail(begin, "has %q, which is no JSON number", s.some(begin))
		}
	}
	if isWord(s.peek(i)) {
		return s.fail(begin, "has %q, which is no JSON number", s.some(begin))
	}
	return i
}

func (s *syntax) digits(i int) int {
	for i < len(s.data) && s.data[i]-'0' <= 9 {
		i++
	}
	return i
}

func (s *syntax) list(i, depth int) int {
	if depth > maxDepth {
		return s.fail(i, "nests more than %d lists and objects", maxDepth)
	}
	if i = s.blanks(i); s.peek(i) == ']' {
		return i + 1
	}
	for {
		end, _ := s.value(i, depth)
		if end < 0 {
			return -1
		}
		switch i = s.blanks(end); s.peek(i) {
		case ',':
			i = s.blanks(i + 1)
		case ']':
			return i + 1
		default:
			return s.fail(i, "has %q where a comma or the end of a list has to be", s.some(i))
		}
	}
}

func (s *syntax) object(i, depth int) int {
	if depth > maxDepth {
		return s.fail(i, "nests more than %d lists and objects", maxDepth)
	}
	if i = s.blanks(i); s.peek(i) == '}' {
		return i + 1
	}
	for {
		_, i = s.key(i)
		if i < 0 {
			return -1
		}
		if i, _ = s.value(i, depth); i < 0 {
			return -1
		}
		switch i = s.blanks(i); s.peek(i) {
		case ',':
			i = s.blanks(i + 1)
		case '}':
			return i + 1
		default:
			return s.fail(i, "has %q where a comma or the end of an object has to be", s.some(i))
		}
	}
}

// key steps over a key, the colon and blanks. raw is the key with its quotes.
func (s *syntax) key(i int) (raw []byte, end int) {
	switch s.peek(i) {
	case '"':
	case '\'':
		return nil, s.fail(i, "has single quotes, which are no JSON")
	case '/':
		return nil, s.fail(i, "has a comment, which is no JSON")
	case '}':
		return nil, s.fail(i, "has a comma with nothing behind it")
	default:
		return nil, s.fail(i, "has %q where a key in quotes has to be", s.some(i))
	}
	if end, _ = s.text(i + 1); end < 0 {
		return nil, -1
	}
	raw = s.data[i:end]
	if end = s.blanks(end); s.peek(end) != ':' {
		return nil, s.fail(end, "has %q where a colon has to be", s.some(end))
	}
	return raw, s.blanks(end + 1)
}
