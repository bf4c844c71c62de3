package table

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"

	"ovate/internal/moment"
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
	at        int
	line      int64
	simple    bool // the batch has no quotes that count, and the delimiter is one byte
	utf8      bool // the batch is
	nul       bool // the batch has a NUL byte
	cells     []Cell
	texts     []byte // of the row at hand, those that are not as they are written
	why       string // the row at hand is none
	bad       int    // the field that why is about, or -1
	odd       odd    // of the batch
	again     *again // nil if there is no header
	gap       bool   // a blank line stands before the row at hand
	last      int    // where the row before the blank lines at hand begins, -1 if none does
	headed    bool   // so does the header, and no row between them
	gaps      gaps
	marked    tally // rows of the batch that may be comments
	short     tally // rows of the batch that lack their last fields
}

// odd is what Druid's reader reads in another way, or not at all.
type odd uint16

const (
	oddBlank   odd = 1 << iota // lines without anything
	oddBreak                   // rows of several lines
	oddQuote                   // quotes where they do not count
	oddQuoted                  // quotes that count only here
	oddEnd                     // a carriage return where no line ends
	oddList                    // what parts the values of a list
	oddFault                   // a line that is no row
	oddHeader                  // the header again
	oddFurther                 // delimiters with nothing behind them
	oddShort                   // rows without their last fields
)

var oddReasons = [...]string{
	"has blank lines", "has line breaks within quotes", "has quotes within fields", "has quotes or escapes that Druid does not know",
	"has a carriage return that ends no line", "has the character U+0001, by which Druid parts lists", "has lines that are no rows",
	"has its header more than once", "has lines with empty fields beyond the last column",
	"has rows that lack their last fields",
}

func (f *fields) begin(b *Batch) {
	f.at, f.line, f.gap, f.headed = 0, b.lines, b.gap, b.first && f.Header
	f.gaps, f.last = gaps{}, -1
	f.reset()
	f.simple = len(f.delimiter) == 1 && !f.Trim && (f.Quote == 0 || bytes.IndexByte(b.data, f.Quote) < 0)
	f.utf8 = utf8.Valid(b.data)
	f.nul = bytes.IndexByte(b.data, 0) >= 0
	f.odd = 0
	if f.Quote == 0 && f.Format == "csv" && bytes.IndexByte(b.data, '"') >= 0 {
		f.odd |= oddQuote
	}
	if bytes.IndexByte(b.data, 1) >= 0 {
		f.odd |= oddList
	}
	if n := bytes.Count(b.data, []byte{'\r'}); n > 0 && n != bytes.Count(b.data, []byte("\r\n")) {
		f.odd |= oddEnd
	}
	if n := len(b.data); cap(b.data) < n+padding {
		b.data = append(make([]byte, 0, n+padding), b.data...)
	}
}

func (f *fields) reset() {
	f.why, f.bad = "", -1
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

// endOfFile is the character by which DOS ended text files.
const endOfFile = 0x1a

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
		if f.Comment != "" && f.skipComment(b.data) {
			f.odd |= oddFault
			continue
		}
		if f.simple {
			f.split(b.data)
		} else {
			f.record(b.data)
			record := bytes.TrimSuffix(b.data[begin:f.at], []byte{f.Break})
			if breaks := bytes.Count(record, []byte{f.Break}); breaks > 0 {
				f.line += int64(breaks)
				f.odd |= oddBreak
				f.findSwallowed(record, breaks)
			}
		}
		if f.blank() {
			f.odd |= oddBlank
			f.gap = true
			f.gaps.blank(line)
			continue
		}
		if f.nul && f.why == "" {
			f.findNUL(b.data[begin:f.at])
		}
		if f.why == "" && f.ruled(line) {
			continue
		}
		if f.check(line); f.why == "" && f.namesAgain(b, line) {
			f.headed = true
			continue
		}
		if b.data[begin] == commentMark && f.isComment(line, f.line) {
			continue
		}
		f.findNewTable(b.data)
		f.gap, f.headed = false, false
		f.gaps.row(line)
		f.last = -1
		if f.why != "" {
			f.fault(b, line)
			continue
		}
		for i := range f.cells {
			f.cells[i].Column = f.columns[i]
		}
		b.Line, b.Cells = line, f.cells
		f.last = begin
		return true
	}
	f.end(b)
	return false
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
	f.short, f.marked = tally{}, tally{}
	if f.last >= 0 && f.blank() { // the last row stands before blank lines
		f.reset()
		f.at = f.last
		f.record(b.data)
		f.at = len(b.data)
	}
	if f.why == "" && len(f.cells) > 0 && !f.blank() {
		f.in.tellTail(b.Seq, b.Line, f.total())
	}
}

