package schedule

import (
	"time"

	"ovate/internal/calendar"
)

// month is how long one is, and the day of the week with which it begins, Sunday being 0.
type month struct{ length, first int }

func monthOf(year int, m time.Month) month {
	first := calendar.Weekday(calendar.Days(int64(year), int(m), 1)) % 7
	return month{calendar.DaysInMonth(int64(year), int(m)), int(first)}
}

// all are its days: bit n is day n.
func (m month) all() uint64 { return 1<<(m.length+1) - 2 }

func (m month) weekday(day int) int { return (m.first + day - 1) % 7 }

// firstOf is the first day that is a day of the week.
func (m month) firstOf(weekday int) int { return (weekday-m.first+7)%7 + 1 }

// bit is a day, if the month has it.
func (m month) bit(day int) uint64 {
	if day < 1 || day > m.length {
		return 0
	}
	return 1 << day
}

// monthDays is what the field of the day of the month tells.
type monthDays struct {
	free, open bool // free: every day; open: as it says ?, the other field tells
	days       uint64
	special    term // by which the days differ from month to month
}

func daysOfMonth(terms []term) monthDays {
	d := monthDays{days: bitsOf(terms, 1, 31)}
	if len(terms) == 1 {
		d.special, d.open = terms[0], terms[0].mark == open
		d.free = d.open || terms[0].mark == every
	}
	return d
}

func (d *monthDays) in(m month) uint64 {
	switch t := d.special; t.mark {
	case last:
		return m.bit(m.length - t.to)
	case lastWeekday:
		return m.bit(m.length - max(0, (m.weekday(m.length)+6)%7-4))
	case nearest:
		return m.bit(t.from) >> t.from << m.nearestTo(t.from)
	}
	return d.days & m.all()
}

// nearestTo is the day from Monday to Friday that is the nearest to a day; the last day, if it is a Sunday, stays.
func (m month) nearestTo(day int) int {
	switch weekday := m.weekday(day); {
	case weekday == 6 && day == 1:
		return 3
	case weekday == 6:
		return day - 1
	case weekday == 0 && day < m.length:
		return day + 1
	}
	return day
}

// weekDays is what the field of the day of the week tells.
type weekDays struct {
	free, open bool
	days       uint8  // bit 0 is Sunday
	special    []term // by which the days differ from month to month, with Sunday as 0
}

func daysOfWeek(terms []term, quartz bool) (d weekDays) {
	one := 0
	if quartz {
		one = 1 // is Sunday
	}
	for _, t := range terms {
		switch t.mark {
		case every, open:
			d.open = d.open || t.mark == open && len(terms) == 1
			d.free = d.free || len(terms) == 1
			if t.mark == every {
				d.days = 1<<7 - 1
			}
		case last, nth:
			if t.from < 0 { // L alone
				d.days |= 1 << 6
				continue
			}
			t.from = (t.from - one + 7) % 7
			d.special = append(d.special, t)
		default:
			to := t.to
			if t.to < t.from && t.to > 0 {
				to += 7
			}
			for v := t.from; v <= to; v += t.step {
				d.days |= 1 << ((v - one + 7) % 7)
			}
		}
	}
	return d
}

func (d *weekDays) in(m month) (days uint64) {
	for day := 1; day <= m.length; day++ {
		if d.days>>m.weekday(day)&1 == 1 {
			days |= 1 << day
		}
	}
	for _, t := range d.special {
		first := m.firstOf(t.from)
		if t.mark == nth {
			days |= m.bit(first + (t.to-1)*7)
		} else {
			days |= m.bit(first + (m.length-first)/7*7)
		}
	}
	return days
}
