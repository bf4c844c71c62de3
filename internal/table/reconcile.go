package table

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"ovate/internal/choice"
	"ovate/internal/note"
	"ovate/internal/quantity"
	"ovate/internal/shell"
)

// reconcile sees to it that all inputs are of the same table, and tells where their columns differ.
func (t *Table) reconcile() error {
	first := t.Inputs[0]
	for _, in := range t.Inputs[1:] {
		a, b := &first.Dialect, &in.Dialect
		if (a.Format == "json") != (b.Format == "json") {
			return fmt.Errorf("%s is %s, and %s is %s: files of one command hold the same table in the same format; ingest it on its own, with «--append»", in.Name, b.Format, first.Name, a.Format)
		}
		if b.Format == "json" {
			if err := t.reconcileJSON(first, in); err != nil {
				return err
			}
			continue
		}
		if a.Header != b.Header {
			with, without := first, in
			if b.Header {
				with, without = in, first
			}
			return fmt.Errorf("%s line %d names no columns, as line %d of %s does: either all files have a header or none, else their values cannot be told apart. «--header» or «--no-header» says which, for all files",
				without.Name, without.Dialect.Skip+1, with.Dialect.Skip, with.Name)
		}
		if !a.Header {
			if len(a.Columns) != len(b.Columns) {
				return fmt.Errorf("%s line %d has %d fields, and %s has %d: without a header they have to agree", in.Name, b.Skip+1, len(b.Columns), first.Name, len(a.Columns))
			}
			continue
		}
		if err := t.compareColumns(first, in, fmt.Sprintf(" line %d", b.Skip)); err != nil {
			return err
		}
	}
	for _, in := range t.Inputs {
		t.noteHeader(in)
	}
	return nil
}

// compareColumns tells where the columns of inputs with headers differ, and refuses one that has none of the first one's.
func (t *Table) compareColumns(first, in *Input, place string) error {
	a, b := first.Dialect.Columns, in.Dialect.Columns
	missing, more := without(a, b), without(b, a)
	only := differInCase(missing, more)
	if only != "" && len(missing) == len(a) {
		return fmt.Errorf("%s%s: its columns (%s) are those of %s (%s) but for the case of their letters, and Druid tells %s apart: write them alike, or ingest it on its own", in.Name, place, some(b), first.Name, some(a), only)
	}
	if len(missing) == len(a) {
		return fmt.Errorf("%s%s: none of its columns (%s) is in %s (%s): it is another table, to be ingested on its own", in.Name, place, some(b), first.Name, some(a))
	}
	if len(missing) > 0 {
		t.noteOf(in, "it has no column %s, unlike %s; there it is null.", some(missing), first.Label)
	}
	if len(more) > 0 {
		t.noteOf(in, "it has a column that %s has not: %s.", first.Label, some(more))
	}
	if only != "" {
		t.noteOf(in, "%s differ in the case of their letters alone, by which Druid tells columns apart.", only)
	}
	return nil
}

// differInCase names the first two of some names and others that only the case of their letters tells apart, "" if there are none.
func differInCase(names, others []string) string {
	for _, name := range names {
		for _, other := range others {
			if name != other && strings.EqualFold(name, other) {
				return name + " and " + other
			}
		}
	}
	return ""
}

