package table

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
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
	best := 0.0
	switch {
	case told == blanks:
		d.Format, d.Delimiter = "tsv", ""
		return nil
	case told != "":
		d.Delimiter = told
	case o.Format == "csv":
		d.Delimiter = ","
	case o.Quote == "" && d.findAccess(head, whole, o.Escape, times):
		d.Format, d.Delimiter = "tsv", ""
		return nil
	default:
		for _, candidate := range delimiters {
			one := *d
			one.Delimiter = candidate
			if score := titledAgreement(one.sample(head, whole), times); score > best+0.02 {
				best, d.Delimiter = score, candidate
			}
		}
	}
	if told == "" && o.Format != "csv" && best < 0.9 {
		one := *d
		one.Delimiter = ""
		if aligned := one.sample(head, whole); titledAgreement(aligned, times) > max(best, 0.9) && hasNumbers(aligned) {
			d.Format, d.Delimiter = "tsv", ""
			return nil
		}
	}
	if d.Delimiter == "" {
		if err := in.takeLines(head, o); err != nil {
			return err
		}
	}
	d.Format = "tsv"
	if d.Delimiter == "," {
		d.Format = "csv"
		if err := d.checkCommas(head, whole, told); err != nil {
			return err
		}
	}
	if len(head) == 0 {
		return errors.New("has nothing but comments at its beginning")
	}
	return nil
}

// takeLines decides what parts the fields where nothing seems to: a line is one value, if the caller or the name of the file says that these are rows.
func (in *Input) takeLines(head []byte, o Options) error {
	d := &in.Dialect
	kind := strings.ToLower(filepath.Ext(strings.TrimSuffix(in.Name, extension(in.Name))))
	switch {
	case o.Format == "tsv":
		d.Delimiter = "\t"
	case kind == ".csv" || kind == ".tsv" || kind == ".txt":
		d.Delimiter = "," // one column
		d.alone = runs(head)
	default:
		line, _, _ := bytes.Cut(head, []byte{d.Break})
		return fmt.Errorf("is not recognised: its lines are no JSON objects and have no commas, tabs, semicolons or bars that part them into fields. It begins with %q. "+
			"Say how it is written with --format or --delimiter", shown(line))
	}
	return nil
}

// checkCommas refuses commas that may as well stand within times as between fields, unless the caller told that they part fields.
func (d *Dialect) checkCommas(head []byte, whole bool, told string) error {
	if told != "" {
		return nil
	}
	if first, is := throughTimes(d.sample(head, whole)); is {
		return fmt.Errorf("line %d (%s): a comma stands between a time and what may be the fraction of its second. If it parts two fields, say --delimiter , "+
			"(then the time has no fraction). If it belongs to the time, write the times in quotes or with a point; a file of nothing else takes --delimiter tab", first.line, preview(first))
	}
	return nil
}

// runs tells whether several blanks, or a tab, stand within most of the first lines, as where they part fields.
func runs(head []byte) bool {
	lines := bytes.Split(head[:min(len(head), 4096)], []byte{'\n'})
	with := 0
	for _, line := range lines {
		if text := bytes.TrimSpace(line); bytes.Contains(text, []byte("  ")) || bytes.IndexByte(text, '\t') >= 0 {
			with++
		}
	}
	return 2*with > len(lines)
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
