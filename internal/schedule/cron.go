package schedule

import (
	"errors"
	"fmt"
	"math/bits"
	"strings"
	"time"
)

// cron is one expression.
type cron struct {
	seconds, minutes, hours, months uint64 // bit n is set if n is among them
	years                           []term // nil: all
	dayOfMonth                      monthDays
	dayOfWeek                       weekDays
	everyHour                       bool
}

// parseOne reads an expression that nothing divides but blanks.
func parseOne(text string, fields []field) (c *cron, odd string, err error) {
	words := strings.FieldsFunc(strings.ToUpper(strings.TrimFunc(text, func(r rune) bool { return r <= ' ' })), isBlank)
	first := 0
	if fields[0].name != "second" {
		first = 1 // as if the fields of quartz were there, of which one is 0
	}
	most := len(fields)
	switch {
	case len(words) == 0:
		return nil, "", errors.New("it is empty")
	case first == 1 && len(words) != most:
		return nil, "", fmt.Errorf("it has %d fields, but must have %d: %s", len(words), most, names(fields))
	case first == 0 && len(words) != most && len(words) != most-1:
		return nil, "", fmt.Errorf("it has %d fields, but must have %d or %d: %s", len(words), most-1, most, names(fields))
	}
	var all [7][]term
	if first == 1 {
		all[0] = []term{{step: 1}}
	}
	for i, word := range words {
		var note string
		if all[first+i], note, err = fields[i].parse(word); err != nil {
			return nil, "", err
		}
		if odd == "" {
			odd = note
		}
	}
	c = &cron{
		seconds: bitsOf(all[0], 0, 59), minutes: bitsOf(all[1], 0, 59), hours: bitsOf(all[2], 0, 23), months: bitsOf(all[4], 1, 12),
		dayOfMonth: daysOfMonth(all[3]), dayOfWeek: daysOfWeek(all[5], first == 0), years: all[6],
	}
	c.everyHour = c.hours == 1<<24-1
	if c.seconds == 0 || c.minutes == 0 || c.hours == 0 || c.months == 0 {
		return nil, "", fmt.Errorf("one of its ranges, of which the end is before the start, has nothing in it: [%s]", text)
	}
	if first == 0 && c.dayOfMonth.open == c.dayOfWeek.open {
		return nil, "", fmt.Errorf("its day of month is [%s] and its day of week is [%s]: one of them, and not both, must be [?]", words[3], words[5])
	}
	if odd == "" {
		odd = c.oddDay()
	}
	return c, odd, nil
}

// names are the names of fields, in order.
func names(fields []field) string {
	all := make([]string, len(fields))
	for i := range fields {
		all[i] = fields[i].name
	}
	return strings.Join(all, ", ")
}

// due is the first time from t on when it is due, up to the end of a year. Times have the zone UTC, whatever clock showed them.
func (c *cron) due(t time.Time, lastYear int) (time.Time, bool) {
	year, month, day := t.Date()
	from := t // nothing of its day before it counts
	for ; year <= lastYear; year, month, day = year+1, time.January, 1 {
		if !c.inYear(year) {
			continue
		}
		for ; month <= time.December; month, day = month+1, 1 {
			if c.months>>month&1 == 0 {
				continue
			}
			for left := c.days(year, month) >> day << day; left != 0; left &= left - 1 {
				at := time.Date(year, month, bits.TrailingZeros64(left), 0, 0, 0, 0, time.UTC)
				hour, minute, second := 0, 0, 0
				if at.Before(from) {
					hour, minute, second = from.Clock()
				}
				if clock, is := c.dueInDay(hour, minute, second); is {
					return at.Add(clock), true
				}
			}
		}
	}
	return time.Time{}, false
}

// dueInDay is the first time of a day from a time on when it is due, if it is that day.
func (c *cron) dueInDay(hour, minute, second int) (time.Duration, bool) {
	for h := nextBit(c.hours, hour); h < 64; h = nextBit(c.hours, h+1) {
		if h > hour {
			minute, second = 0, 0
		}
		for m := nextBit(c.minutes, minute); m < 64; m = nextBit(c.minutes, m+1) {
			if m > minute {
				second = 0
			}
			if s := nextBit(c.seconds, second); s < 64 {
				return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(s)*time.Second, true
			}
		}
	}
	return 0, false
}

// nextBit is the first bit from one on that is set; 64 if there is none.
func nextBit(set uint64, from int) int { return bits.TrailingZeros64(set >> from << from) }

func (c *cron) inYear(year int) bool {
	for _, t := range c.years {
		if t.has(year) {
			return true
		}
	}
	return c.years == nil
}

// days are those of a month on which it is due. Where both are told that the month has, and that the week has, a day has to fit one of them.
func (c *cron) days(year int, month time.Month) uint64 {
	m := monthOf(year, month)
	switch {
	case c.dayOfMonth.free && c.dayOfWeek.free:
		return m.all()
	case c.dayOfMonth.free:
		return c.dayOfWeek.in(m)
	case c.dayOfWeek.free:
		return c.dayOfMonth.in(m)
	}
	return c.dayOfMonth.in(m) | c.dayOfWeek.in(m)
}
