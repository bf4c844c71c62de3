package table

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// look reads the beginning of an input and finds out how it is written.
func (in *Input) look(o Options) error {
	r, err := in.open()
	if err != nil {
		return err
	}
	head, err := io.ReadAll(io.LimitReader(r, blockBytes))
	if err := errors.Join(err, r.Close()); err != nil {
		return err
	}
	d := Dialect{Format: "csv", Encoding: "utf-8", Break: '\n', Delimiter: ",", Quote: '"', Header: true, Skip: 1}
	if trimmed := bytes.TrimSpace(head); len(trimmed) > 0 && trimmed[0] == '{' {
		in.Dialect = Dialect{Format: "json", Encoding: "utf-8", Break: '\n'}
		return nil
	}
	if o.Delimiter != "" {
		d.Format, d.Delimiter = "tsv", o.Delimiter
	}
	f := &fields{Dialect: &d, delimiter: []byte(d.Delimiter)}
	f.record(head)
	for i, cell := range f.cells {
		name := strings.TrimSpace(string(cell.Raw))
		if name == "" {
			name = fmt.Sprintf("column_%d", i+1)
		}
		d.Columns = append(d.Columns, name)
	}
	in.Dialect = d
	return nil
}
