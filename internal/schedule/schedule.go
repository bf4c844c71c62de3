// Package schedule tells when something is due that comes again and again: by cron expressions, as Druid reads them with the library cron-utils 9.2. It
// takes what that takes, and is due when that is; docs/schedules.md tells what is special about it.
package schedule

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Schedule is when something is due.
type Schedule struct {
	crons []cron // it is due whenever one of them is
	odd   string
}

// Odd is what the expression says that Druid reads otherwise than one would think, and what to write instead; empty if there is no such thing.
func (s *Schedule) Odd() string { return s.odd }

// yearsAhead is how many years a schedule looks ahead, as in Druid. What is not due until then never is.
const yearsAhead = 100

// Next is the first whole second after a time when it is due, by the clock of that time's zone; false if there is none.
//
// When the clock is put on or back what is due at some hours only is due once: what it leaps over as soon as it has, and what comes twice the first time.
// What is due in every hour is due in those that there are.
func (s *Schedule) Next(after time.Time) (next time.Time, is bool) {
	for i := range s.crons {
		if t, due := s.crons[i].next(after); due && (!is || t.Before(next)) {
			next, is = t, true
		}
	}
	return next, is
}

// next is Next of one expression. It goes from one change of the clock to the other, but for those that are long before what is due.
func (c *cron) next(after time.Time) (time.Time, bool) {
	t := after.Truncate(time.Second).Add(time.Second)
	for {
		clock := clockAt(t)
		from := clock.of(t)
		if !c.everyHour && (from.Before(clock.before) || t.Equal(clock.starts)) {
			from = clock.before
		}
		due, is := c.due(from, after.Year()+yearsAhead)
		if !is {
			return time.Time{}, false
		}
		if due.Before(clock.of(clock.starts)) { // it is leapt over
			return clock.starts, true
		}
		if at := due.Add(-clock.offset).In(t.Location()); clock.ends.IsZero() || at.Before(clock.ends) {
			return at, true
		}
		t = clock.ends
		if near := due.Add(-clock.offset - mostChange).In(t.Location()); near.After(t) {
			t = near
		}
	}
}

// mostChange is more than any clock is put on or back, and than any two zones differ by.
const mostChange = 48 * time.Hour

// clock shows the time of a zone for as long as it is not put on or back.
type clock struct {
	offset       time.Duration // from UTC
	starts, ends time.Time     // zero: there was no change before, or there is none afterwards; it may be the same that goes on
	before       time.Time     // what was shown at its start until then
}

// clockAt is the one that counts at a time.
func clockAt(t time.Time) (c clock) {
	_, offset := t.Zone()
	c.offset = time.Duration(offset) * time.Second
	c.starts, c.ends = t.ZoneBounds()
	if !c.starts.IsZero() {
		_, offset := c.starts.Add(-1).Zone()
		c.before = c.starts.UTC().Add(time.Duration(offset) * time.Second)
	}
	// What Go has by a rule ends with the 365th day of a year, for the day after which, in leap years, it says the same.
	if !c.ends.IsZero() && !c.ends.After(t) {
		c.ends = time.Date(t.UTC().Year()+1, time.January, 1, 0, 0, 0, 0, time.UTC).In(t.Location())
	}
	return c
}

// of is what it shows, as if that were UTC.
func (c clock) of(t time.Time) time.Time { return t.UTC().Add(c.offset) }

// longest is how long an expression may be. With it, and with the years ahead, there is an end to what a search costs.
const longest = 10_000

// Unix reads an expression of five fields, minute hour day-of-month month day-of-week, or one of Druid's names such as @daily.
func Unix(text string) (*Schedule, error) { return parse(text, unixFields[:], unixNames) }

// Quartz reads an expression of six or seven fields: second minute hour day-of-month month day-of-week, and perhaps the year.
func Quartz(text string) (*Schedule, error) { return parse(text, quartzFields[:], nil) }

// unixNames are short for expressions.
var unixNames = map[string]string{
	"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *",
	"@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
}

// parse reads one expression, or several that || divides, or whose fields | divides: of such fields the first goes with the first, and so on.
func parse(text string, fields []field, names map[string]string) (*Schedule, error) {
	if len(text) > longest {
		return nil, fmt.Errorf("it has %d characters, but may have %d at most", len(text), longest)
	}
	s := &Schedule{}
	if whole, is := names[text]; is {
		text = whole
	}
	var parts []string
	switch {
	case strings.Contains(text, "||"):
		parts = javaSplit(text, "||")
	case strings.Contains(text, "|"):
		var err error
		if parts, err = sideBySide(text); err != nil {
			return nil, err
		}
	default:
		c, odd, err := parseOne(text, fields)
		if err != nil {
			return nil, err
		}
		return &Schedule{crons: []cron{*c}, odd: odd}, nil
	}
	for _, part := range parts {
		one, err := parse(part, fields, names)
		if err != nil {
			return nil, err
		}
		s.crons = append(s.crons, one.crons...)
		if s.odd == "" {
			s.odd = one.odd
		}
	}
	if len(s.crons) == 0 {
		return nil, errors.New("there is nothing beside the |")
	}
	return s, nil
}

// sideBySide are the expressions of one whose fields | divides.
func sideBySide(text string) (all []string, err error) {
	words := strings.FieldsFunc(text, isBlank)
	count := 0
	for _, word := range words {
		count = max(count, len(javaSplit(word, "|")))
	}
	for i := range count {
		one := slices.Clone(words)
		for j, word := range words {
			if parts := javaSplit(word, "|"); i < len(parts) {
				one[j] = parts[i]
			} else if strings.Contains(word, "|") {
				return nil, fmt.Errorf("field %d, [%s], must have %d parts beside its |, as another field does", j+1, word, count)
			}
		}
		all = append(all, strings.Join(one, " "))
	}
	return all, nil
}

// javaSplit divides a text as Java does, where nothing at the end does not count.
func javaSplit(text, by string) []string {
	parts := strings.Split(text, by)
	for len(parts) > 0 && parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1]
	}
	return parts
}

// isBlank tells what divides fields.
func isBlank(r rune) bool { return r == ' ' || '\t' <= r && r <= '\r' }
