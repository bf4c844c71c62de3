package detect

import (
	"bytes"
	"unicode"

	"ovate/internal/calendar"
	"ovate/internal/detect/timeformat"
	"ovate/internal/moment"
)

// timeCounts is what is known of the values of a column as times.
type timeCounts struct {
	texts                                              int64 // times as people write them
	orders                                             [moment.Orders]span
	ordered                                            int64 // whose numbers could be in several orders
	unknown                                            int64 // with zones that nobody knows
	finer                                              int64
	gaps                                               int64
	twice                                              int64
	partial                                            int64
	short                                              int64
	clocked                                            int64 // that have a time of day
	zoned                                              int64 // that say their zone
	local                                              int64 // that do not
	away                                               int64 // of these, another than UTC
	letters                                            int64 // whose zone is letters with several meanings
	style                                              moment.Style
	styles                                             int // how many there are, up to 2
	firstUnknown, firstFiner, firstGap, firstTwice     place
	firstOrdered, firstZoned, firstLocal, firstLetters place
	ruledOut                                           [moment.Orders]place // what is no time in an order
	firstAway                                          place
	firstOther                                         place // what reads as no time
	firstShort, firstDay                               place
	days                                               int64 // dates without a time of day
	figures                                            int64 // texts with digits that read as no time, of a column that is named like one

	digits      [timeformat.None]span
	cut         [timeformat.Nano + 1]int64 // numbers since 1970 with digits below a millisecond
	firstCut    [timeformat.Nano + 1]place
	points      int64                      // digits with a fraction
	given       span                       // in the format that the caller knows
	early       int64                      // of these, numbers that are a time of 1970
	first       [timeformat.Nano + 1]place // numbers since 1970, by their unit
	firstEarly  place
	seasons     int64 // months of which the number is that of the next year: 2001-02
	firstSeason place
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

// addTime looks at a value as a time.
func (w *counter) addTime(c *column, b []byte, n number) {
	is := false
	switch {
	case w.given != nil:
		is = w.addGiven(&c.times, b)
	case n.form == long:
		is = w.addDigits(&c.times, c.score, b, n.value)
	case n.form == double:
		is = w.addFraction(&c.times, b, n)
	case n.form == noNumber || n.form == decimalComma || n.form == eitherComma:
		is = w.addWritten(&c.times, b)
	case n.form == coded && len(b) == 6 && b[0] == '0':
		if at, _, ok := timeformat.Day6.Read(b); ok {
			c.times.digits[timeformat.Day6].add(at)
			is = true
		}
	}
	if is {
		return
	}
	w.at(&c.times.firstOther, b)
	if c.named && n.form == noNumber && (bytes.ContainsAny(b, "0123456789") || bytes.IndexFunc(b, unicode.IsDigit) >= 0) {
		c.times.figures++
	}
}

func (w *counter) addGiven(t *timeCounts, b []byte) bool {
	var read timeformat.Value
	if !w.given.Read(b, &read) {
		return false
	}
	t.given.add(read.At)
	w.count(&t.early, &t.firstEarly, read.Early, b)
	w.count(&t.finer, &t.firstFiner, read.Finer, b)
	w.count(&t.gaps, &t.firstGap, read.Gap, b)
	w.count(&t.twice, &t.firstTwice, read.Twice, b)
	w.count(&t.zoned, &t.firstZoned, read.ZoneKnown && read.Zoned, b)
	w.count(&t.local, &t.firstLocal, read.ZoneKnown && !read.Zoned, b)
	return true
}

// count counts a value of which something is true.
func (w *counter) count(n *int64, first *place, is bool, b []byte) {
	if is {
		*n++
		w.at(first, b)
	}
}

// addWritten looks at a text as a time that people wrote.
func (w *counter) addWritten(t *timeCounts, b []byte) bool {
	m, is := w.reader.Read(b)
	switch is {
	case moment.None:
		return false
	case moment.UnknownZone:
		t.unknown++
		w.at(&t.firstUnknown, b)
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
		w.count(&t.finer, &t.firstFiner, m.Finer, b)
		w.count(&t.gaps, &t.firstGap, m.Gap, b)
		w.count(&t.twice, &t.firstTwice, m.Overlap, b)
		w.count(&t.letters, &t.firstLetters, m.Letters, b)
		w.count(&t.ordered, &t.firstOrdered, m.Ordered, b)
		w.count(&t.zoned, &t.firstZoned, m.Style.Zoned(), b)
		w.count(&t.away, &t.firstAway, m.Away, b)
		w.count(&t.local, &t.firstLocal, !m.Style.Zoned(), b)
		for o := range moment.Orders {
			if !m.Valid[o] {
				w.at(&t.ruledOut[o], b)
			}
		}
		if m.Style.Partial() {
			t.partial++
			year, month, _ := calendar.FromDays(int64(m.At[0]) / calendar.MillisPerDay)
			w.count(&t.seasons, &t.firstSeason, m.Style.Month() && int64(month) == (year+1)%100, b)
		}
		if m.Style.Clock() {
			t.clocked++
		}
		w.count(&t.days, &t.firstDay, !m.Style.Clock() && !m.Style.Partial(), b)
		w.count(&t.short, &t.firstShort, m.Style.Short(), b)
	}
	return true
}

func (t *timeCounts) merge(o *timeCounts) {
	for _, sum := range [...][2]*int64{{&t.texts, &o.texts}, {&t.ordered, &o.ordered}, {&t.unknown, &o.unknown}, {&t.finer, &o.finer}, {&t.gaps, &o.gaps},
		{&t.twice, &o.twice}, {&t.partial, &o.partial}, {&t.short, &o.short}, {&t.days, &o.days}, {&t.clocked, &o.clocked}, {&t.local, &o.local}, {&t.zoned, &o.zoned}, {&t.letters, &o.letters}, {&t.away, &o.away}, {&t.points, &o.points}, {&t.early, &o.early}, {&t.seasons, &o.seasons}, {&t.figures, &o.figures}} {
		*sum[0] += *sum[1]
	}
	for i := range t.orders {
		t.orders[i].merge(o.orders[i])
	}
	for i := range t.digits {
		t.digits[i].merge(o.digits[i])
	}
	for i, n := range o.cut {
		t.cut[i] += n
		t.firstCut[i].keepFirst(&o.firstCut[i])
		t.first[i].keepFirst(&o.first[i])
	}
	t.given.merge(o.given)
	switch {
	case t.styles == 0:
		t.style, t.styles = o.style, o.styles
	case o.styles > 0 && (o.styles > 1 || o.style != t.style):
		t.styles = 2
	}
	for _, p := range [...][2]*place{{&t.firstUnknown, &o.firstUnknown}, {&t.firstFiner, &o.firstFiner}, {&t.firstGap, &o.firstGap}, {&t.firstTwice, &o.firstTwice},
		{&t.firstOrdered, &o.firstOrdered}, {&t.firstOther, &o.firstOther}, {&t.firstZoned, &o.firstZoned}, {&t.firstLocal, &o.firstLocal}, {&t.firstLetters, &o.firstLetters}, {&t.firstAway, &o.firstAway},
		{&t.firstEarly, &o.firstEarly}, {&t.firstSeason, &o.firstSeason}, {&t.firstShort, &o.firstShort}, {&t.firstDay, &o.firstDay},
		{&t.ruledOut[0], &o.ruledOut[0]}, {&t.ruledOut[1], &o.ruledOut[1]}, {&t.ruledOut[2], &o.ruledOut[2]}} {
		p[0].keepFirst(p[1])
	}
}
