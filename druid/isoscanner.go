package druid

import (
	"strconv"
	"strings"
)

// isoScanner walks over an ISO-8601 text by the grammar of Joda-Time's dateTimeParser. Its methods leave pos where
// it was if what they look for is not there.
type isoScanner struct {
	text string
	pos  int
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
