package timestamp

import (
	"bytes"
	"strings"
	"time"

	"ovate/druid"
	"ovate/internal/calendar"
)

// matcher reads one text by a pattern.
type matcher struct {
	pattern *pattern
	text    []byte
	at      int

	fields    [16]setting
	count     int
	remarks   Remarks
	offset    int64 // milliseconds east of UTC
	hasOffset bool
	zone      *time.Location // nil is UTC
}

// setting is a field with its value.
type setting struct {
	field field
	value int64
}

// parse reads the whole text.
func (p *pattern) parse(b []byte) (_ druid.Instant, _ Remarks, ok bool) {
	b, ok = stripQuotes(b)
	if !ok {
		return 0, Remarks{}, false
	}
	m := matcher{pattern: p, text: b}
	for i := range p.tokens {
		if !m.match(&p.tokens[i]) {
			return 0, Remarks{}, false
		}
	}
	if m.at < len(b) {
		return 0, Remarks{}, false
	}
	local, ok := resolve(m.fields[:], m.count)
	if !ok {
		return 0, Remarks{}, false
	}
	switch {
	case m.hasOffset:
		return druid.Instant(local - m.offset), m.remarks, true
	case m.zone != nil:
		at, ok := fromLocal(local, m.zone)
		return at, m.remarks, ok
	}
	return druid.Instant(local), m.remarks, true
}

func (m *matcher) match(t *token) bool {
	switch t.kind {
	case literalToken:
		return m.literal(t.literal)
	case numberToken:
		return m.number(t)
	case twoDigitYear:
		return m.twoDigits(t)
	case fractionToken:
		return m.fraction(t.digits)
	case nameToken:
		return m.name(t)
	case offsetToken:
		return m.zoneOffset()
	case zoneNameToken:
		return m.zoneName()
	}
	return m.zoneID()
}

func (m *matcher) rest() []byte { return m.text[m.at:] }

func (m *matcher) save(f field, value int64) bool {
	if m.count == len(m.fields)-1 { // one place is kept for the year that resolve may add
		return false
	}
	m.fields[m.count] = setting{f, value}
	m.count++
	return true
}

func (m *matcher) literal(s string) bool {
	if len(m.rest()) < len(s) || !strings.EqualFold(view(m.rest()[:len(s)]), s) {
		return false
	}
	m.at += len(s)
	return true
}

// digitsAt counts the digits from text[at] on, at most limit.
func (m *matcher) digitsAt(at, limit int) int {
	n := 0
	for n < limit && at+n < len(m.text) && m.text[at+n]-'0' <= 9 {
		n++
	}
	return n
}

// take reads the n digits that are there.
func (m *matcher) take(n int) (v int64) {
	for _, c := range m.text[m.at : m.at+n] {
		v = v*10 + int64(c-'0')
	}
	m.at += n
	return v
}

func (m *matcher) number(t *token) bool {
	sign, signed := int64(1), false
	if c := m.rest(); t.signed && len(c) > 1 && t.digits > 1 && (c[0] == '-' || c[0] == '+') && c[1]-'0' <= 9 {
		if signed = true; c[0] == '-' {
			sign = -1
		}
		m.at++
	}
	n := m.digitsAt(m.at, min(t.digits, 18))
	m.remarks.EarlyYear = m.remarks.EarlyYear || t.field.rank() == year && !signed && n < 4
	m.remarks.Lacking = m.remarks.Lacking || t.adjoins && n < t.letters
	return n > 0 && m.save(t.field, sign*m.take(n))
}

// twoDigits reads a year of two digits as one near the present. Where no number follows in the pattern, a sign or more or
// fewer digits make it a year as it stands.
func (m *matcher) twoDigits(t *token) bool {
	if t.lenient {
		sign, signed := int64(1), false
		if c := m.rest(); len(c) > 0 && (c[0] == '-' || c[0] == '+') {
			if signed = true; c[0] == '-' {
				sign = -1
			}
			m.at++
		}
		n := m.digitsAt(m.at, 10)
		if n == 0 || n == 10 {
			return false
		}
		if signed || n != 2 {
			m.remarks.EarlyYear = m.remarks.EarlyYear || !signed && n < 4
			return m.save(t.field, sign*m.take(n))
		}
	}
	if m.digitsAt(m.at, 2) < 2 {
		return false
	}
	m.remarks.ShortYear = true
	low := int64(m.pattern.pivot - 50)
	v := m.take(2)
	if v < low%100 {
		v += 100
	}
	return m.save(t.field, v+low-low%100)
}

