package table

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"ovate/internal/moment"
	"ovate/internal/quantity"
)

const (
	titleRows  = 60  // that may stand before a header, at most
	titledRows = 120 // of the beginning that are looked at
)

// titled is the beginning of a text file, in which prose such as a title may stand before the header.
type titled struct {
	records []record
	looks   [][]look
}

func newTitled(records []record, times *moment.Reader) *titled {
	t := &titled{records: records[:min(len(records), titledRows)]}
	for _, r := range t.records {
		looks := make([]look, len(r.cells))
		for i, c := range r.cells {
			looks[i] = lookOf(c.Raw, times)
		}
		t.looks = append(t.looks, looks)
	}
	return t
}

// header returns which record names the columns, 0 if nothing tells that it is another one than the first. sure says that all before
// it have too few or too many fields to be rows of the same table. If it is not sure, the first record may as well be the header.
func (t *titled) header() (at int, sure bool) {
	for unnamed := range 2 { // fields more than names, as R writes names of rows
		prose := true
		for i := range min(len(t.records)-1, titleRows) {
			names, nearly, strictly := t.names(i, unnamed)
			switch {
			case i > 0 && prose && names && nearly > 0 && !t.hasNumbers(i) && t.narrowBefore(i):
				return i, !t.gapsBefore(i) && !t.tableBefore(i)
			case i > 0 && !prose && names && strictly > 1 && i < 10 && !t.repeats(i):
				return i, false
			case i == 0 && names:
				prose = false // it has as many fields as what follows
			}
		}
		if !prose {
			return 0, false
		}
	}
	return 0, false
}

// names tells whether a record may name the columns: its texts are distinct, and so many fewer than there are fields in the next record
// and most others. nearly counts those that stand above numbers or times in nearly all rows, strictly those that
// begin with a letter and stand above nothing else.
func (t *titled) names(i, unnamed int) (names bool, nearly, strictly int) {
	cells, looks := t.records[i].cells, t.looks[i]
	width := len(cells) + unnamed
	if t.records[i].why != "" || len(cells) < 2 || len(t.looks[i+1]) != width || commonWidth(t.records[i+1:]) != width {
		return false, 0, 0
	}
	words := 0
	seen := map[string]bool{}
	for k, c := range cells {
		text := string(bytes.TrimSpace(c.Raw))
		if seen[text] || looks[k] == fraction || text == "" && k > 0 && k < len(cells)-1 {
			return false, 0, 0
		}
		seen[text] = true
		if looks[k] == word {
			words++
		}
	}
	if 2*words < len(cells) && !(words > 0 && isSeries(t.records[i])) {
		return false, 0, 0
	}
	nearly, strictly = t.typed(i, width, unnamed)
	return true, nearly, strictly
}

// typed counts the texts of a record that stand above numbers or times.
func (t *titled) typed(i, width, shift int) (nearly, strictly int) {
	for k, head := range t.looks[i] {
		if head != word {
			continue
		}
		values, others := 0, 0
		for _, looks := range t.looks[i+1:] {
			switch {
			case len(looks) != width || looks[k+shift] == nothing:
			case looks[k+shift] == word:
				others++
			default:
				values++
			}
		}
		if values > 0 && others*5 <= values {
			nearly++
		}
		if r, _ := utf8.DecodeRune(t.records[i].cells[k].Raw); values > 2 && others == 0 && unicode.IsLetter(r) {
			strictly++
		}
	}
	return nearly, strictly
}

// narrowBefore tells whether no record before one can be a row of its table.
func (t *titled) narrowBefore(i int) bool {
	width := len(t.records[i].cells)
	common := commonWidth(t.records[i+1:])
	for k, r := range t.records[:i] {
		filled := 0
		for _, c := range r.cells {
			if len(bytes.TrimSpace(c.Raw)) > 0 {
				filled++
			}
		}
		if n := len(t.looks[k]); filled >= width && (n == width || n == common) {
			return false
		}
	}
	return true
}

// hasNumbers tells whether a record has whole numbers other than years or the like, so that it is rather a row with a word for a missing number.
func (t *titled) hasNumbers(i int) bool {
	return slices.Contains(t.looks[i], whole) && !isSeries(t.records[i])
}

// gapsBefore tells whether a record before one has as many fields from its first to its last that is not empty, so that it may be a header
// in which a column between others has no name.
func (t *titled) gapsBefore(i int) bool {
	width := len(t.records[i].cells)
	for _, r := range t.records[:i] {
		if n := len(r.cells); n == width && n > 2 && len(bytes.TrimSpace(r.cells[0].Raw)) > 0 && len(bytes.TrimSpace(r.cells[n-1].Raw)) > 0 {
			return true
		}
	}
	return false
}

// tableBefore tells whether the records before one are a table themselves, whose first column has a number or a time in each row, and a word
// above them.
func (t *titled) tableBefore(i int) bool {
	rows := 0
	for k := 1; k < i; k++ {
		if len(t.looks[k]) == len(t.looks[0]) && t.looks[k][0] > word {
			rows++
		}
	}
	return len(t.looks[0]) > 1 && t.looks[0][0] == word && t.looks[0][1] == word && rows > 1 && rows == i-1
}

