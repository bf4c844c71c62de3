package schedule

import "slices"

// term is one of the parts of a field that commas divide.
type term struct {
	mark           byte // 0: the values from, from+step … up to to; or one of marks
	from, to, step int
}

// The marks of terms.
const (
	every       = '*'
	open        = '?'
	last        = 'L' // of the month: the last day but to; of the week: the last such day of the month
	nearest     = 'W' // the weekday that is the nearest to a day
	lastWeekday = 'X'
	nth         = '#' // the to-th such day of the month
)

func (t term) has(v int) bool {
	return t.mark == every || t.mark == 0 && t.from <= v && v <= t.to && (v-t.from)%t.step == 0
}

// bitsOf are the values of terms between min and max.
func bitsOf(terms []term, min, max int) (set uint64) {
	for v := min; v <= max; v++ {
		if slices.ContainsFunc(terms, func(t term) bool { return t.has(v) }) {
			set |= 1 << v
		}
	}
	return set
}
