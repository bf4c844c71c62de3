package table

import (
	"bytes"
	"fmt"
	"slices"

	"ovate/internal/moment"
	"ovate/internal/quantity"
)

// checkSurplus refuses rows with more fields than the header has names if each may have as many delimiters that stand within values: a comma before the
// fraction of a second, in a date, in a number or in a text, and a blank between a date and its time of day. Otherwise values would move to the columns
// of others. It does not where the caller says what parts fields, nor where the first field is in quotes, as R writes the names of rows.
func (d *Dialect) checkSurplus(header record, rows []record, told string, times *moment.Reader) error {
	width, names := commonWidth(rows), len(header.cells)
	sign, joint, flag := "comma", ",", ","
	if d.Delimiter == "" || d.Delimiter == " " {
		sign, joint, flag = "blank", " ", blanks
	}
	if d.Delimiter != "" && d.Delimiter != joint || told != "" || width <= names || slices.ContainsFunc(rows, func(r record) bool { return len(r.cells) == names }) {
		return nil
	}
	kinds := []func([]byte) bool{func(text []byte) bool {
		_, is := times.Read(text)
		return is == moment.Time
	}}
	if d.RowNames && joint == "," { // elsewhere that many fields are refused anyway
		kinds = append(kinds, isCommaNumber)
		if !slices.ContainsFunc(header.cells, func(c Cell) bool { return len(c.Raw) > 0 && isBlank(c.Raw[0]) }) {
			kinds = append(kinds, func(text []byte) bool { return bytes.Contains(text, []byte(", ")) })
		}
	}
	for _, is := range kinds {
		if first, value := throughValues(rows, width-names, joint, is); value != "" {
			return fmt.Errorf("line %d (%s) has %s, and the header %s: a %s may stand within a value (%s), or the header lacks a name, as R writes none for the names of rows. "+
				"If it lacks one, say «--delimiter \"%s\"» (then no %[5]s stands within a value). If the %[5]s belongs to the value, write such values in quotes",
				first.line, preview(first), quantity.Of(width, "field"), quantity.Of(names, "name"), sign, value, flag)
		}
	}
	return nil
}

// throughValues tells whether all rows of the usual width have so many joints between two fields that are one value, and which is the last of them in the
// first row.
func throughValues(rows []record, joints int, joint string, is func([]byte) bool) (first record, value string) {
	width := commonWidth(rows)
	for _, r := range rows {
		if len(r.cells) != width {
			continue
		}
		if r.cells[0].Kind != Text {
			return record{}, ""
		}
		found := 0
		for i := width - 1; i > 0; i-- {
			a, b := r.cells[i-1], r.cells[i]
			joined := bytes.Join([][]byte{a.Raw, b.Raw}, []byte(joint))
			if a.Kind != Text || b.Kind != Text || !is(joined) {
				continue
			}
			if value == "" {
				first, value = r, string(joined)
			}
			found++
			i-- // a field is part of one value
		}
		if found < joints {
			return record{}, ""
		}
	}
	return first, value
}

// isCommaNumber tells whether a text is a number, perhaps of a currency, with one comma: before its fraction or between thousands.
func isCommaNumber(text []byte) bool {
	whole, rest, _ := bytes.Cut(bytes.Trim(text, "+-$€£¥% "), []byte{','})
	if thousands, tenths, pointed := bytes.Cut(rest, []byte{'.'}); pointed && len(thousands) == 3 {
		rest = append(thousands[:3:3], tenths...)
	}
	return areDigits(whole) && areDigits(rest)
}
