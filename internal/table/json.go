package table

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"ovate/internal/jsontext"
)

// objects finds the rows of JSON: objects, or lists of the values of columns.
type objects struct {
	jsontext.Scanner
	table   *Table
	in      *Input
	lines   bool // a row does not go beyond its line
	place   int  // where the next row is looked for
	line    int64
	end     int // of the line at hand, or of the data
	cells   []Cell
	texts   []byte
	keys    map[string]int32
	order   []known // the keys of the row before, which mostly come again
	seen    []int64 // by column: the row that had it last
	row     int64   // counts all rows
	odd     odd
	content int // objects of the line at hand
}

// known is a key as it is written, and its column.
type known struct {
	raw    []byte
	column int32
}

func newObjects(t *Table, in *Input) *objects {
	return &objects{Scanner: jsontext.Scanner{Loose: true, NotUTF8: func(raw []byte) string { return in.Dialect.undecoded(raw) }}, table: t, in: in, lines: in.Dialect.Layout == Lines, keys: map[string]int32{}}
}

func (o *objects) begin(b *Batch) {
	o.Data, o.place, o.line, o.end, o.odd = b.data, 0, b.lines+1, 0, 0
	if !o.lines {
		o.end = len(b.data)
	} else {
		o.startLine(b)
	}
}

// startLine takes the line that begins at at for the data at hand.
func (o *objects) startLine(b *Batch) {
	o.end = lineEnd(b.data, o.place, '\n')
	o.Data = b.data[:o.end]
	o.content = 0
}

func (o *objects) next(b *Batch) bool {
	for {
		at := o.place
		for at < o.end && (o.Data[at] == ' ' || o.Data[at] == '\t' || o.Data[at] == '\r' || o.Data[at] == ',' || o.Data[at] == '\n' || o.Data[at] == 0x1e) {
			if o.Data[at] == '\n' {
				o.line++
			}
			if o.Data[at] == 0x1e || o.Data[at] == ',' && o.lines && o.content == 0 { // which no line of JSON begins with
				o.odd |= oddFault
			}
			at++
		}
		if at == o.end {
			if o.lines && o.content != 1 {
				o.odd |= oddBlank
			}
			if !o.lines || o.end == len(b.data) || o.end+1 == len(b.data) {
				o.finish(b)
				return false
			}
			o.place = o.end + 1
			o.line++
			o.startLine(b)
			continue
		}
		o.content++
		line := o.line
		if o.take(b, at) {
			b.Line, b.Cells = line, o.cells
			return true
		}
	}
}

func (o *objects) finish(b *Batch) {
	o.place = o.end
	if o.odd&oddFault != 0 {
		o.in.notPlain("has lines that are no rows")
	}
	if o.odd&oddBlank != 0 {
		o.in.notPlain("has blank lines, or several objects in one")
	}
	if o.odd&oddList != 0 {
		o.in.notPlain("has rows that are lists of values")
	}
	if o.odd&oddQuoted != 0 {
		o.in.notPlain("has values that are no JSON, such as NaN")
	}
}

// literal is the literal with which a text begins.
func literal(text string) string {
	end := strings.IndexAny(text, ",]} \t")
	if rest, is := strings.CutPrefix(text, `"`); is {
		if end = strings.IndexByte(rest, '"'); end >= 0 {
			end += len(`""`)
		}
	}
	if end <= 0 {
		return text
	}
	return text[:end]
}

// take reads the row that begins at data[at], and says whether it is one. Otherwise there is a fault.
func (o *objects) take(b *Batch, at int) bool {
	o.Why, o.NoJSON = "", false
	o.cells, o.texts = o.cells[:0], o.texts[:0]
	o.row++
	first, list := b.first, b.list
	b.first, b.list = false, false
	var end int
	switch o.Data[at] {
	case '{':
		end = o.fields(b, at+1)
	case '[':
		end = o.values(at + 1)
	case '/', '#':
		end = o.Fail(at, "is a comment, which is no JSON")
	default:
		end = o.Fail(at, "has %q, which is no object", literal(o.Some(at)))
	}
	if end >= 0 {
		names := o.in.Dialect.Header && o.Data[at] == '[' && (first || o.namesAgain(b, list))
		o.line += int64(o.breaks(at, end))
		o.place = end
		return !names
	}
	o.odd |= oddFault
	fault := Fault{Input: o.in.Name, Line: o.line + int64(o.breaks(at, min(o.At, o.end))), Why: o.Why}
	stop := jsontext.Outline(o.Data, at)
	if stop < 0 || o.lines {
		stop = o.end
	}
	fault.Value = shown(bytes.TrimSpace(o.Data[at:stop]))
	if o.At < o.end && o.At-at > 60 {
		fault.Value = "…" + shown(o.Data[o.At-20:min(stop, o.At+60)])
	}
	if !o.lines {
		if fault.Rows = o.swallowed(at, stop); fault.Rows > 1 {
			fault.Why += "; rows behind it cannot be told from it"
		}
	}
	b.Faults = append(b.Faults, fault)
	o.line += int64(o.breaks(at, stop))
	o.place = stop
	return false
}

// swallowed is how many rows may have been in what begins as one row and is none: each line may begin one that has the same bracket in the same place as
// the first line.
func (o *objects) swallowed(at, stop int) int64 {
	begin := bytes.LastIndexByte(o.Data[:at], '\n') + 1
	if len(bytes.TrimLeft(o.Data[begin:at], " \t")) > 0 { // behind something else: it has no place of its own
		return 1 + int64(bytes.Count(o.Data[at:stop], []byte{'\n'}))
	}
	first := append([]byte{'\n'}, o.Data[begin:at+1]...)
	return 1 + int64(bytes.Count(o.Data[at:stop], first))
}

func (o *objects) breaks(from, to int) int {
	if o.lines || from >= to {
		return 0
	}
	return bytes.Count(o.Data[from:to], []byte{'\n'})
}

// namesAgain tells whether the row at hand, a list, names the columns once more. One that begins another list ends the scan if it may name others, as
// the rows behind it cannot be told apart.
func (o *objects) namesAgain(b *Batch, begins bool) bool {
	names := o.in.Dialect.names
	same := true
	for i := 0; i < len(o.cells) && same; i++ {
		same = nameIn(o.cells[i].Kind, o.cells[i].Raw) == names[i]
	}
	switch {
	case same:
		o.odd |= oddHeader
		o.in.tell(o.line, "repeats the header, and is no row")
		return true
	case begins && !slices.ContainsFunc(o.cells, func(c Cell) bool { return c.Kind != String }):
		b.stop = fmt.Errorf("%s line %d (%s) begins another list of rows, and may name its columns, but otherwise than the first list (%s): what stands behind it may belong to other columns. "+
			"Nothing was ingested. Make a file of each list; or say «--no-header» if the first of every list is a row", o.in.Name, o.line, preview(record{cells: o.cells}), some(names))
		return true
	}
	return false
}
