package detect

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"ovate/internal/choice"
	"ovate/internal/detect/timeformat"
	"ovate/internal/ingest/timestamp"
	"ovate/internal/moment"
	"ovate/internal/quantity"
)

// tell notes what is not kept of the times, and what was assumed of them.
func (t *Time) tell(c *column, o Options) {
	x, name := &c.times, columnName(c.key)
	kept := "; " + choice.FlagWord("--type", name+"=string") + " keeps the values as they are written in a column as well"
	if t.join != nil {
		kept = "" // the columns that are joined are kept anyway
	}
	note := func(of *tally, text string) {
		if of.n > 0 {
			t.notes = append(t.notes, fmt.Sprintf("%s: %s %s, the first %s.", name, quantity.Times(of.n), text, &of.first))
		}
	}
	if len(o.Zones) > 0 && x.named == 0 {
		t.notes = append(t.notes, name+": "+unusedZones(o.Zones))
	}
	cut := &x.finer
	if t.digits.IsCount() {
		cut = &x.cut[t.digits]
	}
	note(cut, "digits below a millisecond, which Druid's time does not have, are CUT"+kept)
	if t.given != "" {
		t.tellGiven(x, note, kept)
	}
	zone := cmp.Or(t.zone, "its zone")
	note(&x.gaps, "a time that the clocks of "+zone+" skip, moved on by what they skip")
	note(&x.twice, "a time that the clocks of "+zone+" show twice, taken for the first")
	if !t.digits.IsCount() {
		note(&x.midnights, "24 for the hour, which is the midnight at the end of that day"+kept)
	}
	t.tellDigits(x, name, kept, o)
	if t.digits != timeformat.None {
		t.tellZoneInName(c, name)
		return
	}
	note(&x.letters, "a zone of letters that mean another one elsewhere, taken for that of the United States («--time-zone "+elsewhere(x.letters.first.value)+"» says otherwise)")
	note(&x.away, "a zone, which is kept as the instant that it means, in UTC"+kept)
	t.NoZone = x.local.n > 0 && x.zoned.n == 0 && x.clocked > 0 && t.zone == ""
	t.tellZones(x, name)
	if o.TimeZone != "" && x.local.n == 0 && x.zoned.n > 0 {
		t.notes = append(t.notes, fmt.Sprintf("%s: %s changes nothing, as all of its times say their zone, the first %s.", name, choice.FlagWord("--time-zone", o.TimeZone), &x.zoned.first))
	}
	t.tellZoneInName(c, name)
	if t.given != "" {
		return
	}
	if t.years > 0 {
		t.notes = append(t.notes, fmt.Sprintf("%s: %s a year alone, which is taken for the first of January.", name, quantity.Times(t.years)))
	}
	if x.partial < t.good.n {
		note(&x.months, "a month alone, which is taken for its first day"+kept)
	}
	note(&x.short, "a year of two digits, which is taken for one from 1969 to 2068"+kept)
	if x.clocked > 0 {
		note(&x.days, "a date without a time of day, which is taken for midnight"+kept)
	}
	t.tellOrder(x, name)
}

// tellGiven notes what the format that the caller gave makes of numbers, and of years of few digits.
func (t *Time) tellGiven(x *timeCounts, note func(of *tally, text string), kept string) {
	seconds := "seconds are posix, "
	if t.given == timeformat.Posix.Name() {
		seconds = ""
	}
	note(&x.early, "a number that is a time of 1970 as «--time-format "+t.given+"» has it; "+seconds+"the days of a spreadsheet excel, and the digits of a date yyyyMMdd")
	if t.join == nil {
		first, last := timestamp.TwoDigitYears()
		note(&x.short, fmt.Sprintf("a year of two digits, which is taken for one from %d to %d, as Druid's formats have it this year%s", first, last, kept))
	}
	note(&x.shorter, "a year of fewer than four digits, which is taken as it stands, and is of another age than ours"+kept)
}

// unusedZones says that letters of zones that the caller explained stand nowhere.
func unusedZones(zones map[string]string) string {
	var flags []string
	for _, letters := range slices.Sorted(maps.Keys(zones)) {
		flags = append(flags, choice.FlagWord("--time-zone", letters+"="+zones[letters]))
	}
	return fmt.Sprintf("%s %s nothing, as no time ends in such letters.", strings.Join(flags, " "), quantity.Form(int64(len(flags)), "changes", "change"))
}

