package druid

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// ParseInstant reads what Druid's DateTimes.of reads: a date (2015-06-15, ordinal 2015-166, week 2015-W25-1, each
// of which may end early), T with a time of any precision, Z or an offset; a text without an offset is UTC. A text
// that is none of that but a whole number is milliseconds since 1970, though up to nine digits are a year.
func ParseInstant(text string) (Instant, error) {
	if t, ok := parsePrinted(text); ok {
		return t, nil
	}
	t, err := parseISO(text)
	if err == nil {
		return t, nil
	}
	if ms, e := strconv.ParseInt(text, 10, 64); e == nil {
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
	if year < 0 || month < 1 || month > 12 || day < 1 || day > daysInMonth(int64(year), month) ||
		uint(hour) > 23 || uint(minute) > 59 || uint(second) > 59 || ms < 0 {
		return 0, false
	}
	days := daysFromCivil(int64(year), month, day)
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

// isoScanner walks over an ISO-8601 text by the grammar of Joda-Time's dateTimeParser. Its methods leave pos where
// it was if what they look for is not there.
type isoScanner struct {
	text string
	pos  int
}

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
		days, ms = days+1, ms-msPerDay
	}
	if days > math.MaxInt64/msPerDay || days < math.MinInt64/msPerDay {
		return 0, false
	}
	sum := days*msPerDay + ms
	return Instant(sum), (ms >= 0) == (sum >= days*msPerDay)
}

// date reads a date in any form, which may end after the year or after the month or week.
func (s *isoScanner) date(d *isoDate) bool {
	if !s.year(&d.year) {
		return false
	}
	rest := s.text[s.pos:]
	switch {
	case len(rest) > 1 && rest[0] == '-' && rest[1]&^0x20 == 'W':
		d.weekly, d.week, d.weekDay = true, 1, 1
		if s.after(2, 2, &d.week) {
			s.separated('-', 1, &d.weekDay)
		} else {
			d.weekly = false
		}
	case len(rest) > 3 && rest[0] == '-' && isDigit(rest[1]) && isDigit(rest[2]) && isDigit(rest[3]):
		d.ordinal = s.separated('-', 3, &d.yearDay)
	default:
		if s.separated('-', 2, &d.month) {
			s.separated('-', 2, &d.day)
		}
	}
	return true
}

// year reads up to nine digits with an optional sign.
func (s *isoScanner) year(v *int64) bool {
	start := s.pos
	end := start
	if end < len(s.text) && (s.text[end] == '-' || s.text[end] == '+') {
		end++
	}
	digits := end
	for end < len(s.text) && end < digits+9 && isDigit(s.text[end]) {
		end++
	}
	if end == digits {
		return false
	}
	n, err := strconv.ParseInt(strings.TrimPrefix(s.text[start:end], "+"), 10, 64)
	*v, s.pos = n, end
	return err == nil
}

// clock reads hours, then minutes, then seconds; the last of them that is there may have a fraction.
func (s *isoScanner) clock(c *isoTime) bool {
	var hour, minute, second int
	if !s.after(0, 2, &hour) {
		return false
	}
	c.hour = int64(hour)
	if !s.separated(':', 2, &minute) {
		s.fraction(3_600_000, &c.millis)
		return true
	}
	c.minute = int64(minute)
	if !s.separated(':', 2, &second) {
		s.fraction(60_000, &c.millis)
		return true
	}
	c.second = int64(second)
	s.fraction(1000, &c.millis)
	return true
}

// offset reads Z or a signed offset: hours, minutes, seconds and milliseconds, each of which but the first may be
// missing, with or without colons.
func (s *isoScanner) offset(c *isoTime) {
	if s.letter('Z') || s.pos == len(s.text) {
		return
	}
	sign := s.text[s.pos]
	if sign != '+' && sign != '-' {
		return
	}
	start := s.pos
	s.pos++
	total, ok := s.offsetFields()
	if !ok {
		s.pos = start
		return
	}
	if sign == '-' {
		total = -total
	}
	c.offset = total
}