// reconcileJSON refuses inputs of which one is an object that holds the rows, and another has objects that are rows: which of them is meant must not
// depend on how many objects a file has.
func (t *Table) reconcileJSON(first, in *Input) error {
	a, b := &first.Dialect, &in.Dialect
	if a.within() != b.within() {
		holder, other := first, in
		if a.within() == "" {
			holder, other = in, first
		}
		how := "the rows of " + other.Name + " are taken as they stand"
		if within := other.Dialect.within(); within != "" {
			how = "in " + other.Name + " " + within
		}
		path := ""
		if len(holder.Dialect.path) > 0 {
			path = choice.FlagWord("--json-path", keyPath(holder.Dialect.path)) + " takes that list in all files; "
		}
		return fmt.Errorf("in %s %s, and %s: files of one command hold their rows in the same way. %s«--json-path .» takes the objects themselves for rows, in all files; or ingest %s on its own, with «--append»",
			holder.Name, holder.Dialect.within(), how, path, holder.Name)
	}
	switch {
	case b.turned != nil || len(a.Columns) == 0 || len(b.Columns) == 0:
		return nil
	case a.Header != b.Header:
		with, without := first, in
		if b.Header {
			with, without = in, first
		}
		return fmt.Errorf("the first list of %s names no columns, as that of %s does: either all files have such a list or none, else their values cannot be told apart. «--header» or «--no-header» says which, for all files",
			without.Name, with.Name)
	case a.Header:
		return t.compareColumns(first, in, "")
	case len(a.Columns) != len(b.Columns):
		return fmt.Errorf("the first list of %s has %d values, and that of %s has %d: without a header they have to agree", in.Name, len(b.Columns), first.Name, len(a.Columns))
	}
	return nil
}

// within says in which way an object holds the rows; "" if none does, or the caller named the list.
func (d *Dialect) within() string {
	switch {
	case d.turned != nil:
		return d.turned.tell()
	case d.wrapped:
		return "the rows are the list " + keyPath(d.path)
	}
	return ""
}

// without are the names that are not among the others.
func without(names, others []string) (left []string) {
	for _, name := range names {
		if !slices.Contains(others, name) {
			left = append(left, name)
		}
	}
	return left
}

// noteHeader tells what the header's names, or what stands before it, became.
func (t *Table) noteHeader(in *Input) {
	d := &in.Dialect
	if d.overruled != "" {
		t.noteOf(in, "%s", d.overruled)
	}
	if d.Format == "json" {
		t.noteObjects(in)
		return
	}
	t.noteParting(in)
	t.noteMarks(in)
	t.noteComments(in)
	t.noteBefore(in)
	switch {
	case !d.guessed || d.access || d.Log():
	case d.Header:
		t.noteOf(in, "line %d is taken for the names of the columns, by its place alone; «--no-header» makes a row of it.", max(1, d.Skip))
	default:
		t.noteOf(in, "no line is taken for the names of the columns; «--header» takes the first one.")
	}
	if d.around != "" {
		t.noteOf(in, "%s", d.around)
	}
	t.noteNames(in)
}

// noteObjects tells where in its JSON the rows of an input are.
func (t *Table) noteObjects(in *Input) {
	d := &in.Dialect
	if d.turned != nil {
		beside := ""
		if len(d.beside) > 0 {
			beside = "; left out is " + some(d.beside)
		}
		t.noteOf(in, "%s%s. «--json-path .» takes the object itself for a row.", d.turned.tell(), beside)
	}
	if len(d.tables) == 1 && d.tables[0] == everyKey {
		t.noteOf(in, "it is taken for one row. «--json-path %s» makes a row of each key and its value.", shell.Quote(everyKey))
	} else if len(d.tables) > 0 {
		t.noteOf(in, "it is taken for one row, in which there may be rows by columns or by keys: %s. %s takes those.", some(d.tables), choice.Flag("--json-path", d.tables[0]))
	}
	if d.Header {
		t.noteOf(in, "the first list is taken for the names of the columns; «--no-header» takes it for a row.")
	}
	if d.wrapped {
		beside := ""
		if len(d.beside) > 0 {
			beside = "; what stands beside it is left out: " + some(d.beside)
		}
		t.noteOf(in, "the rows are the list %s%s. «--json-path .» takes the object itself for a row.", keyPath(d.path), beside)
	}
}

