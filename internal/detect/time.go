package detect

import (
	"strings"

	"ovate/druid"
	"ovate/internal/detect/timeformat"
	"ovate/internal/moment"
)

// Time is what says when a row happened: a column, or the same instant for all.
type Time struct {
	Column string   // as the task has it; "" for Constant
	Source string   // the column or columns of the files, for people
	Format string   // in words or as in a timestampSpec
	Others []string // columns that would have done as well
	NoZone bool     // times of day that say no zone, and are taken for UTC

	NameZone string // of which the name of the column says that they are, if they do not say it themselves

	Constant druid.Instant

	key     string
	join    *join             // of several columns; nil: it is of one
	digits  timeformat.Digits // None: it is not of digits alone
	order   moment.Order
	pattern string // of it
	given   string // the format that the caller gave
	zone    string
	format  string // of a timestampSpec that reads every value to the same instant; "" if there may be none
	good    span
	first   place // of digits that count units
	asked   bool  // the caller named the column
	years   int64 // times that are a year alone, as digits
	lacking int64 // rows that have no such time
	sure    surety
	notes   []string
}

// DefaultTime is the time of rows without one.
const DefaultTime = druid.Instant(946684800000) // 2000-01-01

func (t *Table) constant(at druid.Instant) {
	t.Time = Time{Constant: at, digits: timeformat.None, Format: "the same for all rows", good: span{1, at, at}}
}

// surety is how sure it is that values are times: the more the surer.
type surety uint8

const (
	noTime     surety = iota
	coarse            // a month or a year alone
	digitsOnly        // 1705313472, 20240115
	dated             // as people write dates and times, or in the format that the caller gave
)

// readTime tells how most of a column's values that are times are written. It is noTime if none is, or if nobody would take them for
// times. j is what the column was joined by, nil for one of the files; asked is whether the caller named it.
func readTime(c *column, j *join, rows int64, o Options, asked bool) Time {
	name := columnName(c.key)
	t := Time{Column: nameSet{}.give(name), Source: name, key: c.key, join: j, digits: timeformat.None, zone: o.TimeZone, asked: asked}
	if name == druidTime {
		t.Column = druidTime
	}
	x := &c.times
	best, digits := x.bestOrder(), x.bestDigits(name, asked)
	switch {
	case x.given.n > 0:
		t.asGiven(c, o)
	case o.TimeFormat != "" && (o.TimeZone == "" || x.texts == 0):
	case x.orders[best].n+x.unknown.n > 0 && (x.orders[best].n+x.unknown.n >= x.ofDigits(digits) || digits == timeformat.Year4):
		t.asWritten(x, best, o, asked)
	case digits != timeformat.None:
		t.asDigits(x, digits, o)
	}
	if !asked && nameScore(name) == 0 && (t.sure == coarse || t.sure == dated && x.maybeVersions(name)) {
		t.sure = noTime
	}
	if !asked && t.given == "" && t.digits != timeformat.None && measures(name) && !(t.digits.HasDay() && t.isUsual()) {
		t.sure = noTime
	}
	t.lacking = rows - t.good.n
	switch {
	case j != nil:
		t.Column, t.format = druidTime, "" // which a copy has
	case o.Types[name] != "":
		t.Column = druidTime // the caller wants a column of that name
	}
	return t
}

// maybeVersions tells whether dates with points between their numbers may as well be versions: 1.2.10.
func (x *timeCounts) maybeVersions(name string) bool {
	return x.given.n == 0 && x.clocked == 0 && x.style.Dotted() && (x.short.n > 0 || hasWord(name, "version", "versions", "ver", "release", "build", "revision", "rev", "firmware"))
}

func (t *Time) asGiven(c *column, o Options) {
	t.good, t.given, t.Format, t.sure = c.times.given, o.TimeFormat, o.TimeFormat, dated
	switch o.TimeFormat {
	case "iso", "auto", "millis", "posix", "micro", "nano", "ticks", "filetime", timeformat.Excel:
		if c.numbers() == c.given() {
			t.sure = coarse // any whole number can be read so
		}
	}
	if c.times.shorter.n == t.good.n {
		t.sure = coarse // as whole numbers are years of few digits
	}
	if o.TimeZone == "" && c.times.unlike == 0 {
		t.format = o.TimeFormat
	}
}

