package detect

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"

	"ovate/internal/choice"
	"ovate/internal/detect/timeformat"
	"ovate/internal/quantity"
)

// fewNulls is how many rows may lack a time that is named like one for it to be the time still, so that the run fails and tells them.
const fewNulls = shownFaults

// mostNames is how many columns a note on the time names.
const mostNames = 8

// drops tells whether the caller does not want a column.
func (o *Options) drops(key string) bool {
	return slices.Contains(o.Drop, columnName(key)) || slices.Contains(o.Drop, rootOf(key))
}

// wants tells whether a column that is not the time is to be ingested.
func (o *Options) wants(key string) bool {
	listed := len(o.Columns) == 0 || slices.Contains(o.Columns, columnName(key)) || slices.Contains(o.Columns, rootOf(key))
	return listed && !o.drops(key)
}

// findTime chooses the column of time: the one that is named; else, of those whose values read as times, one that all rows have
// before others, one that is named like a time before others, one of dates before one of numbers. Where a column looks like a time
// and is none in all rows, the run fails rather than giving all rows the same time.
func (t *Table) findTime(s *scan, o Options) error {
	switch {
	case o.Time != nil:
		t.constant(*o.Time)
		return nil
	case o.TimeColumn != "":
		return t.takeTime(s, o)
	case s.rows == 0:
		return nil
	}
	all := s.candidates(o)
	chosen := choose(all).surer(all)
	switch {
	case chosen != nil:
		var err error
		if chosen, err = t.joinTime(chosen, s, o); err != nil {
			return err
		}
		if err := cmp.Or(chosen.doubt(chosen.column, o), chosen.seldom(s)); err != nil {
			return err
		}
		chosen.notes = append(chosen.notes, t.Time.notes...)
		t.Time = chosen.Time
		t.Time.tell(chosen.column, o)
		t.noteMillis(chosen, s, o)
		t.noteZones(chosen, s, o)
		t.noteOthers(all, s)
		return nil
	case o.TimeFormat != "":
		return s.unreadable(o)
	}
	if c := s.namedLikeTime(o); c != nil {
		return unread(c, o)
	}
	t.constant(DefaultTime)
	t.Time.notes = append(t.Time.notes, "No column is a time, so that all rows get "+DefaultTime.String()[:10]+" and are sorted by their columns. Another one for all: «--time 2024-01-01»; a column: «--time-column NAME» and «--time-format FORMAT».")
	if o.TimeZone != "" {
		t.Time.notes = append(t.Time.notes, choice.FlagWord("--time-zone", o.TimeZone)+" changes nothing, as no column is a time.")
	}
	if len(o.Zones) > 0 {
		t.Time.notes = append(t.Time.notes, unusedZones(o.Zones))
	}
	t.noteParts(s, o)
	t.noteOthers(all, s)
	t.noteUnread(s, o)
	return nil
}

// takeTime takes the column that the caller named.
func (t *Table) takeTime(s *scan, o Options) error {
	c := s.index[o.TimeColumn]
	if c == nil {
		for _, one := range s.columns {
			if columnName(one.key) == o.TimeColumn {
				c = one
			}
		}
	}
	if j := s.joinNamed(o.TimeColumn); c == nil && j != nil {
		joined, err := s.joined(j, o)
		if err != nil {
			return err
		}
		t.Time = joined.Time
		return t.checkTime(joined.column, o)
	}
	if c == nil {
		return refuse("«--time-column»: %q holds objects; one of these is a time, perhaps:\n%s", o.TimeColumn, s.list())
	}
	t.Time = readTime(c, nil, s.rows, o, true)
	return t.checkTime(c, o)
}

// checkTime refuses the time that the caller named if it is none.
func (t *Table) checkTime(c *column, o Options) error {
	if t.Time.sure == noTime {
		how := "as a time"
		if o.TimeFormat != "" {
			how = fmt.Sprintf("with the format %q", o.TimeFormat)
		}
		example, hinted := "there is nothing in it", ""
		if first := &c.times.firstOther; first.batch != 0 {
			example = fmt.Sprintf("the first value is %s", first)
			hinted = hintLine(first.value, o)
		}
		if j := t.Time.join; j != nil && o.TimeFormat != "" {
			hinted = fmt.Sprintf("\nThe format is for all columns together, in their order, such as %q, or for the date alone; without it their names say what each holds.", j.pattern())
		}
		return refuse("column %q holds nothing that can be read %s: %s.%s\nIf it is one, say how it is written: %s", o.TimeColumn, how, example, hinted, formatAdvice)
	}
	t.Time.tell(c, o)
	return t.Time.doubt(c, o)
}

