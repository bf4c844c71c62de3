package schedule

import (
	"fmt"
	"slices"
	"strconv"
)

// number reads a number, or a word that stands for one.
func (f *field) number(text, part string) (int, error) {
	if i := slices.Index(f.words, part); i >= 0 {
		return i + f.wordsAt, nil
	}
	n, err := strconv.ParseInt(part, 10, 32)
	if err != nil {
		return 0, f.wrong(text, fmt.Sprintf("where [%s] is no number", part))
	}
	return int(n), nil
}

// folded is a number that has no other that means the same.
func (f *field) folded(n int) int {
	if f.sunday && n == 7 {
		return 0
	}
	return n
}

// within reads a number that the field takes.
func (f *field) within(text, part string) (int, error) {
	n, err := f.number(text, part)
	if err != nil {
		return 0, err
	}
	n = f.folded(n)
	return n, f.check(text, n)
}

func (f *field) check(text string, n int) error {
	if n < f.min || n > f.max {
		return f.wrong(text, fmt.Sprintf("where %d is none of its values", n))
	}
	return nil
}

func (f *field) checkStep(text string, step int) error {
	if most := min(f.max, f.max-f.min+1); step < 1 || step > most {
		return f.wrong(text, fmt.Sprintf("whose step must be from 1 to %d", most))
	}
	return nil
}
