// Package jsontext steps over JSON as it is written: a Scanner checks it and says where and why it is broken, and functions go through
// the members and elements of what has been checked. Nothing is decoded but what is asked for. Rows on their way into segments have a
// scanner of their own in internal/ingest/format, which takes what Jackson takes.
package jsontext

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Deepest bounds how deep lists and objects may nest, so that hostile JSON cannot exhaust the stack; Jackson stops at the same depth.
const Deepest = 1000

// Scanner steps over JSON, by the letter of RFC 8259: in UTF-8, and with no half of a character. Its methods return the place behind
// what they are called for, or -1 if something else begins there; Why and At then say what is wrong.
type Scanner struct {
	Data    []byte
	Loose   bool                     // take NaN and Infinity for numbers, which Python and others write
	NotUTF8 func(text []byte) string // what is said of a string that is not UTF-8, if not just that

	Why    string // the first fault: a sentence without its subject and its full stop
	At     int    // and where
	NoJSON bool   // there was NaN or Infinity
}

// Valid tells whether data is one value, with nothing but blanks around it.
func Valid(data []byte) bool { return Broken(data) < 0 }

// Broken is where data is not Valid, -1 if it is.
func Broken(data []byte) (at int) {
	s := Scanner{Data: data}
	end := s.Value(s.Blanks(0), 0)
	switch {
	case end < 0:
		return s.At
	case s.Blanks(end) < len(data):
		return s.Blanks(end)
	}
	return -1
}

// Sendable tells whether data, which others have stored, can be part of an answer: one value, in UTF-8. Unlike Valid it takes escapes of half
// a character and whatever depth, as all that is submitted may have them.
func Sendable(data []byte) bool { return json.Valid(data) && utf8.Valid(data) }

// Fail notes a fault, unless there is one already, and returns -1.
func (s *Scanner) Fail(at int, format string, args ...any) int {
	if s.Why == "" {
		s.At, s.Why = at, fmt.Sprintf(format, args...)
		if at >= len(s.Data) {
			s.Why = "ends within an object or a list"
		}
	}
	return -1
}

// Peek is the byte at i, 0 behind the end.
func (s *Scanner) Peek(i int) byte {
	if i < len(s.Data) {
		return s.Data[i]
	}
	return 0
}

// Blanks is the place of the next byte that is no blank.
func (s *Scanner) Blanks(i int) int {
	if i < len(s.Data) && s.Data[i] > ' ' { // mostly, and without a call
		return i
	}
	return Blanks(s.Data, i)
}

// Value steps over a value that is within depth lists and objects.
func (s *Scanner) Value(i, depth int) int {
	switch c := s.Peek(i); {
	case c == '"':
		end, _ := s.String(i + 1)
		return end
	case c == '{':
		return s.object(i+1, depth+1, nil)
	case c == '[':
		return s.list(i+1, depth+1)
	case c == 't':
		return s.word(i, "true")
	case c == 'f':
		return s.word(i, "false")
	case c == 'n':
		return s.word(i, "null")
	case c-'0' <= 9 || c == '-' && s.Peek(i+1)-'0' <= 9:
		return s.number(i)
	case c == '-' || c == 'N' || c == 'I':
		if end := s.notNumber(i); end > 0 && s.Loose {
			s.NoJSON = true
			return end
		}
		if c == '-' {
			return s.number(i)
		}
		return s.Fail(i, "has %s, which is no JSON", s.wordAt(i))
	case c == 'T' || c == 'F':
		return s.Fail(i, "has %s, which is no JSON", s.wordAt(i))
	case c == '\'':
		return s.Fail(i, "has single quotes, which are no JSON")
	case c == '/':
		return s.Fail(i, "has a comment, which is no JSON")
	}
	return s.Fail(i, "has %q where a value has to be", s.Some(i))
}

// notNumber returns the place behind NaN or Infinity, 0 if there is none.
func (s *Scanner) notNumber(i int) int {
	for _, word := range [...]string{"NaN", "Infinity", "-Infinity"} {
		if bytes.HasPrefix(s.Data[min(i, len(s.Data)):], []byte(word)) && !isWord(s.Peek(i+len(word))) {
			return i + len(word)
		}
	}
	return 0
}

// Some is a little of the data, to be told.
func (s *Scanner) Some(i int) string {
	end := min(i+12, len(s.Data))
	if n := bytes.IndexByte(s.Data[min(i, end):end], '\n'); n > 0 {
		end = i + n
	}
	return strings.ToValidUTF8(string(s.Data[min(i, end):end]), "\ufffd")
}