func (m *matcher) fraction(digits int) bool {
	n := m.digitsAt(m.at, digits)
	ms, unit := int64(0), int64(100)
	for _, c := range m.text[m.at : m.at+n] {
		m.remarks.Finer = m.remarks.Finer || unit == 0 && c != '0'
		ms += int64(c-'0') * unit
		unit /= 10
	}
	m.at += n
	return n > 0 && m.save(millisOfSecond, ms)
}

func (m *matcher) name(t *token) bool {
	for i, name := range t.names {
		if bytes.HasPrefix(m.rest(), []byte(name)) {
			m.at += len(name)
			return m.save(t.field, int64(t.values[i]))
		}
	}
	return false
}

// zoneOffset reads Z or ±hh[[:]mm[[:]ss[[.]SSS]]].
func (m *matcher) zoneOffset() bool {
	if c := m.rest(); len(c) > 0 && c[0]|0x20 == 'z' {
		m.at++
		m.offset, m.hasOffset = 0, true
		return true
	}
	c := m.rest()
	if len(c) < 3 || c[0] != '-' && c[0] != '+' {
		return false
	}
	m.at++
	if m.digitsAt(m.at, 2) < 2 {
		return false
	}
	hours := m.take(2)
	total, ok := m.offsetParts(hours * msPerHour)
	if !ok || hours > 23 {
		return false
	}
	if c[0] == '-' {
		total = -total
	}
	m.offset, m.hasOffset = total, true
	return true
}

// offsetParts adds the minutes, seconds and milliseconds of an offset. Either all of them have a separator or none.
func (m *matcher) offsetParts(total int64) (int64, bool) {
	separated := len(m.rest()) > 0 && m.rest()[0] == ':'
	for i, unit := range []int64{60_000, 1000, 1} {
		c := m.rest()
		width, separator := 2, byte(':')
		if unit == 1 {
			width, separator = 3, '.'
		}
		if separated {
			if len(c) == 0 || c[0] != separator {
				return total, true
			}
			m.at++
		}
		n := m.digitsAt(m.at, width)
		if n == 0 && !separated {
			return total, true
		}
		if n < width && (i < 2 || n == 0) {
			return 0, false
		}
		v := m.take(n)
		for ; n < width; n++ {
			v *= 10
		}
		if i < 2 && v > 59 {
			return 0, false
		}
		total += v * unit
	}
	return total, true
}

// zoneName reads one of the names that Joda-Time knows by default.
func (m *matcher) zoneName() bool {
	for _, known := range [...][2]string{
		{"UTC", "UTC"}, {"UT", "UTC"}, {"GMT", "UTC"},
		{"EST", "America/New_York"}, {"EDT", "America/New_York"}, {"CST", "America/Chicago"}, {"CDT", "America/Chicago"},
		{"MST", "America/Denver"}, {"MDT", "America/Denver"}, {"PST", "America/Los_Angeles"}, {"PDT", "America/Los_Angeles"},
	} {
		if bytes.HasPrefix(m.rest(), []byte(known[0])) {
			m.at += len(known[0])
			m.zone = m.pattern.zones.location(known[1])
			return m.zone != nil
		}
	}
	return false
}

// zoneID reads the longest name of the IANA database.
func (m *matcher) zoneID() bool {
	n := 0
	for c := m.rest(); n < len(c) && n < 40 && (isLetter(c[n]) || c[n]-'0' <= 9 || strings.IndexByte("/_+-", c[n]) >= 0); n++ {
	}
	for ; n > 0; n-- {
		if zone := m.pattern.zones.location(string(m.rest()[:n])); zone != nil {
			m.at += n
			m.zone = zone
			return true
		}
	}
	return false
}

// fromLocal finds the instant at which clocks of the zone show local. Of two it is the first; where clocks skip it, there
// is none.
func fromLocal(local int64, zone *time.Location) (druid.Instant, bool) {
	offset := func(t int64) int64 {
		_, seconds := time.UnixMilli(t).In(zone).Zone()
		return int64(seconds) * 1000
	}
	for _, guess := range []int64{offset(local - calendar.MillisPerDay), offset(local + calendar.MillisPerDay)} {
		if offset(local-guess) == guess {
			return druid.Instant(local - guess), true
		}
	}
	return 0, false
}