func (f *fields) fault(b *Batch, line int64) {
	f.odd |= oddFault
	fault := Fault{Input: b.Input.Name, Line: line, Why: f.why}
	if f.bad < 0 {
		fault.Value = preview(record{cells: f.cells})
	} else {
		fault.Value = shown(f.cells[f.bad].Raw)
		if f.bad < len(f.Columns) {
			fault.Column = f.Columns[f.bad]
		}
	}
	b.Faults = append(b.Faults, fault)
}

// findNUL refuses the row at hand if it has a NUL byte, which no text has: what wrote it was cut off, or wrote something else.
func (f *fields) findNUL(row []byte) {
	place := bytes.IndexByte(row, 0)
	if place < 0 {
		return
	}
	f.why = fmt.Sprintf("has a NUL byte, the %s byte of the line", ordinal(place+1))
	f.bad = slices.IndexFunc(f.cells, func(c Cell) bool { return bytes.IndexByte(c.Raw, 0) >= 0 })
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
		case further < len(f.cells):
			f.bad = further
			f.why = fmt.Sprintf("has %d fields, and there are %d columns", len(f.cells), want)
		case !f.Trailing || len(f.cells) > want+1:
			f.in.tell(line, "has empty fields beyond the last column, which are left out")
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
	default:
		f.why = fmt.Sprintf("has only %s, and there are %d columns; %s is the first without a value, which --fill makes null", plural(len(f.cells), "field"), want, f.Columns[len(f.cells)])
	}
	if f.why != "" && len(f.cells) != want && slices.ContainsFunc(f.cells, hasReturn) {
		f.why += "; it has a carriage return within it, as if lines ended in different ways"
	}
	if f.utf8 {
		return
	}
	for i := range f.cells {
		if f.why == "" && !utf8.Valid(f.cells[i].Raw) {
			f.bad, f.why = i, undecoded(f.Encoding)
		}
	}
}

// hasReturn tells whether a field without quotes has a carriage return in it.
func hasReturn(c Cell) bool { return c.Kind == Text && bytes.IndexByte(c.Raw, '\r') >= 0 }

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// split reads one row without quotes.
func (f *fields) split(data []byte) {
	begin := f.at
	end := bytes.IndexByte(data[begin:], f.Break)
	if end < 0 {
		end = len(data)
		f.at = end
	} else {
		end += begin
		f.at = end + 1
	}
	end = begin + len(bytes.TrimRight(data[begin:end], f.returns()))
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	wanted := ones * uint64(f.delimiter[0])
	from := begin
	room := data[:cap(data)]
	for i := begin; i < end; i += 8 {
		x := binary.LittleEndian.Uint64(room[i:]) ^ wanted
		m := ^((x&^highs + ^uint64(highs)) | x | ^uint64(highs)) // the high bit of every byte that is a delimiter
		if rest := end - i; rest < 8 {
			m &= 1<<(8*rest) - 1
		}
		for ; m != 0; m &= m - 1 {
			to := i + bits.TrailingZeros64(m)>>3
			f.add(data[from:to])
			from = to + 1
		}
	}
	f.add(data[from:end])
}

func (f *fields) add(raw []byte) {
	kind := Text
	if len(raw) == 0 {
		kind = Empty
	}
	f.cells = append(f.cells, Cell{Kind: kind, Raw: raw})
}

// record reads one row.
func (f *fields) record(data []byte) {
	if len(f.delimiter) == 0 {
		f.aligned(data)
		return
	}
	for end := -1; ; { // where the line ends, looked for again only behind it
		begin := f.at
		quote := begin
		if f.delimiter[0] != ' ' {
			for quote < len(data) && data[quote] == ' ' {
				quote++
			}
		}
		if f.Quote != 0 && quote < len(data) && data[quote] == f.Quote {
			if quote > begin {
				f.odd |= oddQuoted
			}
			if !f.quoted(data, quote+1, &end) {
				return
			}
			continue
		}
		if end < begin {
			end = lineEnd(data, begin, f.Break)
		}
		rest := data[begin:end]
		n := bytes.Index(rest, f.delimiter)
		if n >= 0 {
			f.at = begin + n + len(f.delimiter)
			rest = rest[:n]
		} else {
			f.at = min(end+1, len(data))
			rest = bytes.TrimRight(rest, f.returns())
		}
		if f.Quote != 0 && bytes.IndexByte(rest, '"') >= 0 {
			f.odd |= oddQuote
		}
		if f.Trim && len(f.cells) > 0 {
			rest = bytes.TrimLeft(rest, " ")
		}
		f.add(rest)
		if n < 0 {
			return
		}
	}
}

