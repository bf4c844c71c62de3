package detect

import (
	"fmt"
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/moment"
)

// Time is what says when a row happened: a column, or the same instant for all.
type Time struct {
	Column string   // as the task has it; "" for Constant
	Format string   // in words or as in a timestampSpec
	Others []string // columns that would have done as well

	Constant druid.Instant

	key     string
	digits  digitTime // digitTimes: not digits
	order   moment.Order
	given   string // the format that the caller gave
	zone    string
	format  string // of a timestampSpec that reads every value to the same instant; "" if there may be none
	good    span
	lacking int64 // rows that have no such time
	rank    int
	notes   []string
}

// DefaultTime is the time of rows without one.
const DefaultTime = druid.Instant(946684800000) // 2000-01-01

// findTime chooses the column of time: the one that is named; else, of those whose values read as times, one that all rows have
// before others, one that is named like a time before others, one of dates before one of numbers.
func (t *Table) findTime(s *scan, o Options) error {
	if o.Time != nil {
		t.constant(*o.Time)
		return nil
	}
	if o.TimeColumn != "" {
		c := s.index[o.TimeColumn]
		if c == nil {
			for _, part := range s.columns {
				if columnName(part.key) == o.TimeColumn {
					c = part
				}
			}
		}
		if c == nil {
			return refuse("--time-column: %q holds objects; one of these is a time, perhaps:\n%s", o.TimeColumn, s.list())
		}
		found, err := readTime(c, s.rows, o, true)
		t.Time = found
		return err
	}
	if s.rows == 0 {
		return nil
	}
	type candidate struct {
		Time
		err error
	}
	var all []candidate
	var passed []string // notes on columns that are times, but not of enough rows
	for _, c := range s.columns {
		if o.drops(c.key) {
			continue
		}
		if columnName(c.key) != c.key && c.times.texts == 0 {
			continue // numbers within objects are too seldom a time to guess
		}
		found, err := readTime(c, s.rows, o, false)
		if why := found.whyPassedOver(c, s.rows, o); found.rank > 0 && why != "" {
			passed = append(passed, why)
		} else if found.rank > 0 {
			all = append(all, candidate{found, err})
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return b.rank - a.rank })
	if len(all) == 0 {
		if o.TimeFormat != "" {
			return refuse("no column holds times of the format %q. Name one with --time-column. The columns are:\n%s", o.TimeFormat, s.list())
		}
		t.constant(DefaultTime)
		t.Time.notes = append(t.Time.notes, "No column is a time, so that all rows get "+DefaultTime.String()[:10]+". Another one for all: --time 2024-01-01; a column: --time-column NAME and --time-format FORMAT.")
		t.Time.notes = append(t.Time.notes, passed...)
		return nil
	}
	if all[0].err != nil {
		return all[0].err
	}
	t.Time = all[0].Time
	t.Time.notes = append(t.Time.notes, passed...)
	for _, other := range all[1:] {
		t.Time.Others = append(t.Time.Others, columnName(other.key))
	}
	if others := t.Time.Others; len(others) > 0 {
		t.Time.notes = append(t.Time.notes, "Other columns could be the time as well: "+strings.Join(others[:min(len(others), 8)], ", ")+". Choose one with --time-column.")
	}
	return nil
}

func (t *Table) constant(at druid.Instant) {
	t.Time = Time{Constant: at, digits: digitTimes, Format: "the same for all rows", good: span{1, at, at}}
}

