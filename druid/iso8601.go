package druid

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"ovate/internal/calendar"
)

// ParseInstant reads what Druid's DateTimes.of reads: a date (2015-06-15, ordinal 2015-166, week 2015-W25-1, each
// of which may end early), T with a time of any precision, Z or an offset; a text without an offset is UTC. A text
// that is none of that but a whole number is milliseconds since 1970, though up to nine digits are a year.
func ParseInstant(text string) (Instant, error) {
	if t, ok := parsePrinted(text); ok {
		return t, nil
	}
	kept := strings.Clone(text) // for the error: a text that was made for this call alone takes no memory otherwise
	t, err := parseISO(kept)
	if err == nil {
		return t, nil
	}
	if ms, e := strconv.ParseInt(kept, 10, 64); e == nil {
		return Instant(ms), nil
	}
	return 0, err
}

// parseFullInstant takes nothing but what Instant.String writes.
func parseFullInstant(text string) (Instant, error) {
	t, err := parseISO(text)
	if err == nil && t.String() != text {
		err = fmt.Errorf("%q is not an instant in the form 2015-06-15T00:00:00.000Z", text)
	}
	return t, err
}

// parsePrinted is a fast way through the form that is met most: 2015-06-15T00:00:00.000Z.
func parsePrinted(s string) (Instant, bool) {
	if len(s) != 24 || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':' || s[19] != '.' || s[23] != 'Z' {
		return 0, false
	}
	number := func(from, to int) (n int) {
		for _, c := range []byte(s[from:to]) {
			if !isDigit(c) {
				return -1
			}
			n = n*10 + int(c-'0')
		}
		return n
	}
	year, month, day := number(0, 4), number(5, 7), number(8, 10)
	hour, minute, second, ms := number(11, 13), number(14, 16), number(17, 19), number(20, 23)
	if year < 0 || month < 1 || month > 12 || day < 1 || day > calendar.DaysInMonth(int64(year), month) ||
		uint(hour) > 23 || uint(minute) > 59 || uint(second) > 59 || ms < 0 {
		return 0, false
	}
	days := calendar.Days(int64(year), month, day)
	return Instant(((days*24+int64(hour))*60+int64(minute))*60_000 + int64(second)*1000 + int64(ms)), true
}

// isoDate is a date as it was written: one of the three forms of ISO-8601.
type isoDate struct {
	year       int64
	month, day int // calendar form
	yearDay    int // ordinal form; 0 stands for another form unless ordinal
	week       int // week form
	weekDay    int
	ordinal    bool
	weekly     bool
}

// isoTime is a time of day; offset is milliseconds east of UTC.
type isoTime struct{ hour, minute, second, millis, offset int64 }

// parseISO reads a date, a time, or a date and a time.
func parseISO(text string) (Instant, error) {
	s := isoScanner{text: text}
	date := isoDate{year: 1970, month: 1, day: 1}
	var clock isoTime
	if s.letter('T') {
		if !s.clock(&clock) {
			return 0, malformed(text, s.pos)
		}
		s.offset(&clock)
	} else if !s.date(&date) {
		return 0, malformed(text, s.pos)
	} else if s.letter('T') {
		s.clock(&clock)
		s.offset(&clock)
	}
	if s.pos < len(text) {
		return 0, malformed(text, s.pos)
	}
	days, err := date.days()
	if err == nil {
		err = clock.check()
	}
	if err != nil {
		return 0, fmt.Errorf(`Cannot parse "%s": %w`, text, err)
	}
	t, ok := instantOf(days, clock.millis+clock.second*1000+clock.minute*60_000+clock.hour*3_600_000-clock.offset)
	if !ok {
		return 0, fmt.Errorf(`Cannot parse "%s": the instant does not fit into 64 bits of milliseconds`, text)
	}
	return t, nil
}

// instantOf adds days and milliseconds of less than two days either way; not all of the first and last year that
// Joda-Time accepts fit into an Instant.
func instantOf(days, ms int64) (Instant, bool) {
	if days < 0 { // towards zero, so that the product fits if the sum does
		days, ms = days+1, ms-calendar.MillisPerDay
	}
	if days > math.MaxInt64/calendar.MillisPerDay || days < math.MinInt64/calendar.MillisPerDay {
		return 0, false
	}
	sum := days*calendar.MillisPerDay + ms
	return Instant(sum), (ms >= 0) == (sum >= days*calendar.MillisPerDay)
}

// days is the date as days since 1970-01-01.
func (d *isoDate) days() (int64, error) {
	if err := checkRange("year", int(d.year), calendar.MinYear, calendar.MaxYear); err != nil {
		return 0, err
	}
	switch {
	case d.weekly:
		limit := 52
		if d.week > 52 {
			limit = weeksInYear(d.year)
		}
		if err := checkRange("weekOfWeekyear", d.week, 1, limit); err != nil {
			return 0, err
		}
		return calendar.WeekYearStart(d.year) + int64(d.week-1)*7 + int64(d.weekDay-1), checkRange("dayOfWeek", d.weekDay, 1, 7)
	case d.ordinal:
		start := calendar.Days(d.year, 1, 1)
		return start + int64(d.yearDay-1), checkRange("dayOfYear", d.yearDay, 1, int(calendar.Days(d.year+1, 1, 1)-start))
	}
	if err := checkRange("monthOfYear", d.month, 1, 12); err != nil {
		return 0, err
	}
	return calendar.Days(d.year, d.month, d.day), checkRange("dayOfMonth", d.day, 1, calendar.DaysInMonth(d.year, d.month))
}

func (c *isoTime) check() error {
	if err := checkRange("hourOfDay", int(c.hour), 0, 23); err != nil {
		return err
	}
	if err := checkRange("minuteOfHour", int(c.minute), 0, 59); err != nil {
		return err
	}
	return checkRange("secondOfMinute", int(c.second), 0, 59)
}

// checkRange words a value out of bounds as Joda-Time does.
func checkRange(field string, v, low, high int) error {
	if v < low || v > high {
		return fmt.Errorf("Value %d for %s must be in the range [%d,%d]", v, field, low, high)
	}
	return nil
}

// malformed words a text that does not have the form it should have as Joda-Time does; pos is where it went wrong.
func malformed(text string, pos int) error {
	sample := text
	if limit := pos + 32; len(text) > limit+3 {
		sample = text[:limit] + "..."
	}
	switch {
	case pos <= 0:
		return fmt.Errorf(`Invalid format: "%s"`, sample)
	case pos >= len(text):
		return fmt.Errorf(`Invalid format: "%s" is too short`, sample)
	}
	return fmt.Errorf(`Invalid format: "%s" is malformed at "%s"`, sample, sample[pos:])
}
