package table

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"ovate/internal/moment"
)

// delimiters are those that are tried.
var delimiters = [...]string{"\t", ";", "||", "|", ",", "\x01", "^", "~", "\x1f"}

// findDelimiter decides what parts the fields.
func (in *Input) findDelimiter(head []byte, whole bool, told string, o Options, times *moment.Reader) error {
	d := &in.Dialect
	d.QuoteTold = o.Quote != ""
	switch d.Quote = '"'; {
	case o.Quote == "none":
		d.Quote = 0
	case o.Quote != "":
		d.Quote = o.Quote[0]
	}
	d.Format = "tsv"
	switch {
	case told == blanks:
		d.Delimiter = ""
		return nil
	case told != "":
		d.Delimiter = told
	case o.Format == "csv":
		d.Delimiter = ","
	case o.Quote == "" && d.findAccess(head, whole, o.Escape, times):
		d.Delimiter = ""
		return nil
	default:
		if err := in.guessDelimiter(head, whole, o, times); err != nil {
			return err
		}
	}
	if d.Delimiter == "," {
		d.Format = "csv"
		if err := d.checkCommas(head, whole, told); err != nil {
			return err
		}
	}
	if len(head) == 0 {
		return errors.New("has nothing but comments at its beginning; «--comment none» takes these lines for rows")
	}
	return nil
}

// guessDelimiter decides it where the caller does not say it: by how well lines agree, and by what the input is called.
func (in *Input) guessDelimiter(head []byte, whole bool, o Options, times *moment.Reader) error {
	d := &in.Dialect
	best := d.tryDelimiters(head, whole, o, times)
	if d.Delimiter == "||" && d.aroundNothing(head, whole, best, times) {
		d.Delimiter = "|"
	}
	if o.Format == "tsv" && d.Delimiter == "" {
		if err := d.checkNoCommas(head, whole, times); err != nil {
			return err
		}
	}
	kind := in.kind()
	byName := kind == ".tsv" && d.Delimiter == "\t" // however unevenly its lines end
	if best < 0.9 && !byName && d.takeAligned(head, whole, best, o, times) {
		d.Delimiter = ""
		return nil
	}
	if o.Format == "" && kind != ".csv" && kind != ".tsv" && best < 0.5 && mostlyAlone(d.sample(head, whole)) {
		d.Delimiter = ""
	}
	if d.Delimiter != "" {
		return nil
	}
	if err := in.takeLines(head, whole, o); err != nil {
		return err
	}
	d.alone = d.alone || best > 0
	return nil
}

// tryDelimiters takes the delimiter with which lines agree best, if there is one, and tells how well.
func (d *Dialect) tryDelimiters(head []byte, whole bool, o Options, times *moment.Reader) (best float64) {
	var one Dialect
	for _, candidate := range delimiters {
		one = *d
		one.Delimiter = candidate
		sample := one.sample(head, whole)
		if !parts(sample) || o.Format == "tsv" && candidate == "," {
			continue
		}
		if score := titledAgreement(sample, times); score > best+0.02 {
			best, d.Delimiter = score, candidate
		}
	}
	return best
}

// parts tells whether a delimiter stands before something in a row: one that only ends lines belongs to their values.
func parts(records []record) bool {
	return slices.ContainsFunc(records, func(r record) bool {
		return slices.ContainsFunc(r.cells[1:], func(c Cell) bool { return c.Kind != Empty })
	})
}

// mostlyAlone tells whether the first row and most others have but one field: what parts a few of them belongs to texts.
func mostlyAlone(records []record) bool {
	alone := 0
	for _, r := range records {
		if len(r.cells) == 1 {
			alone++
		}
	}
	return len(records) > 0 && len(records[0].cells) == 1 && 3*alone >= 2*len(records)
}

// kind is the extension of the input's name without that of its compression.
func (in *Input) kind() string {
	return strings.ToLower(filepath.Ext(strings.TrimSuffix(in.Name, extension(in.Name))))
}

// noDelimiter parts the fields of lines that are one value each, where a comma may belong to it.
const noDelimiter = "\x1f"

// aroundNothing tells whether two bars are one on each side of an empty field, rather than what parts all fields: single bars stand in other fields,
// and part the lines no worse.
func (d *Dialect) aroundNothing(head []byte, whole bool, score float64, times *moment.Reader) bool {
	one := *d
	one.Delimiter = "||"
	if !slices.ContainsFunc(one.sample(head, whole), func(r record) bool {
		return slices.ContainsFunc(r.cells, func(c Cell) bool { return c.Kind == Text && bytes.IndexByte(c.Raw, '|') >= 0 })
	}) {
		return false
	}
	one.Delimiter = "|"
	return titledAgreement(one.sample(head, whole), times) >= score-0.02
}

