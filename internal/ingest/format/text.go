package format

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
	"unicode/utf8"

	"ovate/internal/ingest/number"
	"ovate/internal/spec"
)

// textLines reads lines of fields: csv and tsv. Every text in its values is literal: what has to be decoded is appended
// to the parser's data.
type textLines struct {
	spec.TextFormat
	delimiter []byte
	list      []byte

	file     *File
	slots    []int32 // by column
	used     []usedColumn
	most     int     // fields of a line that have a column; 0: any number
	ends     []int32 // where the fields of the line at hand end, and perhaps more
	cells    []value // all fields of one line, for the lines that are not split on the fast way
	hasLists bool    // the list delimiter occurs in the chunk
	simple   bool    // the chunk has no quotes that count, and the delimiter is one byte
}

type usedColumn struct {
	column int
	slot   int32
}

func newTextLines(f spec.TextFormat) (*textLines, error) {
	t := &textLines{TextFormat: f, delimiter: []byte(f.Delimiter), list: []byte(f.ListDelimiter)}
	if len(t.delimiter) == 0 {
		return nil, fmt.Errorf("inputFormat.delimiter: it is empty; it has to be at least one character")
	}
	if len(t.list) == 0 {
		t.list = []byte{1}
	}
	return t, nil
}

func (t *textLines) begin(p *Parser, file *File) error {
	if file == nil {
		return fmt.Errorf("lines of fields came without the file whose columns they have")
	}
	if t.file != file {
		t.file = file
		t.slots, t.used, t.most = t.slots[:0], t.used[:0], len(file.Columns)
		for column, name := range file.Columns {
			slot := p.layout.find(name)
			t.slots = append(t.slots, slot)
			if slot != noSlot {
				t.used = append(t.used, usedColumn{column, slot})
			}
		}
	}
	if n := len(p.data) - scanPadding; !utf8.Valid(p.data[:n]) {
		p.data = append(appendJavaUTF8(make([]byte, 0, len(p.data)*2), p.data[:n]), p.data[n:]...)
	}
	t.hasLists = bytes.Contains(p.data, t.list)
	t.simple = len(t.delimiter) == 1 && (!t.Quoted || bytes.IndexByte(p.data, '"') < 0)
	return nil
}

func (t *textLines) discoversNull() bool { return true }

func (t *textLines) next(p *Parser, at int) (after int, ok bool) {
	feed := at + bytes.IndexByte(p.data[at:], '\n')
	end := t.lineEnd(p, at, feed)
	if t.simple || len(t.delimiter) == 1 && bytes.IndexByte(p.data[at:end], '"') < 0 {
		t.setFields(p, at, t.split(p.data, at, end))
	} else {
		t.splitCells(p, at, end)
		for _, u := range t.used {
			if u.column >= len(t.cells) {
				break
			}
			p.set(u.slot, t.cells[u.column])
		}
	}
	if p.layout.discovers {
		for _, u := range t.used {
			if p.values[u.slot].kind == absent {
				p.set(u.slot, value{kind: null})
			}
		}
	}
	return feed + 1, true
}

// split finds the ends of the fields of the line data[at:end], which has no quotes, and returns how many there are. It ends where a line has more than columns have names.
func (t *textLines) split(data []byte, at, end int) (fields int) {
	ends := t.ends
	wanted := ones * uint64(t.delimiter[0])
	for i := at; i < end && (t.most == 0 || fields <= t.most); i += 8 {
		m := zeroBytes(binary.LittleEndian.Uint64(data[i:]) ^ wanted)
		if rest := end - i; rest < 8 {
			m &= 1<<(8*rest) - 1
		}
		if fields+10 > len(ends) {
			ends = append(ends, make([]int32, len(ends)+10)...)
			t.ends = ends
		}
		// Eight bytes seldom hold more than two delimiters. Writing two without asking avoids hard guesses.
		two := ends[fields : fields+2]
		fields += bits.OnesCount64(m)
		two[0] = int32(i + bits.TrailingZeros64(m)>>3)
		m &= m - 1
		two[1] = int32(i + bits.TrailingZeros64(m)>>3)
		for m &= m - 1; m != 0; m &= m - 1 {
			ends[fields-bits.OnesCount64(m)] = int32(i + bits.TrailingZeros64(m)>>3)
		}
	}
	if fields == len(ends) {
		ends = append(ends, 0)
		t.ends = ends
	}
	ends[fields] = int32(end)
	return fields + 1
}

// zeroBytes marks every byte of w that is 0 with its high bit, and no other.
func zeroBytes(w uint64) uint64 {
	const low = ^uint64(highs)
	return ^((w&low + low) | w | low)
}