// tableAbove tells whether the records before one, and before a blank line, begin with words and have numbers or times below them.
func (t *titled) tableAbove(i int) bool {
	if t.records[i].line <= t.records[i-1].line+1 || len(t.looks[0]) < 2 || slices.ContainsFunc(t.looks[0], func(l look) bool { return l != word }) {
		return false
	}
	return slices.ContainsFunc(t.looks[1:i], func(looks []look) bool {
		return len(looks) == len(t.looks[0]) && slices.ContainsFunc(looks, func(l look) bool { return l > word })
	})
}

// alikeAbove tells whether the records before one have as many fields as each other, more than one, so that they are rows of a table, as no title has
// them: words in the first, or something else than a word at the beginning of one. Two fields of which the second is a number now and then may be a name
// and what it is, such as where data is from.
func (t *titled) alikeAbove(i int) bool {
	width, begins, described := t.filled(0), false, false
	for k, looks := range t.looks[:i] {
		begins = begins || looks[0] > word
		described = described || width == 2 && len(looks) > 1 && looks[1] > word
		if n := t.filled(k); n < 2 || n != width || slices.ContainsFunc(t.records[k].cells, beginsBlank) {
			return false
		}
	}
	return i > 1 && (begins || !described && !slices.ContainsFunc(t.looks[0][:width], func(l look) bool { return l != word }))
}

// filled is how many fields a record has, without empty ones at its end.
func (t *titled) filled(k int) int {
	cells := t.records[k].cells
	n := len(cells)
	for n > 0 && len(bytes.TrimSpace(cells[n-1].Raw)) == 0 {
		n--
	}
	return n
}

// repeats tells whether a record has some of the texts of the first one, which it then repeats, perhaps in another order.
func (t *titled) repeats(i int) bool {
	first := map[string]bool{}
	for _, c := range t.records[0].cells {
		first[folded(c.Raw)] = true
	}
	for _, c := range t.records[i].cells {
		if first[folded(c.Raw)] {
			return true
		}
	}
	return false
}

// folded is a name as it is compared with others: without blanks around it, a byte order mark, or the difference between large and small letters.
func folded(raw []byte) string {
	return strings.ToLower(strings.TrimSpace(strings.TrimPrefix(string(raw), mark)))
}

// skipTitles leaves out what stands before the header, if that shows without doubt. Otherwise it refuses the input where the header may
// be another line than the first.
func (in *Input) skipTitles(records []record, times *moment.Reader) ([]record, error) {
	titled := newTitled(records, times)
	at, sure := titled.header()
	switch {
	case in.Dialect.first > 0 && in.Dialect.named > 0:
		at = 0
	case in.Dialect.first > 0:
		at, sure = max(0, slices.IndexFunc(records, func(r record) bool { return r.line == in.Dialect.first })), true
	}
	switch {
	case at == 0:
		return records, nil
	case sure && (titled.tableAbove(at) || in.Dialect.Delimiter != "" && titled.alikeAbove(at)):
		line := records[at].line
		return nil, fmt.Errorf("has two tables: line %d (%s) looks like the header of one, and line %d (%s) like that of another. Make a file of each; «--skip-lines %d» leaves out the first",
			records[0].line, preview(records[0]), line, preview(records[at]), line-1)
	case !sure:
		line := records[at].line
		return nil, fmt.Errorf("line %d (%s) looks like the header, and so does line %d (%s). Say «--skip-lines %d» if it is line %[1]d, or «--skip-lines %[6]d» if it is line %[3]d",
			line, preview(records[at]), records[0].line, preview(records[0]), line-1, records[0].line-1)
	}
	d := &in.Dialect
	d.titles = records[at].line - 1 - d.Skip
	d.title = preview(records[0])
	return records[at:], nil
}

// checkWidth refuses an input whose first line has too few fields for most of the others: it names no columns, or is no row.
func (in *Input) checkWidth(first record, rest []record) error {
	width, n := commonWidth(rest), len(first.cells)
	same, like := 0, -1
	for i, r := range rest {
		if len(r.cells) == n {
			same++
		}
		if len(r.cells) == width && like < 0 {
			like = i
		}
	}
	if len(rest) < 2 || width <= n || same*10 > len(rest) {
		return nil
	}
	text := fmt.Sprintf("line %d (%s) has %s, and most lines behind it have %d: ", first.line, preview(first), quantity.Of(n, "field"), width)
	if width == n+1 && same > 0 {
		for _, r := range rest {
			if len(r.cells) == n {
				return fmt.Errorf("%sthe first field may be a name of the row, as R writes it, but line %d has none. Mend that line, or give the first column a name in line %d", text, r.line, first.line)
			}
		}
	}
	other := rest[like]
	return fmt.Errorf("%sit is neither the header nor a row of that table. If line %d (%s) is the first that counts, say «--skip-lines %d»", text, other.line, preview(other), other.line-1)
}

// preview is a record as people are told it: as it is written, so that they find it, its first line if it has several.
func preview(r record) string {
	if r.raw != nil {
		text, rest, _ := bytes.Cut(bytes.Trim(r.raw, "\r\n"), []byte{'\n'})
		if text = bytes.TrimSpace(text); len(rest) > 0 {
			return strings.TrimSuffix(shown(text), "…") + "…"
		}
		return shown(text)
	}
	var texts []string
	for _, c := range r.cells {
		texts = append(texts, string(bytes.TrimSpace(c.Raw)))
	}
	return shown([]byte(strings.Join(texts, ", ")))
}
