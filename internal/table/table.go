// Package table reads files of rows as people have them: JSON in any layout, csv with any delimiter, quotes and encoding,
// compressed or not, from files, folders, archives, URLs and standard input.
//
// Open looks at the beginning of every input and finds out how it is written. Scan reads all of it and yields every row, with
// its values as they are written. What is no row, or does not go with the header, is a Fault: nothing is left out, cut or
// replaced in silence. Which type a value has is left to the caller.
package table

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"ovate/internal/note"
)

// Options is what the caller knows already. What is empty is found out, for each input on its own.
type Options struct {
	Format    string      // json, csv or tsv
	Header    *bool       // whether the first line of a text file names the columns
	SkipLines *int64      // how many lines stand before the header, or before the first row, in every input
	OmitLines []LineRange // lines behind the first that counts which are none, as a second line of a header
	Delimiter string      // what stands between two fields of a text file: one character or several
	Quote     string      // what stands around a field: one character, or "none"
	Comment   string      // how lines begin that are comments, or "none"
	Fill      *bool       // whether rows may lack their last fields
	Escape    string      // what stands before a quote that belongs to the value, besides another quote: a backslash, or "none"
	Encoding  string      // utf-8, utf-16, latin-1 …
	JSONPath  string      // the keys, joined by dots (a backslash before one that belongs to a key), under which a JSON object holds the list of rows, or with a star at the end, rows by key
	Verbose   bool        // notes name all columns that they are about
	// ShowsNotes is a sentence, with a blank before it, on how notes are shown that are left out as there are many like them.
	ShowsNotes string
	Stdin      io.Reader // what "-" stands for; os.Stdin if nil
	Watch      Watch     // told of what takes its time before a Scan; nil: nobody is
	Longest    int       // bytes of a row; 0: LongestRow
	Block      int       // bytes read at a time, which a worker takes; 0: as many as make it fast
}

// Watch is told when something begins that reads: what it is in one word, and a function that tells how many bytes of how many have been read, of 0 if that is not
// known. What it returns is called when that is over.
type Watch func(phase string, progress func() (read, total int64)) (done func())

// begin tells the watch, if there is one.
func (w Watch) begin(phase string, progress func() (read, total int64)) (done func()) {
	if w == nil {
		return func() {}
	}
	return w(phase, progress)
}

// Table is a number of inputs that hold rows of the same columns.
type Table struct {
	Inputs []*Input

	columns  columns
	options  Options
	opening  note.List // of Open
	spools   []io.Closer
	archives []io.Closer
	block    int // bytes read at a time
}

// Open lists the inputs that the arguments name, and finds out how each is written and which columns it has. An argument is a
// file, a folder, a pattern of file names, a file of an archive (a.zip:b.csv), a URL, or "-" for standard input. Its errors name the argument or the input, and the
// line where there is one. The caller closes the table.
func Open(ctx context.Context, args []string, o Options) (_ *Table, err error) {
	t := &Table{options: o, block: cmp.Or(o.Block, blockBytes), columns: columns{index: map[string]int32{}}}
	defer func() {
		if err != nil {
			err = errors.Join(err, t.Close())
		}
	}()
	if err := o.check(); err != nil {
		return nil, err
	}
	if len(args) == 0 {
		return nil, errors.New("no file given")
	}
	l := &lister{ctx: ctx, table: t}
	for _, arg := range args {
		if err := l.add(arg); err != nil {
			return nil, err
		}
	}
	if err := t.look(ctx); err != nil {
		return nil, err
	}
	if err := t.checkUse(); err != nil {
		return nil, err
	}
	t.label()
	if err := t.reconcile(); err != nil {
		return nil, err
	}
	for _, in := range t.Inputs {
		t.columns.of(in)
	}
	return t, nil
}

