package detect

import (
	"bytes"
	"unicode"

	"ovate/internal/calendar"
	"ovate/internal/detect/number"
	"ovate/internal/detect/timeformat"
	"ovate/internal/moment"
	"ovate/internal/table"
)

// timeCounts is what is known of the values of a column as times.
type timeCounts struct {
	firstOther place // what reads as no time
	figures    int64 // texts with digits that read as no time, of a column that is named like one

	// Times as people write them.
	texts    int64
	orders   [moment.Orders]span
	ordered  tally                // whose numbers could be in several orders
	ruledOut [moment.Orders]place // what is no time in an order
	style    moment.Style
	styles   int   // how many there are, up to 2
	clocked  int64 // that have a time of day
	days     tally // that have none
	partial  int64
	months   tally // that are the number of a month alone: 2024-01
	seasons  tally // months of which the number is that of the next year: 2001-02
	short    tally // whose year has two digits
	letters  tally // whose zone is letters with several meanings
	named    int64 // whose zone is letters that the caller explained
	away     tally // whose zone is another than UTC
	unknown  tally // with zones that nobody knows

	// Numbers.
	digits [timeformat.None]span
	first  [timeformat.Counts]place      // numbers of some unit
	cut    [timeformat.Counts]tally      // of these, those with digits below a millisecond
	shapes [len(timeformat.Shapes)]int64 // of these, those that are dates of this shape as well, as long as all are
	points int64                         // digits with a fraction, or a power of ten
	unlike int64                         // digits, and values in the format that the caller knows, that Druid reads otherwise, as they stand in the file

	// What is in the format that the caller knows.
	given   span
	early   tally // of these, numbers that are a time of 1970
	shorter tally // of these, years of fewer digits than four

	// All of them.
	finer     tally // with digits below a millisecond
	gaps      tally // that clocks skip
	twice     tally // that clocks show twice
	midnights tally // whose hour is 24
	zoned     tally // that say their zone
	local     tally // that do not
}

func (t *timeCounts) init() {
	for i := range t.orders {
		t.orders[i] = newSpan()
	}
	for i := range t.digits {
		t.digits[i] = newSpan()
	}
	t.given = newSpan()
}

// addTime looks at a value as a time, and tells whether it is one.
func (w *counter) addTime(c *column, kind table.Kind, raw, b []byte, n number.Number) (is bool) {
	switch {
	case w.given != nil:
		is = w.addGiven(&c.times, kind, raw, b)
	case n.Form == number.Long:
		is = w.addDigits(&c.times, c.score, b, n.Value)
	case n.Form == number.Double:
		is = w.addFraction(c, kind, b, n)
	case n.Form == number.None || n.Form == number.DecimalComma || n.Form == number.EitherComma:
		is = w.addWritten(&c.times, b)
	case n.Form == number.Coded && len(b) == 6 && b[0] == '0':
		for d := timeformat.Day6; d <= timeformat.MonthFirst6; d++ {
			if at, _, ok := d.Read(b); ok {
				c.times.digits[d].add(at)
				is = true
			}
		}
	}
	if is {
		return true
	}
	w.at(&c.times.firstOther, b)
	if c.named && n.Form == number.None && (bytes.ContainsAny(b, "0123456789") || bytes.IndexFunc(b, unicode.IsDigit) >= 0) {
		c.times.figures++
	}
	return false
}

func (w *counter) addGiven(t *timeCounts, kind table.Kind, raw, b []byte) bool {
	var read timeformat.Value
	if !w.given.Read(b, &read) {
		return false
	}
	t.given.add(read.At)
	if !w.given.DruidReads(raw, kind == table.Number, read.At) {
		t.unlike++
	}
	w.count(&t.early, read.Early, b)
	w.count(&t.short, read.ShortYear, b)
	w.count(&t.shorter, read.EarlyYear, b)
	w.count(&t.finer, read.Finer, b)
	w.count(&t.gaps, read.Gap, b)
	w.count(&t.twice, read.Twice, b)
	w.count(&t.midnights, read.EndsDay, b)
	w.count(&t.zoned, read.ZoneKnown && read.Zoned, b)
	w.count(&t.local, read.ZoneKnown && !read.Zoned, b)
	return true
}

