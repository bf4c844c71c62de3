package detect

import (
	"cmp"
	"fmt"
	"slices"

	"ovate/druid"
	"ovate/internal/detect/timeformat"
)

// addFraction looks at a number with a fraction as one of seconds or smaller units since 1970.
func (w *counter) addFraction(t *timeCounts, b []byte, n number) (is bool) {
	if at, _, ok := timeformat.Month7.Read(b); ok {
		t.digits[timeformat.Month7].add(at)
		return true
	}
	if n.whole < 9 || n.whole > 19 {
		return false
	}
	for d := range timeformat.Nano + 1 {
		if at, finer, ok := d.Read(b); ok && timeformat.IsPresent(at) {
			is = true
			w.since1970(t, d, at, b)
			t.points++
			w.count(&t.cut[d], finer, b)
		}
	}
	return is
}

// since1970 adds a number of some unit since 1970.
func (w *counter) since1970(t *timeCounts, d timeformat.Digits, at druid.Instant, b []byte) {
	if t.digits[d].n == 0 { // a worker meets the lines in their order
		w.at(&t.first[d], b)
	}
	t.digits[d].add(at)
}

// mixed are the units in which numbers since 1970 are, if all values are such numbers: the most usual first.
func (x *timeCounts) mixed(values int64) (units []timeformat.Digits) {
	var sum int64
	for d := timeformat.Posix; d <= timeformat.Nano; d++ {
		if x.digits[d].n > 0 {
			units = append(units, d)
			sum += x.digits[d].n
		}
	}
	if sum != values {
		return nil
	}
	slices.SortStableFunc(units, func(a, b timeformat.Digits) int { return cmp.Compare(x.digits[b].n, x.digits[a].n) })
	return units
}

// notPresent says what is wrong with a number that is no time of the present in this unit, as others are, of which one is first.
func notPresent(d timeformat.Digits, b []byte, first *place) string {
	for other := timeformat.Posix; other <= timeformat.Nano; other++ {
		if at, _, ok := other.Read(b); ok && timeformat.IsPresent(at) {
			return fmt.Sprintf("is %s since 1970, it seems, where others are %s, as %s; times of one column are of one unit: --time-format %s takes all for %s",
				other.Unit(), d.Unit(), first, d.Name(), d.Unit())
		}
	}
	return "is no time between 1990 and 2100; --time-format " + d.Name() + " takes any"
}

// addDigits looks at digits as the parts of a date, or as the time since 1970.
func (w *counter) addDigits(t *timeCounts, score int, b []byte, v int64) (is bool) {
	switch len(b) {
	case 6:
		is = w.addCalendar(t, score, b, v, timeformat.Month6)
		return score > 0 && w.addCalendar(t, score, b, v, timeformat.Day6) || is
	case 4, 8, 14:
		return w.addCalendar(t, score, b, v, [...]timeformat.Digits{4: timeformat.Year4, 8: timeformat.Day8, 14: timeformat.Second14}[len(b)])
	case 9, 10, 12, 13, 15, 16, 18, 19:
		for d := range timeformat.Nano + 1 {
			if at, finer, present := d.Since1970(v); present {
				is = true
				w.since1970(t, d, at, b)
				w.count(&t.cut[d], finer, b)
			}
		}
	}
	return is
}

// addCalendar looks at digits as the parts of a date.
func (w *counter) addCalendar(t *timeCounts, score int, b []byte, v int64, d timeformat.Digits) bool {
	at, ok := d.Date(v)
	if !ok {
		return false
	}
	t.digits[d].add(at)
	if w.zoned && score > 0 {
		_, gap, twice := w.reader.Local(at)
		w.count(&t.gaps, gap, b)
		w.count(&t.twice, twice, b)
	}
	return true
}
