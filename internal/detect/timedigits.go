package detect

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"ovate/druid"
	"ovate/internal/detect/number"
	"ovate/internal/detect/timeformat"
	"ovate/internal/table"
)

// addFraction looks at a number with a fraction or a power of ten as digits, or as seconds or smaller units since 1970.
func (w *counter) addFraction(c *column, kind table.Kind, b []byte, n number.Number) (is bool) {
	t := &c.times
	if at, _, ok := timeformat.Month7.Read(b); ok {
		t.digits[timeformat.Month7].add(at)
		if kind == table.Number && b[len(b)-1] == '0' { // of JSON: Druid has 2024.1 of 2024.10, which is another month
			t.unlike++
		}
		return true
	}
	if at, finer, ok := timeformat.Second14.Read(b); ok && n.Places > 0 {
		t.digits[timeformat.Second14].add(at)
		t.points++
		w.count(&t.finer, finer, b)
		return true
	}
	if n.Power {
		var ok bool
		if w.plain, ok = timeformat.WithoutPower(w.plain[:0], b); !ok {
			return false
		}
		b = w.plain
		n = number.Of(b)
	}
	if whole := timeformat.WholePart(b); len(whole) < len(b) || n.Form == number.Long {
		v, err := strconv.ParseInt(string(whole), 10, 64)
		if err != nil || !w.addDigits(t, c.score, whole, v) {
			return false
		}
		t.points++
		return true
	}
	if n.Whole < 9 || n.Whole > 19 {
		return false
	}
	for d := range timeformat.Counts {
		if at, finer, ok := d.Read(b); ok && d.IsPresent(at) {
			is = true
			w.addCount(t, d, at, b)
			t.points++
			w.count(&t.cut[d], finer, b)
		}
	}
	return is
}

// addCount adds a number of some unit.
func (w *counter) addCount(t *timeCounts, d timeformat.Digits, at druid.Instant, b []byte) {
	if t.digits[d].n == 0 { // a worker meets the lines in their order
		w.at(&t.first[d], b)
	}
	t.digits[d].add(at)
}

// mixed are the units in which numbers are, if all values are such numbers: the most usual first.
func (x *timeCounts) mixed(values int64) (units []timeformat.Digits) {
	var sum int64
	for d := range timeformat.Counts {
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
	for other := range timeformat.Counts {
		if at, _, ok := other.Read(b); ok && other.IsPresent(at) {
			return fmt.Sprintf("is %s, it seems, where others are %s, as %s; times of one column are of one unit: «--time-format %s» takes all for %s",
				other.Unit(), d.Unit(), first, d.Name(), d.Unit())
		}
	}
	return "is no time between 1990 and 2100; «--time-format " + d.Name() + "» takes any"
}

// addDigits looks at digits as the parts of a date, or as the time since 1970.
func (w *counter) addDigits(t *timeCounts, score int, b []byte, v int64) (is bool) {
	switch len(b) {
	case 6:
		is = w.addCalendar(t, score, b, v, timeformat.Month6)
		for d := timeformat.Day6; score > 0 && d <= timeformat.MonthFirst6; d++ {
			is = w.addCalendar(t, score, b, v, d) || is
		}
		return is
	case 4:
		return w.addCalendar(t, score, b, v, timeformat.Year4)
	case 8:
		return w.addCalendar(t, score, b, v, timeformat.Day8)
	case 14:
		return w.addCalendar(t, score, b, v, timeformat.Second14)
	case 10:
		is = w.addCalendar(t, score, b, v, timeformat.Hour10)
	case 12:
		is = w.addCalendar(t, score, b, v, timeformat.Minute12)
	case 13:
		is = w.addCalendar(t, score, b, v, timeformat.YearDay13)
	case 9, 15, 16, 18, 19:
	default:
		return false
	}
	for d := range timeformat.Counts {
		if at, finer, present := d.Count(v); present {
			is = true
			w.addShapes(t, d, b)
			w.addCount(t, d, at, b)
			w.count(&t.cut[d], finer, b)
		}
	}
	return is
}

// addShapes counts the dates that digits may be as well as a number of some unit, as long as all are.
func (w *counter) addShapes(t *timeCounts, d timeformat.Digits, b []byte) {
	for i, s := range timeformat.Shapes {
		if len(s) == len(b) && t.shapes[i] == t.digits[d].n && s.Fits(b) {
			t.shapes[i]++
		}
	}
}

// addCalendar looks at digits as the parts of a date.
func (w *counter) addCalendar(t *timeCounts, score int, b []byte, v int64, d timeformat.Digits) bool {
	at, ok := d.Date(v)
	if !ok {
		return false
	}
	t.digits[d].add(at)
	w.count(&t.midnights, d.EndsDay(v), b)
	if w.zoned && score > 0 {
		_, gap, twice := w.reader.Local(at)
		w.count(&t.gaps, gap, b)
		w.count(&t.twice, twice, b)
	}
	return true
}
