// Package moment reads dates and times as people write them, in any of the usual ways and without being told which. What a text
// alone does not say, whether 3/4/2021 is in March or in April, it leaves open.
package moment

import (
	"bytes"
	"cmp"
	"fmt"
	"time"

	"ovate/druid"
	"ovate/internal/calendar"
)

// Order is what the numbers of a date like 3/4/21 stand for.
type Order uint8

// The orders. YearFirst is possible for years of two digits only, as one of four tells itself.
const (
	MonthFirst Order = iota
	DayFirst
	YearFirst
	Orders
)

// Moment is what a text says.
type Moment struct {
	At      [Orders]druid.Instant // by order, where that order is possible
	Valid   [Orders]bool          // which orders are possible; all are if the order does not matter
	Ordered bool                  // the order matters
	Style   Style
	Finer   bool // digits below a millisecond were dropped
	Gap     bool // clocks of the zone skip this time; it is moved on by what they skip
	Letters bool // its zone is letters that mean another one elsewhere; it is that of the United States
	Named   bool // its zone is letters that the caller explained
	Away    bool // it says its zone, which is not UTC
	EndsDay bool // its hour is 24: it is the midnight at the end of the day
	Overlap bool // clocks of the zone show this time twice; it is the first
}

// Reader reads texts. It remembers zones, and so belongs to one goroutine.
type Reader struct {
	zone  *time.Location // of times that do not say theirs; nil is UTC
	zones zones
	wide  []byte // a text with its wide signs replaced
	last  []byte // the text read last, as rows often come in runs of the same time
	was   Moment
	is    Result
}

// Result is whether a text is a time.
type Result uint8

// The results.
const (
	None         Result = iota // something else
	Time                       // a time
	UnknownZone                // a time but for its zone, of which nobody knows where it is
	Contradicted               // a time but for its weekday, which is not that of its date, or its offset, which is none of its place
)

// NewReader returns a reader that takes times without a zone for local times of a zone of the IANA database, or of an offset like +01:00; "" is UTC.
func NewReader(zone string) (*Reader, error) {
	r := UTC()
	if zone == "" || zone == "UTC" {
		return r, nil
	}
	if r.zone = cmp.Or(fixedZone(zone), r.zones.find(zone)); r.zone == nil {
		return nil, fmt.Errorf("time zone %q is not known; right is a name like Europe/Berlin or America/New_York, or an offset like +01:00", zone)
	}
	return r, nil
}

// UTC returns a reader that takes times without a zone for those of UTC.
func UTC() *Reader { return &Reader{} }

// maxLength bounds the texts that may be times.
const maxLength = 64

// Read reads a text. What it returns holds until the next call.
func (r *Reader) Read(b []byte) (*Moment, Result) {
	if len(b) < 4 || len(b) > maxLength || !begins(b) {
		return nil, None
	}
	if string(b) != string(r.last) {
		r.last = append(r.last[:0], b...)
		if r.zone == nil && common(b, &r.was) {
			r.is = Time
		} else {
			r.was = Moment{}
			r.is = r.read(b, &r.was)
		}
	}
	return &r.was, r.is
}

// begins tells whether a time may begin as a text does: with a digit, a sign, a bracket, or the first letter of a month, a weekday or a
// quarter, if there are digits in it at all.
func begins(b []byte) bool {
	c := b[0]
	if c-'0' <= 9 || c == '-' || c == '+' || c == '[' || c == wideByte {
		return true
	}
	switch c | 0x20 {
	case 'q', 'v', 'z': // few words that begin so mean a time
		switch string([]byte{b[1] | 0x20, b[2] | 0x20}) {
		case "en", "ie", "ri", "at", "on", "ua", "ui":
		default:
			if c|0x20 != 'q' || b[1]-'1' > 3 {
				return false
			}
		}
		return bytes.ContainsAny(b, "0123456789")
	case 'j', 'f', 'm', 'a', 's', 'o', 'n', 'd', 't', 'w', 'e', 'g', 'l':
		for _, c := range b {
			if c-'0' <= 9 {
				return true
			}
		}
	}
	return false
}

