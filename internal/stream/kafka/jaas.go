package kafka

import (
	"errors"
	"fmt"
	"strings"
)

// login is what sasl.jaas.config says: one login module of Java with its options.
type login struct {
	module  string
	options map[string]string
}

// parseJAAS reads what Java's client takes for sasl.jaas.config, letter by letter: MODULE required NAME="VALUE" ...; with comments as in Java. Errors show no
// value, as there may be a password in it, and nothing else that stands where one may stand.
func parseJAAS(text string) (login, error) {
	r := jaasReader{text: text}
	module := r.next()
	if module.kind != word {
		return login{}, errors.New("must begin with the name of a login module, such as org.apache.kafka.common.security.plain.PlainLoginModule")
	}
	if flag := r.next(); flag.kind != word || !isControlFlag(flag.text) {
		return login{}, errors.New("must have the word required behind the name of the login module")
	}
	l := login{module.text, map[string]string{}}
	for n := 1; ; n++ {
		switch name := r.next(); {
		case name.kind == mark && name.text == ";":
			if r.next().kind != end {
				return login{}, errors.New("must have one login module alone, and end with its semicolon")
			}
			return l, nil
		case name.kind == end:
			return login{}, errors.New("must end with a semicolon, and its quotes must be closed on the same line")
		case name.kind != word:
			return login{}, fmt.Errorf("has a character that cannot stand before the name of option %d: options are NAME=\"VALUE\", with blanks between them, and values with other characters than letters, digits, -, _, $ and . need quotes", n)
		default:
			equals, value := r.next(), r.next()
			if equals.kind != mark || equals.text != "=" || value.kind != word {
				return login{}, fmt.Errorf("has no value for option %d: options are NAME=\"VALUE\", and values need quotes that begin with no letter", n)
			}
			l.options[name.text] = value.text
		}
	}
}

// isControlFlag tells whether a word is one of those that say what comes of a module that fails, of which there is one here anyway.
func isControlFlag(word string) bool {
	for _, flag := range []string{"required", "requisite", "sufficient", "optional"} {
		if strings.EqualFold(word, flag) {
			return true
		}
	}
	return false
}

// token is a piece of what parseJAAS reads.
type token struct {
	kind tokenKind
	text string
}

type tokenKind int

const (
	end    tokenKind = iota
	word             // text, with quotes or without
	number           // what begins like a number, and has no quotes: Java takes it for none of the others
	mark             // one other character
)

// jaasReader goes through a text as java.io.StreamTokenizer does.
type jaasReader struct {
	text string
	i    int
}

func (r *jaasReader) next() token {
	r.skip()
	if r.i == len(r.text) {
		return token{}
	}
	begin := r.i
	switch c := r.text[r.i]; {
	case c == '"' || c == '\'':
		return token{word, r.quoted(c)}
	case isWordByte(c):
		for r.i < len(r.text) && isWordByte(r.text[r.i]) {
			r.i++
		}
		if c == '-' || c == '.' || c >= '0' && c <= '9' {
			return token{kind: number}
		}
		return token{word, r.text[begin:r.i]}
	default:
		r.i++
		return token{mark, r.text[begin:r.i]}
	}
}

// skip goes past blanks and comments: from /* to */, and from any other slash to the end of its line.
func (r *jaasReader) skip() {
	for r.i < len(r.text) {
		switch rest := r.text[r.i:]; {
		case rest[0] <= ' ':
			r.i++
		case strings.HasPrefix(rest, "/*"):
			r.past("*/", 2)
		case rest[0] == '/':
			r.past("\n", 1)
		default:
			return
		}
	}
}

// past goes behind the next one of a text that begins so many bytes from here, or to the end.
func (r *jaasReader) past(text string, from int) {
	if i := strings.Index(r.text[r.i+from:], text); i >= 0 {
		r.i += from + i + len(text)
	} else {
		r.i = len(r.text)
	}
}

// quoted reads what begins with a quote; it ends with the next one, or with its line.
func (r *jaasReader) quoted(quote byte) string {
	var b strings.Builder
	for r.i++; r.i < len(r.text); r.i++ {
		switch c := r.text[r.i]; {
		case c == '\n' || c == '\r':
			return b.String()
		case c == quote:
			r.i++
			return b.String()
		case c == '\\' && r.i+1 < len(r.text):
			r.i++
			r.escaped(&b)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// escaped reads what stands behind a backslash, up to the last byte of it: three octal digits at most, the first below 4 if there are three, or one byte.
func (r *jaasReader) escaped(b *strings.Builder) {
	c := r.text[r.i]
	if c >= '0' && c <= '7' {
		most := 2
		if c <= '3' {
			most = 3
		}
		value := rune(c - '0')
		for n := 1; n < most && r.i+1 < len(r.text) && r.text[r.i+1] >= '0' && r.text[r.i+1] <= '7'; n++ {
			r.i++
			value = value*8 + rune(r.text[r.i]-'0')
		}
		b.WriteRune(value)
		return
	}
	if i := strings.IndexByte("abfnrtv", c); i >= 0 {
		c = "\a\b\f\n\r\t\v"[i]
	}
	b.WriteByte(c)
}

// isWordByte tells whether a byte is one of a word without quotes; all of what is not ASCII is.
func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-_$.", c) >= 0 || c >= 0x80
}