// lineEnd leaves out a carriage return before the line feed at data[end], unless that is only the end of the input.
func (t *textLines) lineEnd(p *Parser, begin, end int) int {
	if end > begin && end < p.end && p.data[end-1] == '\r' {
		return end - 1
	}
	return end
}

// setFields notes the fields that are read of a line whose ends are known.
func (t *textLines) setFields(p *Parser, at, fields int) {
	for _, u := range t.used {
		if u.column >= fields {
			return
		}
		begin := int32(at)
		if u.column > 0 {
			begin = t.ends[u.column-1] + 1
		}
		v := value{kind: null, start: begin, end: t.ends[u.column]}
		if v.start != v.end {
			v.kind = text
			if t.hasLists || t.TryParseNumbers {
				v = t.classify(p, v)
			}
		}
		if p.layout.discovers {
			p.set(u.slot, v)
		} else {
			p.values[u.slot] = v
		}
	}
}

// classify tells lists and, if they are asked for, numbers from other texts.
func (t *textLines) classify(p *Parser, v value) value {
	switch raw := p.data[v.start:v.end]; {
	case t.hasLists && bytes.Contains(raw, t.list):
		v.kind = list
	case t.TryParseNumbers:
		v.kind = numberOrText(raw)
	}
	return v
}

// splitCells fills t.cells with the fields of the line p.data[begin:end], but with few of those that are more than columns have names.
func (t *textLines) splitCells(p *Parser, begin, end int) {
	t.cells = t.cells[:0]
	line := p.data[begin:end]
	if t.Quoted && bytes.IndexByte(line, '"') >= 0 {
		t.splitQuoted(p, begin, end)
		return
	}
	for {
		n := bytes.Index(line, t.delimiter)
		if n < 0 {
			t.addCell(p, begin, end)
			return
		}
		t.addCell(p, begin, begin+n)
		begin += n + len(t.delimiter)
		line = p.data[begin:end]
	}
}

// addCell adds a field to t.cells. An empty one is null.
func (t *textLines) addCell(p *Parser, begin, end int) {
	v := value{kind: null, start: int32(begin), end: int32(end)}
	if begin != end {
		v.kind = text
		v = t.classify(p, v)
	}
	t.keep(v)
}

// keep adds to t.cells, unless no column can have that.
func (t *textLines) keep(v value) {
	if t.most == 0 || len(t.cells) <= t.most {
		t.cells = append(t.cells, v)
	}
}

// element returns the items of a list, which may be empty texts.
func (t *textLines) element(p *Parser, v value, at int) (value, int) {
	if at > int(v.end) {
		return value{}, at
	}
	item := value{kind: text, start: int32(at), end: v.end}
	after := int(v.end) + 1
	if n := bytes.Index(p.data[at:v.end], t.list); n >= 0 {
		item.end = int32(at + n)
		after = at + n + len(t.list)
	}
	if t.TryParseNumbers {
		item.kind = numberOrText(p.data[item.start:item.end])
	}
	return item, after
}

func (t *textLines) appendText(p *Parser, dst []byte, v value) []byte {
	raw := p.data[v.start:v.end]
	switch v.kind {
	case absent, null:
		return append(dst, "null"...)
	case integer, decimal:
		return appendNumber(dst, raw)
	case list:
		dst = append(dst, '[')
		for e, at := t.element(p, v, int(v.start)); e.kind != absent; {
			dst = t.appendText(p, dst, e)
			if e, at = t.element(p, v, at); e.kind != absent {
				dst = append(dst, ", "...)
			}
		}
		return append(dst, ']')
	}
	return append(dst, raw...)
}

func (t *textLines) appendRow(p *Parser, dst []byte, begin, after int) []byte {
	t.splitCells(p, begin, t.lineEnd(p, begin, after-1))
	dst = append(dst, '{')
	for i, v := range t.cells[:min(len(t.cells), len(t.file.Columns))] {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(append(dst, t.file.Columns[i]...), '=')
		dst = t.appendText(p, dst, v)
	}
	return append(dst, '}')
}

// numberOrText is what tryParseNumbers makes of a text: a number if it is one both by the rules of NumberUtils.isCreatable
// and by those of Longs.tryParse or Doubles.tryParse.
func numberOrText(b []byte) kind {
	if len(b) == 0 || !number.IsCreatable(b) {
		return text
	}
	if _, ok := number.ParseLong(b); ok {
		return integer
	}
	if _, ok := number.ParseDouble(b, 64); ok {
		return decimal
	}
	return text
}
