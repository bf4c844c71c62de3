package table

import (
	"bytes"
	"fmt"
	"slices"
	"unicode/utf8"

	"ovate/internal/moment"
	"ovate/internal/quantity"
)

// newRows returns what finds the rows of an input.
func newRows(t *Table, in *Input) rows {
	if in.Dialect.Format == "json" {
		return newObjects(t, in)
	}
	f := &fields{Dialect: &in.Dialect, in: in, delimiter: []byte(in.Dialect.Delimiter), columns: in.columns}
	if f.Header {
		f.again = newAgain(f.names)
	}
	if f.log {
		return &logRows{f, logBeginning{f.Comment, moment.UTC()}, -1}
	}
	return f
}

// fields finds the rows of text files.
type fields struct {
	*Dialect
	in        *Input // nil while the dialect is found out
	delimiter []byte
	columns   []int32
	most      int // fields of a row; 0: any number
	at        int
	line      int64
	simple    bool // the batch has no quotes that count, and the delimiter is one byte
	utf8      bool // the batch is
	nul       bool // the batch has a NUL byte
	cells     []Cell
	placed    placed // the line at hand, where columns are aligned by blanks
	texts     []byte // of the row at hand, those that are not as they are written
	why       string // the row at hand is none
	open      bool   // as a quote in it is never closed
	kind      string // why without what it says of this row alone, if that is another text
	bad       int    // the field that why is about, or -1
	odd       odd    // of the batch
	again     *again // nil if there is no header
	gap       bool   // a blank line stands before the row at hand
	last      int    // where the row before the blank lines at hand begins, -1 if none does
	headed    bool   // so does the header, and no row between them
	goesOn    bool   // the row before goes on in this line
	after     []byte // the line behind the batch, if it matters
	asked     bool   // it does
	gaps      gaps
	marked    tally // rows of the batch that may be comments
	short     tally // rows of the batch that lack their last fields
	unset     tally // rows of the batch with a word for no value
	halved    tally // rows of the batch with two backslashes that are one
	outside   tally // rows of the batch with blanks outside of quotes
	escapes   bool  // the batch may have escapes as databases write them
	escaped   escapeTallies
}

func (f *fields) begin(b *Batch) {
	f.at, f.line, f.gap, f.headed = 0, b.lines, b.carry.gap, b.carry.headed
	f.goesOn = b.carry.goesOn
	f.gaps, f.last = gaps{}, -1
	f.after, f.asked = b.after, false
	f.reset()
	f.simple = len(f.delimiter) == 1 && !f.Trim && f.frame == nil && (f.Quote == 0 || bytes.IndexByte(b.data, f.Quote) < 0)
	f.utf8 = utf8.Valid(b.data)
	f.nul = bytes.IndexByte(b.data, 0) >= 0
	f.odd = 0
	f.escapes = f.Delimiter == "\t" && f.Escape == 0 && bytes.IndexByte(b.data, '\\') >= 0
	if f.in != nil {
		f.in.effects.meet(b.data)
		if f.log && f.Comment != "" && !f.in.effects.comment.Load() {
			f.in.effects.comment.Store(bytes.Contains(b.data, []byte(string(f.Break)+f.Comment)))
		}
	}
	if f.Quote == 0 && f.Format == "csv" && bytes.IndexByte(b.data, '"') >= 0 {
		f.odd |= oddQuote
	}
	if bytes.IndexByte(b.data, 1) >= 0 {
		f.odd |= oddList
	}
	if n := bytes.Count(b.data, []byte{'\r'}); n > 0 && f.Break == '\n' && n != bytes.Count(b.data, []byte("\r\n")) {
		f.odd |= oddEnd
	}
	if n := len(b.data); cap(b.data) < n+padding {
		b.data = append(make([]byte, 0, n+padding), b.data...)
	}
}

