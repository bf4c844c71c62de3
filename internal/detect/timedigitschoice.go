package detect

import (
	"strings"

	"ovate/druid"
	"ovate/internal/calendar"
	"ovate/internal/choice"
	"ovate/internal/detect/timeformat"
)

// ofDigits is how many values are times as digits.
func (x *timeCounts) ofDigits(d timeformat.Digits) int64 {
	if d == timeformat.None {
		return 0
	}
	return x.digits[d].n
}

// bestDigits is the way in which most values are digits that are a time, of those ways that a column of that name may mean.
func (x *timeCounts) bestDigits(name string, asked bool) timeformat.Digits {
	best, most := timeformat.None, int64(0)
	if !asked && nameScore(name) == 0 {
		return best
	}
	for d := range timeformat.None {
		switch {
		case x.digits[d].n <= most || x.rather(d):
		case !asked && d == timeformat.Year4 && !hasWord(name, "year", "yr") && (!hasWord(name, "date") || x.digits[d].min < druid.Instant(calendar.Days(1500, 1, 1)*calendar.MillisPerDay)):
		case !asked && d.IsSixDigits() && d != timeformat.Month6 && (!hasWord(name, "date", "day", "datum", "fecha", "dt", "yymmdd", "ddmmyy", "mmddyy") || hasWord(name, "month", "period")):
		case !asked && (d == timeformat.Month6 || d == timeformat.Month7) && !hasWord(name, "month", "date", "period", "yyyymm", "yearmonth"):
		default:
			best, most = d, x.digits[d].n
		}
	}
	for d, word := range map[timeformat.Digits]string{timeformat.Day6: "yymmdd", timeformat.DayFirst6: "ddmmyy", timeformat.MonthFirst6: "mmddyy"} {
		if best.IsSixDigits() && x.digits[d].n == most && hasWord(name, word) {
			best = d
		}
	}
	return best
}

// rather tells whether numbers since 1970 are rather the parts of a date, with the hour or more, of the years from 1900 to 2099: as a number they would be a time
// from 2030 to 2036, and of those one in a hundred looks like a date.
func (x *timeCounts) rather(d timeformat.Digits) bool {
	switch d {
	case timeformat.Posix:
		return x.digits[timeformat.Hour10].n*2 > x.digits[d].n
	case timeformat.Millis:
		return x.digits[timeformat.YearDay13].n*2 > x.digits[d].n
	case timeformat.Hour10:
		return !x.rather(timeformat.Posix)
	case timeformat.YearDay13:
		return !x.rather(timeformat.Millis)
	}
	return false
}

// doubtSixDigits refuses six digits that are dates in more ways than one.
func (t *Time) doubtSixDigits(x *timeCounts, name string) error {
	var days, all []string
	for d := timeformat.Day6; d <= timeformat.Month6; d++ {
		if x.digits[d].n != t.good.n {
			continue
		}
		if all = append(all, d.Name()); d != timeformat.Month6 {
			days = append(days, d.Name())
		}
	}
	if len(all) < 2 || hasWord(name, "month", "period", "yyyymm", "yearmonth", strings.ToLower(t.digits.Name())) {
		return nil
	}
	ways := "days (" + strings.Join(days, " or ") + ")"
	if len(days) < len(all) {
		ways = "months (yyyyMM) or as " + ways
	}
	return refuse("column %q holds numbers of six digits, which can be read as %s; choose with %s%s", name, ways, oneFormatOf(all), asText)
}

// oneFormatOf says how one of some formats is chosen.
func oneFormatOf(all []string) string {
	text := "«--time-format " + all[0] + "»"
	for _, other := range all[1:] {
		text += " or " + other
	}
	return text
}

// shaped are the patterns of dates that all numbers of some unit are as well.
func (t *Time) shaped(x *timeCounts) (patterns []string, certain bool) {
	for i, shape := range timeformat.Shapes {
		if x.shapes[i] == t.good.n {
			patterns = append(patterns, string(shape))
			certain = certain || shape.Certain()
		}
	}
	return patterns, certain
}

// isUsual tells whether all times are of the years from 1900 to 2099.
func (t *Time) isUsual() bool {
	return t.good.min >= druid.Instant(calendar.Days(1900, 1, 1)*calendar.MillisPerDay) && t.good.max < druid.Instant(calendar.Days(2100, 1, 1)*calendar.MillisPerDay)
}

// isToCome tells whether some times are not of the past.
func (t *Time) isToCome(o Options) bool { return t.good.max > o.present()+calendar.MillisPerDay }

// doubtCount refuses numbers of some unit that are dates to everybody who sees them, or of which the name says another unit.
func (t *Time) doubtCount(x *timeCounts, name string, o Options) error {
	column := choice.Flag("--time-column", name)
	if patterns, certain := t.shaped(x); certain || len(patterns) > 0 && t.isToCome(o) {
		return refuse("column %q holds numbers like %s, which are dates as %s, it seems, and as %s are times up to %s. Choose with %s %s or %s%s",
			name, &t.first, strings.Join(patterns, " or "), t.digits.Unit(), t.good.max, column, oneFormatOf(patterns), t.digits.Name(), asText)
	}
	if said := unitOf(name); t.join == nil && said < timeformat.Counts && said != t.digits {
		return refuse("column %q says %s, but its numbers, like %s, are times of the present as %s. Choose with %s «--time-format %s» or %s%s",
			name, strings.Fields(said.Unit())[0], &t.first, t.digits.Unit(), column, said.Name(), t.digits.Name(), asText)
	}
	return nil
}
