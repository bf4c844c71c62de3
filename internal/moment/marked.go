package moment

import "unicode/utf8"

// wideByte is the first of the bytes of signs that are as wide as a Chinese character: ２０２４－０１－０５.
const wideByte = 0xef

// narrow appends a text with the usual signs instead of wide ones.
func narrow(dst, b []byte) []byte {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch {
		case r > 0xff00 && r < 0xff5f:
			dst = append(dst, byte(r-0xff00+' '))
		case r == '\u3000': // a wide blank
			dst = append(dst, ' ')
		default:
			dst = append(dst, b[:n]...)
		}
		b = b[n:]
	}
	return dst
}

// skipText steps over a text if it comes next.
func (c *cursor) skipText(text string) bool {
	if len(c.b)-c.i < len(text) || string(c.b[c.i:c.i+len(text)]) != text {
		return false
	}
	c.i += len(text)
	return true
}

// mark steps over one of some signs, and blanks behind it.
func (c *cursor) mark(signs ...string) bool {
	for _, sign := range signs {
		if c.skipText(sign) {
			c.blanks()
			return true
		}
	}
	return false
}

// marked reads what follows the year of a Chinese, Japanese or Korean date: 2024年1月5日.
func (c *cursor) marked(d *date) bool {
	d.kind, d.irregular, d.marked = odd, true, true
	if !c.mark("年", "년") {
		return false
	}
	n, digits := c.number(2)
	if d.partial = digits == 0; d.partial {
		return c.i == len(c.b)
	}
	if d.m = int(n); !c.mark("月", "월") || n < 1 || n > 12 {
		return false
	}
	n, digits = c.number(2)
	if d.partial = digits == 0; d.partial {
		return c.i == len(c.b)
	}
	d.d = int(n)
	return c.mark("日", "号", "號", "일")
}

// markedClock reads what follows the hour of such a time of day: 10時11分12秒.
func (c *cursor) markedClock(t *clock, hour int64) bool {
	t.irregular = true
	minute, digits := c.number(2)
	if digits > 0 && !c.mark("分", "분") {
		return false
	}
	var second int64
	if digits > 0 {
		if second, digits = c.number(2); digits > 0 {
			t.seconds = true
			if !c.fraction(t) || !c.mark("秒", "초") {
				return false
			}
		}
	}
	return t.set(hour, minute, second)
}
