package table

import (
	"bytes"

	"ovate/internal/jsontext"
	"ovate/internal/quantity"
)

// fields reads the rest of an object.
func (o *objects) fields(b *Batch, i int) int {
	if i = o.Blanks(i); o.Peek(i) == '}' {
		return i + 1
	}
	for {
		var column int32
		if column, i = o.column(b, i); i < 0 {
			return -1
		}
		if o.seen[column] == o.row {
			return o.Fail(i, "has the key %q twice", o.names()[column])
		}
		o.seen[column] = o.row
		if i = o.cell(i, column); i < 0 {
			return -1
		}
		switch i = o.Blanks(i); o.Peek(i) {
		case ',':
			i = o.Blanks(i + 1)
		case '}':
			return i + 1
		default:
			return o.Fail(i, "has %q where a comma or the end of an object has to be", o.Some(i))
		}
	}
}

func (o *objects) names() []string { return o.table.Columns() }

// column reads a key and what parts it from its value.
func (o *objects) column(b *Batch, i int) (column int32, value int) {
	at := len(o.cells)
	if at < len(o.order) {
		if raw := o.order[at].raw; len(o.Data)-i > len(raw) && string(o.Data[i:i+len(raw)]) == string(raw) && o.Data[i+len(raw)] == ':' {
			return o.order[at].column, o.Blanks(i + len(raw) + 1)
		}
	}
	raw, value := o.Key(i)
	if value < 0 {
		return 0, -1
	}
	name := raw[1 : len(raw)-1]
	if bytes.IndexByte(name, '\\') >= 0 {
		name = jsontext.Unescape(nil, name)
	}
	column, ok := o.keys[string(name)]
	if !ok {
		column = o.table.columns.add(string(name), position{b.Seq, b.Row, at})
		o.keys[string(name)] = column
	}
	for int(column) >= len(o.seen) {
		o.seen = append(o.seen, 0)
	}
	if at < len(o.order) {
		o.order[at] = known{append(o.order[at].raw[:0], raw...), column}
	} else if at == len(o.order) && at < 10_000 {
		o.order = append(o.order, known{bytes.Clone(raw), column})
	}
	return column, value
}

// cell reads a value.
func (o *objects) cell(i int, column int32) int {
	cell := Cell{Column: column}
	if o.Peek(i) == '"' {
		end, plain := o.String(i + 1)
		if end < 0 {
			return -1
		}
		cell.Kind, cell.Raw = String, o.Data[i+1:end-1]
		if !plain {
			begin := len(o.texts)
			o.texts = jsontext.Unescape(o.texts, cell.Raw)
			cell.Raw = o.texts[begin:len(o.texts):len(o.texts)]
		}
		o.cells = append(o.cells, cell)
		return end
	}
	end := o.Value(i, 1)
	if end < 0 {
		return -1
	}
	if o.NoJSON {
		o.odd |= oddQuoted
	}
	cell.Kind, cell.Raw = KindOf(o.Data[i]), o.Data[i:end]
	if cell.Kind >= List && !o.lines && bytes.IndexByte(cell.Raw, '\n') >= 0 {
		begin := len(o.texts)
		o.texts = append(o.texts, cell.Raw...)
		cell.Raw = o.texts[begin:len(o.texts):len(o.texts)]
		for k, c := range cell.Raw {
			if c == '\n' || c == '\r' { // texts have none
				cell.Raw[k] = ' '
			}
		}
	}
	o.cells = append(o.cells, cell)
	return end
}

// values reads the rest of a list that holds a row.
func (o *objects) values(i int) int {
	o.odd |= oddList
	columns := o.in.columns
	if i = o.Blanks(i); o.Peek(i) == ']' {
		i++
	} else {
		for n := 0; ; n++ {
			if n >= len(columns) {
				return o.Fail(i, "has more values than there are columns, which are %d", len(columns))
			}
			if i = o.cell(i, columns[n]); i < 0 {
				return -1
			}
			i = o.Blanks(i)
			c := o.Peek(i)
			if i++; c == ']' {
				break
			}
			if c != ',' {
				return o.Fail(i-1, "has %q where a comma or the end of a list has to be", o.Some(i-1))
			}
			i = o.Blanks(i)
		}
	}
	if len(o.cells) == 0 {
		return o.Fail(i-1, "ends an empty list, which is no row")
	}
	if len(o.cells) != len(columns) {
		return o.Fail(i-1, "has only %s, and there %s", quantity.Of(len(o.cells), "value"), columnsThere(len(columns)))
	}
	return i
}