// elsewhere is an example of what to say of letters in a value that are those of a zone of the United States, and of another one.
func elsewhere(value string) string {
	places := map[string]string{"EST": "Australia/Sydney", "EDT": "Australia/Sydney", "CST": "Asia/Shanghai", "CDT": "America/Havana", "MST": "Asia/Kuala_Lumpur", "MDT": "-06:00", "PST": "Asia/Manila", "PDT": "Asia/Manila"}
	for _, word := range strings.FieldsFunc(value, func(r rune) bool { return !unicode.IsLetter(r) }) {
		if place, known := places[word]; known {
			return word + "=" + place
		}
	}
	return "CST=Asia/Shanghai"
}

// tellDigits notes what digits are taken for where they could be something else.
func (t *Time) tellDigits(x *timeCounts, name, kept string, o Options) {
	tell := func(format string, args ...any) {
		t.notes = append(t.notes, name+": "+fmt.Sprintf(format, args...)+".")
	}
	switch t.digits {
	case timeformat.Hour10:
		tell("digits like 2024011510 are taken for a day and its hour (yyyyMMddHH); «--time-format posix» takes them for seconds since 1970%s", kept)
	case timeformat.YearDay13:
		tell("digits like 2024015103045 are taken for a year, its day and the time of day (yyyyDDDHHmmss); «--time-format millis» takes them for milliseconds since 1970%s", kept)
	case timeformat.Day6:
		tell("digits like 240115 are taken for days (yyMMdd), of years from 1969 to 2068; «--time-format yyyyMM» takes them for months%s", kept)
	case timeformat.DayFirst6, timeformat.MonthFirst6:
		tell("six digits are taken for days (%s), of years from 1969 to 2068; «--time-format yyMMdd» takes them otherwise%s", t.digits.Name(), kept)
	}
	t.tellGuess(x, name, kept, o)
}

// tellGuess notes what numbers are taken for where that is a guess, and how they stay what they are.
func (t *Time) tellGuess(x *timeCounts, name, kept string, o Options) {
	number := "long"
	if x.points > 0 {
		number = "double"
	}
	keep := "If they are something else, «--time 2024-01-01» gives all rows that time and keeps the column, «--time-column NAME» takes another one, and " + choice.FlagWord("--type", name+"="+number) + " keeps it beside the time."
	tell := func(format string, args ...any) { t.notes = append(t.notes, name+": "+fmt.Sprintf(format, args...)) }
	from, to := t.good.min.String()[:len("2024-01-15")], t.good.max.String()[:len("2024-01-15")]
	switch {
	case t.digits == timeformat.None:
		return
	case !t.digits.IsCount():
		if !t.isUsual() {
			tell("its numbers are taken for dates (%s), from %s to %s. %s", t.digits.Name(), from, to, keep)
		}
		return
	case t.isToCome(o):
		could := ""
		if dates := x.digits[timeformat.Hour10].n; t.digits == timeformat.Posix && dates > 0 {
			could = fmt.Sprintf(" %s of them could be a date and its hour, which «--time-format yyyyMMddHH» takes them for.", quantity.Count(dates))
		}
		tell("as %s, its numbers are times up to %s, which is to come.%s %s", t.digits.Unit(), t.good.max, could, keep)
	case !t.asked && !saysInstant(name), t.digits > timeformat.Nano:
		tell("its numbers, the first %s, are taken for %s, as times from %s to %s. %s", &t.first, t.digits.Unit(), from, to, keep)
	}
	if patterns, _ := t.shaped(x); len(patterns) > 0 {
		tell("all numbers, the first %s, could be dates (%s) as well as %s; %s takes them so%s.", &t.first, strings.Join(patterns, " or "), t.digits.Unit(), oneFormatOf(patterns), kept)
	}
}

// tellZones notes that some times have a zone and others do not.
func (t *Time) tellZones(x *timeCounts, name string) {
	if x.zoned.n == 0 || x.local.n == 0 {
		return
	}
	taken := "UTC; «--time-zone Europe/Berlin» takes them for local times there"
	if t.zone != "" {
		taken = "local times of " + t.zone
	}
	z, l := &x.zoned.first, &x.local.first
	t.notes = append(t.notes, fmt.Sprintf("%s: %s a zone in the value (the first %s), and %s none (the first %s), which is taken for %s.",
		name, quantity.Times(x.zoned.n), z, quantity.Times(x.local.n), l, taken))
}

// tellOrder notes how it was decided which number of a date is the day.
func (t *Time) tellOrder(x *timeCounts, name string) {
	if x.ordered.n == 0 {
		return
	}
	other := moment.MonthFirst
	if t.order == other {
		other = moment.DayFirst
	}
	o, why := &x.ordered.first, &x.ruledOut[other]
	t.notes = append(t.notes, fmt.Sprintf("%s: dates are read as %s, as %s can be nothing else. What could be otherwise is read so, too: %s, the first %s.",
		name, t.pattern, why, quantity.Times(x.ordered.n), o))
}
