package detect

import (
	"fmt"
)

// tell notes what is not kept of the times.
func (t *Time) tell(c *column) {
	x, name := &c.times, columnName(c.key)
	note := func(n int64, at place, text string) {
		if n > 0 {
			t.notes = append(t.notes, fmt.Sprintf("%s: %s %s, the first %q in %s, line %d.", name, times(n), text, at.value, at.input, at.line))
		}
	}
	cut, first := x.finer, x.firstFiner
	if t.digits <= nano {
		cut, first = x.cut[t.digits], x.firstCut[t.digits]
	}
	note(cut, first, "digits below a millisecond, which Druid's time does not have, are CUT; --type "+name+"=string keeps the values as they are written in a column as well")
	if t.given == "" {
		note(x.gaps, x.firstGap, "a time that the clocks of "+t.zone+" skip, moved on by what they skip")
		note(x.twice, x.firstTwice, "a time that the clocks of "+t.zone+" show twice, taken for the first")
		if x.short > 0 {
			t.notes = append(t.notes, name+": years of two digits are taken for 1969 to 2068.")
		}
	}
}