const formatAdvice = `«--time-format FORMAT», which is a pattern like "dd.MM.yyyy HH:mm" (letters as in Joda-Time), or iso, millis, posix, micro, nano, ticks (of .NET), filetime (of Windows), excel`

// candidate is a column that may be the time.
type candidate struct {
	Time
	column *column
	name   string
	score  int
	likely bool // enough of its values are times for it to be meant for one
}

// candidates are the columns that have values that are times, the best first, those that are not likely last.
func (s *scan) candidates(o Options) []candidate {
	var all []candidate
	for _, c := range s.columns {
		name := columnName(c.key)
		if o.drops(c.key) || name != c.key && c.times.texts+c.times.given.n == 0 {
			continue // numbers within objects are too seldom a time to guess
		}
		one := candidate{Time: readTime(c, nil, s.rows, o, false), column: c, name: name, score: nameScore(name)}
		one.likely = one.usual() || one.sure == dated && c.named || one.sure == digitsOnly && meansDate(name)
		if one.sure > noTime && (one.likely || one.score > 0) {
			all = append(all, one)
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.rank(), a.rank()), cmp.Compare(a.lacking, b.lacking))
	})
	return all
}

// rank orders candidates.
func (c *candidate) rank() int {
	rank := int(c.sure)*1000 + c.score
	if c.score > 0 {
		rank += 5000
	}
	if c.likely {
		rank += 10000
	}
	if c.column.times.short.n > 0 {
		rank -= 10 // its century is a guess
	}
	if said := unitOf(c.name); c.digits.IsCount() && said < timeformat.Counts && said != c.digits {
		rank -= 1000
	}
	return rank
}

// usual tells whether half of the values that there are, and more, are times.
func (c *candidate) usual() bool { return (c.good.n+c.column.times.unknown.n)*2 >= c.column.given() }

// inAllRows tells whether every row has a time in it.
func (c *candidate) inAllRows() bool { return c.lacking <= c.column.times.unknown.n }

// nulls are the rows that have nothing in it.
func (c *candidate) nulls() int64 { return c.lacking + c.good.n - c.column.given() }

// meant tells whether it is meant for the time by all appearances: dates, in a column named like a time, of all rows but a few.
func (c *candidate) meant() bool {
	return c.sure == dated && c.score > 0 && c.usual() && (c.nulls() <= fewNulls || c.nulls()*20 <= c.lacking+c.good.n) && c.lacking*2 <= c.lacking+c.good.n
}

// choose takes the best that all rows have, but for one that is meant for the time, if that one is not. Without any, it takes the
// best that there is, so that the run tells which rows lack it; but for a year or the like that some rows simply do not have.
func choose(all []candidate) *candidate {
	if len(all) == 0 || !all[0].likely {
		return nil
	}
	best := &all[0]
	for i := range all {
		if all[i].inAllRows() {
			best = &all[i]
			break
		}
	}
	if best.sure == dated && best.score > 0 && best.inAllRows() {
		return best
	}
	for i := range all {
		if all[i].meant() {
			return &all[i]
		}
	}
	if !best.inAllRows() && best.lacking == best.nulls() && !best.column.named {
		return nil // the year in which an aeroplane was built, where that is known
	}
	return best
}

// formWords are what names say of how a time is written, and not of which time it is.
var formWords = []string{"date", "time", "timestamp", "iso", "iso8601", "utc", "full", "long", "clean", "cleaned", "parsed", "formatted", "normalized", "standard", "std", "sortable"}

// surer is a column that says the same with four digits of the year, if the century of the one that is chosen is a guess: date_iso beside date.
func (c *candidate) surer(all []candidate) *candidate {
	if c == nil || c.column.times.short.n == 0 {
		return c
	}
	for i := range all {
		o := &all[i]
		same := !slices.ContainsFunc(wordsOf(o.name), func(word string) bool { return !hasWord(c.name, word) && !slices.Contains(formWords, word) })
		if same && o.sure == dated && o.likely && o.inAllRows() && o.column.times.short.n == 0 && o.column.times.ordered.n == 0 {
			return o
		}
	}
	return c
}

// seldom refuses a column that the caller has not named if most rows would be left out.
func (c *candidate) seldom(s *scan) error {
	if c.lacking*2 <= s.rows || c.inAllRows() {
		return nil
	}
	return fmt.Errorf("nothing was ingested, as no column is a time in all rows; %s looks like one, but %s.\n%s", c.name, c.whyNot(s), timeAdvice(c.name))
}