// look finds the dialect of every input. Those with nothing in them are left out, and told.
func (t *Table) look(ctx context.Context) error {
	var inputs []*Input
	var empty []string
	var looked looking
	var total int64
	for _, in := range t.Inputs {
		total += in.Size
	}
	defer t.options.Watch.begin("looking", func() (int64, int64) { return min(looked.read.Load(), total), total })()
	for _, in := range t.Inputs {
		if err := ctx.Err(); err != nil {
			return err
		}
		size := in.Size
		in.ctx, in.looked = ctx, &looked
		err := in.look(t.options)
		in.ctx, in.looked = nil, nil
		looked.before += size
		t.spools = append(t.spools, in.spools...)
		if err := ctx.Err(); err != nil { // whatever it became on its way
			return err
		}
		if err != nil {
			return fmt.Errorf("%s %w", in.Name, err)
		}
		if in.rows {
			inputs = append(inputs, in)
		} else {
			empty = append(empty, in.Name)
		}
	}
	switch {
	case len(inputs) == 0 && len(empty) == 1 && t.Inputs[0].Size == 0:
		return fmt.Errorf("%s is empty: there is not one byte in it", empty[0])
	case len(inputs) == 0 && len(empty) == 1 && t.Inputs[0].Dialect.declared != nil:
		return fmt.Errorf("%s has no rows: there is nothing in it but lines that begin with #", empty[0])
	case len(inputs) == 0 && len(empty) == 1:
		return fmt.Errorf("%s is empty: there is nothing in it but blank lines", empty[0])
	case len(inputs) == 0:
		return fmt.Errorf("all of these are empty: %s", some(empty))
	case len(empty) > 0:
		t.note("Left out, as there is nothing in them: %s.", some(empty))
	}
	t.Inputs = inputs
	return nil
}

// label names the inputs for notes, which repeat the names: without their folders, where the rest is another one for each.
func (t *Table) label() {
	seen := map[string]bool{}
	for _, in := range t.Inputs {
		in.Label = in.Name
		if !strings.Contains(in.Name, "://") {
			in.Label = filepath.Base(in.Name)
		}
		seen[in.Label] = true
	}
	if len(seen) == len(t.Inputs) {
		return
	}
	for _, in := range t.Inputs {
		in.Label = in.Name
	}
}

// Close gives back the memory and the disk of inputs that can be read only once, and closes archives.
func (t *Table) Close() error {
	var errs []error
	for _, c := range append(t.spools, t.archives...) {
		errs = append(errs, c.Close())
	}
	t.spools, t.archives = nil, nil
	return errors.Join(errs...)
}

func (t *Table) note(format string, args ...any) {
	t.opening.Tell(format, args...)
}

// noteOf notes something of an input, which is told once of all inputs that it is true of.
func (t *Table) noteOf(in *Input, format string, args ...any) {
	t.opening.AddKind(format, "", in.Label, ": "+fmt.Sprintf(format, args...))
}

// Notes are whole sentences on what may surprise: what is left out, and what is not read as it is written. They are complete
// after a Scan.
func (t *Table) Notes() *note.List {
	var notes note.List
	notes.Join(&t.opening)
	t.tellEffects(&notes)
	for _, in := range t.Inputs {
		in.resolveGaps()
		in.mu.Lock()
		for _, why := range slices.Sorted(maps.Keys(in.notes)) {
			advice := ""
			if n := in.notes[why]; why == whyAlone {
				advice = fmt.Sprintf("; if line %d is none, «--skip-lines %[1]d-%[1]d» leaves it out", n.line)
			}
			notes.AddKind(why, "", in.Label, fmt.Sprintf(": %s %s%s.", in.notes[why].lines(), why, advice))
		}
		if in.escaped.nulls.count > 0 && in.escaped.others.count > 0 {
			notes.AddKind("escapes", "", in.Label, fmt.Sprintf(": %s has a backslash that stays in the value as it is written. As there is %s, too, it may be what a database writes as COPY or INTO OUTFILE, where that is null («--null '\\N'») and this a tab, a line break or a backslash: %s.",
				in.escaped.others.lines(), copyNull, "have the database write csv (COPY … TO … WITH (FORMAT csv, HEADER))"))
		}
		if m := &in.marked; m.count > 0 && 2*m.count <= in.all { // else it is what the values are like, as colours are
			notes.AddKind("marked", "", in.Label, fmt.Sprintf(": %s begins with # and is taken for a row; «--comment '#'» leaves such lines out.", m.lines()))
		}
		in.mu.Unlock()
	}
	return &notes
}

// Columns are the names by Cell.Column. Those of JSON become known while the rows are read: it is to be called after Scan.
func (t *Table) Columns() []string { return t.ColumnsFrom(0) }

// ColumnsFrom are the names from a Cell.Column on that are known by now.
func (t *Table) ColumnsFrom(first int) []string {
	t.columns.mu.Lock()
	defer t.columns.mu.Unlock()
	return append([]string(nil), t.columns.names[first:]...)
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
