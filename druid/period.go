package druid

import (
	"strconv"
	"strings"
	"time"

	"ovate/internal/calendar"
)

// Period is a length of time in calendar fields, as Joda-Time's Period: how long it is depends on where it starts.
// It is comparable; PT60M and PT1H differ.
type Period struct {
	Years, Months, Weeks, Days, Hours, Minutes, Seconds, Millis int32
}

// fields lists the fields from the longest to the shortest, the order in which they are written and added.
func (p Period) fields() [8]int32 {
	return [8]int32{p.Years, p.Months, p.Weeks, p.Days, p.Hours, p.Minutes, p.Seconds, p.Millis}
}

// IsZero tells whether all fields are 0.
func (p Period) IsZero() bool { return p == Period{} }

// String is the ISO-8601 form: P1Y2M3W4DT5H6M7.008S, PT0S if all fields are 0.
func (p Period) String() string {
	dst := []byte{'P'}
	for i, v := range [4]int32{p.Years, p.Months, p.Weeks, p.Days} {
		if v != 0 {
			dst = append(strconv.AppendInt(dst, int64(v), 10), "YMWD"[i])
		}
	}
	if p.Hours == 0 && p.Minutes == 0 && p.Seconds == 0 && p.Millis == 0 {
		if len(dst) > 1 {
			return string(dst)
		}
		return "PT0S"
	}
	dst = append(dst, 'T')
	for i, v := range [2]int32{p.Hours, p.Minutes} {
		if v != 0 {
			dst = append(strconv.AppendInt(dst, int64(v), 10), "HM"[i])
		}
	}
	if p.Seconds != 0 || p.Millis != 0 {
		dst = appendSeconds(dst, int64(p.Seconds)*1000+int64(p.Millis))
	}
	return string(dst)
}

func appendSeconds(dst []byte, ms int64) []byte {
	if ms < 0 {
		dst, ms = append(dst, '-'), -ms
	}
	dst = strconv.AppendInt(dst, ms/1000, 10)
	if ms%1000 != 0 {
		dst = appendPadded(append(dst, '.'), ms%1000, 3)
	}
	return append(dst, 'S')
}

// ParsePeriod reads an ISO-8601 period as Joda-Time does: P, then numbers each followed by one of Y, M, W, D, then
// T and numbers followed by H, M, S, in that order and each at most once. Numbers may have a sign, seconds a
// fraction, of which three digits count.
func ParsePeriod(text string) (Period, error) {
	s := periodScanner{text: text}
	if text == "" || text[0] != 'P' && text[0] != 'p' {
		return Period{}, malformed(text, 0)
	}
	s.pos = 1
	var p Period
	s.numbers("YMWD", []*int32{&p.Years, &p.Months, &p.Weeks, &p.Days})
	if s.pos < len(text) && (text[s.pos] == 'T' || text[s.pos] == 't') {
		s.pos++
		clock := s.pos
		s.numbers("HM", []*int32{&p.Hours, &p.Minutes})
		s.seconds(&p)
		if s.pos == clock {
			return Period{}, malformed(text, s.pos)
		}
	}
	if s.pos < len(text) {
		return Period{}, malformed(text, s.pos)
	}
	return p, nil
}

// periodScanner walks over the fields of a period.
type periodScanner struct {
	text string
	pos  int
}

// numbers reads the fields whose letters are given, in that order; any of them may be missing.
func (s *periodScanner) numbers(letters string, fields []*int32) {
	for i, field := range fields {
		end, ok := s.number(s.pos)
		if !ok || end >= len(s.text) || s.text[end]&^0x20 != letters[i] {
			continue
		}
		v, err := strconv.ParseInt(strings.TrimPrefix(s.text[s.pos:end], "+"), 10, 32)
		if err != nil {
			return
		}
		*field, s.pos = int32(v), end+1
	}
}

// seconds reads seconds with up to three digits of a fraction.
func (s *periodScanner) seconds(p *Period) {
	end, ok := s.number(s.pos)
	whole, err := strconv.ParseInt(s.text[s.pos:end], 10, 32)
	if err != nil && (ok || end > s.pos || end+1 >= len(s.text) || !isDigit(s.text[end+1])) { // .5 is half a second
		return
	}
	millis := int32(0)
	if end < len(s.text) && (s.text[end] == '.' || s.text[end] == ',') {
		digits := 0
		for end++; end < len(s.text) && isDigit(s.text[end]); end++ {
			if digits < 3 {
				millis = millis*10 + int32(s.text[end]-'0')
			}
			digits++
		}
		for ; digits < 3; digits++ {
			millis *= 10
		}
		if s.text[s.pos] == '-' {
			millis = -millis
		}
	}
	if end < len(s.text) && s.text[end]&^0x20 == 'S' {
		p.Seconds, p.Millis, s.pos = int32(whole), millis, end+1
	}
}

// number finds the end of a number with an optional sign.
func (s *periodScanner) number(i int) (end int, ok bool) {
	if i < len(s.text) && (s.text[i] == '-' || s.text[i] == '+') {
		i++
	}
	start := i
	for i < len(s.text) && isDigit(s.text[i]) {
		i++
	}
	return i, i > start
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// AddTo returns t after n periods, counted on the clocks of location. As in Joda-Time fields are added from the
// longest to the shortest, a day that a month does not have becomes its last, days and longer fields keep the local
// time and shorter ones are exact lengths. A local time that clocks skip moves forward by as much as they skip.
func (p Period) AddTo(t Instant, n int, location *time.Location) Instant {
	return p.add(t, int64(n), zoneOf(location))
}

func (p Period) add(t Instant, n int64, z *zone) Instant {
	at := int64(t)
	if p.Years != 0 {
		at = z.instant(addMonths(z.local(at), int64(p.Years)*12*n))
	}
	if p.Months != 0 {
		at = z.instant(addMonths(z.local(at), int64(p.Months)*n))
	}
	if p.Weeks != 0 {
		at = z.instant(z.local(at) + int64(p.Weeks)*7*calendar.MillisPerDay*n)
	}
	if p.Days != 0 {
		at = z.instant(z.local(at) + int64(p.Days)*calendar.MillisPerDay*n)
	}
	return Instant(at + p.clock()*n)
}

// roughly is about how long the period is, in milliseconds.
func (p Period) roughly() float64 {
	const year = 365.2425 * calendar.MillisPerDay
	months := float64(p.Years)*12 + float64(p.Months)
	return months*year/12 + (float64(p.Weeks)*7+float64(p.Days))*calendar.MillisPerDay + float64(p.clock())
}

// clock is the length in milliseconds of the fields below the day.
func (p Period) clock() int64 {
	return int64(p.Hours)*3_600_000 + int64(p.Minutes)*60_000 + int64(p.Seconds)*1000 + int64(p.Millis)
}
