package detect

import (
	"strconv"

	"ovate/druid"
	"ovate/internal/calendar"
)

// digitTime is a way in which digits alone are a time.
type digitTime uint8

const (
	posix digitTime = iota
	millis
	micro
	nano
	day8     // 20240115
	second14 // 20240115102030
	month6   // 202401
	month7   // 2024.01
	year4    // 2024
	digitTimes
)

// format is what a timestampSpec calls it.
func (d digitTime) format() string {
	return [...]string{"posix", "millis", "micro", "nano", "yyyyMMdd", "yyyyMMddHHmmss", "yyyyMM", "yyyy.MM", "yyyy"}[d]
}

// units are how many of it are a second.
var units = [...]int64{1, 1e3, 1e6, 1e9}

// Numbers that count from 1970 are told apart by magnitude: all that they can mean lies between 1990 and 2100.
const (
	from1990 = 631152000
	to2100   = 4102444800
)

// addFraction looks at a number with a fraction as one of seconds or smaller units since 1970.
func (w *counter) addFraction(t *timeCounts, b []byte, n number) (is bool) {
	if at, ok := calendarDigits(b, month7); ok {
		t.digits[month7].add(at)
		return true
	}
	if n.whole < 9 || n.whole > 19 {
		return false
	}
	for d := range units {
		if at, finer, ok := epoch(b, digitTime(d)); ok && isPresent(at) {
			is = true
			t.digits[d].add(at)
			t.points++
			if finer {
				t.cut[d]++
				w.at(&t.firstCut[d], b)
			}
		}
	}
	return is
}

// isPresent tells whether an instant is one that numbers since 1970 can mean.
func isPresent(at druid.Instant) bool { return at >= from1990*1000 && at < to2100*1000 }

// addDigits looks at digits as the parts of a date, or as the time since 1970.
func (w *counter) addDigits(t *timeCounts, score int, b []byte, v int64) (is bool) {
	switch len(b) {
	case 4, 6, 8, 14:
		d := [...]digitTime{4: year4, 6: month6, 8: day8, 14: second14}[len(b)]
		at, ok := calendarTime(v, d)
		if !ok {
			return false
		}
		t.digits[d].add(at)
		if w.zoned && score > 0 {
			_, gap, twice := w.reader.Local(at)
			w.count(&t.gaps, &t.firstGap, gap, b)
			w.count(&t.twice, &t.firstTwice, twice, b)
		}
		return true
	case 9, 10, 12, 13, 15, 16, 18, 19:
		for d, unit := range units {
			if seconds := v / unit; seconds >= from1990 && seconds < to2100 {
				is = true
				t.digits[d].add(druid.Instant(seconds*1000 + v%unit*1000/unit))
				if unit > 1000 && v%(unit/1000) != 0 {
					t.cut[d]++
					w.at(&t.firstCut[d], b)
				}
			}
		}
	}
	return is
}

// calendarDigits reads digits that are the parts of a date, in UTC.
func calendarDigits(b []byte, d digitTime) (druid.Instant, bool) {
	if want := [...]int{day8: 8, second14: 14, month6: 6, month7: 7, year4: 4}[d]; len(b) != want {
		return 0, false
	}
	var digits [6]byte
	if d == month7 {
		if b[4] != '.' {
			return 0, false
		}
		b = append(append(digits[:0], b[:4]...), b[5:]...)
	}
	n, err := strconv.ParseUint(view(b), 10, 63)
	if err != nil {
		return 0, false
	}
	return calendarTime(int64(n), d)
}

// calendarTime is the time of which a number has the digits.
func calendarTime(n int64, d digitTime) (druid.Instant, bool) {
	year, month, day, clock := n, 1, 1, int64(0)
	switch d {
	case second14:
		clock = n % 1000000
		n /= 1000000
		fallthrough
	case day8:
		year, month, day = n/10000, int(n/100%100), int(n%100)
	case month6, month7:
		year, month = n/100, int(n%100)
	}
	hour, minute, second := clock/10000, clock/100%100, clock%100
	if year < 1000 || year > 2999 && d != day8 && d != second14 || month < 1 || month > 12 || day < 1 || day > calendar.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59 {
		return 0, false
	}
	return druid.Instant(calendar.Days(year, month, day)*calendar.MillisPerDay + (hour*3600+minute*60+second)*1000), true
}

// epoch reads a number of units since 1970, perhaps with a fraction. It is cut to milliseconds; finer tells whether digits were lost.
func epoch(b []byte, d digitTime) (at druid.Instant, finer, ok bool) {
	negative := len(b) > 0 && b[0] == '-'
	if negative {
		b = b[1:]
	}
	point := 0
	for point < len(b) && b[point]-'0' <= 9 {
		point++
	}
	if point == 0 || point > 18 && point < len(b) || point < len(b) && (b[point] != '.' || !areDigits(b, point+1, len(b)-point-1)) {
		return 0, false, false
	}
	whole, err := strconv.ParseInt(view(b[:point]), 10, 64)
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
