package detect

import (
	"slices"
	"strings"
	"unicode"

	"ovate/internal/detect/number"
)

// markCounts is what is known of the texts of a column that are a number with a currency, a unit or brackets, which is their mark.
type markCounts struct {
	n       int64
	forms   [number.Forms]int64 // what the numbers look like
	pointed int64               // those with a point that may part thousands: 1.234 €
	parted  int64               // those with two points and more, which part thousands: 1.234.567 €
	kinds   []string            // the marks, in their order: the first few that there are
	first   place
	unclear place // the first with a point or a comma that may part thousands
}

// mostMarks is how many marks of a column are kept: one more than are told.
const mostMarks = 4

// add adds a text that is a number with a mark.
func (w *counter) addMarked(m *markCounts, people *numeral, n number.Number, raw []byte) {
	m.n++
	m.forms[n.Form]++
	m.addKind(people.mark)
	w.at(&m.first, raw)
	if people.sign == pointSign {
		m.parted++
	}
	pointed := n.Form == number.Double && n.MayBeThousands(people.text)
	if pointed {
		m.pointed++
	}
	if pointed || n.Form == number.EitherComma {
		w.at(&m.unclear, raw)
	}
}

func (m *markCounts) addKind(mark string) {
	at, known := slices.BinarySearch(m.kinds, mark)
	if known || at == mostMarks {
		return
	}
	m.kinds = slices.Insert(m.kinds, at, strings.Clone(mark))
	m.kinds = m.kinds[:min(len(m.kinds), mostMarks)]
}

func (m *markCounts) merge(o *markCounts) {
	m.n += o.n
	m.pointed += o.pointed
	m.parted += o.parted
	for i, n := range o.forms {
		m.forms[i] += n
	}
	for _, mark := range o.kinds {
		m.addKind(mark)
	}
	m.first.keepFirst(&o.first)
	m.unclear.keepFirst(&o.unclear)
}

// brackets are the mark of a number that is negative by them.
const brackets = "()"

// alike tells whether all marks may be left out without a number becoming one of something else: they are one currency or unit, brackets aside, in which only
// amounts of money and mere numbers stand. plain tells whether other values are mere numbers.
func (m *markCounts) alike(plain bool) bool {
	units := slices.DeleteFunc(slices.Clone(m.kinds), func(mark string) bool { return mark == brackets })
	switch {
	case len(units) == 0:
		return true
	case len(units) > 1 || m.haveLetter(plain):
		return false
	case len(m.kinds) > 1:
		return isCurrency(units[0])
	}
	return !plain || units[0] != "%" && units[0] != "‰"
}

// isCurrency tells whether a mark is that of money: €, US$, EUR.
func isCurrency(mark string) bool {
	return strings.ContainsFunc(mark, func(r rune) bool { return unicode.Is(unicode.Sc, r) }) || len(mark) == 3 && strings.Trim(mark, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// measureUnits are marks that are hardly anything else than units. Letters behind codes and numbers of houses, as in 12a, are none.
var measureUnits = []string{"%", "‰", brackets, "mg", "g", "kg", "t", "lb", "lbs", "oz", "mm", "cm", "m", "km", "mi", "ft", "in", "yd", "ml", "l", "L", "ms", "s", "sec", "min", "h", "km/h", "mph", "m/s", "m²", "m³", "km²", "ha",
	"°C", "°F", "K", "B", "kB", "KB", "MB", "GB", "TB", "W", "kW", "MW", "kWh", "MWh", "V", "A", "Hz", "kHz", "MHz", "Pa", "hPa", "bar", "k", "M", "Mio", "Mio.", "Mrd", "Mrd."}

// haveLetter tells whether a mark is a letter that is no unit by itself, as in 6000a: one that is short for none, or that stands beside mere numbers.
func (m *markCounts) haveLetter(plain bool) bool {
	return slices.ContainsFunc(m.kinds, func(mark string) bool {
		letter := len(mark) == 1 && (mark[0]|0x20)-'a' < 26
		return letter && (plain || !slices.Contains(measureUnits, mark))
	})
}

// meanUnits tells whether the marks are currencies or units by all appearances. plain tells whether other values are mere numbers.
func (m *markCounts) meanUnits(plain bool) bool {
	return !m.haveLetter(plain) && !slices.ContainsFunc(m.kinds, func(mark string) bool { return !isCurrency(mark) && !slices.Contains(measureUnits, mark) })
}

// list is the marks, for people. plain tells whether other values are mere numbers.
func (m *markCounts) list(plain bool) string {
	names := slices.Clone(m.kinds)
	if len(names) == mostMarks {
		names[mostMarks-1] = "…"
	}
	if plain {
		names = append(names, "none")
	}
	return strings.Join(names, ", ")
}

// allMarked tells whether all texts are numbers whose marks may be left out.
func (c *column) allMarked() bool {
	return c.marked.n > 0 && c.others() == c.marked.n && c.marked.alike(c.numbers() > 0)
}

// marksDiffer tells whether all texts are numbers, but with marks that say that they are of different things.
func (c *column) marksDiffer() bool {
	return c.marked.n > 0 && c.others() == c.marked.n && !c.marked.alike(c.numbers() > 0)
}

// marksUnclear tells whether nothing in a column of numbers with marks says whether a point, or a comma, parts thousands.
func (c *column) marksUnclear() bool {
	doubles, comma, either, grouped := c.withMarks(number.Double), c.withMarks(number.DecimalComma), c.withMarks(number.EitherComma), c.withMarks(number.GroupedByComma)
	points := doubles > 0 && c.allPointed() && c.pointsPart() == 0 && comma+either+grouped == 0
	return points || either > 0 && comma+grouped+doubles == 0
}

// withMarks counts numbers of a form, with a mark or without.
func (c *column) withMarks(f number.Form) int64 { return c.forms[f] + c.marked.forms[f] }

// pointsPart counts numbers whose points can only part thousands.
func (c *column) pointsPart() int64 { return c.signs[pointSign] + c.marked.parted }

// allPointed tells whether the point of each double may part thousands.
func (c *column) allPointed() bool { return c.pointed+c.marked.pointed == c.withMarks(number.Double) }
