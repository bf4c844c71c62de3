package detect

import (
	"cmp"
	"fmt"
	"slices"
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
	day6     // 240115
	month6   // 202401
	month7   // 2024.01
	year4    // 2024
	digitTimes
)

// format is what a timestampSpec calls it.
func (d digitTime) format() string {
	return [...]string{"posix", "millis", "micro", "nano", "yyyyMMdd", "yyyyMMddHHmmss", "yyMMdd", "yyyyMM", "yyyy.MM", "yyyy"}[d]
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
			w.since1970(t, digitTime(d), at, b)
			t.points++
			if finer {
				t.cut[d]++
				w.at(&t.firstCut[d], b)
			}
		}
	}
	return is
}

// since1970 adds a number of some unit since 1970.
func (w *counter) since1970(t *timeCounts, d digitTime, at druid.Instant, b []byte) {
	if t.digits[d].n == 0 { // a worker meets the lines in their order
		w.at(&t.first[d], b)
	}
	t.digits[d].add(at)
}

// mixed are the units in which numbers since 1970 are, if all values are such numbers: the most usual first.
func (x *timeCounts) mixed(values int64) (units []digitTime) {
	var sum int64
	for d := posix; d <= nano; d++ {
		if x.digits[d].n > 0 {
			units = append(units, d)
			sum += x.digits[d].n
		}
	}
	if sum != values {
		return nil
	}
	slices.SortStableFunc(units, func(a, b digitTime) int { return cmp.Compare(x.digits[b].n, x.digits[a].n) })
	return units
}

// unit is what people call what a number counts.
func (d digitTime) unit() string {
	return [...]string{"seconds", "milliseconds", "microseconds", "nanoseconds"}[d]
}

// notPresent says what is wrong with a number that is no time of the present in this unit, as others are, of which one is first.
func (d digitTime) notPresent(b []byte, first place) string {
	for other := posix; other <= nano; other++ {
		if at, _, ok := epoch(b, other); ok && isPresent(at) {
			return fmt.Sprintf("is %s since 1970, it seems, where others are %s, as %q in %s, line %d; times of one column are of one unit: --time-format %s takes all for %s",
				other.unit(), d.unit(), first.value, first.input, first.line, d.format(), d.unit())
		}
	}
	return "is no time between 1990 and 2100; --time-format " + d.format() + " takes any"
}

// isPresent tells whether an instant is one that numbers since 1970 can mean.
func isPresent(at druid.Instant) bool { return at >= from1990*1000 && at < to2100*1000 }

// addDigits looks at digits as the parts of a date, or as the time since 1970.
func (w *counter) addDigits(t *timeCounts, score int, b []byte, v int64) (is bool) {
	switch len(b) {
	case 6:
		is = w.addCalendar(t, score, b, v, month6)
		return score > 0 && w.addCalendar(t, score, b, v, day6) || is
	case 4, 8, 14:
		return w.addCalendar(t, score, b, v, [...]digitTime{4: year4, 8: day8, 14: second14}[len(b)])
	case 9, 10, 12, 13, 15, 16, 18, 19:
		for d, unit := range units {
			if seconds := v / unit; seconds >= from1990 && seconds < to2100 {
				is = true
				w.since1970(t, digitTime(d), druid.Instant(seconds*1000+v%unit*1000/unit), b)
				if unit > 1000 && v%(unit/1000) != 0 {
					t.cut[d]++
					w.at(&t.firstCut[d], b)
				}
			}
		}
	}
	return is
}

// addCalendar looks at digits as the parts of a date.
func (w *counter) addCalendar(t *timeCounts, score int, b []byte, v int64, d digitTime) bool {
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
}

// calendarDigits reads digits that are the parts of a date, in UTC.
func calendarDigits(b []byte, d digitTime) (druid.Instant, bool) {
	if want := [...]int{day8: 8, second14: 14, day6: 6, month6: 6, month7: 7, year4: 4}[d]; len(b) != want {
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
	case day6: // of years from 1969 to 2068, as POSIX has it
		year, month, day = 1900+n/10000, int(n/100%100), int(n%100)
		if year < 1969 {
			year += 100
		}
	case month6, month7:
		year, month = n/100, int(n%100)
	}
	hour, minute, second := clock/10000, clock/100%100, clock%100
	if d == month6 && (year < 1500 || year > 2199) || year < 1000 || year > 2999 && d != day8 && d != second14 || month < 1 || month > 12 || day < 1 || day > calendar.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59 {
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
