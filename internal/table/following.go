package table

import (
	"bytes"
	"slices"
	"strings"

	"ovate/internal/moment"
)

// findNewTable refuses the row at hand if it seems to be the header of another table: it follows a blank line, it has words even for times, or the
// line behind it is no row of this table either. Where it is none in any case, it adds that to the reason.
func (f *fields) findNewTable(data []byte) {
	switch {
	case f.why != "":
		if f.places == nil && f.bad != 0 && len(f.cells) > 1 && len(f.cells) != len(f.columns) && f.typedCount > 0 && f.distinctWords() && !slices.ContainsFunc(f.cells, func(c Cell) bool { return shapeOf(c.Raw) != "" }) {
			f.why += ". It seems to be the header of another table; make a file of each"
		}
	case f.gap && f.newTable(1):
		f.bad, f.why = 0, "follows a blank line, and all of this line is words where the columns have numbers or times: another table, or a note"
	case f.gap && f.typedCount == 0 && len(f.columns) > 1 && len(f.cells) == len(f.columns) && !f.headed && f.distinctWords():
		f.in.tell(f.line, "stands behind a blank line, and is taken for a row. If another table begins there, make a file of each")
	case f.gap && len(f.columns) > 1 && len(f.cells) == len(f.columns) && !f.headed && f.beginsAlone():
		f.in.tell(f.line, whyAlone)
	case f.typedCount > 1 && f.beginsWords() && f.newTable(2) && (f.typedTimes || !f.fitsNext(data)):
		f.bad, f.why = 0, "and the rest of the line are words where the columns have numbers or times: another table seems to begin; make a file of each"
	}
}

// whyAlone is said of what may be written below a table.
const whyAlone = "stands behind a blank line with nothing but its first field, and is taken for a row"

// beginsAlone tells whether nothing but the first field of the row at hand has something in it, which is no number.
func (f *fields) beginsAlone() bool {
	return lookOf(f.cells[0].Raw, moment.UTC()) == word && !slices.ContainsFunc(f.cells[1:], func(c Cell) bool { return len(bytes.TrimSpace(c.Raw)) > 0 })
}

// beginsWords tells whether the values of the first and the last column of numbers or times begin with letters, as those of hardly any row do.
func (f *fields) beginsWords() bool {
	letter := func(raw []byte) bool { return len(raw) > 0 && raw[0]|0x20 >= 'a' && raw[0]|0x20 <= 'z' }
	return f.firstTyped < len(f.cells) && letter(f.cells[f.firstTyped].Raw) && letter(f.cells[min(f.lastTyped, len(f.cells)-1)].Raw)
}

// fitsNext tells whether the line behind the row at hand has as many fields, with numbers or times where others have them; or there is none.
func (f *fields) fitsNext(data []byte) bool {
	if len(f.delimiter) == 0 {
		return true
	}
	if data = data[f.at:]; len(data) == 0 {
		f.asked = true
		data = f.after
	}
	if len(data) == 0 {
		return true
	}
	next := &fields{Dialect: f.Dialect, delimiter: f.delimiter}
	next.record(data[:lineEnd(data, 0, f.Break)])
	if next.why != "" {
		return true // it goes on behind that line
	}
	if len(next.cells) != len(f.typed) {
		return false
	}
	for i, c := range next.cells {
		if f.typed[i] && lookOf(c.Raw, moment.UTC()) == word {
			return false
		}
	}
	return true
}

// distinctWords tells whether the fields of the row at hand are nothing but different words.
func (f *fields) distinctWords() bool {
	var texts [][]byte
	seen := map[string]bool{}
	for _, c := range f.cells {
		text := folded(c.Raw)
		if text == "" || seen[text] {
			return false
		}
		seen[text] = true
		texts = append(texts, c.Raw)
	}
	return allWords(texts)
}

// newTable tells whether the row at hand has words wherever the columns have numbers or times, as the header
// of another table has. They are to be at least so many.
func (f *fields) newTable(typed int) bool {
	if f.typedCount < typed || len(f.cells) < 2 || len(f.cells) > len(f.typed) {
		return false
	}
	var texts [][]byte
	seen := map[string]bool{}
	for i, c := range f.cells {
		text := folded(c.Raw)
		if text == "" || seen[text] {
			return false
		}
		if seen[text] = true; f.typed[i] {
			texts = append(texts, c.Raw)
		}
	}
	return len(texts) > 0 && allWords(texts)
}

// totals are the words by which a last row is taken for a sum.
var totals = [...]string{"total", "totals", "grand total", "subtotal", "sum", "summe", "gesamt", "gesamtsumme", "totale", "insgesamt"}

// total is the text in the row at hand by which it seems to be the sum of the others, "" if it has none.
func (f *fields) total() string {
	for _, c := range f.cells {
		text := strings.TrimSuffix(folded(c.Raw), ":")
		if text == "" {
			continue
		}
		if slices.Contains(totals[:], text) {
			return string(c.Raw)
		}
		break
	}
	return ""
}
