package table

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// endOfFile is the character by which DOS ended text files.
const endOfFile = 0x1a

// tellUnseen notes a line that is taken for blank, but has something else than blanks in it that nobody sees, such as a form feed.
func (f *fields) tellUnseen(text []byte, line int64) {
	rest := bytes.Trim(text, " \t\r\n")
	if len(rest) == 0 || rest[0] == endOfFile && text[len(text)-1] != f.Break {
		return
	}
	r, _ := utf8.DecodeRune(rest)
	f.in.tell(line, fmt.Sprintf("has nothing in it but the character %U, and is left out as blank", r))
}

// findNUL refuses the row at hand if it has a NUL byte, which no text has: what wrote it was cut off, or wrote something else.
func (f *fields) findNUL(row []byte) {
	place := bytes.IndexByte(row, 0)
	if place < 0 {
		return
	}
	f.why = fmt.Sprintf("has a NUL byte, the %s byte of the line", ordinal(place+1))
	f.bad = slices.IndexFunc(f.cells, func(c Cell) bool { return bytes.IndexByte(c.Raw, 0) >= 0 })
}

// hasReturn tells whether a field without quotes has a carriage return in it.
func hasReturn(c Cell) bool { return c.Kind == Text && bytes.IndexByte(c.Raw, '\r') >= 0 }

// shown is a value as people are told it.
func shown(raw []byte) string {
	const most = 80
	text := strings.ToValidUTF8(string(raw[:min(len(raw), most)]), "\ufffd")
	if len(raw) > most {
		return text + "…"
	}
	return text
}
