package table

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// newRows returns what finds the rows of an input.
func newRows(t *Table, in *Input) rows {
	if in.Dialect.Format == "json" {
		return newObjects(t)
	}
	return &fields{Dialect: &in.Dialect, delimiter: []byte(in.Dialect.Delimiter), columns: in.columns}
}

// fields finds the rows of text files.
type fields struct {
	*Dialect
	delimiter []byte
	columns   []int32
	at        int
	line      int64
	cells     []Cell
	texts     []byte // of the row at hand, those that are not as they are written
	why       string // the row at hand is none
	bad       int    // the field that why is about, or -1
}

func (f *fields) begin(b *Batch) { f.at, f.line = 0, b.lines }

func (f *fields) next(b *Batch) bool {
	for f.at < len(b.data) {
		line := f.line + 1
		begin := f.at
		f.why, f.bad = "", -1
		f.cells, f.texts = f.cells[:0], f.texts[:0]
		f.record(b.data)
		f.line += int64(bytes.Count(b.data[begin:f.at], []byte{f.Break}))
		if len(f.cells) == 1 && len(f.cells[0].Raw) == 0 && f.cells[0].Kind == Empty {
			continue
		}
		f.check()
		if f.why != "" {
			fault := Fault{Input: b.Input.Name, Line: line, Why: f.why}
			if f.bad >= 0 {
				fault.Value = shown(f.cells[f.bad].Raw)
				if f.bad < len(f.Columns) {
					fault.Column = f.Columns[f.bad]
				}
			}
			b.Faults = append(b.Faults, fault)
			continue
		}
		for i := range f.cells {
			f.cells[i].Column = f.columns[i]
		}
		b.Line, b.Cells = line, f.cells
		return true
	}
	return false
}

// check finds what is wrong with the row at hand.
func (f *fields) check() {
	switch n := len(f.cells); {
	case f.why != "":
	case n > len(f.columns):
		f.bad = len(f.columns)
		f.why = fmt.Sprintf("has %d fields, and there are %d columns", n, len(f.columns))
	case n < len(f.columns):
		f.why = fmt.Sprintf("has only %d fields, and there are %d columns", n, len(f.columns))
	}
	for i := range f.cells {
		if f.why == "" && !utf8.Valid(f.cells[i].Raw) {
			f.bad, f.why = i, "is not "+f.Encoding+"; perhaps --encoding latin-1"
		}
	}
}

// record reads one row.
func (f *fields) record(data []byte) {
	for {
		begin := f.at
		quote := begin
		for quote < len(data) && data[quote] == ' ' {
			quote++
		}
		if f.Quote != 0 && quote < len(data) && data[quote] == f.Quote {
			if !f.quoted(data, quote+1) {
				return
			}
			continue
		}
		rest := data[begin:]
		end := bytes.IndexByte(rest, f.Break)
		if end < 0 {
			end = len(rest)
		}
		if n := bytes.Index(rest[:end], f.delimiter); n >= 0 {
			f.add(rest[:n])
			f.at = begin + n + len(f.delimiter)
			continue
		}
		f.at = min(begin+end+1, len(data))
		f.add(bytes.TrimSuffix(rest[:end], []byte{'\r'}))
		return
	}
}

func (f *fields) add(raw []byte) {
	kind := Text
	if len(raw) == 0 {
		kind = Empty
	}
	f.cells = append(f.cells, Cell{Kind: kind, Raw: raw})
}

// quoted reads a field whose inside begins at data[i]. It says whether another field follows in the row.
func (f *fields) quoted(data []byte, i int) bool {
	end := f.close(data, i)
	if end < 0 {
		f.bad, f.why = len(f.cells), "begins with a quote that is never closed"
		f.cells = append(f.cells, Cell{Kind: Quoted, Raw: data[i:]})
		f.at = len(data)
		return false
	}
	raw := data[i : end-1]
	if bytes.IndexByte(raw, f.Quote) >= 0 {
		raw = []byte(strings.ReplaceAll(string(raw), string([]byte{f.Quote, f.Quote}), string(f.Quote)))
	}
	f.cells = append(f.cells, Cell{Kind: Quoted, Raw: raw})
	rest := data[end:]
	line := bytes.IndexByte(rest, f.Break)
	if line < 0 {
		line = len(rest)
	}
	n := bytes.Index(rest[:line], f.delimiter)
	between := rest[:line]
	if n >= 0 {
		between = rest[:n]
	}
	if f.why == "" && len(bytes.Trim(between, " \r")) > 0 {
		f.bad, f.why = len(f.cells)-1, fmt.Sprintf("ends in a quote after which there is %q", shown(between))
	}
	if n >= 0 {
		f.at = end + n + len(f.delimiter)
		return true
	}
	f.at = min(end+line+1, len(data))
	return false
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
