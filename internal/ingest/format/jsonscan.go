package format

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// The functions here step over JSON within a line. The line has to end with a line feed, which no value may hold, and
// scanPadding bytes must be readable from there on, so that no step needs a check of the length. They accept
// what Jackson's parser accepts by default. An end of -1 says that the JSON is broken.

// scanPadding is how many bytes from the line feed of the last line on have to be readable.
const scanPadding = 8

// maxDepth bounds how deep lists and objects may nest, so that a hostile row cannot exhaust the stack.
const maxDepth = 1000

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// hasByte marks with its high bit the first byte of w that is c, and perhaps bytes after it.
func hasByte(w uint64, c byte) uint64 {
	x := w ^ ones*uint64(c)
	return (x - ones) & ^x & highs
}

// hasControl marks likewise the first byte below the blank.
func hasControl(w uint64) uint64 { return (w - ones*0x20) & ^w & highs }

func skipBlanks(data []byte, i int) int {
	for data[i] == ' ' || data[i] == '\t' || data[i] == '\r' {
		i++
	}
	return i
}

// scanString returns the index of the quote that ends the string whose first byte is data[i]. escaped says that the
// string is not what it means: it has escapes or bytes that are not UTF-8.
func scanString(data []byte, i int) (end int, escaped bool) {
	begin := i
	for {
		w := binary.LittleEndian.Uint64(data[i:])
		if m := hasByte(w, '"') | hasByte(w, '\\') | hasControl(w) | w&highs; m != 0 {
			i += bits.TrailingZeros64(m) >> 3
			if data[i] == '"' {
				return i, false
			}
			return scanOddString(data, begin, i)
		}
		i += 8
	}
}

// scanOddString is scanString for strings with escapes or letters beyond ASCII, the first of them at data[i].
func scanOddString(data []byte, begin, i int) (end int, escaped bool) {
	var ascii = true
	for {
		w := binary.LittleEndian.Uint64(data[i:])
		m := hasByte(w, '"') | hasByte(w, '\\') | hasControl(w)
		if m == 0 {
			ascii = ascii && w&highs == 0
			i += 8
			continue
		}
		n := bits.TrailingZeros64(m) >> 3
		ascii = ascii && w&highs<<(8*(8-n)) == 0
		i += n
		switch data[i] {
		case '"':
			if !ascii && !utf8.Valid(data[begin:i]) {
				if !isLooseUTF8(data[begin:i]) {
					return -1, false
				}
				escaped = true
			}
			return i, escaped
		case '\\':
			escaped = true
			if i = scanEscape(data, i+1); i < 0 {
				return -1, false
			}
		default:
			return -1, false
		}
	}
}

// scanEscape steps over what follows a backslash.
func scanEscape(data []byte, i int) int {
	switch data[i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1
	case 'u':
		for k := 1; k <= 4; k++ {
			if unhex(data[i+k]) > 15 {
				return -1
			}
		}
		return i + 5
	}
	return -1
}

func unhex(c byte) uint16 {
	switch {
	case c-'0' <= 9:
		return uint16(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return uint16(c|0x20-'a') + 10
	}
	return 0xff
}

// isLooseUTF8 tells whether every byte beyond ASCII stands in a sequence of the right length, all that Jackson asks
// for: it reads overlong forms and encoded surrogates.
func isLooseUTF8(b []byte) bool {
	for i := 0; i < len(b); {
		n := looseLength(b[i])
		if n == 0 || i+n > len(b) {
			return false
		}
		for _, c := range b[i+1 : i+n] {
			if c&0xc0 != 0x80 {
				return false
			}
		}
		i += n
	}
	return true
}

func looseLength(c byte) int {
	switch {
	case c < 0x80:
		return 1
	case c&0xe0 == 0xc0:
		return 2
	case c&0xf0 == 0xe0:
		return 3
	case c&0xf8 == 0xf0:
		return 4
	}
	return 0
}

// scanNumber steps over the number that begins at data[i].
func scanNumber(data []byte, i int) (end int, k kind) {
	if data[i] == '-' {
		i++
	}
	switch c := data[i]; {
	case c == '0':
		i++
	case c-'1' < 9:
		for i++; data[i]-'0' <= 9; i++ {
		}
	default:
		return -1, integer
	}
	k = integer
	if data[i] == '.' {
		if k, i = decimal, i+1; data[i]-'0' > 9 {
			return -1, k
		}
		for i++; data[i]-'0' <= 9; i++ {
		}
	}
	if data[i]|0x20 == 'e' {
		k, i = decimal, i+1
		if data[i] == '+' || data[i] == '-' {
			i++
		}
		if data[i]-'0' > 9 {
			return -1, k
		}
		for i++; data[i]-'0' <= 9; i++ {
		}
	}
	return i, k
}

// scanValue steps over the value that begins at data[i] and says what it is. depth is how many lists and objects it
// stands in. What follows the value is not looked at.
func scanValue(data []byte, i, depth int) (v value, end int) {
	v.start = int32(i)
	switch c := data[i]; c {
	case '"':
		v.kind, v.start = text, int32(i+1)
		end, v.escaped = scanString(data, i+1)
		v.end = int32(end)
		if end >= 0 {
			end++
		}
		return v, end
	case '{':
		v.kind = object
		end = scanObject(data, i+1, depth+1)
	case '[':
		v.kind = list
		end = scanList(data, i+1, depth+1)
	case 't':
		v.kind, end = trueValue, scanWord(data, i, "true")
	case 'f':
		v.kind, end = falseValue, scanWord(data, i, "false")
	case 'n':
		v.kind, end = null, scanWord(data, i, "null")
	default:
		end, v.kind = scanNumber(data, i)
	}
	v.end = int32(end)
	return v, end
}

func scanWord(data []byte, i int, word string) int {
	if string(data[i:i+len(word)]) != word {
		return -1
	}
	return i + len(word)
}

func scanList(data []byte, i, depth int) int {
	if depth > maxDepth {
		return -1
	}
	if i = skipBlanks(data, i); data[i] == ']' {
		return i + 1
	}
	for {
		if _, i = scanValue(data, i, depth); i < 0 {
			return -1
		}
		switch i = skipBlanks(data, i); data[i] {
		case ',':
			i = skipBlanks(data, i+1)
		case ']':
			return i + 1
		default:
			return -1
		}
	}
}

func scanObject(data []byte, i, depth int) int {
	if depth > maxDepth {
		return -1
	}
	if i = skipBlanks(data, i); data[i] == '}' {
		return i + 1
	}
	for {
		if _, i = scanName(data, i); i < 0 {
			return -1
		}
		if _, i = scanValue(data, i, depth); i < 0 {
			return -1
		}
		switch i = skipBlanks(data, i); data[i] {
		case ',':
			i = skipBlanks(data, i+1)
		case '}':
			return i + 1
		default:
			return -1
		}
	}
}

// scanName steps over a field's name, the colon and blanks, up to the value.
func scanName(data []byte, i int) (name value, end int) {
	if data[i] != '"' {
		return name, -1
	}
	name, i = scanValue(data, i, 0)
	if i < 0 {
		return name, -1
	}
	if i = skipBlanks(data, i); data[i] != ':' {
		return name, -1
	}
	return name, skipBlanks(data, i+1)
}
