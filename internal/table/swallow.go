package table

import (
	"bytes"
	"fmt"
	"slices"

	"ovate/internal/moment"
)

// findSwallowed refuses the row at hand if a quote in it goes on over lines each of which is a row by itself: most likely it was meant for a part of the
// value, as in 5" pipe. That a quote may do so is for the caller to say.
func (f *fields) findSwallowed(record []byte, breaks int) {
	switch {
	case f.QuoteTold || breaks == 0 || f.frame != nil:
		return
	case f.why != "":
		f.why += "; if quotes belong to the values, say «--quote none»"
		return
	case !f.eachIsRow(record):
		return
	}
	f.bad = slices.IndexFunc(f.cells, func(c Cell) bool { return bytes.IndexByte(c.Raw, f.Break) >= 0 })
	f.why = fmt.Sprintf("begins with a quote that ends in another line, and each of these %d lines is like a row by itself; «--quote none» makes quotes part of the values, «--quote '%c'» takes it as it is", breaks+1, f.Quote)
}

// swallowed is how many rows a record may have been that goes on over several lines and is none: each line that is not blank may be one, unless the caller
// says what quotes are and this one is closed.
func (f *fields) swallowed(record []byte) (rows int64) {
	if f.QuoteTold && !f.open {
		return 0
	}
	for line := range bytes.SplitSeq(record, []byte{f.Break}) {
		if len(bytes.TrimSpace(line)) > 0 {
			rows++
		}
	}
	return rows
}

// eachIsRow tells whether each line of the record has as many fields as there are columns, with numbers and times where others have them. Where
// there are but two columns of texts, that may be by chance: lines of prose have blanks behind their commas, and no quote that stands alone. Of one
// column, each line is a row: only quotes that stand alone in their lines, as ditto marks do, tell that they are no quotes.
func (f *fields) eachIsRow(record []byte) bool {
	alone := f.quotesAlone(record)
	want := len(f.columns)
	if f.Trailing {
		want++
	}
	switch {
	case want < 2:
		return alone
	case want == 2 && f.typedCount == 0 && !alone && (len(f.delimiter) == 0 || f.proseIn(record)):
		return false
	}
	for line := range bytes.SplitSeq(record, []byte{f.Break}) {
		fields := bytes.Fields(line)
		if len(f.delimiter) > 0 {
			fields = bytes.Split(line, f.delimiter)
		}
		if n := len(fields); n > want || n < want && (f.Fill == 0 || n < max(2, want-f.Fill)) {
			return false
		}
		for at, field := range fields {
			if at < len(f.typed) && f.typed[at] && lookOf(bytes.Trim(field, string(f.Quote)+"\r "), moment.UTC()) == word {
				return false
			}
		}
	}
	return true
}

// quotesAlone tells whether a quote that opens a field ends its line, and the one that closes it stands alone in its field, too.
func (f *fields) quotesAlone(record []byte) bool {
	for _, c := range f.cells {
		if c.Kind == Quoted && len(c.Raw) > 1 && bytes.HasPrefix(bytes.TrimLeft(c.Raw, "\r"), []byte{f.Break}) {
			before := bytes.TrimRight(c.Raw, " \r")
			return bytes.HasSuffix(before, []byte{f.Break}) || len(f.delimiter) > 0 && bytes.HasSuffix(before, f.delimiter)
		}
	}
	return false
}

// proseIn tells whether a delimiter in the record has a blank behind it, as commas in prose have, and those of the rows have not.
func (f *fields) proseIn(record []byte) bool {
	return !f.Trim && bytes.Contains(record, append(bytes.Clone(f.delimiter), ' '))
}

// swallows tells whether a first row goes on over lines each of which has as many fields as most rows.
func (r *record) swallows(width int) bool {
	return len(r.lines) > 1 && width > 1 && !slices.ContainsFunc(r.lines, func(n int) bool { return n != width })
}
