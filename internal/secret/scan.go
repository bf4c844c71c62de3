package secret

import "strings"

// A text may be as long as a request, and is looked at each time that it is shown: what may be secret in it is found by steps from one character that it has to
// another, in a time that grows with the length alone.

// named is something with a name, and where its parts are in a text.
type named struct{ name, nameEnd, value, end int }

const (
	blanks = "\t\n\f\r "
	noByte = byte(0)
)

// nextMember finds the name of a member of JSON with its colon, such as an input source has in SQL; end is where its value begins.
func nextMember(text string, from int) (m named, is bool) {
	for {
		begin := strings.IndexByte(text[from:], '"')
		if begin < 0 {
			return m, false
		}
		m.name = from + begin + 1
		end, closed := stringEnd(text, m.name)
		if !closed {
			if end == len(text) {
				return m, false // nor is any that begins behind
			}
			from = end + 1 // behind a backslash that is none of JSON's
			continue
		}
		m.nameEnd = end
		m.end = skip(text, end+1, blanks)
		if byteAt(text, m.end) == ':' {
			m.end = skip(text, m.end+1, blanks)
			return m, true
		}
		from = end // which may be the first one of another
	}
}

// stringEnd is where a text in quotes ends, of which the inside begins at i: at its last quote, or, not closed, at the end or a backslash before a new line.
func stringEnd(text string, i int) (end int, closed bool) {
	for ; i < len(text); i++ {
		switch text[i] {
		case '"':
			return i, true
		case '\\':
			if next := byteAt(text, i+1); next == '\n' {
				return i, false
			}
			i++
		}
	}
	return len(text), false
}

// nextArgument finds a text that is handed to a function of SQL by a name, with its quotes.
func nextArgument(text string, from int) (n named, is bool) {
	for at := from; ; {
		arrow := strings.Index(text[at:], "=>")
		if arrow < 0 {
			return n, false
		}
		arrow += at
		at = arrow + 2
		n.nameEnd = back(text, from, arrow, isBlank)
		if n.nameEnd > from && text[n.nameEnd-1] == '"' {
			n.nameEnd--
		}
		n.name = back(text, from, n.nameEnd, isWord)
		n.value = skip(text, at, blanks)
		if n.name == n.nameEnd || byteAt(text, n.value) != '\'' {
			continue
		}
		if n.end, is = quoteEnd(text, n.value+1); is {
			return n, true
		}
	}
}

// quoteEnd is what follows on a text of SQL of which the inside begins at i: its quotes are there twice. One that does not end ends at the last of these.
func quoteEnd(text string, i int) (end int, is bool) {
	for ; i < len(text); i++ {
		if text[i] != '\'' {
			continue
		}
		if end, is = i+1, true; byteAt(text, i+1) != '\'' {
			return end, true
		}
		i++
	}
	return end, is
}

// nextOption finds an option of a login module of Java.
func nextOption(text string, from int) (n named, is bool) {
	for at := from; ; {
		sign := strings.IndexByte(text[at:], '=')
		if sign < 0 {
			return n, false
		}
		sign += at
		at = sign + 1
		n.nameEnd = back(text, from, sign, isBlank)
		n.name = back(text, from, n.nameEnd, isWord)
		if n.name == n.nameEnd {
			continue
		}
		n.value = skip(text, at, blanks)
		switch byteAt(text, n.value) {
		case '"':
			n.end = optionEnd(text, n.value+1)
		case '\'':
			if n.end = len(text); strings.IndexByte(text[n.value+1:], '\'') >= 0 {
				n.end = n.value + 2 + strings.IndexByte(text[n.value+1:], '\'')
			}
		default:
			n.end = n.value
			for n.end < len(text) && strings.IndexByte(blanks+";\"'", text[n.end]) < 0 {
				n.end++
			}
		}
		if n.end > n.value {
			return n, true
		}
	}
}

// optionEnd is what follows on a value in quotes of which the inside begins at i, which need not end.
func optionEnd(text string, i int) int {
	for ; i < len(text); i++ {
		switch text[i] {
		case '"':
			return i + 1
		case '\\':
			if i++; i == len(text) {
				return i - 1
			}
		}
	}
	return len(text)
}

// skip is the first place from i on where none of some characters is.
func skip(text string, i int, chars string) int {
	for i < len(text) && strings.IndexByte(chars, text[i]) >= 0 {
		i++
	}
	return i
}

// back is where the run of such characters begins that ends at a place, no further back than from.
func back(text string, from, end int, is func(byte) bool) int {
	for end > from && is(text[end-1]) {
		end--
	}
	return end
}

func isBlank(c byte) bool { return strings.IndexByte(blanks, c) >= 0 }

func isWord(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// byteAt is a byte of a text; noByte behind its end.
func byteAt(text string, i int) byte {
	if i < len(text) {
		return text[i]
	}
	return noByte
}
