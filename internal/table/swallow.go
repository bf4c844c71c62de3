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
	case f.QuoteTold || breaks == 0:
		return
	case f.why != "":
		f.why += "; if quotes belong to the values, say --quote none"
		return
	case !f.eachIsRow(record):
		return
	}
	f.bad = slices.IndexFunc(f.cells, func(c Cell) bool { return bytes.IndexByte(c.Raw, f.Break) >= 0 })
	f.why = fmt.Sprintf("begins with a quote that ends in another line, and each of these %d lines is like a row by itself; --quote none makes quotes part of the values, --quote '%c' takes it as it is", breaks+1, f.Quote)
}

// eachIsRow tells whether each line of the record has as many fields as there are columns, with numbers and times where others have them. Where
// there are but two columns of texts, that may be by chance.
func (f *fields) eachIsRow(record []byte) bool {
	want := len(f.columns)
	if f.Trailing {
		want++
	}
	if want < 2 || want == 2 && f.typedCount == 0 {
		return false
	}
	for line := range bytes.SplitSeq(record, []byte{f.Break}) {
		fields := bytes.Fields(line)
		if len(f.delimiter) > 0 {
			if bytes.Count(line, f.delimiter)+1 != want {
				return false
			}
			fields = bytes.Split(line, f.delimiter)
		}
		if len(fields) != want {
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