func (f *fields) reset() {
	f.why, f.kind, f.bad, f.open = "", "", -1, false
	f.cells, f.texts = f.cells[:0], f.texts[:0]
}

// blank tells whether there is nothing in the row at hand.
func (f *fields) blank() bool {
	if len(f.cells) != 1 || f.cells[0].Kind > Text {
		return len(f.cells) == 0
	}
	raw := bytes.TrimSpace(f.cells[0].Raw)
	return len(raw) == 0 || len(raw) == 1 && raw[0] == endOfFile
}

func (f *fields) next(b *Batch) bool {
	for f.at < len(b.data) {
		f.line++
		line, begin := f.line, f.at
		f.reset()
		if f.Break == '\r' && b.data[f.at] == '\n' { // now and then a line ends in both
			if f.at++; f.at == len(b.data) {
				break
			}
		}
		if f.skipLine(b.data, line) {
			f.odd |= oddFault
			f.declaresAgain(b, b.data[begin:f.at], line)
			continue
		}
		f.part(b.data, begin)
		if f.isNone(b, line, begin) {
			continue
		}
		f.checkFrame(b, line, begin)
		f.findNewTable(b.data)
		f.gap, f.headed = false, false
		f.gaps.row(line)
		f.last = -1
		if f.why != "" {
			f.fault(b, line, begin)
			continue
		}
		f.give(b, line)
		f.last = begin
		return true
	}
	f.end(b)
	return false
}

// part parts the fields of the row that begins at some place.
func (f *fields) part(data []byte, begin int) {
	if f.simple {
		f.split(data)
		return
	}
	f.record(data)
	record := bytes.TrimSuffix(data[begin:f.at], []byte{f.Break})
	if breaks := bytes.Count(record, []byte{f.Break}); breaks > 0 {
		f.line += int64(breaks)
		f.odd |= oddBreak
		f.findSwallowed(record, breaks)
	}
}

// isNone tells whether what was parted is no row, and notes what it is.
func (f *fields) isNone(b *Batch, line int64, begin int) bool {
	raw := b.data[begin:f.at]
	if f.blank() {
		f.odd |= oddBlank
		f.gap = true
		f.gaps.blank(line)
		f.tellUnseen(raw, line)
		return true
	}
	if f.nul && f.why == "" {
		f.findNUL(raw)
	}
	if f.why == "" && f.ruled(line) {
		return true
	}
	if f.check(line); f.why == "" && f.namesAgain(b, line, begin) {
		f.headed = true
		return true
	}
	return (raw[0] == commentMark || f.Delimiter == "") && f.marks(raw) && f.isComment(line, f.line)
}

// checkFrame ends the batch where another table begins that is drawn for people.
func (f *fields) checkFrame(b *Batch, line int64, begin int) {
	if f.frame != nil && f.frame.outer && f.ruleBehind(b.data) && f.gap && b.stop == nil {
		b.stop = fmt.Errorf("%s line %d (%s) is the header of another table, as a line of dashes stands below it. Nothing was ingested. Make a file of each", f.in.Name, line, preview(record{raw: b.data[begin:f.at]}))
	}
}

// give has the batch be at the row.
func (f *fields) give(b *Batch, line int64) {
	if f.escapes {
		f.escaped.add(f.cells, line)
	}
	if f.declared != nil {
		f.emptyUnset(line)
	}
	for i := range f.cells {
		f.cells[i].Column = f.columns[i]
	}
	if f.QuoteTold && !f.simple && f.in != nil {
		f.in.effects.meetQuotes(f.cells)
	}
	b.Line, b.Cells = line, f.cells
}

