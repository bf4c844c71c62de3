package schedule

import (
	"fmt"
	"strings"
	"time"
)

// nothing is a term without values.
var nothing = term{from: 1, to: 0, step: 1}

// asDruid is a term as Druid takes it, and what is odd about that.
func (f *field) asDruid(t term, text string, listed bool) (_ term, odd string, err error) {
	ofMonth := f.name == "day of month"
	switch {
	case t.mark == 0 && t.from > t.to:
		return f.backwards(t, text, listed)
	case t.mark == open && listed && ofMonth:
		return nothing, "", f.wrong(text, "which cannot be in a list")
	case t.mark == open && listed:
		return nothing, f.oddly(text, "for nothing"), nil
	case ofMonth && listed && (t.mark == last || t.mark == lastWeekday || t.mark == nearest):
		if t.from < 0 {
			return nothing, f.oddly(text, "for nothing where it is in a list"), nil
		}
		return term{from: t.from, to: t.from, step: 1}, f.oddly(text, fmt.Sprintf("for %d where it is in a list", t.from)), nil
	case ofMonth && t.mark == last && t.from >= 0:
		return term{mark: last, from: -1}, f.oddly(text, "for L"), nil
	case f.ofWeek() && t.mark == last && t.to > 0:
		return term{mark: last, from: -1}, f.oddly(text, "for L, each Saturday"), nil
	}
	return t, "", nil
}

// backwards is a range as Druid takes it that ends before it starts.
func (f *field) backwards(t term, text string, listed bool) (_ term, odd string, err error) {
	steps := strings.Contains(text, "/")
	switch {
	case f.ofWeek() && steps:
		return nothing, "", f.wrong(text, "which ends before it starts, and has a step")
	case f.ofWeek(): // it goes over the end of the week
		return t, "", nil
	case listed || steps && t.from == f.max:
		return nothing, f.oddly(text, "for nothing"), nil
	}
	return term{from: t.from, to: t.from, step: 1}, f.oddly(text, fmt.Sprintf("for %d alone", t.from)), nil
}

// oddDay is what is odd about a day of the month of which Druid looks for the nearest weekday: it fails at a month that has no such day.
func (c *cron) oddDay() string {
	t := c.dayOfMonth.special
	if t.mark != nearest {
		return ""
	}
	for m := time.January; m <= time.December; m++ {
		if common := monthOf(2026, m); c.months>>m&1 == 1 && t.from > common.length {
			return fmt.Sprintf("its day of month has [%dW], at which Druid fails in a month without that day, such as %s", t.from, m)
		}
	}
	return ""
}

func (f *field) oddly(text, as string) string {
	return fmt.Sprintf("its %s has [%s], which Druid takes %s", f.name, text, as)
}
