package moment

// clock is a time of day.
type clock struct {
	millis    int64
	given     bool
	seconds   bool
	digits    int  // of a fraction of a second
	half      bool // AM or PM
	finer     bool
	endsDay   bool // it is 24:00
	comma     bool // before a fraction of a second
	joint     byte // between the date and it
	irregular bool
}

// clock reads the time of day after a date, if there is one.
func (c *cursor) clock(d *date, t *clock) bool {
	begin := c.i
	if t.joint = c.peek(); t.joint == 0 || d.partial {
		return true
	}
	if !c.joint(d, t) {
		return true // perhaps a zone
	}
	hour, digits := c.number(6)
	switch {
	case digits == 0:
		c.i = begin // perhaps a zone
		t.joint = 0
		return true
	case digits == 4 || digits == 6:
		return c.compactClock(d, t, hour, digits)
	case digits > 2:
		return false
	}
	t.given = true
	if d.marked && c.mark("時", "时", "点", "點", "시") {
		return c.markedClock(t, hour)
	}
	t.irregular = t.irregular || digits != 2
	minute, second, ok := c.minutes(t, digits)
	return ok && c.halfday(t, &hour) && t.set(hour, minute, second)
}

// joint steps over what stands between the date and the time of day, and tells whether anything does.
func (c *cursor) joint(d *date, t *clock) bool {
	switch {
	case d.marked && c.peek()-'0' <= 9:
		t.joint = ' '
	case d.yearLast: // what comes before the time has been read
		t.joint = ' '
	case t.joint|0x20 == 't':
		t.irregular = t.joint == 't'
		c.i++
	case t.joint == ':' && d.apache:
		c.i++
	case t.joint == '-' && d.kind == isoDay && c.dotted(c.i+1): // as DB2 writes it
		t.irregular = true
		c.i++
	default:
		n := c.separators(" ,")
		t.irregular = n > 0 && (n > 1 || t.joint != ' ')
		return n > 0
	}
	return true
}

// compactClock takes a number of so many digits for a time of day: 1020, 102030.
func (c *cursor) compactClock(d *date, t *clock, n int64, digits int) bool {
	if t.joint|0x20 != 't' && d.kind != compact {
		return false
	}
	if digits == 4 {
		n *= 100
	}
	t.irregular, t.given, t.seconds = true, true, digits == 6
	return c.fraction(t) && t.set(n/10000, n/100%100, n%100)
}

// minutes reads what follows an hour of so many digits: minutes and perhaps seconds, or nothing where the hour alone is a time.
func (c *cursor) minutes(t *clock, digits int) (minute, second int64, ok bool) {
	sign := byte(':')
	switch at := c.peek(); {
	case at == '.' && c.dotted(c.i-digits), at|0x20 == 'h' && c.i+1 < len(c.b) && c.b[c.i+1]-'0' <= 9:
		t.irregular, sign = true, at
	}
	if !c.skip(sign) {
		t.irregular = true
		return 0, 0, t.joint|0x20 == 't' || c.isHalf()
	}
	if minute, digits = c.number(2); digits != 2 {
		return 0, 0, false
	}
	if sign|0x20 == 'h' {
		sign = ':'
	}
	if !c.skip(sign) {
		return minute, 0, true
	}
	if second, digits = c.number(2); digits != 2 {
		return 0, 0, false
	}
	t.seconds = true
	return minute, second, c.fraction(t)
}

// dotted tells whether two numbers of two digits come at a place with a point between them, as in 10.15.
func (c *cursor) dotted(at int) bool {
	if at+5 > len(c.b) || c.b[at+2] != '.' {
		return false
	}
	_, hour := pair(c.b, at)
	_, minute := pair(c.b, at+3)
	return hour && minute
}

func (t *clock) set(hour, minute, second int64) bool {
	t.millis += (hour*60+minute)*60_000 + second*1000
	if hour == 24 && minute == 0 && second == 0 && t.digits == 0 { // the end of the day, as ISO has it
		t.irregular, t.endsDay = true, true
		return true
	}
	return hour < 24 && minute < 60 && second < 60
}

// fraction reads digits after a second's point.
func (c *cursor) fraction(t *clock) bool {
	if c.peek() != '.' && c.peek() != ',' {
		return true
	}
	t.comma = c.peek() == ','
	t.irregular = t.irregular || t.comma
	c.i++
	unit := int64(100)
	for ; c.i < len(c.b) && c.b[c.i]-'0' <= 9; c.i++ {
		digit := int64(c.b[c.i] - '0')
		t.millis += digit * unit
		t.finer = t.finer || unit == 0 && digit != 0
		unit /= 10
		t.digits++
	}
	return t.digits > 0
}

// isHalf tells whether AM or PM comes next.
func (c *cursor) isHalf() bool {
	at := *c
	return at.halfday(&clock{}, new(int64(1))) && at.i > c.i
}

// halfday reads AM or PM, if it is there.
func (c *cursor) halfday(t *clock, hour *int64) bool {
	begin := c.i
	blanks := c.blanks()
	half := c.peek() | 0x20
	if half != 'a' && half != 'p' {
		c.i = begin
		return true
	}
	c.i++
	if c.skip('.') {
		t.irregular = true
	}
	if c.peek()|0x20 != 'm' {
		c.i = begin // perhaps a zone
		return true
	}
	c.i++
	t.irregular = t.irregular || (c.b[c.i-1]^c.b[c.i-2])&0x20 != 0
	c.skip('.')
	if isLetter(c.peek()) {
		c.i = begin
		return true
	}
	t.half = true
	t.irregular = t.irregular || blanks != 1
	if *hour < 1 || *hour > 12 {
		return false
	}
	if *hour %= 12; half == 'p' {
		*hour += 12
	}
	return true
}
