package detect

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"ovate/druid"
)

// Time is the column that says when a row happened, and how it is written (the format of a timestampSpec).
type Time struct {
	Column, Format string
	Others         []string // columns that would have done as well

	instants []druid.Instant // one a row of the samples
	known    []bool          // whether the row has one
	lacking  int             // rows that have none
}

// minShare is the share of a column's rows that must hold a time. The others are rows that ingestion will not parse.
const minShare = 0.95

// findTime chooses the column of time: the one that is named, or the one whose name says most among those whose values
// read as times.
func findTime(c *columnSet, o Options) (Time, error) {
	if o.TimeColumn != "" {
		v := c.column(o.TimeColumn)
		if v == nil {
			return Time{}, fmt.Errorf("there is no column %q; the columns are:\n%s", o.TimeColumn, listColumns(c))
		}
		found, err := readTime(v, o.TimeFormat)
		if sparse := new(sparseError); errors.As(err, &sparse) {
			return sparse.time, nil // it was asked for
		}
		return found, err
	}
	type candidate struct {
		Time
		score int
	}
	var candidates []candidate
	var ambiguous *ambiguousError // of the column whose name says most
	var sparse *sparseError       // the same
	for _, v := range c.columns {
		found, err := readTime(v, o.TimeFormat)
		score := nameScore(v.name)
		switch {
		case err != nil:
			if a := new(ambiguousError); errors.As(err, &a) && (ambiguous == nil || score > nameScore(ambiguous.column)) {
				ambiguous = a
			}
			if s := new(sparseError); errors.As(err, &s) && score > 0 && 2*s.time.lacking <= len(v.texts) && (sparse == nil || score > nameScore(sparse.time.Column)) {
				sparse = s
			}
		case score > 0 || !isGuess(found.Format):
			candidates = append(candidates, candidate{found, score})
		}
	}
	slices.SortStableFunc(candidates, func(a, b candidate) int { return b.score - a.score })
	if ambiguous != nil && (len(candidates) == 0 || nameScore(ambiguous.column) > candidates[0].score) {
		return Time{}, ambiguous
	}
	switch {
	case len(candidates) > 0:
	case sparse != nil:
		return Time{}, sparse
	default:
		return Time{}, noTimeError(c, o)
	}
	best := candidates[0].Time
	for _, other := range candidates[1:] {
		best.Others = append(best.Others, other.Column)
	}
	return best, nil
}

// nameScore tells how much a column's name speaks of time.
func nameScore(name string) int {
	name = strings.ToLower(name)
	switch {
	case name == druidTime:
		return 110
	case name == "timestamp" || name == "@timestamp":
		return 100
	case strings.Contains(name, "timestamp"):
		return 90
	case name == "time" || name == "ts" || name == "datetime" || name == "date_time":
		return 85
	case strings.Contains(name, "time") || strings.HasSuffix(name, "_ts"):
		return 70
	case strings.Contains(name, "date") || strings.HasSuffix(name, "_at"):
		return 60
	case name == "t" || name == "day" || name == "when" || strings.Contains(name, "epoch"):
		return 50
	}
	return 0
}

// readTime reads a column as times: in the format given, or in the one that fits.
func readTime(v *values, format string) (Time, error) {
	if format == "" {
		formats := fitting(v)
		switch {
		case len(formats) == 0:
			return Time{}, fmt.Errorf("column %q holds no time in a form that is recognised, like %s.\n"+
				"If it does, say how it is written: --time-format \"dd.MM.yyyy HH:mm\" (letters as in Joda-Time), or iso, millis, posix, micro, nano", v.name, examples(v))
		case len(formats) > 1:
			return Time{}, &ambiguousError{v.name, formats, examples(v)}
		}
		format = formats[0]
	}
	parse, err := newParser(format, v.numbers())
	if err != nil {
		return Time{}, err
	}
	t := Time{Column: v.name, Format: format, instants: make([]druid.Instant, len(v.texts)), known: make([]bool, len(v.texts))}
	good, wrong := 0, ""
	for i, text := range v.texts {
		if isNull(text) {
			continue
		}
		instant, ok := parse(text)
		if !ok {
			wrong = text
			continue
		}
		t.instants[i], t.known[i] = instant, true
		good++
	}
	t.lacking = len(v.texts) - good
	switch given := len(v.texts) - v.nulls(); {
	case float64(good) < minShare*float64(given) || good == 0:
		return Time{}, fmt.Errorf("column %q holds %q, which is no time of the format %q", v.name, wrong, format)
	case float64(good) < minShare*float64(len(v.texts)):
		return Time{}, &sparseError{t}
	}
	return t, nil
}

// nulls counts the rows without a value.
func (v *values) nulls() (n int) {
	for _, text := range v.texts {
		if isNull(text) {
			n++
		}
	}
	return n
}

// notes tells of rows that will be lost.
func (t *Time) notes() []string {
	if t.lacking == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%d of the %d rows looked at have no time in %s. Such rows are not ingested.", t.lacking, len(t.known), t.Column)}
}

// isIn finds files that have no time at all: they hold something else.
func (t *Time) isIn(samples []parsedSample) error {
	for _, s := range samples {
		if !slices.Contains(t.known[s.first:s.first+s.rows], true) {
			return fmt.Errorf("%s: none of the rows looked at has a time in column %q.\nFiles of one command must have the same format and columns; ingest it on its own, with --append", s.Path, t.Column)
		}
	}
	return nil
}

// sparseError is a column of time that too many rows have no value in.
type sparseError struct{ time Time }

func (e *sparseError) Error() string {
	return fmt.Sprintf("column %q is the time, but has none in %d of %d rows, and Druid keeps every row under its time. To leave such rows out: --time-column %q", e.time.Column, e.time.lacking, len(e.time.known), e.time.Column)
}

// ambiguousError is a column that reads as times in more ways than one: 3/4/2021.
type ambiguousError struct {
	column   string
	formats  []string
	examples string
}

func (e *ambiguousError) Error() string {
	return fmt.Sprintf("column %q holds times like %s, which can be read in more ways than one; choose with --time-format %q", e.column, e.examples, e.formats[0]) +
		fmt.Sprintf(" or %q", e.formats[1])
}

func noTimeError(c *columnSet, o Options) error {
	how := ""
	if o.TimeFormat != "" {
		how = fmt.Sprintf(" with the format %q", o.TimeFormat)
	}
	return fmt.Errorf("no column of time was found%s, and Druid keeps every row under its time. The columns are:\n%s\n"+
		"Name one with --time-column NAME, and how it is written with --time-format FORMAT: iso, auto, millis, posix, micro, nano, or a pattern like \"dd.MM.yyyy HH:mm\"", how, listColumns(c))
}

// listColumns is one line a column: its name and what it holds.
func listColumns(c *columnSet) string {
	var lines []string
	for _, v := range c.columns {
		lines = append(lines, fmt.Sprintf("  %-24s %s", v.name, examples(v)))
	}
	return strings.Join(lines, "\n")
}

// examples is up to three different values of a column.
func examples(v *values) string {
	var some []string
	for _, text := range v.texts {
		quoted := fmt.Sprintf("%q", cutText(text))
		if text != "" && !slices.Contains(some, quoted) {
			if some = append(some, quoted); len(some) == 3 {
				break
			}
		}
	}
	switch {
	case len(some) > 0:
	case v.count[nestedValue] > 0:
		return "nested objects, which are not ingested; take out of them what matters: jq -c '. + ." + v.name + "'"
	default:
		return "nothing"
	}
	return strings.Join(some, ", ")
}
