package detect

import (
	"bytes"
	"strconv"

	"ovate/druid"
	"ovate/internal/calendar"
	"ovate/internal/moment"
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

// timeCounts is what is known of the values of a column as times.
type timeCounts struct {
	texts                                              int64 // times as people write them
	orders                                             [moment.Orders]span
	ordered                                            int64 // whose numbers could be in several orders
	unknown                                            int64 // with zones that nobody knows
	finer                                              int64
	gaps                                               int64
	twice                                              int64
	partial                                            int64
	short                                              int64
	zoned                                              int64 // that say their zone
	local                                              int64 // that do not
	letters                                            int64 // whose zone is letters with several meanings
	style                                              moment.Style
	styles                                             int // how many there are, up to 2
	firstUnknown, firstFiner, firstGap, firstTwice     place
	firstOrdered, firstZoned, firstLocal, firstLetters place
	ruledOut                                           [moment.Orders]place // what is no time in an order
	firstOther                                         place                // what reads as no time
	figures                                            int64                // texts with digits that read as no time, of a column that is named like one

	digits   [digitTimes]span
	cut      [nano + 1]int64 // numbers since 1970 with digits below a millisecond
	firstCut [nano + 1]place
	points   int64 // digits with a fraction
	given    span  // in the format that the caller knows
}

func (t *timeCounts) init() {
	for i := range t.orders {
		t.orders[i] = newSpan()
	}
	for i := range t.digits {
		t.digits[i] = newSpan()
	}
	t.given = newSpan()
}

// addTime looks at a value as a time.
func (w *counter) addTime(c *column, b []byte, n number) {
	is := false
	switch {
	case w.given != nil:
		is = w.addGiven(&c.times, b)
	case n.form == long:
		is = w.addDigits(&c.times, c.score, b, n.value)
	case n.form == double:
		is = w.addFraction(&c.times, b, n)
	case n.form == noNumber || n.form == decimalComma || n.form == eitherComma:
		is = w.addWritten(&c.times, b)
	}
	if is {
		return
	}
	w.at(&c.times.firstOther, b)
	if c.named && n.form == noNumber && bytes.ContainsAny(b, "0123456789") {
		c.times.figures++
	}
}

func (w *counter) addGiven(t *timeCounts, b []byte) bool {
	var read givenTime
	if !w.given.read(b, &read) {
		return false
	}
	t.given.add(read.at)
	w.count(&t.finer, &t.firstFiner, read.finer, b)
	w.count(&t.gaps, &t.firstGap, read.gap, b)
	w.count(&t.twice, &t.firstTwice, read.twice, b)
	w.count(&t.zoned, &t.firstZoned, read.known && read.zoned, b)
	w.count(&t.local, &t.firstLocal, read.known && !read.zoned, b)
	return true
}

// count counts a value of which something is true.
func (w *counter) count(n *int64, first *place, is bool, b []byte) {
	if is {
		*n++
		w.at(first, b)
	}
}

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

// addWritten looks at a text as a time that people wrote.
func (w *counter) addWritten(t *timeCounts, b []byte) bool {
	m, is := w.reader.Read(b)
	switch is {
	case moment.None:
		return false
	case moment.UnknownZone:
		t.unknown++
		w.at(&t.firstUnknown, b)
	case moment.Time:
		t.texts++
		for o := range moment.Orders {
			if m.Valid[o] {
				t.orders[o].add(m.At[o])
			}
		}
		if t.styles == 0 {
			t.style, t.styles = m.Style, 1
		} else if t.style != m.Style {
			t.styles = 2
		}
		w.count(&t.finer, &t.firstFiner, m.Finer, b)
		w.count(&t.gaps, &t.firstGap, m.Gap, b)
		w.count(&t.twice, &t.firstTwice, m.Overlap, b)
		w.count(&t.letters, &t.firstLetters, m.Letters, b)
		w.count(&t.ordered, &t.firstOrdered, m.Ordered, b)
		w.count(&t.zoned, &t.firstZoned, m.Style.Zoned(), b)
		w.count(&t.local, &t.firstLocal, !m.Style.Zoned(), b)
		for o := range moment.Orders {
			if !m.Valid[o] {
				w.at(&t.ruledOut[o], b)
			}
		}
		if m.Style.Partial() {
			t.partial++
		}
		if m.Style.Short() {
			t.short++
		}
	}
	return true
}

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

func (t *timeCounts) merge(o *timeCounts) {
	for _, sum := range [...][2]*int64{{&t.texts, &o.texts}, {&t.ordered, &o.ordered}, {&t.unknown, &o.unknown}, {&t.finer, &o.finer}, {&t.gaps, &o.gaps},
		{&t.twice, &o.twice}, {&t.partial, &o.partial}, {&t.short, &o.short}, {&t.local, &o.local}, {&t.zoned, &o.zoned}, {&t.letters, &o.letters}, {&t.points, &o.points}, {&t.figures, &o.figures}} {
		*sum[0] += *sum[1]
	}
	for i := range t.orders {
		t.orders[i].merge(o.orders[i])
	}
	for i := range t.digits {
		t.digits[i].merge(o.digits[i])
	}
	for i, n := range o.cut {
		t.cut[i] += n
		if o.firstCut[i].before(&t.firstCut[i]) {
			t.firstCut[i] = o.firstCut[i]
		}
	}
	t.given.merge(o.given)
	switch {
	case t.styles == 0:
		t.style, t.styles = o.style, o.styles
	case o.styles > 0 && (o.styles > 1 || o.style != t.style):
		t.styles = 2
	}
	for _, p := range [...][2]*place{{&t.firstUnknown, &o.firstUnknown}, {&t.firstFiner, &o.firstFiner}, {&t.firstGap, &o.firstGap}, {&t.firstTwice, &o.firstTwice},
		{&t.firstOrdered, &o.firstOrdered}, {&t.firstOther, &o.firstOther}, {&t.firstZoned, &o.firstZoned}, {&t.firstLocal, &o.firstLocal}, {&t.firstLetters, &o.firstLetters},
		{&t.ruledOut[0], &o.ruledOut[0]}, {&t.ruledOut[1], &o.ruledOut[1]}, {&t.ruledOut[2], &o.ruledOut[2]}} {
		if p[1].before(p[0]) {
			*p[0] = *p[1]
		}
	}
}
