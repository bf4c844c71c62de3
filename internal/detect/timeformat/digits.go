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
	Ticks       // of .NET: 638409096000000000
	Filetime    // of Windows: 133497864000000000
	Day8        // 20240115
	Hour10      // 2024011510
	Minute12    // 202401151020
	Second14    // 20240115102030
	YearDay13   // 2024015102030
	Day6        // 240115
	DayFirst6   // 150124
	MonthFirst6 // 011524
	Month6      // 202401
	Month7      // 2024.01
	Year4       // 2024
	None        // not digits alone; so many ways there are
)

// Counts is how many of the ways count units, and are not the parts of a date. They come first.
const Counts = Filetime + 1

// Name is what a timestampSpec calls it; Druid has no name for ticks and filetime.
func (d Digits) Name() string {
	return [...]string{"posix", "millis", "micro", "nano", "ticks", "filetime", "yyyyMMdd", "yyyyMMddHH", "yyyyMMddHHmm", "yyyyMMddHHmmss", "yyyyDDDHHmmss", "yyMMdd", "ddMMyy", "MMddyy", "yyyyMM", "yyyy.MM", "yyyy"}[d]
}

// IsCount tells whether the digits are a number of units, and not the parts of a date.
func (d Digits) IsCount() bool { return d < Counts }

// HasDay tells whether the digits are a date with a year of four digits, a month and a day, which other numbers seldom are.
func (d Digits) HasDay() bool { return d >= Day8 && d <= YearDay13 }

// IsDruids tells whether Druid can read what is so written to the same instants.
func (d Digits) IsDruids() bool {
	switch d {
	case Ticks, Filetime, Day6, DayFirst6, MonthFirst6: // in two digits of a year Druid sees another century
		return false
	}
	return true
}

// IsSixDigits tells whether these are six digits, which can be a date in several ways.
func (d Digits) IsSixDigits() bool { return d >= Day6 && d <= Month6 }

// units are how many of it are a second.
var units = [Counts]int64{1, 1e3, 1e6, 1e9, 1e7, 1e7}

// origins are how many seconds before 1970 it counts from.
var origins = [Counts]int64{Ticks: 62135596800, Filetime: 11644473600}

// Unit is what people call that which a number counts.
func (d Digits) Unit() string {
	return [...]string{"seconds since 1970", "milliseconds since 1970", "microseconds since 1970", "nanoseconds since 1970", "ticks of .NET, 100 nanoseconds each, since the year 1", "FILETIME of Windows, 100 nanoseconds each, since 1601"}[d]
}

// Numbers that count units are told apart by magnitude: all that they can mean lies between 1990 and 2100. As nanoseconds, ticks until 2100 would be times of
// 1990, which are not meant.
const (
	from1990  = 631152000
	nanoFrom  = 662380417
	until2100 = 4102444800
)

// IsPresent tells whether an instant is one that such numbers can mean.
func (d Digits) IsPresent(at druid.Instant) bool {
	return at >= from1990*1000 && at < until2100*1000 && (d != Nano || at >= nanoFrom*1000)
}

// Count is the time that a whole number of units is, cut to milliseconds, if it is one that such numbers can mean. finer tells whether digits were lost.
func (d Digits) Count(n int64) (at druid.Instant, finer, present bool) {
	unit := units[d]
	seconds := n/unit - origins[d]
	if seconds < from1990 || seconds >= until2100 || d == Nano && seconds < nanoFrom {
		return 0, false, false
	}
	return druid.Instant(seconds*1000 + n%unit*1000/unit), unit > 1000 && n%(unit/1000) != 0, true
}

// Read reads digits, in UTC. What they count is cut to milliseconds; finer tells whether digits were lost.
func (d Digits) Read(b []byte) (at druid.Instant, finer, ok bool) {
	if d.IsCount() {
		return epoch(b, d)
	}
	if d == Second14 && len(b) > len("20240115102030.") && b[14] == '.' {
		return secondsAndFraction(b)
	}
	at, ok = calendarDigits(b, d)
	return at, false, ok
}

