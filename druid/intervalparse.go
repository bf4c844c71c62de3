package druid

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"ovate/internal/calendar"
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
	switch {
	case !ok:
		return i, errors.New("Format requires a '/' separator: " + text)
	case left == "" || right == "":
		return i, errors.New("Format invalid: " + text)
	case startsPeriod(left) && startsPeriod(right):
		return i, errors.New("Interval composed of two durations: " + text)
	case startsPeriod(left):
		if i.End, err = parseISO(right); err == nil {
			i.Start, err = moved(i.End, left, -1)
		}
	case startsPeriod(right):
		if i.Start, err = parseISO(left); err == nil {
			i.End, err = moved(i.Start, right, 1)
		}
	default:
		if i.Start, err = parseISO(left); err == nil {
			i.End, err = parseISO(right)
		}
	}
	if err == nil && i.End < i.Start {
		err = errors.New("The end instant must be greater than the start instant")
	}
	return i, err
}

// moved is t after n times the period that text holds, if that is within the years that Joda-Time knows.
func moved(t Instant, text string, n int64) (Instant, error) {
	p, err := ParsePeriod(text)
	if err != nil {
		return 0, err
	}
	if end := float64(t) + p.roughly()*float64(n); math.Abs(end) > math.MaxInt64-400*365*calendar.MillisPerDay {
		return 0, fmt.Errorf("%s from %s is out of range", p, t)
	}
	return p.add(t, n, utcZone), nil
}

func startsPeriod(s string) bool { return s[0] == 'P' || s[0] == 'p' }