// end tells of the batch what is known only when all of it has been read.
func (f *fields) end(b *Batch) {
	for i, why := range oddReasons {
		if f.odd&(1<<i) != 0 {
			f.in.notPlain(why)
		}
	}
	f.odd = 0
	if len(f.columns) == 1 {
		f.in.tellGaps(&f.gaps)
	}
	f.in.tellShort(&f.short)
	f.in.tellMarked(&f.marked, b.Row)
	f.in.tellEscapes(&f.escaped)
	f.tellUnset()
	f.in.tellAll(&f.halved, `has two backslashes within quotes, which are one, as a backslash escapes; «--escape none» keeps both`)
	f.in.tellAll(&f.outside, "has blanks between a quote and a delimiter, which are left out with the quotes; «--quote none» keeps all of them")
	if f.last >= 0 && f.blank() { // the last row stands before blank lines
		f.reset()
		f.at = f.last
		f.record(b.data)
		f.at = len(b.data)
	}
	f.short, f.marked, f.unset, f.halved, f.outside = tally{}, tally{}, tally{}, tally{}, tally{} // of what was read again, too
	if f.why == "" && len(f.cells) > 0 && !f.blank() {
		f.in.tellTail(b.Seq, b.Line, f.total())
	}
}

func (f *fields) fault(b *Batch, line int64, begin int) {
	f.odd |= oddFault
	fault := Fault{Input: b.Input.Name, Line: line, Why: f.why, Kind: f.kind}
	if f.line > line {
		fault.Last = f.line
		fault.Rows = f.swallowed(b.data[begin:f.at])
	}
	if f.bad < 0 {
		fault.Value = preview(record{raw: b.data[begin:f.at]})
	} else {
		fault.Value = shown(f.cells[f.bad].Raw)
		if f.bad < len(f.Columns) {
			fault.Column = f.Columns[f.bad]
		}
	}
	b.Faults = append(b.Faults, fault)
}

// ordinal writes 1st, 2nd, 3rd, 4th …
func ordinal(n int) string {
	ending := "th"
	if n/10%10 != 1 && n%10 > 0 && n%10 < 4 {
		ending = [...]string{"st", "nd", "rd"}[n%10-1]
	}
	return fmt.Sprint(n) + ending
}

// check finds what is wrong with the row at hand.
func (f *fields) check(line int64) {
	want := len(f.columns)
	if f.why == "" && len(f.cells) > want {
		further := want
		for further < len(f.cells) && len(f.cells[further].Raw) == 0 {
			further++
		}
		switch {
		case further < len(f.cells) || f.Exact:
			f.why = fmt.Sprintf("has %s, and there %s", quantity.Of(len(f.cells), "field"), columnsThere(want))
			if further < len(f.cells) {
				f.kind = f.why
				f.why += fmt.Sprintf("; %q is the first without a column", shown(f.cells[further].Raw))
			}
		case !f.Trailing || len(f.cells) > want+1:
			f.in.tell(line, "has empty fields beyond the last column, which are left out; «--no-fill» takes none of these for a row")
			fallthrough
		default:
			f.odd |= oddFurther
			f.cells = f.cells[:want]
		}
	}
	switch missing := want - len(f.cells); {
	case f.why != "" || missing <= 0:
	case missing <= f.Fill:
		f.odd |= oddShort
		f.short.add(line)
		f.in.effects.short.Store(true)
	default:
		f.why = fmt.Sprintf("has only %s, and there %s; %s is the first without a value, which «--fill» makes null", quantity.Of(len(f.cells), "field"), columnsThere(want), f.Columns[len(f.cells)])
	}
	if f.why != "" && len(f.cells) != want && slices.ContainsFunc(f.cells, hasReturn) {
		f.why += "; it has a carriage return within it, as if lines ended in different ways"
	}
	if f.utf8 {
		return
	}
	for i := range f.cells {
		if f.why == "" && !utf8.Valid(f.cells[i].Raw) {
			f.bad, f.why = i, f.undecoded(f.cells[i].Raw)
		}
	}
}

// columnsThere says how many columns there are.
func columnsThere(n int) string {
	if n == 1 {
		return "is 1 column"
	}
	return fmt.Sprintf("are %d columns", n)
}
