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
	"strings"

	"ovate/internal/moment"
)

// turned is an object that holds the values of a table by columns, or by the key of a row, as pandas and web services write them.
type turned struct {
	path    []string
	kind    turnedKind
	names   []string // of the columns; of keyed rows none
	offsets []int64  // of the text: behind the bracket that opens a column, or whatever else the kind has
	index   int64    // of split ones: behind the bracket that opens the list of indexes, 0 if there is none
}

// turnedKind is how the values are arranged.
type turnedKind int

const (
	listColumns   turnedKind = iota // {"a":[1,2],"b":[3,4]}
	objectColumns                   // {"a":{"0":1,"1":2},"b":{"0":3,"1":4}}
	keyedRows                       // {"2024-01-01":{"a":1,"b":3},"2024-01-02":{"a":2,"b":4}}
	splitRows                       // {"columns":["a","b"],"data":[[1,3],[2,4]]}
)

func (t *turned) String() string { return strings.Join(t.path, ".") }

// tell says in what way rows were made of it.
func (t *turned) tell() string {
	where := "its one object"
	if len(t.path) > 0 {
		where = t.String()
	}
	switch t.kind {
	case listColumns:
		return fmt.Sprintf("the lists in %s are taken for columns, of which the values at the same place are a row", where)
	case objectColumns:
		return fmt.Sprintf("the objects in %s are taken for columns, of which the values with the same key are a row; the keys are column %s", where, keyColumn)
	case keyedRows:
		return fmt.Sprintf("the objects in %s are taken for rows; their keys are column %s", where, keyColumn)
	}
	return fmt.Sprintf("the lists in %s are taken for rows, and their columns named by the list beside them", where)
}

// keyColumn is the column of the keys of rows, indexColumn that of the index that pandas gives them.
const (
	keyColumn   = "key"
	indexColumn = "index"
)

// member is what an object holds under a key, as far as it tells how the values of a table are arranged.
type member struct {
	key     string
	of      byte // an object's brace, a list's bracket, or another byte
	first   byte // of a list: how its first value begins
	count   int  // of its values, or keys
	indexed bool // an object whose keys are all numbers or times
	offset  int64
	names   []string // of a list of texts with a name that lists of names have
}

// nameLists and rowLists are the names of the list of names and of that of rows.
var (
	nameLists = []string{"columns", "fields", "header", "headers", "names", "column_names"}
	rowLists  = []string{"data", "rows", "values", "items", "records", "results", "features"}
)

// turnedFrom tells whether the members of an object are a table; nil if not, or if it is not sure.
func turnedFrom(path []string, members []member) *turned {
	t := &turned{path: slices.Clone(path)}
	lists, objects, indexed, keys := 0, 0, 0, 0
	for _, m := range members {
		same := m.count == members[0].count
		switch {
		case m.of == '[' && m.first != '{' && m.first != '[' && m.count > 1 && same:
			lists++
		case m.of == '{' && m.count > 0:
			objects++
			if m.indexed && same {
				indexed++
			}
		}
		if isIndex(m.key) {
			keys++
		}
		t.names = append(t.names, m.key)
		t.offsets = append(t.offsets, m.offset)
	}
	switch n := len(members); {
	case n > 1 && lists == n:
		t.kind = listColumns
	case n > 1 && objects == n && keys == n:
		t.kind = keyedRows
	case n > 0 && objects == n && indexed == n && members[0].count > 1:
		t.kind = objectColumns
	default:
		return splitFrom(t, members)
	}
	return t
}

// splitFrom looks for a list of rows beside one of the names of their columns.
func splitFrom(t *turned, members []member) *turned {
	var names, rows, index *member
	for i := range members {
		switch m := &members[i]; {
		case m.of != '[':
			return nil
		case m.names != nil && names == nil:
			names = m
		case m.first == '[' && slices.Contains(rowLists, m.key):
			rows = m
		case m.key == indexColumn && m.first != '{':
			index = m
		default:
			return nil
		}
	}
	if names == nil || rows == nil || index != nil && index.count != rows.count {
		return nil
	}
	t.kind, t.names, t.offsets = splitRows, names.names, []int64{rows.offset}
	if index != nil {
		t.index = index.offset
	}
	return t
}

// isIndex tells whether a key is what rows are numbered by: a whole number or a time.
func isIndex(key string) bool {
	l := lookOf([]byte(key), moment.UTC())
	return l == whole || l == instant
}

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
	if file, err = os.CreateTemp("", "ovate-*"); err != nil {
		return nil, 0, err
	}
	in.spools = append(in.spools, file)
	if err := os.Remove(file.Name()); err != nil {
		return nil, 0, err
	}
	w := bufio.NewWriterSize(file, 256<<10)
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
	room := max(4<<10, min(64<<10, (32<<20)/len(t.offsets)))
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
	s := &syntax{data: key[1 : len(key)-1]}
	if n := len(s.data); n > 0 && n < 19 && s.peek(0)-'0' <= 9 && s.digits(0) == n && (n == 1 || s.data[0] != '0') {
		return append(dst, s.data...)
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
					if err := w.field(keyColumn); err != nil {
						return err
					}
					w.line = appendKey(w.line, key)
				} else if !bytes.Equal(own, key) {
					return fmt.Errorf("holds columns of values by keys, of which row %d has the key %s in column %s, and %s in column %s: these are not the same rows. --json-path . takes the object itself for a row", w.row+1, key, w.names[0], own, w.names[i])
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

// writeKeyed writes the objects, each with its key before the others.
func (w *turner) writeKeyed() error {
	for i, column := range w.columns {
		w.line = append(w.line[:0], '{')
		if err := w.field(keyColumn); err != nil {
			return err
		}
		key, err := json.Marshal(w.names[i])
		if err != nil {
			return err
		}
		w.line = appendKey(w.line, key)
		for end := byte(','); end == ','; {
			if w.line, end, err = column.raw(append(w.line, ',')); err != nil {
				return err
			}
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
			if err := w.field(indexColumn); err != nil {
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
		list := append(w.scratch, make([]byte, padding)...)[:len(w.scratch)]
		s := &syntax{data: list}
		n := 0
		for i := s.blanks(1); s.peek(i) != ']'; n++ {
			next := outline(list, i)
			if s.peek(0) != '[' || next < 0 || n == len(w.names) {
				return fmt.Errorf("row %d (%s) is no list of a value for each of the %d columns", w.row+1, shown(list), len(w.names))
			}
			if err := w.field(w.names[n]); err != nil {
				return err
			}
			w.line = append(w.line, list[i:next]...)
			if i = s.blanks(next); s.peek(i) == ',' {
				i = s.blanks(i + 1)
			}
		}
		if n != len(w.names) {
			return fmt.Errorf("row %d (%s) has only %s, and there are %d columns", w.row+1, shown(list), plural(n, "value"), len(w.names))
		}
		if err := w.end(); err != nil {
			return err
		}
	}
	return nil
}
