package table

import (
	"bytes"
	"encoding/json"
)

// objects finds the rows of JSON.
type objects struct {
	table *Table
	at    int
	line  int64
	cells []Cell
}

func newObjects(t *Table) *objects { return &objects{table: t} }

func (o *objects) begin(b *Batch) { o.at, o.line = 0, b.lines }

func (o *objects) next(b *Batch) bool {
	for o.at < len(b.data) {
		line, _, _ := bytes.Cut(b.data[o.at:], []byte{'\n'})
		o.at += len(line) + 1
		o.line++
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		o.cells = o.cells[:0]
		if err := o.object(b, line); err != nil {
			b.Faults = append(b.Faults, Fault{Input: b.Input.Name, Line: o.line, Value: shown(line), Why: err.Error()})
			continue
		}
		b.Line, b.Cells = o.line, o.cells
		return true
	}
	return false
}

func (o *objects) object(b *Batch, line []byte) error {
	d := json.NewDecoder(bytes.NewReader(line))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return err
		}
		cell := Cell{Column: o.table.columns.add(key.(string), position{b.Seq, b.Row, len(o.cells)}), Raw: raw}
		switch raw[0] {
		case '"':
			var text string
			if err := json.Unmarshal(raw, &text); err != nil {
				return err
			}
			cell.Kind, cell.Raw = String, []byte(text)
		case '{':
			cell.Kind = Object
		case '[':
			cell.Kind = List
		case 't', 'f':
			cell.Kind = Bool
		case 'n':
			cell.Kind = Null
		default:
			cell.Kind = Number
		}
		o.cells = append(o.cells, cell)
	}
	_, err := d.Token()
	return err
}
