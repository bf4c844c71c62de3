package moment

import "ovate/internal/calendar"

// yearFirst reads what follows a year.
func (c *cursor) yearFirst(d *date, strict bool) bool {
	d.m, d.d = 1, 1
	switch at := c.peek(); {
	case at == 0:
		d.kind, d.partial = isoYear, true
		return !strict
	case at|0x20 == 'q':
		return c.quarter(d)
	case at|0x20 == 'm': // 2024M01
		c.i++
		n, digits := c.number(2)
		d.kind, d.partial, d.m = odd, true, int(n)
		return digits == 2 && n >= 1 && n <= 12
	case at >= 0x80:
		return c.marked(d)
	case at == '-' || at == '/' || at == '.' || at == ' ':
		d.separator = at
		c.i++
		return c.afterYear(d)
	}
	return false
}

// afterYear reads what follows a year and a separator.
func (c *cursor) afterYear(d *date) bool {
	switch next := c.peek() | 0x20; {
	case d.separator == ' ' && c.peek()-'0' <= 9:
		return false
	case next == 'q':
		return c.quarter(d)
	case next == 'w' && d.separator == '-':
		return c.week(d)
	case next >= 'a' && next <= 'z':
		return c.namedMonth(d)
	}
	n, digits := c.number(3)
	switch {
	case digits == 3 && d.separator == '-':
		return d.dayOfYear(n)
	case digits == 0 || digits == 3:
		return false
	}
	d.irregular = d.irregular || digits != 2
	d.m = int(n)
	if !c.skip(d.separator) {
		d.kind, d.partial = isoMonth, true
		d.irregular = d.irregular || d.separator != '-'
		return digits == 2 && d.separator != '.' && n >= 1 && n <= 12
	}
	n, digits = c.number(2)
	d.irregular = d.irregular || digits != 2
	d.kind, d.d = isoDay, int(n)
	return digits > 0
}

// namedMonth reads a month's name after a year, and the day if there is one: 2024-Jan-15.
func (c *cursor) namedMonth(d *date) bool {
	if d.m = month(c.name()); d.m == 0 {
		return false
	}
	d.kind = odd
	if d.partial = !c.skip(d.separator); d.partial {
		return true
	}
	n, digits := c.number(2)
	d.d = int(n)
	return digits > 0
}

// dayOfYear is the day of so many days of the year: 2024-015.
func (d *date) dayOfYear(n int64) bool {
	d.kind = odd
	days := int64(365)
	if calendar.IsLeap(d.y) {
		days++
	}
	if n < 1 || n > days {
		return false
	}
	_, d.m, d.d = calendar.FromDays(calendar.Days(d.y, 1, 1) + n - 1)
	return true
}

func (c *cursor) quarter(d *date) bool {
	c.i++
	n, digits := c.number(1)
	d.kind, d.partial, d.m, d.d = odd, true, int(n)*3-2, 1
	return digits == 1 && n >= 1 && n <= 4
}

// quarterFirst reads what follows the Q of Q1 2024.
func (c *cursor) quarterFirst(d *date) bool {
	n, digits := c.number(1)
	d.kind, d.partial, d.m, d.d = odd, true, int(n)*3-2, 1
	if digits != 1 || n < 1 || n > 4 || c.separators(" -/") != 1 {
		return false
	}
	d.y, digits = c.number(4)
	return digits == 4
}

// week reads the week and perhaps the day of it.
func (c *cursor) week(d *date) bool {
	c.i++
	week, digits := c.number(2)
	start := calendar.WeekYearStart(d.y)
	if digits != 2 || week < 1 || start+7*(week-1) >= calendar.WeekYearStart(d.y+1) {
		return false
	}
	day := int64(1)
	if c.skip('-') {
		if day, digits = c.number(1); digits == 0 || day < 1 || day > 7 {
			return false
		}
	}
	d.kind = odd
	d.y, d.m, d.d = calendar.FromDays(start + 7*(week-1) + day - 1)
	return true
}
