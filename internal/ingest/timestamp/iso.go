package timestamp

import (
	"bytes"
	"strings"
	"time"
	"unsafe"

	"ovate/druid"
	"ovate/internal/calendar"
	"ovate/internal/ingest/number"
)

// parseISO reads what DateTimes.of reads.
func parseISO(b []byte) (druid.Instant, bool) {
	if t, ok := parseCommon(b, 'T'); ok {
		return t, true
	}
	b, ok := stripQuotes(b)
	if !ok {
		return 0, false
	}
	t, err := druid.ParseInstant(view(b))
	return t, err == nil
}

// parseAuto reads digits as milliseconds and all else as ISO-8601 with T or a blank before the time. A time zone may
// follow; it has no influence on the instant (TimestampParser looks at it only to print the time).
func parseAuto(b []byte, zones *zones) (druid.Instant, bool) {
	if t, ok := parseCommon(b, ' '); ok {
		return t, true
	}
	if t, ok := parseCommon(b, 'T'); ok {
		return t, true
	}
	if isDigits(b) {
		v, ok := number.ParseLong(b)
		return druid.Instant(v), ok
	}
	b, ok := stripQuotes(b)
	if !ok {
		return 0, false
	}
	if at := bytes.LastIndexByte(b, ' '); at > 0 && zones.isJava(string(b[at+1:])) {
		b = b[:at]
	}
	return parseSpaced(b)
}

// parseSpaced is parseISO for texts that may have a blank in the place of the T, but must have a date before it and are
// not taken for milliseconds.
func parseSpaced(b []byte) (druid.Instant, bool) {
	if len(b) == 0 || b[0]|0x20 == 't' {
		return 0, false
	}
	date := b
	if at := bytes.IndexAny(b, " Tt"); at > 0 {
		date = b[:at]
		if b[at] == ' ' {
			b = append(bytes.Clone(b[:at]), b[at:]...)
			b[at] = 'T'
		}
	}
	if digits := bytes.TrimLeft(date, "+-"); len(date) == len(b) && isDigits(digits) && len(digits) > 9 {
		return 0, false
	}
	t, err := druid.ParseInstant(view(b))
	return t, err == nil
}

func isDigits(b []byte) bool {
	for _, c := range b {
		if c-'0' > 9 {
			return false
		}
	}
	return true
}

// parseCommon reads the shapes that are met most, yyyy-MM-ddTHH:mm:ss[.SSS][Z], with separator in the place of the T.
func parseCommon(b []byte, separator byte) (druid.Instant, bool) {
	n := len(b)
	if n > 19 && b[n-1] == 'Z' {
		n--
	}
	if n != 19 && n != 23 || b[4] != '-' || b[7] != '-' || b[10] != separator || b[13] != ':' || b[16] != ':' {
		return 0, false
	}
	century, year, ok1 := pairs(b[0], b[1], b[2], b[3])
	month, day, ok2 := pairs(b[5], b[6], b[8], b[9])
	hour, minute, ok3 := pairs(b[11], b[12], b[14], b[15])
	second, _, ok4 := pairs(b[17], b[18], '0', '0')
	if !(ok1 && ok2 && ok3 && ok4) {
		return 0, false
	}
	year += 100 * century
	millis := 0
	if n == 23 {
		tens, ones, ok := pairs(b[20], b[21], '0', b[22])
		if !ok || b[19] != '.' {
			return 0, false
		}
		millis = tens*10 + ones
	}
	if month < 1 || month > 12 || day < 1 || day > 28 && day > calendar.DaysInMonth(int64(year), month) || hour > 23 || minute > 59 || second > 59 {
		return 0, false
	}
	seconds := (calendar.Days(int64(year), month, day)*24+int64(hour))*3600 + int64(minute*60+second)
	return druid.Instant(seconds*1000 + int64(millis)), true
}

// commonShape tells for which patterns texts of a certain length are what parseCommon reads.
func commonShape(pattern string) (length int, separator byte) {
	switch pattern {
	case "yyyy-MM-dd HH:mm:ss":
		return 19, ' '
	case "yyyy-MM-dd'T'HH:mm:ss":
		return 19, 'T'
	case "yyyy-MM-dd HH:mm:ss.SSS":
		return 23, ' '
	case "yyyy-MM-dd'T'HH:mm:ss.SSS":
		return 23, 'T'
	}
	return 0, 0
}

// pairs reads two numbers of two digits.
func pairs(a, b, c, d byte) (first, second int, ok bool) {
	a, b, c, d = a-'0', b-'0', c-'0', d-'0'
	return int(a)*10 + int(b), int(c)*10 + int(d), a <= 9 && b <= 9 && c <= 9 && d <= 9
}

// zones knows which texts are names of time zones and keeps those it met.
type zones struct {
	locations map[string]*time.Location // nil for names that there are not
}

// maxZones bounds how many names are kept.
const maxZones = 1000

func newZones() *zones { return &zones{locations: map[string]*time.Location{}} }

// isJava tells whether TimeZone.getAvailableIDs has the name: those of the IANA database and Java's old short ones.
func (z *zones) isJava(name string) bool {
	return isShortZone(name) || z.location(name) != nil
}

// isZoneName tells whether a text looks like the name of a zone, before it is looked for in the database.
func isZoneName(s string) bool {
	for i := range len(s) {
		if !isLetter(s[i]) && (i == 0 || s[i]-'0' > 9 && strings.IndexByte("/_+-", s[i]) < 0) {
			return false
		}
	}
	return s != "" && s != "Local"
}

// location is a zone of the IANA database, nil if there is none of that name.
func (z *zones) location(name string) *time.Location {
	if !isZoneName(name) {
		return nil
	}
	if l, met := z.locations[name]; met {
		return l
	}
	var found *time.Location
	if l, err := time.LoadLocation(name); err == nil {
		found = l
	}
	if len(z.locations) >= maxZones {
		clear(z.locations)
	}
	z.locations[name] = found
	return found
}

func isShortZone(name string) bool {
	switch name {
	case "ACT", "AET", "AGT", "ART", "AST", "BET", "BST", "CAT", "CNT", "CST", "CTT", "EAT", "ECT", "EST", "HST", "IET", "IST",
		"JST", "MIT", "MST", "NET", "NST", "PLT", "PNT", "PRT", "PST", "SST", "VST":
		return true
	}
	return false
}

// view is b as a string for the time of a call.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
