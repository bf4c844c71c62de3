package detect

import (
	"fmt"
	"regexp"
	"strings"

	"ovate/internal/choice"
	"ovate/internal/detect/number"
	"ovate/internal/detect/timeformat"
	"ovate/internal/moment"
	"ovate/internal/quantity"
)

var (
	namesOfParts   = regexp.MustCompile(`M{3}|E`)
	shortened      = regexp.MustCompile(`^[0-9][.,][0-9]+[eE]\+?[0-9]{2}$`)
	monthAndNumber = regexp.MustCompile(`^[A-Za-z]{3}-[0-9]{2}$`)
)

// hint says what a value is that is no time as it was tried, and which flag takes it for one: a sentence, or nothing.
func hint(value string, o Options) string {
	times := moment.UTC()
	if shortened.MatchString(value) {
		return fmt.Sprintf("%s is how a spreadsheet shortens a large number, of which digits are lost: if it is a time, export it once more with all its digits.", value)
	}
	if day, likely := timeformat.LikelyExcel(value); likely && o.TimeFormat != timeformat.Excel {
		return fmt.Sprintf("As the day number of a spreadsheet, %s is %s: «--time-format excel» takes it so.", value, day)
	}
	if _, _, is := timeformat.Day8.Read([]byte(value)); is && o.TimeFormat != "" {
		return fmt.Sprintf("As the digits of a date, %s is taken with «--time-format yyyyMMdd».", value)
	}
	for _, shape := range timeformat.OtherShapes {
		if shape.Fits([]byte(value)) && string(shape) != o.TimeFormat {
			return fmt.Sprintf("As the digits of a date, %s is taken with «--time-format %s».", value, shape)
		}
	}
	if m, is := times.Read([]byte(value)); is == moment.Time && o.TimeFormat != "" {
		text := fmt.Sprintf("Without «--time-format», %q is read as a time.", value)
		if !m.Ordered && m.Valid[0] {
			text = fmt.Sprintf("Without «--time-format», %q is read as %s.", value, strings.TrimSuffix(m.At[0].String(), "T00:00:00.000Z"))
		}
		if namesOfParts.MatchString(timeformat.Unquoted(o.TimeFormat)) {
			text += " In a pattern, names of months and weekdays are English."
		}
		return text
	}
	if _, is := times.Read([]byte(value)); is == moment.Contradicted {
		return fmt.Sprintf("%q %s. Mend it, or leave that part out, where the file is written.", value, contradicts)
	}
	if m, is := times.Read([]byte("2000-01-01 " + value)); is == moment.Time && m.Style.Clock() {
		return fmt.Sprintf("%s is a time of day without a date: «--time 2024-01-01» gives all rows a date and keeps it as a column, and «--time-column \"DATE + TIME\"» joins it with the column of the date.", value)
	}
	if monthAndNumber.MatchString(value) && o.TimeFormat == "" {
		return fmt.Sprintf("%s is a month and a year with «--time-format MMM-yy».", value)
	}
	return ""
}

// hintLine is a hint on a line of its own, if there is one.
func hintLine(value string, o Options) string {
	if text := hint(value, o); text != "" {
		return "\n" + text
	}
	return ""
}

// unreadable is the error where the caller gave a format that no column has.
func (s *scan) unreadable(o Options) error {
	text := fmt.Sprintf("no column can be told to hold times of the format %q.", o.TimeFormat)
	for _, c := range s.columns {
		first := &c.times.firstOther
		if first.batch == 0 || o.drops(c.key) {
			continue
		}
		if why := hint(first.value, o); why != "" && (c.named || !number.AreDigits([]byte(first.value), 0, len(first.value))) {
			text += fmt.Sprintf(" Column %s holds %q (%s, line %d). %s", columnName(c.key), first.value, first.input, first.line, why)
			break
		}
	}
	return refuse("%s Name one with «--time-column». The columns are:\n%s", text, s.list())
}

// noteUnread tells of columns that may be times, where none was taken for one.
func (t *Table) noteUnread(s *scan, o Options) {
	var numbers, texts []string
	how := "" // the first of the latter is read, if that is known
	for _, c := range s.columns {
		x, name := &c.times, columnName(c.key)
		if o.drops(c.key) || c.given() == 0 {
			continue
		}
		units := x.mixed(c.given())
		switch {
		case len(units) > 1:
			a, b := &x.first[units[0]], &x.first[units[1]]
			t.Time.notes = append(t.Time.notes, fmt.Sprintf("%s could be times, but of unlike units: %s are %s, and %s are %s.",
				name, a, units[0].Unit(), b, units[1].Unit()))
		case x.texts > 0 && x.unknown.n == 0 && x.texts+x.digits[timeformat.Year4].n == c.given():
			what := "dates and years"
			if x.digits[timeformat.Year4].n == 0 {
				what = "dates"
			}
			numbers = append(numbers, name+" ("+what+")")
		case len(units) == 1 && x.rather(units[0]):
			numbers = append(numbers, name+" (dates and hours)")
		case len(units) == 1:
			numbers = append(numbers, fmt.Sprintf("%s (%s)", name, units[0].Unit()))
		case hasWord(name, periodWords...) && x.firstOther.batch != 0 && strings.ContainsAny(x.firstOther.value, "0123456789") && c.texts+c.strings > 0:
			texts = append(texts, fmt.Sprintf("%s (%q)", name, x.firstOther.value))
		case c.named && x.firstOther.batch != 0 && c.texts+c.strings > 0 && x.figures > 0:
			texts = append(texts, fmt.Sprintf("%s (%q)", name, x.firstOther.value))
		case mayMeanTime(name) && c.numbers() == c.given():
			texts = append(texts, name+" (numbers)")
			if text := hint(x.firstOther.value, o); text != "" && how == "" {
				how = " " + strings.Replace(text, "«--time-format", choice.Flag("--time-column", name)+" «--time-format", 1) // as not every name says enough
			}
		}
	}
	if len(numbers) > 0 {
		t.Time.notes = append(t.Time.notes, "Could be times: "+quantity.Few(numbers, mostNames)+". «--time-column NAME» takes one.")
	}
	if len(texts) > 0 {
		t.Time.notes = append(t.Time.notes, "Named like a time, but not read as one: "+quantity.Few(texts, mostNames)+". «--time-column NAME» «--time-format FORMAT» takes one."+how)
	}
}

// periodWords are the words of names that speak of a time longer than a day.
var periodWords = []string{"year", "yr", "month", "quarter", "qtr", "week", "period", "season", "fy", "day"}