// readTime tells how a column is a time. Its rank is 0 if it is none, and was not asked for.
func readTime(c *column, rows int64, o Options, asked bool) (t Time, err error) {
	name := columnName(c.key)
	score := nameScore(name)
	given := c.given()
	t = Time{Column: names{}.give(name), key: c.key, digits: digitTimes, zone: o.TimeZone}
	if name == druidTime {
		t.Column = druidTime
	}
	enough := func(n int64) bool { return n > 0 && (n == given || !asked && n*20 >= given*19 || asked && n*2 > given) }
	x := &c.times
	kind := 0 // of what it is: the more the surer
	switch best := x.bestOrder(); {
	case x.given.n > 0 && enough(x.given.n):
		t.good, t.given, t.Format, kind = x.given, o.TimeFormat, o.TimeFormat, 3
		if o.TimeZone == "" {
			t.format = o.TimeFormat
		}
	case o.TimeFormat != "" && x.given.n == 0 && (o.TimeZone == "" || x.texts == 0):
	case enough(x.orders[best].n + x.unknown):
		t.order, t.good, kind = best, x.orders[best], 3
		t.format = x.style.Format(best)
		if x.styles > 1 || o.TimeZone != "" && x.local+x.partial > 0 || o.TimeZone != "" {
			t.format = ""
		}
		t.Format = t.format
		if t.Format == "" {
			t.Format = "as people write it"
		}
		if x.partial > 0 {
			kind = 1
		}
		if x.unknown > 0 && x.orders[best].n == 0 {
			err = refuse("column %q has times of a zone that is not known: %q in %s, line %d. Offsets like +02:00 and names like Europe/Berlin are", name, x.firstUnknown.value, x.firstUnknown.input, x.firstUnknown.line)
		}
		if ambiguous := x.ambiguous(best); ambiguous != best {
			err = refuse("column %q holds times like %s, which can be read in more ways than one; choose with --time-format %q or %q", name, "01/02/2024", x.orderFormat(best), x.orderFormat(ambiguous))
		}
	default:
		for d := range digitTimes {
			if enough(x.digits[d].n) && (asked || score > 0) && (d != year4 || asked || hasWord(name, "year", "yr", "date")) && (d != month6 || asked || hasWord(name, "month", "date", "period", "yyyymm", "yearmonth")) {
				t.digits, t.good, kind = d, x.digits[d], 2
				t.format, t.Format = d.format(), d.format()
				if d >= month6 {
					kind = 1
				}
				if x.points > 0 || d >= day8 && o.TimeZone != "" {
					t.format = ""
				}
				break
			}
		}
	}
	if kind == 0 {
		if asked {
			how := "as a time"
			if o.TimeFormat != "" {
				how = fmt.Sprintf("with the format %q", o.TimeFormat)
			}
			first := c.firstText
			if first.value == "" {
				first.value = "nothing"
			}
			return t, refuse("column %q holds no time that can be read %s, but %q for example.\nIf it is one, say how it is written: --time-format \"dd.MM.yyyy HH:mm\" (letters as in Joda-Time), or iso, millis, posix, micro, nano", name, how, first.value)
		}
		return t, nil
	}
	t.lacking = rows - t.good.n
	t.rank = kind*1000 + score
	if kind == 1 && score == 0 && !asked {
		t.rank = 0
		return t, nil
	}
	if score > 0 {
		t.rank += 5000
	}
	if t.lacking == 0 {
		t.rank += 10000
	} else if (t.lacking-x.unknown)*2 > rows && !asked {
		t.rank = 0
	}
	t.tell(c)
	return t, err
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
		if o != best && x.ordered > 0 && x.orders[o].n == x.orders[best].n {
			return o
		}
	}
	return best
}

// orderFormat is a pattern for an order, as somebody would choose it.
func (x *timeCounts) orderFormat(o moment.Order) string {
	if format := x.style.Format(o); format != "" {
		return format
	}
	return x.style.Pattern(o)
}

// tell notes what is not kept of the times.
func (t *Time) tell(c *column) {
	x, name := &c.times, columnName(c.key)
	note := func(n int64, at place, text string) {
		if n > 0 {
			t.notes = append(t.notes, fmt.Sprintf("%s: %s %s, the first %q in %s, line %d.", name, times(n), text, at.value, at.input, at.line))
		}
	}
	cut, first := x.finer, x.firstFiner
	if t.digits <= nano {
		cut, first = x.cut[t.digits], x.firstCut[t.digits]
	}
	note(cut, first, "digits below a millisecond, which Druid's time does not have, are CUT; --type "+name+"=string keeps the values as they are written in a column as well")
	if t.given == "" {
		note(x.gaps, x.firstGap, "a time that the clocks of "+t.zone+" skip, moved on by what they skip")
		note(x.twice, x.firstTwice, "a time that the clocks of "+t.zone+" show twice, taken for the first")
		if x.short > 0 {
			t.notes = append(t.notes, name+": years of two digits are taken for 1969 to 2068.")
		}
	}
}