// addWritten looks at a text as a time that people wrote.
func (w *counter) addWritten(t *timeCounts, b []byte) bool {
	m, is := w.reader.Read(b)
	switch is {
	case moment.None, moment.Contradicted:
		return false
	case moment.UnknownZone:
		w.count(&t.unknown, true, b)
	case moment.Time:
		t.texts++
		for o := range moment.Orders {
			if m.Valid[o] {
				t.orders[o].add(m.At[o])
			}
		}
		if t.styles == 0 {
			t.style, t.styles = m.Style, 1
		} else if t.style != m.Style {
			t.styles = 2
		}
		w.count(&t.finer, m.Finer, b)
		w.count(&t.gaps, m.Gap, b)
		w.count(&t.twice, m.Overlap, b)
		w.count(&t.letters, m.Letters, b)
		if m.Named {
			t.named++
		}
		w.count(&t.midnights, m.EndsDay, b)
		w.count(&t.ordered, m.Ordered, b)
		w.count(&t.zoned, m.Style.Zoned(), b)
		w.count(&t.away, m.Away, b)
		w.count(&t.local, !m.Style.Zoned(), b)
		for o := range moment.Orders {
			if !m.Valid[o] {
				w.at(&t.ruledOut[o], b)
			}
		}
		if m.Style.Partial() {
			t.partial++
			w.count(&t.months, m.Style.Month(), b)
			year, month, _ := calendar.FromDays(int64(m.At[0]) / calendar.MillisPerDay)
			w.count(&t.seasons, m.Style.Month() && int64(month) == (year+1)%100, b)
		}
		if m.Style.Clock() {
			t.clocked++
		}
		w.count(&t.days, !m.Style.Clock() && !m.Style.Partial(), b)
		w.count(&t.short, m.Style.Short(), b)
	}
	return true
}

func (t *timeCounts) merge(o *timeCounts) {
	for _, sum := range [...][2]*int64{{&t.texts, &o.texts}, {&t.partial, &o.partial}, {&t.clocked, &o.clocked}, {&t.points, &o.points}, {&t.figures, &o.figures}, {&t.unlike, &o.unlike}, {&t.named, &o.named}} {
		*sum[0] += *sum[1]
	}
	for _, both := range [...][2]*tally{{&t.ordered, &o.ordered}, {&t.days, &o.days}, {&t.seasons, &o.seasons}, {&t.months, &o.months}, {&t.short, &o.short}, {&t.shorter, &o.shorter}, {&t.letters, &o.letters}, {&t.away, &o.away},
		{&t.unknown, &o.unknown}, {&t.early, &o.early}, {&t.finer, &o.finer}, {&t.gaps, &o.gaps}, {&t.twice, &o.twice}, {&t.midnights, &o.midnights}, {&t.zoned, &o.zoned}, {&t.local, &o.local}} {
		both[0].merge(both[1])
	}
	t.firstOther.keepFirst(&o.firstOther)
	for i := range t.orders {
		t.orders[i].merge(o.orders[i])
		t.ruledOut[i].keepFirst(&o.ruledOut[i])
	}
	for i := range t.digits {
		t.digits[i].merge(o.digits[i])
	}
	for i, n := range o.shapes {
		t.shapes[i] += n
	}
	for i := range t.first {
		t.first[i].keepFirst(&o.first[i])
		t.cut[i].merge(&o.cut[i])
	}
	t.given.merge(o.given)
	switch {
	case t.styles == 0:
		t.style, t.styles = o.style, o.styles
	case o.styles > 0 && (o.styles > 1 || o.style != t.style):
		t.styles = 2
	}
}
