package jsontext

import "bytes"

// Blanks is the place of the next byte from i on that is no blank.
func Blanks(data []byte, i int) int {
	for i < len(data) && (data[i] == ' ' || data[i] == '\n' || data[i] == '\r' || data[i] == '\t') {
		i++
	}
	return i
}

// Outline returns the place behind the value that begins at i, going by quotes and brackets alone, so that it also finds the end
// of one that is broken; -1 if it does not end. A value that is neither a list nor an object ends before a comma, a blank or a
// bracket.
func Outline(data []byte, i int) int {
	depth := 0
	for begin := i; i < len(data); i++ {
		switch c := data[i]; c {
		case '"':
			if i = stringEnd(data, i+1); i < 0 {
				return -1
			}
			if depth == 0 {
				return i + 1
			}
		case '{', '[':
			if depth == 0 && i > begin {
				return i
			}
			depth++
		case '}', ']':
			if depth == 0 {
				return max(i, begin+1)
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',', ' ', '\n', '\r', '\t':
			if depth == 0 {
				return max(i, begin+1)
			}
		}
	}
	if depth == 0 {
		return len(data)
	}
	return -1
}

// stringEnd is the place of the quote that ends a string, -1 if there is none.
func stringEnd(data []byte, i int) int {
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

// Measure counts the values and keys of a text, which need not be JSON, and returns where it nests deeper than Deepest, or -1.
func Measure(data []byte) (values int64, deep int) {
	depth, quoted := 0, false
	for i := 0; i < len(data); i++ {
		switch b := data[i]; {
		case quoted && b == '\\':
			i++
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '{', b == '[':
			values++
			if depth++; depth > Deepest {
				return values, i
			}
		case b == '}', b == ']':
			depth--
		case b == ',', b == ':':
			values++
		}
	}
	return values, -1
}

// Position turns a place into a line and a column, both from 1, the column in bytes.
func Position(data []byte, at int) (line, column int) {
	before := data[:min(max(at, 0), len(data))]
	return bytes.Count(before, []byte("\n")) + 1, len(before) - bytes.LastIndexByte(before, '\n')
}