// secondsAndFraction reads 20240115102030.123, as databases write times that are numbers.
func secondsAndFraction(b []byte) (at druid.Instant, finer, ok bool) {
	const whole = len("20240115102030")
	if at, ok = calendarDigits(b[:whole], Second14); !ok || !areDigits(b[whole+1:]) {
		return 0, false, false
	}
	unit := druid.Instant(100)
	for _, c := range b[whole+1:] {
		at += druid.Instant(c-'0') * unit
		finer = finer || unit == 0 && c != '0'
		unit /= 10
	}
	return at, finer, true
}

// calendarDigits reads digits that are the parts of a date, in UTC.
func calendarDigits(b []byte, d Digits) (druid.Instant, bool) {
	if d != Month7 {
		b = WholePart(b)
	}
	if want := [...]int{Day8: 8, Hour10: 10, Minute12: 12, Second14: 14, YearDay13: 13, Day6: 6, DayFirst6: 6, MonthFirst6: 6, Month6: 6, Month7: 7, Year4: 4}[d]; len(b) != want {
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
	year, month, day, clock := n, int64(1), int64(1), int64(0)
	switch d {
	case Second14, YearDay13:
		n, clock = n/1000000, n%1000000
	case Minute12:
		n, clock = n/10000, n%10000*100
	case Hour10:
		n, clock = n/100, n%100*10000
	}
	first, least, most := n/10000, int64(1000), int64(2999)
	switch d {
	case Day8, Second14:
		year, month, day, most = first, n/100%100, n%100, 9999
	case Hour10, Minute12:
		year, month, day, least, most = first, n/100%100, n%100, 1900, 2099
	case YearDay13:
		year, day, least, most = n/1000, n%1000, 1900, 2099
	case Day6:
		year, month, day = Century(first), n/100%100, n%100
	case DayFirst6:
		year, month, day = Century(n%100), n/100%100, first
	case MonthFirst6:
		year, month, day = Century(n%100), first, n/100%100
	case Month6:
		year, month, least, most = n/100, n%100, 1500, 2199
	case Month7:
		year, month = n/100, n%100
	}
	hour, minute, second := clock/10000, clock/100%100, clock%100
	if year < least || year > most || month < 1 || month > 12 || day < 1 || hour > 23 && clock != endOfDay || minute > 59 || second > 59 {
		return 0, false
	}
	if d != YearDay13 && day > int64(calendar.DaysInMonth(year, int(month))) || d == YearDay13 && day > calendar.Days(year+1, 1, 1)-calendar.Days(year, 1, 1) {
		return 0, false
	}
	days := calendar.Days(year, int(month), 1) + day - 1
	return druid.Instant(days*calendar.MillisPerDay + (hour*3600+minute*60+second)*1000), true
}

// endOfDay is 24:00:00, the midnight at which a day ends, where hours count from 1.
const endOfDay = 240000

// EndsDay tells whether digits that are a date have 24 for their hour.
func (d Digits) EndsDay(n int64) bool {
	switch d {
	case Second14, YearDay13:
		return n%1000000 == endOfDay
	case Minute12:
		return n%10000 == endOfDay/100
	case Hour10:
		return n%100 == endOfDay/10000
	}
	return false
}

// Century is the year of which there are two digits: of those from 1969 to 2068, as POSIX has it.
func Century(year int64) int64 {
	if year < 69 {
		return 2000 + year
	}
	return 1900 + year
}

// epoch reads a number of units, perhaps with a fraction or an exponent. It is cut to milliseconds; finer tells whether digits were lost.
func epoch(b []byte, d Digits) (at druid.Instant, finer, ok bool) {
	if hasPower(b) {
		if b, ok = WithoutPower(nil, b); !ok {
			return 0, false, false
		}
	}
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
	return druid.Instant(ms - origins[d]*1000), finer, true
}

func areDigits(b []byte) bool {
	for _, c := range b {
		if c-'0' > 9 {
			return false
		}
	}
	return true
}
