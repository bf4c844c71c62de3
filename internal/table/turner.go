package table

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"ovate/internal/disk"
	"ovate/internal/jsontext"
	"ovate/internal/quantity"
)

// turn makes rows of the table: JSON lines in a file that nobody else can open, which the input is read from in the place of what is stored.
func (in *Input) turn(t *turned) (err error) {
	text, err := in.text()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, text.Close()) }()
	r := &blocks{in: in, r: text}
	if err := r.skip(); err != nil {
		return err
	}
	whole, size, err := in.spool(func(w io.Writer) error {
		_, err := io.Copy(w, r.r)
		return err
	})
	if err != nil {
		return err
	}
	rows, length, err := in.spool(func(w io.Writer) error { return t.write(w, whole, size) })
	if err != nil {
		return err
	}
	*in = Input{Name: in.Name + " (as rows)", Size: length, spools: in.spools, rows: true, open: func() (io.ReadCloser, error) {
		return io.NopCloser(io.NewSectionReader(rows, 0, length)), nil
	}}
	in.Dialect = Dialect{Format: "json", Encoding: utf8Name, Break: '\n', Layout: Lines, turned: t}
	return nil
}

// spool writes to a file without a name.
func (in *Input) spool(write func(w io.Writer) error) (file *os.File, size int64, err error) {
	if file, err = disk.Nameless(""); err != nil {
		return nil, 0, err
	}
	in.spools = append(in.spools, file)
	w := bufio.NewWriterSize(untilDone{ctx: in.ctx, Writer: file}, 256<<10)
	if err := errors.Join(write(w), w.Flush()); err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, 0, err
	}
	return file, info.Size(), nil
}

// turner writes the rows of a table.
type turner struct {
	*turned
	out     io.Writer
	columns []*walker
	line    []byte
	scratch []byte
	row     int64
}

func (t *turned) write(out io.Writer, text io.ReaderAt, size int64) error {
	w := &turner{turned: t, out: out}
	room := max(256, min(64<<10, (32<<20)/len(t.offsets))) // 32 MB for the buffers of all columns, or 256 bytes for each
	from := func(offset int64) *walker {
		return &walker{Reader: bufio.NewReaderSize(io.NewSectionReader(text, offset, size-offset), room)}
	}
	for _, offset := range t.offsets {
		w.columns = append(w.columns, from(offset))
	}
	switch t.kind {
	case listColumns, objectColumns:
		return w.writeColumns()
	case keyedRows:
		return w.writeKeyed()
	}
	var index *walker
	if t.index > 0 {
		index = from(t.index)
	}
	return w.writeSplit(w.columns[0], index)
}

// field begins a field of the row at hand.
func (w *turner) field(name string) error {
	quoted, err := json.Marshal(name)
	if err != nil {
		return err
	}
	if len(w.line) > 1 {
		w.line = append(w.line, ',')
	}
	w.line = append(append(w.line, quoted...), ':')
	return nil
}

// appendKey appends a key, which is in quotes, as a number if it is a whole number.
func appendKey(dst, key []byte) []byte {
	digits := key[1 : len(key)-1]
	if n := len(digits); n > 0 && n < 19 && (n == 1 || digits[0] != '0') && !slices.ContainsFunc(digits, func(c byte) bool { return c-'0' > 9 }) {
		return append(dst, digits...)
	}
	return append(dst, key...)
}

func (w *turner) end() error {
	w.row++
	w.line = append(w.line, '}', '\n')
	_, err := w.out.Write(w.line)
	w.line = w.line[:0]
	return err
}

// writeColumns reads a value of each column for every row.
func (w *turner) writeColumns() error {
	for over := false; !over; {
		w.line = append(w.line[:0], '{')
		var key []byte
		for i, column := range w.columns {
			if w.kind == objectColumns {
				own, err := column.nextKey()
				if err != nil {
					return err
				}
				if i == 0 {
					key = own
					if err := w.field(w.key); err != nil {
						return err
					}
					w.line = appendKey(w.line, key)
				} else if !bytes.Equal(own, key) {
					return fmt.Errorf("holds columns of values by keys, of which row %d has the key %s in column %s, and %s in column %s: these are not the same rows. «--json-path .» takes the object itself for a row", w.row+1, key, w.names[0], own, w.names[i])
				}
			}
			if err := w.field(w.names[i]); err != nil {
				return err
			}
			value, end, err := column.raw(w.line)
			if err != nil {
				return err
			}
			w.line = value
			last := end != ','
			if i > 0 && last != over {
				return fmt.Errorf("has columns of different lengths: %s ends at row %d, before others or behind them", w.names[i], w.row+1)
			}
			over = last
		}
		if err := w.end(); err != nil {
			return err
		}
	}
	return nil
}

// writeKeyed writes the values of an object, each with its key before what is in it.
func (w *turner) writeKeyed() error {
	rows := w.columns[0]
	for end := byte(','); end == ','; {
		key, err := rows.nextKey()
		if err != nil {
			return err
		}
		w.line = append(w.line[:0], '{')
		if err := w.field(w.key); err != nil {
			return err
		}
		w.line = appendKey(w.line, key)
		if w.scratch, end, err = rows.raw(w.scratch[:0]); err != nil {
			return err
		}
		switch value := w.scratch; {
		case len(value) > 0 && value[0] == '{':
			if inside := bytes.TrimSpace(value[1 : len(value)-1]); len(inside) > 0 {
				w.line = append(append(w.line, ','), inside...)
			}
		case string(value) != "null":
			if err := w.field(valueColumn); err != nil {
				return err
			}
			w.line = append(w.line, value...)
		}
		if err := w.end(); err != nil {
			return err
		}
	}
	return nil
}

// writeSplit writes lists of values, with the names that stand beside them.
func (w *turner) writeSplit(rows, index *walker) error {
	for over := false; !over; {
		w.line = append(w.line[:0], '{')
		if index != nil {
			if err := w.field(w.key); err != nil {
				return err
			}
			value, _, err := index.raw(w.line)
			if err != nil {
				return err
			}
			w.line = value
		}
		var end byte
		var err error
		if w.scratch, end, err = rows.raw(w.scratch[:0]); err != nil {
			return err
		}
		over = end != ','
		s := jsontext.Scanner{Data: w.scratch}
		n := 0
		for i := s.Blanks(1); s.Peek(i) != ']'; n++ {
			next := jsontext.Outline(s.Data, i)
			if s.Peek(0) != '[' || next < 0 || n == len(w.names) {
				return fmt.Errorf("row %d (%s) is no list of a value for each of the %d columns", w.row+1, shown(w.scratch), len(w.names))
			}
			if err := w.field(w.names[n]); err != nil {
				return err
			}
			w.line = append(w.line, w.scratch[i:next]...)
			if i = s.Blanks(next); s.Peek(i) == ',' {
				i = s.Blanks(i + 1)
			}
		}
		if n != len(w.names) {
			return fmt.Errorf("row %d (%s) has only %s, and there %s", w.row+1, shown(w.scratch), quantity.Of(n, "value"), columnsThere(len(w.names)))
		}
		if err := w.end(); err != nil {
			return err
		}
	}
	return nil
}
