package detect

import (
	"fmt"
	"slices"
	"strings"

	"ovate/internal/choice"
	"ovate/internal/detect/number"
	"ovate/internal/detect/timeformat"
	"ovate/internal/moment"
)

// noteDays tells of numbers that say when in a year a row was, as that of a week or of a day of the year, which are not in a time that is a year, or a year and
// a month.
func (t *Table) noteDays(chosen *candidate, s *scan, o Options) {
	j := chosen.join
	if j == nil && chosen.digits != timeformat.Year4 || j != nil && (j.of(yearPart) < 0 || j.of(dayPart) >= 0 || j.of(yearDayPart) >= 0) {
		return
	}
	var names []string
	advice := "No flag joins weeks to it; a column of dates does."
	for _, c := range s.columns {
		if c.key == chosen.key || j.has(c.key) || o.drops(c.key) || c.given() == 0 || c.numbers() != c.given() {
			continue
		}
		words := strings.Join(wordsOf(c.key), "")
		_, day := dayPart.rest(c.key)
		if hasWord(c.key, weekWords...) || hasWord(c.key, "doy", "yday", "jday", "julian", "dayofyear") || strings.Contains(words, "dayofyear") ||
			day && (j == nil || j.of(monthPart) < 0) && !hasWord(c.key, "week") {
			names = append(names, fmt.Sprintf("%s (%q)", c.key, c.times.firstOther.value))
			if j == nil && !hasWord(c.key, weekWords...) {
				advice = fmt.Sprintf("%s takes the number for that of a day in its year.", choice.Flag("--time-column", chosen.name+joinSign+c.key))
			}
		}
	}
	if len(names) > 0 {
		t.Time.notes = append(t.Time.notes, fmt.Sprintf("Not in the time, which is the beginning of the %s for all rows of it: %s. %s",
			periodOf(j), strings.Join(names[:min(len(names), 8)], ", "), advice))
	}
}

// weekWords are those of names that speak of weeks.
var weekWords = []string{"week", "weeknum", "weekno", "isoweek", "wk", "kw", "woche", "semaine", "semana"}

// periodOf is what a time without days is the beginning of.
func periodOf(j *join) string {
	switch {
	case j != nil && j.of(monthPart) >= 0:
		return "month"
	case j != nil && j.of(quarterPart) >= 0:
		return "quarter"
	}
	return "year"
}

// noteClocks tells of times of day that are not in the time.
func (t *Table) noteClocks(chosen *candidate, s *scan, o Options) {
	var names []string
	var first *column
	for _, clock := range s.clocks(o) {
		if first == nil {
			first = clock
		}
		names = append(names, fmt.Sprintf("%s (%q)", clock.key, clock.times.firstOther.value))
	}
	if first == nil || chosen.key != chosen.name {
		t.noteNumbers(chosen, s, o)
		return
	}
	j := &join{keys: []string{chosen.key, first.key}}
	t.Time.notes = append(t.Time.notes, fmt.Sprintf("Times of day are not in the time: %s. %s joins one to it.", strings.Join(names[:min(len(names), 8)], ", "), choice.Flag("--time-column", j.name())))
}

// noteNumbers tells of numbers that may be times of day, as 1015 is, in a column that is named like that of the dates.
func (t *Table) noteNumbers(chosen *candidate, s *scan, o Options) {
	rest, _ := datePart.rest(chosen.name)
	for _, c := range s.columns {
		if is, says := clockPart.rest(c.key); !says || is != rest || c.key == chosen.key || o.drops(c.key) || c.given() == 0 || c.forms[number.Long]+c.forms[number.Coded] != c.given() {
			continue
		}
		format := ""
		if date := chosen.datePattern(); date != "" {
			clock := " HHmm"
			if c.max > 2400 {
				clock = " HHmmss"
			}
			format = " " + choice.Flag("--time-format", date+clock)
		}
		t.Time.notes = append(t.Time.notes, fmt.Sprintf("%s holds numbers, which are not in the time. If they are times of day, say how both are written: %s%s.",
			c.key, choice.Flag("--time-column", chosen.name+joinSign+c.key), format))
		return
	}
}

