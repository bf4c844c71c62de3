package table

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"ovate/internal/moment"
)

// again finds rows that are none, as they name the columns once more. Most rows are told by the beginning of their first two fields.
type again struct {
	names   []string // of the header, by field
	index   map[string]bool
	begins  [256]bool
	lengths uint64 // a bit for each length of a name
	scratch []byte
}

func newAgain(names []string) *again {
	a := &again{names: names, index: map[string]bool{}}
	a.begins[' '], a.begins[mark[0]] = true, true
	for _, name := range names {
		text := folded([]byte(name))
		if text == "" {
			continue
		}
		a.index[text] = true
		a.begins[text[0]] = true
		a.begins[strings.ToUpper(text[:1])[0]] = true
		a.lengths |= 1 << min(len(text), 63)
	}
	return a
}

// mark stands at the beginning of files, and within one where files are joined.
const mark = "\ufeff"

// may tells whether a field may be a name.
func (a *again) may(raw []byte) bool {
	if len(raw) == 0 || !a.begins[raw[0]] {
		return false
	}
	raw = bytes.TrimSpace(bytes.TrimPrefix(raw, []byte(mark)))
	return a.lengths&(1<<min(len(raw), 63)) != 0 && a.is(raw)
}

// is tells whether a field is a name, whatever its letters are.
func (a *again) is(raw []byte) bool {
	a.scratch = append(a.scratch[:0], raw...)
	for i, c := range a.scratch {
		if c-'A' < 26 {
			a.scratch[i] = c | 0x20
		}
	}
	return a.index[string(a.scratch)] || a.index[folded(raw)]
}

// sameness is how much a row is like the header.
type sameness int

const (
	unlike     sameness = iota
	repeated            // the same texts
	respelled           // the same names in the same order
	rearranged          // the same names, or most of them, in another order
)

func (a *again) compare(cells []Cell) sameness {
	if len(cells) < 2 || !a.may(cells[0].Raw) && !a.may(cells[1].Raw) {
		return unlike
	}
	exact, own := true, 0
	found := map[string]bool{}
	var others [][]byte
	for i, c := range cells {
		text := c.Raw
		if i == 0 {
			text = bytes.TrimPrefix(text, []byte(mark))
		}
		exact = exact && string(text) == strings.TrimPrefix(a.names[i], mark)
		name := folded(c.Raw)
		if name == folded([]byte(a.names[i])) {
			own++
		}
		if a.index[name] {
			found[name] = true
		} else {
			others = append(others, c.Raw)
		}
	}
	switch n := len(found); {
	case exact:
		return repeated
	case own == len(cells):
		return respelled
	case n > 1 && n*3 >= len(cells)*2 && allWords(others):
		return rearranged
	}
	return unlike
}

// all tells whether every field is a name.
func (a *again) all(cells []Cell) bool {
	return !slices.ContainsFunc(cells, func(c Cell) bool { return !a.index[folded(c.Raw)] })
}

// allWords tells whether texts are neither numbers nor times, nor nothing.
func allWords(texts [][]byte) bool {
	times, err := moment.NewReader("")
	return err == nil && !slices.ContainsFunc(texts, func(text []byte) bool { return lookOf(text, times) != word })
}

// ruled tells whether the row at hand is a line of dashes that sets the header apart, behind which it stands, or one that has other fields than the
// columns. Anywhere else dashes may as well be how missing values are written.
func (f *fields) ruled(line int64) bool {
	if len(f.columns) == 1 {
		return f.ruledAlone(line)
	}
	if !f.dashes() && !(f.headed && f.underlined()) {
		return false
	}
	switch missing := len(f.columns) - len(f.cells); {
	case f.headed:
		f.in.tell(line, "is nothing but dashes behind the header, and no row; «--no-header», with «--skip-lines» for the header, takes it for one")
	case missing < 0 || missing > f.Fill:
		f.in.tell(line, "is nothing but dashes, not as many as there are columns, and no row")
	default:
		return false
	}
	f.odd |= oddFault
	return true
}

// ruledAlone is ruled where there is one column, of which other lines of dashes may be values: then that behind the header may be one, too.
func (f *fields) ruledAlone(line int64) bool {
	if len(f.cells) != 1 || f.cells[0].Kind != Text || !isDashes(bytes.TrimSpace(f.cells[0].Raw)) {
		return false
	}
	if f.headed && f.dashed < 2 {
		f.in.tell(line, "is nothing but dashes behind the header, and no row; «--no-header», with «--skip-lines» for the header, takes it for one")
		f.odd |= oddFault
		return true
	}
	f.in.tell(line, "is nothing but dashes, and is taken for a row")
	return false
}

// countDashed sets how many of the rows at the beginning are lines of dashes, where there is one column.
func (d *Dialect) countDashed(rows []record) {
	for _, r := range rows {
		if len(d.Columns) == 1 && len(r.cells) == 1 && isDashes(bytes.TrimSpace(r.cells[0].Raw)) {
			d.dashed++
		}
	}
}

// namesAgain tells whether the row at hand is the header again, which does not count. One with other names or in another order ends the scan, as the
// rows behind it cannot be told apart.
func (f *fields) namesAgain(b *Batch, line int64, begin int) bool {
	if f.again == nil {
		return false
	}
	is := f.again.compare(f.cells)
	if is == rearranged && f.guessed && !f.again.all(f.cells) {
		return false // what is taken for the header may be a row like this one
	}
	switch is {
	case repeated:
		f.odd |= oddHeader
		f.in.tell(line, "repeats the header, and is no row; «--no-header», with «--skip-lines» for the header, takes it for one")
		return true
	case respelled:
		f.bad, f.why = 0, "and the rest of the line are the names of the columns again, in other letters"
	case rearranged:
		advice := fmt.Sprintf("If it is a row, say «--no-header» with «--skip-lines %d»", f.Skip)
		if f.guessed {
			advice = "If both are rows, say «--no-header»"
		}
		if b.stop != nil {
			return true // the first is told
		}
		b.stop = fmt.Errorf("%s line %d (%s) names the columns again, but otherwise than the header: what stands behind it belongs to other columns. Nothing was ingested. "+
			"Make two files of it and ingest both: columns are found by their names. %s",
			f.in.Name, line, preview(record{raw: b.data[begin:f.at]}), advice)
		return true
	}
	return false
}

// dashes tells whether the row at hand is a line that sets the header apart, as tables for people have it.
func (f *fields) dashes() bool {
	if raw := f.cells[0].Raw; len(raw) > 0 && strings.IndexByte("-= :+|", raw[0]) < 0 {
		return false // as nearly all rows are
	}
	n, filled := 0, 0
	for _, c := range f.cells {
		if len(c.Raw) > 0 {
			filled++
		}
		for _, r := range c.Raw {
			switch r {
			case '-', '=':
				n++
			case ' ', ':', '+', '|':
			default:
				return false
			}
		}
	}
	return n > 2 && n >= 2*filled
}

// underlined tells whether the row at hand has as many dashes in each field as the name of its column has letters.
func (f *fields) underlined() bool {
	if len(f.cells) != len(f.names) {
		return false
	}
	for i, c := range f.cells {
		if len(c.Raw) == 0 || len(bytes.Trim(c.Raw, "-")) > 0 || len(c.Raw) != utf8.RuneCountInString(f.names[i]) {
			return false
		}
	}
	return true
}