// returns are the characters that may stand before the one that ends a line.
func (f *fields) returns() string {
	if f.Break == '\r' {
		return "\n"
	}
	return "\r"
}

func lineEnd(data []byte, at int, br byte) int {
	if n := bytes.IndexByte(data[at:], br); n >= 0 {
		return at + n
	}
	return len(data)
}

// aligned reads a row whose fields are parted by runs of blanks.
func (f *fields) aligned(data []byte) {
	for {
		for f.at < len(data) && isBlank(data[f.at]) {
			f.at++
		}
		switch {
		case f.at == len(data):
			return
		case data[f.at] == f.Break:
			f.at++
			return
		case f.Quote != 0 && data[f.at] == f.Quote:
			begin := f.at + 1
			end := f.close(data, begin)
			if end < 0 {
				f.unclosed(data, begin)
				return
			}
			f.unquote(data[begin : end-1])
			if f.at = end; end < len(data) && !isBlank(data[end]) && data[end] != f.Break && f.why == "" {
				f.bad, f.why = len(f.cells)-1, "has more behind the quote that ends it"
			}
		default:
			begin := f.at
			if f.Brackets && data[begin] == '[' {
				f.at = bracketEnd(data, begin, f.Break)
			}
			for f.at < len(data) && !isBlank(data[f.at]) && data[f.at] != f.Break {
				f.at++
			}
			f.add(data[begin:f.at])
		}
	}
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' }

// quoted reads a field whose inside begins at data[i]. It says whether another field follows in the row. line is where the line ends, if
// that is known already.
func (f *fields) quoted(data []byte, i int, line *int) bool {
	end := f.close(data, i)
	if end < 0 {
		f.unclosed(data, i)
		return false
	}
	f.unquote(data[i : end-1])
	if *line < end {
		*line = lineEnd(data, end, f.Break)
	}
	stop := *line
	between := data[end:stop]
	n := 0
	if !bytes.HasPrefix(between, f.delimiter) {
		n = bytes.Index(between, f.delimiter)
	}
	if n >= 0 {
		between = between[:n]
	}
	if len(between) > 0 {
		if more := bytes.Trim(between, " \r"); len(more) > 0 && f.why == "" {
			f.bad = len(f.cells) - 1
			f.why = fmt.Sprintf("ends in a quote, and %q comes behind it", shown(more))
			if end >= 2 && data[end-2] == '\\' {
				f.why += `; if a backslash makes quotes part of the value, say --escape '\'`
			}
		} else if n >= 0 || len(bytes.TrimSuffix(between, []byte{'\r'})) > 0 {
			f.odd |= oddQuoted
		}
	}
	if n >= 0 {
		f.at = end + n + len(f.delimiter)
		return true
	}
	f.at = min(stop+1, len(data))
	return false
}

func (f *fields) unclosed(data []byte, i int) {
	f.bad, f.why = len(f.cells), "begins with a quote that is never closed, so that all lines behind it are no rows"
	f.cells = append(f.cells, Cell{Kind: Quoted, Raw: data[i:]})
	f.at = len(data)
}

// unquote adds what stands within quotes.
func (f *fields) unquote(raw []byte) {
	if f.Format != "csv" || f.Quote != '"' {
		f.odd |= oddQuoted
	}
	if bytes.IndexByte(raw, f.Quote) >= 0 || f.Escape != 0 && bytes.IndexByte(raw, f.Escape) >= 0 {
		begin := len(f.texts)
		for i := 0; i < len(raw); i++ {
			if next := i + 1; next < len(raw) {
				switch c := raw[i]; {
				case c == f.Quote && raw[next] == f.Quote:
					i = next
				case f.Escape != 0 && c == f.Escape && (raw[next] == f.Quote || raw[next] == f.Escape):
					f.odd |= oddQuoted
					i = next
				}
			}
			f.texts = append(f.texts, raw[i])
		}
		raw = f.texts[begin:len(f.texts):len(f.texts)]
	}
	f.cells = append(f.cells, Cell{Kind: Quoted, Raw: raw})
}

// shown is a value as people are told it.
func shown(raw []byte) string {
	const most = 80
	text := strings.ToValidUTF8(string(raw[:min(len(raw), most)]), "\ufffd")
	if len(raw) > most {
		return text + "…"
	}
	return text
}