// datePattern is the pattern by which dates are read, "" if there is none that reads all.
func (c *candidate) datePattern() string {
	switch {
	case c.given != "":
		return c.given
	case c.digits != timeformat.None:
		return c.digits.Name()
	case c.column.times.styles > 1:
		return ""
	case c.format == "iso" || c.format == "auto":
		return "yyyy-MM-dd"
	}
	return c.pattern
}

// noteMillis tells of numbers that may be the milliseconds of times which have seconds alone.
func (t *Table) noteMillis(chosen *candidate, s *scan, o Options) {
	if x := &chosen.column.times; x.clocked == 0 && chosen.digits != timeformat.Posix || x.points+x.unlike > 0 || chosen.good.min%1000 != 0 || chosen.good.max%1000 != 0 {
		return
	}
	for _, c := range s.columns {
		if rest, is := milliPart.rest(c.key); !is || rest != "" || o.drops(c.key) || c.given() == 0 || c.forms[number.Long]+c.forms[number.Coded] != c.given() || c.min < 0 || c.max > 999 {
			continue
		}
		t.Time.notes = append(t.Time.notes, fmt.Sprintf("%s is not in the time. If it holds the milliseconds of it, %s joins them.", c.key, choice.Flag("--time-column", chosen.name+joinSign+c.key)))
		return
	}
}

// noteParts tells of columns that seem to be the parts of a time, where no column is one.
func (t *Table) noteParts(s *scan, o Options) {
	for _, parts := range [...][]timePart{{yearPart, monthPart, dayPart, hourPart, minutePart, secondPart}, {yearPart, yearDayPart, hourPart, minutePart, secondPart}} {
		names := s.partsNamed(parts, o)
		if len(names) < 2 || parts[1] == monthPart && len(names) < 3 {
			continue
		}
		t.Time.notes = append(t.Time.notes, fmt.Sprintf("%s seem to be the parts of a time: %s joins them.", strings.Join(names, ", "), choice.Flag("--time-column", strings.Join(names, joinSign))))
		return
	}
}

// partsNamed are columns of numbers that are named for parts of a time, from the first part to one that no column is named for.
func (s *scan) partsNamed(parts []timePart, o Options) (names []string) {
	for _, p := range parts {
		at := slices.IndexFunc(s.columns, func(c *column) bool {
			is := p.isNamed(c.key) || p == minutePart && c.key == "mm"
			return is && !slices.Contains(names, c.key) && !o.drops(c.key) && c.given() > 0 && c.forms[number.Long]+c.forms[number.Coded] == c.given()
		})
		if at < 0 {
			break
		}
		names = append(names, s.columns[at].key)
	}
	return names
}

// noteZones tells of a column that says of which zone the times are that do not say it themselves.
func (t *Table) noteZones(chosen *candidate, s *scan, o Options) {
	if chosen.column.times.local.n == 0 || o.TimeZone != "" || chosen.column.times.clocked == 0 {
		return
	}
	times := moment.UTC()
	for _, c := range s.columns {
		if o.drops(c.key) || c.key != columnName(c.key) || !isMadeUp(c.key) && !hasWord(c.key, "zone", "timezone", "tz", "tzone", "zeitzone") {
			continue
		}
		if zone := c.times.firstOther.value; isMadeUp(c.key) && !moment.MeansZone(zone) && !isOffset(zone) {
			continue
		}
		m, is := times.Read([]byte("2000-01-01 10:00 " + c.times.firstOther.value))
		if is == moment.UnknownZone || is == moment.Time && m.Style.Zoned() {
			t.Time.notes = append(t.Time.notes, fmt.Sprintf("%s (%q) seems to say of which zone the times are; they are taken for UTC. %s takes them as it says, «--time-zone Europe/Berlin» for local times of one place.",
				c.key, c.times.firstOther.value, choice.Flag("--time-column", chosen.name+joinSign+c.key)))
			return
		}
	}
}

// isOffset tells whether a value can hardly be anything else than how far clocks are from UTC: +0200, -03:30.
func isOffset(value string) bool {
	if n := len(value); n != 5 && n != 6 || value[0] != '+' && (value[0] != '-' || n == 5) {
		return false
	}
	return strings.Trim(value[1:3]+value[len(value)-2:], "0123456789") == "" && (len(value) == 5 || value[3] == ':')
}
