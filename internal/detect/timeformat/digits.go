package timeformat

import (
	"strconv"

	"ovate/druid"
	"ovate/internal/calendar"
)

// Digits is a way in which digits alone are a time.
type Digits uint8

const (
	Posix Digits = iota
	Millis
	Micro
	Nano
	Day8     // 20240115
	Second14 // 20240115102030
	Day6     // 240115
	Month6   // 202401
	Month7   // 2024.01
	Year4    // 2024
	None     // not digits alone; so many ways there are
)

// Name is what a timestampSpec calls it.
func (d Digits) Name() string {
	return [...]string{"posix", "millis", "micro", "nano", "yyyyMMdd", "yyyyMMddHHmmss", "yyMMdd", "yyyyMM", "yyyy.MM", "yyyy"}[d]
}

// IsCount tells whether the digits are a number of units since 1970, and not the parts of a date.
func (d Digits) IsCount() bool { return d <= Nano }

// units are how many of it are a second.
var units = [...]int64{1, 1e3, 1e6, 1e9}

// Unit is what people call what a number since 1970 counts.
func (d Digits) Unit() string {
	return [...]string{"seconds", "milliseconds", "microseconds", "nanoseconds"}[d]
}

// Numbers that count from 1970 are told apart by magnitude: all that they can mean lies between 1990 and 2100.
const (
	from1990 = 631152000
	to2100   = 4102444800
)

// IsPresent tells whether an instant is one that numbers since 1970 can mean.
func IsPresent(at druid.Instant) bool { return at >= from1990*1000 && at < to2100*1000 }

// Since1970 is the time that a whole number of units since 1970 is, cut to milliseconds, if it is one that such numbers can mean. finer tells
// whether digits were lost.
func (d Digits) Since1970(n int64) (at druid.Instant, finer, present bool) {
	unit := units[d]
	seconds := n / unit
	if seconds < from1990 || seconds >= to2100 {
		return 0, false, false
	}
	return druid.Instant(seconds*1000 + n%unit*1000/unit), unit > 1000 && n%(unit/1000) != 0, true
}

// Read reads digits, in UTC. What they count since 1970 is cut to milliseconds; finer tells whether digits were lost.
func (d Digits) Read(b []byte) (at druid.Instant, finer, ok bool) {
	if d.IsCount() {
		return epoch(b, d)
	}
	at, ok = calendarDigits(b, d)
	return at, false, ok
}

// calendarDigits reads digits that are the parts of a date, in UTC.
func calendarDigits(b []byte, d Digits) (druid.Instant, bool) {
	if want := [...]int{Day8: 8, Second14: 14, Day6: 6, Month6: 6, Month7: 7, Year4: 4}[d]; len(b) != want {
		return 0, false
	}
	var digits [6]byte
	if d == Month7 {
		if b[4] != '.' {
			return 0, false
		}
		b = append(append(digits[:0], b[:4]...), b[5:]...)
	}
	n, err := strconv.ParseUint(string(b), 10, 63)
	if err != nil {
		return 0, false
	}
	return d.Date(int64(n))
}

// Date is the time of which a number has the digits, as the parts of a date.
func (d Digits) Date(n int64) (druid.Instant, bool) {
	year, month, day, clock := n, 1, 1, int64(0)
	switch d {
	case Second14:
		clock = n % 1000000
		n /= 1000000
		fallthrough
	case Day8:
		year, month, day = n/10000, int(n/100%100), int(n%100)
	case Day6: // of years from 1969 to 2068, as POSIX has it
		year, month, day = 1900+n/10000, int(n/100%100), int(n%100)
		if year < 1969 {
			year += 100
		}
	case Month6, Month7:
		year, month = n/100, int(n%100)
	}
	hour, minute, second := clock/10000, clock/100%100, clock%100
	if d == Month6 && (year < 1500 || year > 2199) || year < 1000 || year > 2999 && d != Day8 && d != Second14 || month < 1 || month > 12 || day < 1 || day > calendar.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59 {
		return 0, false
	}
	return druid.Instant(calendar.Days(year, month, day)*calendar.MillisPerDay + (hour*3600+minute*60+second)*1000), true
}

// epoch reads a number of units since 1970, perhaps with a fraction. It is cut to milliseconds; finer tells whether digits were lost.
func epoch(b []byte, d Digits) (at druid.Instant, finer, ok bool) {
	negative := len(b) > 0 && b[0] == '-'
	if negative {
		b = b[1:]
	}
	point := 0
	for point < len(b) && b[point]-'0' <= 9 {
		point++
	}
	if point == 0 || point > 18 && point < len(b) || point < len(b) && (b[point] != '.' || !areDigits(b[point+1:])) {
		return 0, false, false
	}
	whole, err := strconv.ParseInt(string(b[:point]), 10, 64)
	if err != nil || whole/units[d] > 1<<47 {
		return 0, false, false
	}
	unit := units[d]
	ms := whole / unit * 1000
	rest := whole % unit
	if unit >= 1000 {
		ms += rest / (unit / 1000)
		finer = rest%(unit/1000) != 0
	}
	scale := 1000 / unit // of what a fraction of posix has in milliseconds
	for i := point + 1; i < len(b); i++ {
		digit := int64(b[i] - '0')
		scale /= 10
		ms += digit * scale
		finer = finer || scale == 0 && digit != 0
	}
	if negative {
		ms = -ms
	}
	return druid.Instant(ms), finer, true
}

func areDigits(b []byte) bool {
	for _, c := range b {
		if c-'0' > 9 {
			return false
		}
	}
	return true
}
