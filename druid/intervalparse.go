package druid

import (
	"cmp"
	"errors"
	"slices"
	"strings"
)

// IntervalError is a text that is not an interval.
type IntervalError struct {
	Text    string
	Problem string
}

// Error is worded as Druid does.
func (e *IntervalError) Error() string {
	return "Invalid interval[" + e.Text + "]: [" + e.Problem + "]"
}

// ParseInterval reads start/end, start/period or period/end, each instant as ParseInstant reads ISO-8601, each
// period as ParsePeriod does. Errors are *IntervalError, with Joda-Time's words for the problem.
func ParseInterval(text string) (Interval, error) {
	i, err := parseInterval(text)
	if err != nil {
		return Interval{}, &IntervalError{Text: text, Problem: err.Error()}
	}
	return i, nil
}

func parseInterval(text string) (i Interval, err error) {
	left, right, ok := strings.Cut(text, "/")
	if !ok {
		return i, errors.New("Format requires a '/' separator: " + text)
	}
	if left == "" || right == "" {
		return i, errors.New("Format invalid: " + text)
	}
	var before, after Period
	if startsPeriod(left) {
		before, err = ParsePeriod(left)
	} else {
		i.Start, err = parseISO(left)
	}
	if err != nil {
		return i, err
	}
	switch {
	case startsPeriod(right) && startsPeriod(left):
		return i, errors.New("Interval composed of two durations: " + text)
	case startsPeriod(right):
		after, err = ParsePeriod(right)
		i.End = after.add(i.Start, 1, utcZone)
	default:
		i.End, err = parseISO(right)
	}
	if err != nil {
		return i, err
	}
	if startsPeriod(left) {
		i.Start = before.add(i.End, -1, utcZone)
	}
	if i.End < i.Start {
		return i, errors.New("The end instant must be greater than the start instant")
	}
	return i, nil
}

func startsPeriod(s string) bool { return s[0] == 'P' || s[0] == 'p' }

// CompareIntervals orders by start, then by end.
func CompareIntervals(a, b Interval) int {
	return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
}

// CondenseIntervals returns the same time as intervals in order, those that touch or overlap joined. The argument
// is left as it is.
func CondenseIntervals(intervals []Interval) []Interval {
	sorted := slices.SortedFunc(slices.Values(intervals), CompareIntervals)
	condensed := sorted[:0]
	for _, i := range sorted {
		if last := len(condensed) - 1; last >= 0 && i.Start <= condensed[last].End {
			condensed[last].End = max(condensed[last].End, i.End)
			continue
		}
		condensed = append(condensed, i)
	}
	return condensed
}
