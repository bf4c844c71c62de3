// Package table reads files of rows as people have them: JSON in any layout, csv with any delimiter, quotes and encoding,
// compressed or not, from files, folders, archives, URLs and standard input.
//
// Open looks at the beginning of every input and finds out how it is written. Scan reads all of it and yields every row, with
// its values as they are written. What is no row, or does not go with the header, is a Fault: nothing is left out, cut or
// replaced in silence. Which type a value has is left to the caller.
package table

import (
	"context"
	"errors"
	"sync"
)

// Options is what the caller knows already. What is empty is found out, for each input on its own.
type Options struct {
	Format    string // json, csv or tsv
	Header    *bool  // whether the first line of a text file names the columns
	Delimiter string // what stands between two fields of a text file: one character or several
	Quote     string // what stands around a field: one character, or "none"
	Escape    string // what stands before a quote that belongs to the value, besides another quote: a backslash, or "none"
	Encoding  string // utf-8, utf-16, latin-1 …
	JSONPath  string // the keys, joined by dots, under which a JSON object holds the list of rows
}

// Table is a number of inputs that hold rows of the same columns.
type Table struct {
	Inputs []*Input
	Notes  []string // whole sentences on what may surprise, as far as it was known after Open

	columns columns
	options Options
}

// Open lists the inputs that the arguments name, and finds out how each is written and which columns it has. An argument is a
// file, a folder, a pattern of file names, a URL, or "-" for standard input. Its errors name the argument or the input, and the
// line where there is one. The caller closes the table.
func Open(ctx context.Context, args []string, o Options) (*Table, error) {
	t := &Table{options: o, columns: columns{index: map[string]int32{}}}
	if err := t.list(args); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	for _, in := range t.Inputs {
		if err := ctx.Err(); err != nil {
			return nil, errors.Join(err, t.Close())
		}
		if err := in.look(o); err != nil {
			return nil, errors.Join(err, t.Close())
		}
		t.columns.of(in)
	}
	return t, nil
}

// Close removes what was stored in the meantime of inputs that can be read only once.
func (t *Table) Close() error { return nil }

// Columns are the names by Cell.Column. Those of JSON become known while the rows are read: it is to be called after Scan.
func (t *Table) Columns() []string {
	t.columns.mu.Lock()
	defer t.columns.mu.Unlock()
	return append([]string(nil), t.columns.names...)
}

// InOrder are the indexes of Columns in the order in which the columns come in the inputs, whatever came first while
// several workers read.
func (t *Table) InOrder() []int32 { return t.columns.inOrder() }

// Progress tells how many bytes have been read by the Scan at hand, and how many there are, both as they are stored.
func (t *Table) Progress() (read, total int64) {
	for _, in := range t.Inputs {
		read += in.consumed.Load()
		total += in.Size
	}
	return read, total
}

// columns are the names of all columns, which several workers may add to.
type columns struct {
	mu    sync.Mutex
	names []string
	first []position // where each came first
	index map[string]int32
}