// takeLines decides what parts the fields where nothing seems to: a line is one value, if the caller or the name of the file says that these are rows, or if
// most lines are one word each.
func (in *Input) takeLines(head []byte, whole bool, o Options) error {
	d := &in.Dialect
	if o.Format == "tsv" {
		d.Delimiter = "\t"
		return nil
	}
	one := *d
	one.Delimiter = ""
	words := mostlyAlone(one.sample(head, whole))
	d.alone = runs(head, d.Break)
	if line := ruleAbove(head, d.Break); line > 0 {
		return fmt.Errorf("line %d is a line of dashes, as above or below the names of a table, and other lines do not stand where its pieces do, so that blanks do not tell which field is which. "+
			"Have what wrote it write csv; «--delimiter blanks» parts lines at all blanks", d.Skip+line)
	}
	switch in.kind() {
	case ".csv", ".tsv", ".txt", ".dat", ".tab", ".lst", ".list":
	default:
		if !words && !inPairs(head, d.Break, whole) {
			line, _, _ := bytes.Cut(head, []byte{d.Break})
			return fmt.Errorf("is not recognised: its lines are no JSON objects and have no commas, tabs, semicolons or bars that part them into fields. It begins with %q. "+
				"Say how it is written with «--format» or «--delimiter»", shown(line))
		}
	}
	if d.Delimiter = ","; bytes.IndexByte(head, ',') >= 0 && in.kind() != ".csv" {
		d.Delimiter = noDelimiter
	}
	d.lines = true
	return nil
}

// inPairs tells whether most of the first lines are two words, and the others few more, as in a list of what abbreviations stand for: other
// text is not.
func inPairs(head []byte, end byte, whole bool) bool {
	lines := bytes.Split(head, []byte{end})
	if !whole || len(lines[len(lines)-1]) == 0 {
		lines = lines[:len(lines)-1]
	}
	pairs := 0
	for _, line := range lines {
		switch words := len(bytes.Fields(line)); {
		case words == 2:
			pairs++
		case words < 2 || words > 4:
			return false
		}
	}
	return pairs > 2 && 3*pairs >= 2*len(lines)
}

// checkNoCommas refuses a text of which the caller says that it is no csv, where nothing but commas parts its fields.
func (d *Dialect) checkNoCommas(head []byte, whole bool, times *moment.Reader) error {
	one := *d
	one.Delimiter = ","
	if sample := one.sample(head, whole); parts(sample) && titledAgreement(sample, times) > 0.9 {
		return fmt.Errorf("is csv, as commas part its fields and nothing else does: leave «--format tsv» out. If a line is one value, say «--delimiter tab» (the first is %q)", preview(sample[0]))
	}
	return nil
}

// checkCommas refuses commas that may as well stand within times as between fields, unless the caller told that they part fields.
func (d *Dialect) checkCommas(head []byte, whole bool, told string) error {
	if told != "" {
		return nil
	}
	if first, is := throughTimes(d.sample(head, whole)); is {
		return fmt.Errorf("line %d (%s): a comma stands between a time and what may be the fraction of its second. If it parts two fields, say «--delimiter ,» "+
			"(then the time has no fraction). If it belongs to the time, write the times in quotes or with a point; a file of nothing else takes «--delimiter tab»", first.line, preview(first))
	}
	return nil
}

// ruleAbove is the line of dashes with which a text begins, or the second if it has several pieces; 0 if there is none.
func ruleAbove(head []byte, br byte) int64 {
	first, rest, _ := bytes.Cut(head, []byte{br})
	second, _, _ := bytes.Cut(rest, []byte{br})
	switch first, second = bytes.TrimRight(first, " \r\n"), bytes.TrimRight(second, " \r\n"); {
	case isDashes(first) || len(piecesOf(first)) > 1:
		return 1
	case len(piecesOf(second)) > 1:
		return 2
	}
	return 0
}

// runs tells whether the first line, or most of the first lines, have several words, as where blanks part fields.
func runs(head []byte, br byte) bool {
	several, all := 0, 0
	for line := range bytes.SplitSeq(head[:min(len(head), 4096)], []byte{br}) {
		words := len(bytes.Fields(line))
		switch {
		case words == 0:
			continue
		case words > 1 && all == 0:
			return true
		case words > 1:
			several++
		}
		all++
	}
	return 2*several > all
}

// hasNumbers tells whether a field in the second half of the rows is a number.
func hasNumbers(records []record) bool {
	for _, r := range records[len(records)/2:] {
		for _, c := range r.cells {
			if _, err := strconv.ParseFloat(string(c.Raw), 64); err == nil {
				return true
			}
		}
	}
	return false
}

// titledAgreement is the agreement of what stands behind a title, if there is one.
func titledAgreement(records []record, times *moment.Reader) float64 {
	if at, sure := newTitled(records, times).header(); sure {
		return 0.97 * agreement(records[at:])
	}
	return agreement(records)
}

// agreement tells how well rows agree in the number of their fields, from 0 to 1.
func agreement(records []record) float64 {
	counts := map[int]int{}
	clean := 0
	for _, r := range records {
		counts[len(r.cells)]++
		odd := r.why != ""
		for _, c := range r.cells {
			odd = odd || c.Kind == Text && bytes.Count(c.Raw, []byte{'"'})%2 == 1
		}
		if !odd {
			clean++
		}
	}
	most, n := 0, 0
	for fields, rows := range counts {
		if fields > 1 && (rows > most || rows == most && fields > n) {
			most, n = rows, fields
		}
	}
	if most == 0 {
		return 0
	}
	if len(records[0].cells) == n-1 && n > 2 {
		most++ // the header has no name for the names of rows
	}
	score := float64(most) / float64(len(records)) * (0.5 + 0.5*float64(clean)/float64(len(records)))
	if first := len(records[0].cells); first != n && (first < 2 || first < n-1 || first > n+1) {
		score /= 2 // a header goes with its rows
	}
	return score
}
