package schedule

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// field is one of the fields of an expression.
type field struct {
	name     string
	min, max int
	words    []string // that stand for values, the first for wordsAt
	wordsAt  int
	marks    string // which of ?, L, W and # it takes
	sunday   bool   // 7 is 0
	backward bool   // a range may end before it starts
}

var (
	months     = []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}
	unixDays   = []string{"MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"}
	quartzDays = []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}
)

var unixFields = [...]field{
	{name: "minute", max: 59}, {name: "hour", max: 23}, {name: "day of month", min: 1, max: 31},
	{name: "month", min: 1, max: 12, words: months, wordsAt: 1}, {name: "day of week", max: 7, words: unixDays, wordsAt: 1, sunday: true},
}

var quartzFields = [...]field{
	{name: "second", max: 59, backward: true}, {name: "minute", max: 59, backward: true}, {name: "hour", max: 23, backward: true},
	{name: "day of month", min: 1, max: 31, marks: "?LW", backward: true},
	{name: "month", min: 1, max: 12, words: months, wordsAt: 1, backward: true},
	{name: "day of week", min: 1, max: 7, words: quartzDays, wordsAt: 1, marks: "?L#", backward: true},
	{name: "year", min: 1970, max: 2099},
}

func (f *field) ofWeek() bool { return f.name == "day of week" }

// wrong is an error that tells what the field may be.
func (f *field) wrong(text, why string) error {
	may := fmt.Sprintf("%d to %d", f.min, f.max)
	if len(f.words) > 0 {
		may += fmt.Sprintf(" or %s to %s", f.words[0], f.words[len(f.words)-1])
	}
	for _, m := range f.marks {
		may += map[rune]string{'?': ", ?", 'L': ", L", 'W': ", W as in 15W, LW", '#': ", # as in 6#3"}[m]
	}
	return fmt.Errorf("its %s is [%s], %s: it takes *, %s, lists as in %d,%d, ranges as in %d-%d and steps as in */%d", f.name, text, why, may,
		f.min, f.min+1, f.min, f.min+2, 2)
}

// parse reads what stands in a field.
func (f *field) parse(text string) (terms []term, odd string, err error) {
	if strings.HasSuffix(text, ",") {
		return nil, "", f.wrong(text, "which ends with a comma")
	}
	if day, is := strings.CutSuffix(text, "L"); is && f.ofWeek() && slices.Contains(f.words, day) {
		text = strconv.Itoa(slices.Index(f.words, day)+f.wordsAt) + "L"
	}
	parts := strings.Split(text, ",")
	for _, part := range parts {
		t, err := f.term(part)
		if err != nil {
			return nil, "", err
		}
		t, note, err := f.asDruid(t, part, len(parts) > 1)
		if err != nil {
			return nil, "", err
		}
		if odd == "" {
			odd = note
		}
		terms = append(terms, t)
	}
	return terms, odd, nil
}

// term reads one of the parts that commas divide.
func (f *field) term(text string) (term, error) {
	dash := strings.Split(text, "-")
	switch {
	case !strings.ContainsAny(text, "/-"):
		return f.single(text)
	case len(dash) == 2 && dash[0] == "L":
		before, err := f.within(text, dash[1])
		return f.marked(text, term{mark: last, from: -1, to: before}, err)
	case len(dash) == 2:
		return f.span(text, dash[0], dash[1])
	case len(dash) > 2:
		return term{}, f.wrong(text, "which is no range")
	}
	start, step, _ := strings.Cut(text, "/")
	n, err := strconv.Atoi(step)
	if err != nil {
		return term{}, f.wrong(text, fmt.Sprintf("whose step [%s] is no number", step))
	}
	if start == "*" && step == "1" {
		return term{mark: every}, nil
	}
	t := term{from: f.min, to: f.max, step: n}
	if start != "*" && start != "" {
		if t.from, err = f.within(text, start); err != nil {
			return term{}, err
		}
	}
	return t, f.checkStep(text, n)
}

// span reads from-to and from-to/step.
func (f *field) span(text, from, to string) (t term, err error) {
	parts := javaSplit(to, "/")
	t.step = 1
	if strings.Contains(to, "/") {
		if len(parts) < 2 {
			return term{}, f.wrong(text, "whose step is missing")
		}
		to = parts[0]
		if t.step, err = f.number(text, parts[1]); err == nil {
			err = f.checkStep(text, f.folded(t.step))
		}
		if err != nil {
			return term{}, err
		}
	}
	for _, end := range []struct {
		text string
		at   *int
	}{{from, &t.from}, {to, &t.to}} {
		if *end.at, err = f.number(text, end.text); err == nil {
			err = f.check(text, *end.at)
		}
		if err != nil {
			return term{}, err
		}
	}
	if t.from > t.to && !f.backward {
		return term{}, f.wrong(text, "which ends before it starts")
	}
	return t, nil
}

// single reads a value, or what stands for days that differ from month to month.
func (f *field) single(text string) (term, error) {
	switch {
	case text == "*":
		return term{mark: every}, nil
	case text == "?":
		return f.marked(text, term{mark: open}, nil)
	case strings.Contains(text, "#"):
		parts := javaSplit(text, "#")
		if len(parts) < 2 || parts[0] == "" {
			return term{}, f.wrong(text, "where a number is missing beside #")
		}
		which, err := f.within(text, parts[1])
		if err != nil {
			return term{}, err
		}
		day, err := f.within(text, parts[0])
		return f.marked(text, term{mark: nth, from: day, to: which}, err)
	case strings.Contains(text, "LW") && strings.ReplaceAll(text, "LW", "") == "":
		return f.marked(text, term{mark: lastWeekday, from: -1}, nil)
	case text == "L":
		return f.marked(text, term{mark: last, from: -1}, nil)
	case !strings.Contains(text, "LW") && digitBefore(text, 'L'):
		day, err := f.within(text, strings.ReplaceAll(text, "L", ""))
		return f.marked(text, term{mark: last, from: day}, err)
	case !strings.Contains(text, "LW") && digitBefore(text, 'W'):
		day, err := f.within(text, strings.ReplaceAll(text, "W", ""))
		return f.marked(text, term{mark: nearest, from: day}, err)
	}
	v, err := f.within(text, text)
	return term{from: v, to: v, step: 1}, err
}

// digitBefore tells whether a letter stands behind a digit.
func digitBefore(text string, letter byte) bool {
	for i := 1; i < len(text); i++ {
		if text[i] == letter && '0' <= text[i-1] && text[i-1] <= '9' {
			return true
		}
	}
	return false
}

// marked is a term with a mark, if the field takes that.
func (f *field) marked(text string, t term, err error) (term, error) {
	needs := t.mark
	if needs == lastWeekday {
		needs = nearest
	}
	if err == nil && strings.IndexByte(f.marks, needs) < 0 {
		err = f.wrong(text, "which it does not take")
	}
	return t, err
}