// whyNot says how many rows have no time in it, and shows the first.
func (c *candidate) whyNot(s *scan) string {
	nulls, some := c.nulls(), fmt.Sprintf("%s of %s %s", quantity.Count(c.lacking), quantity.Of(s.rows, "row"), quantity.Form(c.lacking, "has", "have"))
	if nulls == c.lacking {
		return some + " nothing in it"
	}
	some += " no time in it"
	if nulls > 0 {
		some += fmt.Sprintf(" (%s of them nothing at all)", quantity.Count(nulls))
	}
	if first := &c.column.times.firstOther; first.batch != 0 {
		some += fmt.Sprintf(", the first %s", first)
	}
	return some
}

// timeAdvice says how to choose the time by flags.
func timeAdvice(name string) string {
	return fmt.Sprintf("%s «--skip-bad» takes it, and leaves out the rows without; «--time-column NAME» takes another column, and «--time 2024-01-01» gives all rows the same time.\nIf these are times, say how they are written: %s.", choice.Flag("--time-column", name), formatAdvice)
}

// namedLikeTime is a column that is named like a time without holding a value that reads as one: nil if there is none. Columns of words
// alone, as "Dinner", or of small numbers where they may be durations, are something else.
func (s *scan) namedLikeTime(o Options) *column {
	var best *column
	for _, c := range s.columns {
		name := columnName(c.key)
		if !c.named || o.drops(c.key) || c.times.firstOther.batch == 0 {
			continue
		}
		numbers := c.given() > 0 && c.numbers() == c.given()
		if c.times.figures == 0 && !(numbers && meansDate(name)) || !mayBeTime(c.times.firstOther.value, o) && !(numbers && c.max >= 1000) {
			continue
		}
		if best == nil || nameScore(name) > nameScore(columnName(best.key)) {
			best = c
		}
	}
	return best
}

// timely is how values are written that may be times which are not read: groups of digits with what stands between those of times, a month, or
// four digits and more, of any script.
var timely = regexp.MustCompile(`(?i)\p{Nd}[-/:h]\p{Nd}|\p{Nd}\P{Nd}+\p{Nd}+\P{Nd}+\p{Nd}|\p{Nd}{4}|\p{Nd}[\s.]*\p{L}{3,}[\s.]*\p{Nd}|\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)`)

// mayBeTime tells whether a value that is not read as a time may be one. One like "0.05 mg" or T0 plainly is none, whatever its column is called.
func mayBeTime(value string, o Options) bool {
	return len(value) <= 40 && timely.MatchString(value) || hint(value, o) != ""
}

// unread is the error for a column that is named like a time and cannot be read as one.
func unread(c *column, o Options) error {
	name, first := columnName(c.key), &c.times.firstOther
	leave := "; «--skip-bad» beside it leaves out rows that do not fit"
	if o.SkipBad != 0 {
		leave = "" // they are
	}
	return fmt.Errorf("nothing was ingested, as no column is a time, and %s, which is named like one, cannot be read: the first value is %s.%s\n"+
		"If it is a time, say how it is written: %s «--time-format FORMAT», such as \"dd.MM.yyyy HH:mm\" (letters as in Joda-Time), millis or posix%s.\n"+
		"Else «--time-column NAME» takes another column, and «--time 2024-01-01» gives all rows the same time.", name, first, hintLine(first.value, o), choice.Flag("--time-column", name), leave)
}

// noteOthers tells which other columns would do, or nearly.
func (t *Table) noteOthers(all []candidate, s *scan) {
	lacking := 0
	var more []string
	for i := range all {
		c := &all[i]
		switch {
		case t.Time.Column != "" && (c.key == t.Time.key || t.Time.join.has(c.key) || !c.likely):
		case c.inAllRows():
			t.Time.Others = append(t.Time.Others, c.name)
		case lacking < 3:
			t.Time.notes = append(t.Time.notes, fmt.Sprintf("%s is not taken for the time, as %s. %s «--skip-bad» takes it, and leaves them out.",
				c.name, c.whyNot(s), choice.Flag("--time-column", c.name)))
			lacking++
		default:
			more = append(more, c.name)
		}
	}
	if len(more) > 0 {
		t.Time.notes = append(t.Time.notes, fmt.Sprintf("Neither are these, which are times in some rows alone: %s.", quantity.Few(more, mostNames)))
	}
	if others := t.Time.Others; len(others) > 0 {
		t.Time.notes = append(t.Time.notes, "Other columns could be the time as well: "+quantity.Few(others, mostNames)+". Choose one with «--time-column».")
	}
}