func (s *isoScanner) offsetFields() (total int64, ok bool) {
	hours, ok := s.twoDigits(23)
	colons := s.letter(':')
	if !ok || !colons && !s.atDigit() {
		return hours * 3_600_000, ok
	}
	minutes, ok := s.twoDigits(59)
	total = hours*3_600_000 + minutes*60_000
	if !ok || colons && !s.letter(':') || !colons && !s.atDigit() {
		return total, ok
	}
	seconds, ok := s.twoDigits(59)
	total += seconds * 1000
	if ok && s.pos < len(s.text) && (s.text[s.pos] == '.' || s.text[s.pos] == ',') {
		var millis int64
		ok = s.fractionDigits(1000, 3, &millis)
		total += millis
	}
	return total, ok
}

func (s *isoScanner) atDigit() bool { return s.pos < len(s.text) && isDigit(s.text[s.pos]) }

// twoDigits reads a number of exactly two digits up to limit.
func (s *isoScanner) twoDigits(limit int) (int64, bool) {
	if s.pos+2 > len(s.text) || !isDigit(s.text[s.pos]) || !isDigit(s.text[s.pos+1]) {
		return 0, false
	}
	v := int(s.text[s.pos]-'0')*10 + int(s.text[s.pos+1]-'0')
	s.pos += 2
	return int64(v), v <= limit
}

// letter passes over one letter or sign, whatever its case.
func (s *isoScanner) letter(c byte) bool {
	if s.pos < len(s.text) && (s.text[s.pos] == c || s.text[s.pos] == c|0x20 && c >= 'A') {
		s.pos++
		return true
	}
	return false
}

// separated reads a separator and a number of up to max digits.
func (s *isoScanner) separated(separator byte, max int, v *int) bool {
	return s.pos < len(s.text) && s.text[s.pos] == separator && s.after(1, max, v)
}

// after passes over skip bytes and reads a number of up to max digits.
func (s *isoScanner) after(skip, max int, v *int) bool {
	start := s.pos + skip
	end, n := start, 0
	for end < len(s.text) && end < start+max && isDigit(s.text[end]) {
		n = n*10 + int(s.text[end]-'0')
		end++
	}
	if end == start {
		return false
	}
	*v, s.pos = n, end
	return true
}

// fraction reads up to nine digits after a point or comma as a part of unit, which is in milliseconds.
func (s *isoScanner) fraction(unit int64, millis *int64) {
	if s.pos < len(s.text) && (s.text[s.pos] == '.' || s.text[s.pos] == ',') {
		s.fractionDigits(unit, 9, millis)
	}
}

func (s *isoScanner) fractionDigits(unit int64, max int, millis *int64) bool {
	start := s.pos + 1
	end, sum, weight := start, int64(0), unit
	for end < len(s.text) && end < start+max && isDigit(s.text[end]) {
		sum += int64(s.text[end]-'0') * weight
		weight /= 10
		end++
	}
	if end == start {
		return false
	}
	*millis, s.pos = sum/10, end
	return true
}

// days is the date as days since 1970-01-01.
func (d *isoDate) days() (int64, error) {
	if err := checkRange("year", int(d.year), minYear, maxYear); err != nil {
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
		return weekYearStart(d.year) + int64(d.week-1)*7 + int64(d.weekDay-1), checkRange("dayOfWeek", d.weekDay, 1, 7)
	case d.ordinal:
		start := daysFromCivil(d.year, 1, 1)
		return start + int64(d.yearDay-1), checkRange("dayOfYear", d.yearDay, 1, int(daysFromCivil(d.year+1, 1, 1)-start))
	}
	if err := checkRange("monthOfYear", d.month, 1, 12); err != nil {
		return 0, err
	}
	return daysFromCivil(d.year, d.month, d.day), checkRange("dayOfMonth", d.day, 1, daysInMonth(d.year, d.month))
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
