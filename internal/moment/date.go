package moment

// dateKind is in which way a date is written.
type dateKind uint8

const (
	isoDay   dateKind = iota // 2024-01-15, also with slashes or dots
	isoMonth                 // 2024-01
	isoYear                  // 2024
	odd                      // 2024-015, 2024-W03-1, 2024-Q1, 01/2024
	numbers                  // 15/01/2024, 1/15/24
	dayMonth                 // 15 Jan 2024
	monthDay                 // Jan 15, 2024
	compact                  // 20240115
)

type date struct {
	kind      dateKind
	y         int64 // of all kinds but numbers
	m, d      int
	n         [3]int64 // numbers
	long      bool     // the last of the numbers has four digits
	separator byte     // between the parts
	weekday   int      // that it says, Monday being 1; 0 if it says none
	yearLast  bool     // the year comes after the time
	irregular bool     // something about it is unusual, so that a pattern would not read it
	partial   bool     // it has no day
	marked    bool     // each part has a sign behind it that says which it is
	apache    bool     // a colon comes before the time
}

// in is the date if its numbers are in the order.
func (d *date) in(o Order) (y int64, m, day int, ok bool) {
	if d.kind != numbers {
		return d.y, d.m, d.d, true
	}
	switch {
	case o == MonthFirst:
		return d.year(d.n[2]), int(d.n[0]), int(d.n[1]), d.separator != '.'
	case o == DayFirst:
		return d.year(d.n[2]), int(d.n[1]), int(d.n[0]), true
	}
	return d.year(d.n[0]), int(d.n[1]), int(d.n[2]), !d.long && d.separator != '.'
}

// year makes of two digits a year from 1969 to 2068, as POSIX has it.
func (d *date) year(n int64) int64 {
	switch {
	case d.long:
		return n
	case n < 69:
		return 2000 + n
	}
	return 1900 + n
}

// date reads a date in any form.
func (c *cursor) date(d *date) bool {
	if word := c.name(); len(word) > 0 {
		if len(word) == 1 && word[0]|0x20 == 'q' { // Q1 2024
			return c.quarterFirst(d)
		}
		if d.weekday = weekday(word); d.weekday > 0 {
			d.irregular = true
			c.skip('.')
			c.skip(',')
			if string(word) == "quarta" || string(word) == "quinta" || string(word) == "segunda" || string(word) == "terça" || string(word) == "sexta" {
				c.skipText("-feira")
				c.skip(',')
			}
			if c.blanks() == 0 {
				return false
			}
			word = c.name()
		}
		if len(word) > 0 {
			if d.m = month(word); d.m == 0 {
				return false
			}
			d.irregular = d.irregular || !isUsual(word, d.m)
			return c.monthFirst(d)
		}
	}
	begin := c.i
	negative := c.skip('-')
	if !negative && c.skip('+') {
		d.irregular = true
	}
	signed := c.i > begin
	n, digits := c.number(9)
	switch {
	case digits >= 4 && (digits <= 6 || signed) && digits != 8:
		d.y = n
		if negative {
			d.y = -n
			d.irregular = true
		}
		return c.yearFirst(d, signed || digits > 4)
	case signed || digits == 0:
		return false
	case digits == 8:
		d.kind, d.y, d.m, d.d = compact, n/10000, int(n/100%100), int(n%100)
		return c.i < len(c.b) // digits alone are a number
	case digits <= 2:
		return c.small(d, n, digits)
	}
	return false
}

// monthFirst reads what follows a month's name: Jan 15, 2024, Jan 2024, Jan 15 10:20:30 2024.
func (c *cursor) monthFirst(d *date) bool {
	d.kind, d.d = monthDay, 1
	if c.skip('.') {
		d.irregular = true
	}
	d.separator = c.peek()
	if n := c.separators("-/, "); n != 1 {
		d.irregular = true
		if n == 0 {
			return false
		}
	}
	c.of()
	n, digits := c.number(4)
	if digits == 4 {
		d.kind, d.y, d.partial = odd, n, true
		return true
	}
	if digits == 0 || digits > 2 {
		return false
	}
	d.d = int(n)
	c.ordinal(d)
	if d.separator == ' ' && c.peek() == ',' { // Jan 15, 2024
		d.separator = ','
		c.i++
		d.irregular = c.blanks() != 1 || d.irregular
	} else if n := c.separators("-/, "); n != 1 || c.b[c.i-1] != d.separator {
		d.irregular = true
		if n == 0 {
			return false
		}
	}
	if c.i+2 < len(c.b) && (c.b[c.i+1] == ':' || c.b[c.i+2] == ':') {
		d.yearLast = true
		return true
	}
	d.y = c.year()
	return d.y >= 0
}

// small reads what follows one or two digits: 15/01/2024, 15 Jan 2024.
func (c *cursor) small(d *date, n int64, digits int) bool {
	first := n
	if digits == 2 || digits == 1 {
		c.ordinal(d)
	}
	d.separator = c.peek()
	skipped := c.separators("-/. ")
	if word := c.name(); len(word) > 0 {
		if isOf(word) && c.blanks() == 1 {
			word = c.name()
		}
		d.kind, d.d = dayMonth, int(first)
		if d.m = month(word); d.m == 0 {
			return false
		}
		d.irregular = d.irregular || skipped != 1 || !isUsual(word, d.m)
		if c.skip('.') {
			d.irregular = true
		}
		at := c.peek()
		if n := c.separators("-/, "); n != 1 || at != d.separator {
			d.irregular = true
		}
		c.of()
		d.y = c.year()
		d.apache = d.separator == '/'
		return d.y >= 0
	}
	if skipped != 1 || d.separator == ' ' {
		return false
	}
	second, digits := c.number(4)
	switch {
	case digits == 4 && d.separator == '/' && first >= 1 && first <= 12: // 01/2024
		d.kind, d.partial, d.y, d.m, d.d = odd, true, second, int(first), 1
		return true
	case digits == 0 || digits > 2 || !c.skip(d.separator):
		return false
	}
	third, digits := c.number(4)
	if digits != 4 && digits != 2 {
		return false
	}
	d.kind, d.n, d.long = numbers, [3]int64{first, second, third}, digits == 4
	return true
}

// year reads a year of four digits, or of two as one near the present. It is negative if there is none.
func (c *cursor) year() int64 {
	switch n, digits := c.number(4); digits {
	case 4:
		return n
	case 2:
		c.short = true
		return (&date{}).year(n)
	}
	return -1
}

// ordinal steps over the letters of 1st, 2nd, 3rd, 4th, 1er, 1º.
func (c *cursor) ordinal(d *date) {
	if c.i+2 > len(c.b) {
		return
	}
	switch string(c.b[c.i : c.i+2]) {
	case "st", "nd", "rd", "th", "er", "º":
		if c.i+2 == len(c.b) || !isLetter(c.b[c.i+2]) {
			d.irregular = true
			c.i += 2
		}
	}
}

var monthNames = [...]string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}

// isUsual tells whether Joda-Time reads the name, too: all of it or three letters, of one case but for the first.
func isUsual(word []byte, m int) bool {
	if name := monthNames[m-1]; !equalFold(word, name) && !equalFold(word, name[:3]) {
		return false
	}
	upper := 0
	for _, c := range word {
		if c&0x20 == 0 {
			upper++
		}
	}
	return upper == 0 || upper == len(word) || upper == 1 && word[0]&0x20 == 0
}