func (r *Reader) read(b []byte, m *Moment) Result {
	if bytes.IndexByte(b, wideByte) >= 0 {
		r.wide = narrow(r.wide[:0], b)
		b = r.wide
	}
	c := cursor{b: b}
	var d date
	if b[0] == '[' && b[len(b)-1] == ']' { // as in the logs of web servers
		b = b[1 : len(b)-1]
		c.b, d.irregular = b, true
	}
	if !c.date(&d) {
		return None
	}
	var t clock
	if !c.clock(&d, &t) {
		return None
	}
	rest, end := c.i, len(c.b)
	z, known := c.zone(&r.zones)
	if known && d.yearLast { // Mon Jan 15 10:20:30 +0000 2024
		c.blanks()
		if d.y, known = c.year(), true; d.y < 0 {
			return None
		}
	}
	if known && c.i < len(b) {
		return None
	}
	if !known && d.yearLast {
		if end = c.lastYear(rest, &d); end < 0 {
			return None
		}
	}
	is := r.resolve(&d, &t, z, m)
	if is == None {
		return None
	}
	if !known {
		if is == Time && t.given && looksLikeZone(b[rest:end]) {
			return UnknownZone
		}
		return None
	}
	m.Style = style(&d, &t, z)
	m.Style.short = m.Style.short || c.short
	m.Finer, m.Letters, m.Named, m.EndsDay = t.finer, z.letters, z.named, t.endsDay
	m.Away = z.given && (z.fixed && z.offset != 0 || !z.fixed && z.location != nil && z.location != time.UTC)
	return is
}

// lastYear takes the year at the very end, behind a zone that is not known, and returns where that zone ends: -1 if there is no year.
func (c *cursor) lastYear(zone int, d *date) int {
	end := bytes.LastIndexByte(c.b, ' ')
	if end <= zone {
		return -1
	}
	c.i = end + 1
	if d.y = c.year(); d.y < 0 || c.i < len(c.b) {
		return -1
	}
	return zone + len(bytes.TrimRight(c.b[zone:end], " "))
}

// resolve fills in the instants of all possible orders, if there is one. A weekday rules out those of which it is not.
func (r *Reader) resolve(d *date, t *clock, z zoneText, m *Moment) Result {
	possible, contradicted := 0, false
	for order := range Orders {
		y, month, day, ok := d.in(order)
		if !ok || y > calendar.MaxYear/2 || month < 1 || month > 12 || day < 1 || day > calendar.DaysInMonth(y, month) {
			continue
		}
		days := calendar.Days(y, month, day)
		if d.weekday > 0 && !d.partial && int(calendar.Weekday(days)) != d.weekday {
			contradicted = true
			continue
		}
		m.At[order], m.Valid[order] = r.instant(days*calendar.MillisPerDay+t.millis, z, m), true
		if z.fixed && z.location != nil && offsetAt(z.location, int64(m.At[order])) != z.offset {
			return Contradicted
		}
		possible++
		if d.kind != numbers {
			for other := range Orders {
				m.At[other], m.Valid[other] = m.At[order], true
			}
			return Time
		}
	}
	for a := range Orders {
		for b := range a {
			m.Ordered = m.Ordered || m.Valid[a] && m.Valid[b] && m.At[a] != m.At[b]
		}
	}
	switch {
	case possible > 0:
		return Time
	case contradicted:
		return Contradicted
	}
	return None
}

// offsetAt is how far the clocks of a place are before UTC, in milliseconds.
func offsetAt(place *time.Location, at int64) int64 {
	_, seconds := time.UnixMilli(at).In(place).Zone()
	return int64(seconds) * 1000
}

// Local is when clocks of the reader's zone show the time that at shows in UTC. gap and overlap are as in Moment.
func (r *Reader) Local(at druid.Instant) (_ druid.Instant, gap, overlap bool) {
	var m Moment
	local := r.instant(int64(at), zoneText{}, &m)
	return local, m.Gap, m.Overlap
}

// instant is when clocks show a local time, given in milliseconds.
func (r *Reader) instant(local int64, z zoneText, m *Moment) druid.Instant {
	location := z.location
	switch {
	case z.fixed:
		return druid.Instant(local - z.offset)
	case location == nil:
		location = r.zone
	}
	if location == nil {
		return druid.Instant(local)
	}
	offset := func(at int64) int64 { return offsetAt(location, at) }
	before, after := offset(local-calendar.MillisPerDay), offset(local+calendar.MillisPerDay)
	first, second := local-before, local-after
	isFirst, isSecond := offset(first) == before, offset(second) == after
	switch {
	case isFirst && isSecond:
		m.Overlap = m.Overlap || first != second
		return druid.Instant(min(first, second))
	case isSecond:
		return druid.Instant(second)
	}
	m.Gap = m.Gap || !isFirst
	return druid.Instant(first)
}
