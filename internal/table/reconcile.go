package table

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// reconcile sees to it that all inputs are of the same table, and tells where their columns differ.
func (t *Table) reconcile() error {
	first := t.Inputs[0]
	for _, in := range t.Inputs[1:] {
		a, b := &first.Dialect, &in.Dialect
		if (a.Format == "json") != (b.Format == "json") {
			return fmt.Errorf("%s is %s, and %s is %s: files of one command hold the same table in the same format; ingest it on its own, with --append", in.Name, b.Format, first.Name, a.Format)
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
			return fmt.Errorf("%s line %d names no columns, as line %d of %s does: either all files have a header or none, else their values cannot be told apart. --header or --no-header says which, for all files",
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
	if len(missing) == len(a) {
		return fmt.Errorf("%s%s: none of its columns (%s) is in %s (%s): it is another table; leave it out here and ingest it on its own", in.Name, place, some(b), first.Name, some(a))
	}
	if len(missing) > 0 {
		t.note("%s has no column %s, unlike %s; there it is null.", in.Name, some(missing), first.Name)
	}
	if len(more) > 0 {
		t.note("%s has a column that %s has not: %s.", in.Name, first.Name, some(more))
	}
	return nil
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
			path = fmt.Sprintf("--json-path %s takes that list in all files; ", strings.Join(holder.Dialect.path, "."))
		}
		return fmt.Errorf("in %s %s, and %s: files of one command hold their rows in the same way. %s--json-path . takes the objects themselves for rows, in all files; or ingest %s on its own, with --append",
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
		return fmt.Errorf("the first list of %s names no columns, as that of %s does: either all files have such a list or none, else their values cannot be told apart. --header or --no-header says which, for all files",
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
		return "the rows are the list " + strings.Join(d.path, ".")
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
	if d.Format == "json" {
		if d.turned != nil {
			beside := ""
			if len(d.beside) > 0 {
				beside = "; left out is " + some(d.beside)
			}
			t.note("%s: %s%s. --json-path . takes the object itself for a row.", in.Name, d.turned.tell(), beside)
		}
		if len(d.tables) > 0 {
			t.note("%s: it is taken for one row, in which there may be rows by columns or by keys: %s. --json-path %q takes those.", in.Name, some(d.tables), d.tables[0])
		}
		if d.Header {
			t.note("%s: the first list is taken for the names of the columns; --no-header takes it for a row.", in.Name)
		}
		if d.wrapped {
			beside := ""
			if len(d.beside) > 0 {
				beside = "; what stands beside it is left out: " + some(d.beside)
			}
			t.note("%s: the rows are the list %s%s. --json-path . takes the object itself for a row.", in.Name, strings.Join(d.path, "."), beside)
		}
		return
	}
	if d.log {
		t.note("%s: its lines are taken for those of a log: a time, column %s, and what stands behind it, column %s. --delimiter parts them otherwise.", in.Name, d.Columns[0], d.Columns[1])
		if d.maybeZone != "" {
			t.note("%s: the messages begin with %s, which is not taken for the zone of the times. --time-zone Europe/Berlin takes them for local times there.", in.Name, d.maybeZone)
		}
	}
	if d.access {
		t.note("%s: its lines are taken for those of a web server's access log, whose columns are named so: %s. --delimiter %q parts them at every blank, and names none.", in.Name, strings.Join(d.Columns, ", "), blanks)
	}
	if d.RowNames {
		t.note("%s: its header has a name less than its rows have fields, as R writes row names: the first field is column %s.", in.Name, d.Columns[0])
	}
	if d.alone {
		t.note("%s: each line is taken for one value, as nothing parts all lines into as many fields. If columns of a fixed width do, make a file with delimiters of it; --delimiter says what parts them: %q for any number of blanks.", in.Name, blanks)
	}
	if d.Trails {
		t.note("%s: its header ends in a delimiter, after which there is no column.", in.Name)
	}
	if d.Trailing {
		t.note("%s: every line ends in a delimiter, after which there is no column.", in.Name)
	}
	if d.Trim {
		t.note("%s: blanks after delimiters do not belong to the values.", in.Name)
	}
	if d.Quote == '\'' {
		t.note("%s: values are in single quotes, which do not belong to them. --quote none keeps them.", in.Name)
	}
	if d.Escape != 0 {
		t.note("%s: a backslash before a quote makes it part of the value. --escape none keeps it.", in.Name)
	}
	t.noteComments(in)
	if d.titles > 0 {
		t.note("%s: line %d is taken for the header, and the %s before it, beginning with %q, for a title that is left out; --skip-lines 0 takes the first line for the header.",
			in.Name, d.Skip, plural(int(d.titles), "line"), d.title)
	} else if lines := d.Skip; d.Header && lines > 1 && d.named == 0 {
		t.note("%s: the header ends in line %d; what stands before it is left out.", in.Name, lines)
	} else if !d.Header && lines > 0 {
		advice := ""
		if len(d.comments) > 0 && d.Comments {
			advice = " --comment none takes lines that begin with # for rows."
		}
		t.note("%s: what stands before the first row is left out: %s.%s", in.Name, plural(int(lines), "line"), advice)
	}
	switch {
	case !d.guessed || d.access || d.Log():
	case d.Header:
		t.note("%s: line %d is taken for the names of the columns, by its place alone; --no-header makes a row of it.", in.Name, max(1, d.Skip))
	default:
		t.note("%s: no line is taken for the names of the columns; --header takes the first one.", in.Name)
	}
	const most = 20
	for _, rename := range d.renamed[:min(len(d.renamed), most)] {
		t.note("%s: column %q is named %q.", in.Name, rename.from, rename.to)
	}
	if more := len(d.renamed) - most; more > 0 {
		t.note("%s: %s more of its columns are named otherwise than in its header, the last of them %q.", in.Name, strconv.Itoa(more), d.renamed[len(d.renamed)-1].to)
	}
}