func (t *Time) asWritten(x *timeCounts, order moment.Order, o Options, asked bool) {
	t.order, t.good, t.sure = order, x.orders[order], dated
	if x.partial > 0 {
		t.sure = coarse
	}
	years := x.digits[timeformat.Year4]
	if !asked && nameScore(columnName(t.key)) == 0 && years.n > x.texts {
		years = newSpan() // numbers that are something else
	}
	t.years = years.n
	t.good.merge(years)
	t.pattern = t.orderFormat(x, order)
	t.format = x.style.Format(order)
	if x.styles > 1 || o.TimeZone != "" || years.n > 0 && t.format != "iso" {
		t.format = ""
	}
	if t.Format = t.format; t.Format == "" {
		t.Format = "as people write it"
	}
}

func (t *Time) asDigits(x *timeCounts, d timeformat.Digits, o Options) {
	t.digits, t.good, t.sure = d, x.digits[d], digitsOnly
	t.format, t.Format = d.Name(), d.Name()
	if d.IsCount() {
		t.first = x.first[d]
	}
	if d >= timeformat.Month6 {
		t.sure = coarse
	}
	if !d.IsDruids() || x.points > 0 || x.unlike > 0 || x.midnights.n > 0 || d >= timeformat.Day8 && o.TimeZone != "" {
		t.format = ""
	}
}

// doubt is why values that are times cannot be read without more being said.
func (t *Time) doubt(c *column, o Options) error {
	x, name := &c.times, columnName(c.key)
	if t.sure == noTime || t.given != "" {
		return nil
	}
	if t.digits.IsSixDigits() {
		return t.doubtSixDigits(x, name)
	}
	if t.digits.IsCount() {
		return t.doubtCount(x, name, o)
	}
	if t.digits != timeformat.None {
		return nil
	}
	if first := &x.seasons.first; x.seasons.n > 0 && x.seasons.n == t.good.n && t.join == nil {
		return refuse("column %q holds values like %q (%s, line %d), which may be months or two years, as of a season; «--time-format yyyy-MM» takes them for months%s",
			name, first.value, first.input, first.line, asText)
	}
	if first := &x.unknown.first; x.unknown.n > 0 && t.good.n == 0 {
		return refuse("column %q has times of a zone that is not known: %s. Say which it is: «--time-zone %s» (or =+05:30); offsets like +02:00 and names like Europe/Berlin are known%s", name, first, zoneAdvice(first.value), asText)
	}
	if other := x.ambiguous(t.order); other != t.order {
		first := &x.ordered.first
		one, two := t.orderFormat(x, t.order), t.orderFormat(x, other)
		if one == two { // most are written otherwise, so that no format reads all
			return refuse("column %q holds times like %s (%s, line %d), of which either number may be the day, beside times that are written otherwise, so that no «--time-format» reads all. Write them all in one way, such as 2024-01-31%s",
				name, first.value, first.input, first.line, asText)
		}
		return refuse("column %q holds times like %s (%s, line %d), which can be read in more ways than one; choose with «--time-format %q» or %q%s", name, first.value, first.input, first.line, one, two, asText)
	}
	return nil
}

// asText is the advice for a column that is no time.
const asText = "; if it is no time, «--time 2024-01-01» gives all rows the same time, and keeps it as it is"

// zoneAdvice is an example of what to say of the zone at the end of a value.
func zoneAdvice(value string) string {
	text := strings.TrimRight(value, ")]")
	letters := text[len(strings.TrimRight(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")):]
	if len(letters) < 2 || letters != strings.ToUpper(letters) || strings.HasSuffix(text, "/"+letters) || strings.HasSuffix(text, "_"+letters) {
		letters = "IST"
	}
	return letters + "=Asia/Kolkata"
}

// bestOrder is the order in which most values are times.
func (x *timeCounts) bestOrder() moment.Order {
	best := moment.MonthFirst
	for o := range moment.Orders {
		if x.orders[o].n > x.orders[best].n {
			best = o
		}
	}
	return best
}

// ambiguous is another order in which as many values are times, and some of them others.
func (x *timeCounts) ambiguous(best moment.Order) moment.Order {
	for o := range moment.Orders {
		if o != best && x.ordered.n > 0 && x.orders[o].n == x.orders[best].n {
			return o
		}
	}
	return best
}

// orderFormat is a pattern for an order, as somebody would choose it: of the date alone if that is in a column of its own.
func (t *Time) orderFormat(x *timeCounts, o moment.Order) string {
	style := x.style
	if t.join != nil {
		style = style.Date()
	}
	if format := style.Format(o); format != "" {
		return format
	}
	return style.Pattern(o)
}
