package metadata

import (
	"bytes"
	"encoding/json"

	"ovate/internal/jsontext"
)

// Texts keeps one copy of each text that many rows share (data sources, types, hosts), so that reading a long list
// does not make them again for each row. It is not for concurrent use.
type Texts map[string]string

// maxTexts bounds what Texts remembers; beyond it the texts are evidently not the shared ones.
const maxTexts = 4096

// Of returns b as a string.
func (t Texts) Of(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if s, ok := t[string(b)]; ok {
		return s
	}
	if len(t) >= maxTexts {
		clear(t)
	}
	s := string(b)
	t[s] = s
	return s
}

// cursor walks the payload of a row that was written without blanks and with its keys in Druid's order, as Java and this
// project write it. bad is set where the payload is not of that form; it is then for a general decoder.
type cursor struct {
	rest  []byte
	texts Texts
	bad   bool
}

// next skips a text if it comes next, and tells whether it did.
func (c *cursor) next(text string) bool {
	if c.bad || len(c.rest) < len(text) || string(c.rest[:len(text)]) != text {
		return false
	}
	c.rest = c.rest[len(text):]
	return true
}

// skip skips a text that must come next.
func (c *cursor) skip(text string) {
	if !c.next(text) {
		c.bad = true
	}
}

// maxText bounds the texts that a cursor looks for the end of.
const maxText = 10_000

// text reads a quoted text of plain ASCII. Any other, and a very long one, is left to the general decoder.
func (c *cursor) text() []byte {
	c.skip(`"`)
	for i, b := range c.rest[:min(len(c.rest), maxText)] {
		if b == '"' {
			text := c.rest[:i]
			c.rest = c.rest[i+1:]
			return text
		}
		if b < ' ' || b > '~' || b == '\\' {
			break
		}
	}
	c.bad = true
	return nil
}

func (c *cursor) textOrNull() []byte {
	if c.next(`null`) {
		return nil
	}
	return c.text()
}

// number reads an integer of at most 18 digits, which cannot overflow.
func (c *cursor) number() int64 {
	digits := c.rest
	negative := len(digits) > 0 && digits[0] == '-'
	if negative {
		digits = digits[1:]
	}
	var n int64
	i := 0
	for ; i < len(digits) && digits[i] >= '0' && digits[i] <= '9'; i++ {
		n = n*10 + int64(digits[i]-'0')
	}
	if c.bad || i == 0 || i > 18 || (digits[0] == '0' && i > 1) {
		c.bad = true
		return 0
	}
	c.rest = digits[i:]
	if negative {
		return -n
	}
	return n
}

// value reads any JSON value and returns a copy of it.
func (c *cursor) value() json.RawMessage {
	s := jsontext.Scanner{Data: c.rest}
	n := s.Value(0, 0)
	if c.bad || n < 0 {
		c.bad = true
		return nil
	}
	value := bytes.Clone(c.rest[:n])
	c.rest = c.rest[n:]
	return value
}