// noteParting tells what parts the lines of an input into fields, where that is no delimiter alone.
func (t *Table) noteParting(in *Input) {
	d := &in.Dialect
	if d.frame != nil {
		t.noteOf(in, "%s%s", d.frame.tell(), d.undo(" ", undoFrame, " keeps the blanks."))
	}
	if d.places != nil && !d.places.words {
		t.noteOf(in, "its columns are read by where they begin and end, as some values have blanks or are empty.%s", d.undo(" ", undoPlaces, " parts lines at all blanks."))
	}
	if d.log {
		t.noteOf(in, "its lines are taken for those of a log: a time, column %s, and what stands behind it, column %s. «--delimiter» parts them otherwise.", d.Columns[0], d.Columns[1])
		if d.maybeZone != "" {
			t.noteOf(in, "the messages begin with %s, which is not taken for the zone of the times. «--time-zone Europe/Berlin» takes them for local times there.", d.maybeZone)
		}
	}
	if d.access {
		t.noteOf(in, "its lines are taken for those of a web server's access log, whose columns are named so: %s. «--delimiter %q» parts them at every blank, and names none.", strings.Join(d.Columns, ", "), blanks)
	}
	if d.RowNames {
		t.noteOf(in, "its header has a name less than its rows have fields, as R writes row names: the first field is column %s; «--skip-lines %d» «--no-header» names all columns by their places.", d.Columns[0], d.Skip)
	}
	if d.alone {
		t.noteOf(in, "each line is taken for one value, as nothing parts all lines into as many fields. If columns of a fixed width do, make a file with delimiters of it; «--delimiter» says what parts them: %q for any number of blanks.", blanks)
	}
}

// noteMarks tells which delimiters, blanks, quotes and backslashes do not belong to values.
func (t *Table) noteMarks(in *Input) {
	d := &in.Dialect
	if d.Trails {
		t.noteOf(in, "its header ends in a delimiter, after which there is no column%s.", d.undo("; with ", undoTrailing, " rows have to have one"))
	}
	if d.Trailing {
		t.noteOf(in, "every line ends in a delimiter, after which there is no column%s.", d.undo("; with ", undoTrailing, " the header has to name one"))
	}
	if d.Trim {
		t.noteOf(in, "blanks after delimiters do not belong to the values. %s keeps them.", d.delimiterFlag())
	}
	if d.Quote == '\'' && !d.QuoteTold {
		t.noteOf(in, "values are in single quotes, which do not belong to them.%s", d.undo(" ", undoQuotes, " keeps them."))
	}
	if d.Escape != 0 && t.options.Escape == "" {
		t.noteOf(in, "a backslash before a quote makes it part of the value, and within quotes two of them are one.%s", d.undo(" ", undoEscapes, " keeps them."))
	}
}

// noteBefore tells which lines before the header, or the first row, are left out.
func (t *Table) noteBefore(in *Input) {
	d := &in.Dialect
	if d.titles > 0 {
		t.noteOf(in, "line %d is taken for the header, and the %s before it, beginning with %q, for a title that is left out%s.",
			d.Skip, quantity.Of(int(d.titles), "line"), d.title, cmp.Or(d.undo("; ", undoTitles, " takes the first line for the header"), "; «--skip-lines N» takes another number of lines for it"))
	} else if lines := d.Skip; lines > 0 && d.named == 0 {
		advice := d.undo(" ", undoComments, " takes lines that begin with # for rows.")
		if d.Header && lines > max(1, d.headerLines) && (d.frame == nil || d.frame.title) {
			t.noteOf(in, "the header ends in line %d; what stands before it is left out.%s", lines, advice)
		} else if !d.Header {
			t.noteOf(in, "what stands before the first row is left out: %s.%s", quantity.Of(int(lines), "line"), advice)
		}
	}
}

// noteNames tells which columns are named otherwise than in the header.
func (t *Table) noteNames(in *Input) {
	var list note.List // of one sentence
	for _, rename := range in.Dialect.renamed {
		why := ""
		if slices.Contains(in.Dialect.Columns, rename.from) {
			why = fmt.Sprintf(", as another has its name (%s leaves it out)", choice.FlagWord("--drop", rename.to))
		}
		list.Add("", fmt.Sprintf("column %q is named %q%s", rename.from, rename.to, why), ".")
	}
	for _, text := range list.Texts(t.options.Verbose, t.options.ShowsNotes) {
		t.noteOf(in, "%s", text)
	}
}
