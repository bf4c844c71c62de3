package moment

// cursor goes through a text.
type cursor struct {
	b     []byte
	i     int
	short bool // a year of two digits was read
}

// peek is the next byte, 0 at the end.
func (c *cursor) peek() byte {
	if c.i < len(c.b) {
		return c.b[c.i]
	}
	return 0
}

// skip steps over a byte if it is the next one.
func (c *cursor) skip(b byte) bool {
	if c.i < len(c.b) && c.b[c.i] == b {
		c.i++
		return true
	}
	return false
}

// number reads digits, and none if there are more than so many.
func (c *cursor) number(most int) (n int64, digits int) {
	for c.i+digits < len(c.b) && c.b[c.i+digits]-'0' <= 9 {
		if digits == most {
			return 0, 0
		}
		n = n*10 + int64(c.b[c.i+digits]-'0')
		digits++
	}
	c.i += digits
	return n, digits
}

// word reads letters.
func (c *cursor) word() []byte {
	begin := c.i
	for c.i < len(c.b) && isLetter(c.b[c.i]) {
		c.i++
	}
	return c.b[begin:c.i]
}

// name reads letters of any language.
func (c *cursor) name() []byte {
	begin := c.i
	for c.i < len(c.b) && (isLetter(c.b[c.i]) || c.b[c.i] >= 0x80) {
		c.i++
	}
	return c.b[begin:c.i]
}

// separators steps over bytes of a set and counts them.
func (c *cursor) separators(set string) (n int) {
	for c.i < len(c.b) {
		found := false
		for k := range len(set) {
			found = found || set[k] == c.b[c.i]
		}
		if !found {
			break
		}
		c.i++
		n++
	}
	return n
}

func (c *cursor) blanks() int { return c.separators(" ") }

func isLetter(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' }

// equalFold compares letters with lower-case ones, whatever their case.
func equalFold(b []byte, lower string) bool {
	if len(b) != len(lower) {
		return false
	}
	for i := range b {
		if b[i]|0x20 != lower[i] {
			return false
		}
	}
	return true
}