// wordAt is the word that begins at i, to be told.
func (s *Scanner) wordAt(i int) []byte {
	end := i
	for end < min(i+20, len(s.Data)) && isWord(s.Data[end]) {
		end++
	}
	return s.Data[i:end]
}

func (s *Scanner) word(i int, word string) int {
	if !bytes.HasPrefix(s.Data[i:], []byte(word)) || isWord(s.Peek(i+len(word))) {
		return s.Fail(i, "has %q where a value has to be", s.Some(i))
	}
	return i + len(word)
}

func isWord(c byte) bool {
	return c-'0' <= 9 || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == '.' || c >= utf8.RuneSelf
}

func (s *Scanner) number(i int) int {
	begin := i
	if s.Peek(i) == '-' {
		i++
	}
	switch c := s.Peek(i); {
	case c == '0':
		i++
	case c-'1' < 9:
		i = s.digits(i)
	default:
		return s.Fail(begin, "has %q where a number has to be", s.Some(begin))
	}
	if s.Peek(i) == '.' {
		if i = s.digits(i + 1); s.Data[i-1] == '.' {
			return s.Fail(begin, "has %q, which is no JSON number", s.Some(begin))
		}
	}
	if s.Peek(i)|0x20 == 'e' {
		if i++; s.Peek(i) == '+' || s.Peek(i) == '-' {
			i++
		}
		first := i
		if i = s.digits(i); i == first {
			return s.Fail(begin, "has %q, which is no JSON number", s.Some(begin))
		}
	}
	if isWord(s.Peek(i)) {
		return s.Fail(begin, "has %q, which is no JSON number", s.Some(begin))
	}
	return i
}

// digits is the place of the next byte that is no digit.
func (s *Scanner) digits(i int) int {
	for i < len(s.Data) && s.Data[i]-'0' <= 9 {
		i++
	}
	return i
}

func (s *Scanner) list(i, depth int) int {
	if depth > Deepest {
		return s.Fail(i, "nests more than %d lists and objects", Deepest)
	}
	if i = s.Blanks(i); s.Peek(i) == ']' {
		return i + 1
	}
	for {
		if i = s.Value(i, depth); i < 0 {
			return -1
		}
		switch i = s.Blanks(i); s.Peek(i) {
		case ',':
			i = s.Blanks(i + 1)
		case ']':
			return i + 1
		default:
			return s.Fail(i, "has %q where a comma or the end of a list has to be", s.Some(i))
		}
	}
}

// Object steps over an object and calls fn for each of its members: the key as it is written, without its quotes, and the value. It
// ends as if the object were broken if fn returns false.
func (s *Scanner) Object(i int, fn func(key, value []byte) bool) int {
	if s.Peek(i) != '{' {
		return s.Fail(i, "has %q where an object has to be", s.Some(i))
	}
	return s.object(i+1, 1, fn)
}

func (s *Scanner) object(i, depth int, fn func(key, value []byte) bool) int {
	if depth > Deepest {
		return s.Fail(i, "nests more than %d lists and objects", Deepest)
	}
	if i = s.Blanks(i); s.Peek(i) == '}' {
		return i + 1
	}
	for {
		key, begin := s.Key(i)
		if begin < 0 {
			return -1
		}
		if i = s.Value(begin, depth); i < 0 || fn != nil && !fn(key[1:len(key)-1], s.Data[begin:i]) {
			return -1
		}
		switch i = s.Blanks(i); s.Peek(i) {
		case ',':
			i = s.Blanks(i + 1)
		case '}':
			return i + 1
		default:
			return s.Fail(i, "has %q where a comma or the end of an object has to be", s.Some(i))
		}
	}
}

// Key steps over a key, the colon and blanks. raw is the key with its quotes.
func (s *Scanner) Key(i int) (raw []byte, end int) {
	switch s.Peek(i) {
	case '"':
	case '\'':
		return nil, s.Fail(i, "has single quotes, which are no JSON")
	case '/':
		return nil, s.Fail(i, "has a comment, which is no JSON")
	case '}':
		return nil, s.Fail(i, "has a comma with nothing behind it")
	default:
		return nil, s.Fail(i, "has %q where a key in quotes has to be", s.Some(i))
	}
	if end, _ = s.String(i + 1); end < 0 {
		return nil, -1
	}
	raw = s.Data[i:end]
	if end = s.Blanks(end); s.Peek(end) != ':' {
		return nil, s.Fail(end, "has %q where a colon has to be", s.Some(end))
	}
	return raw, s.Blanks(end + 1)
}
