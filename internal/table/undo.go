package table

import (
	"bytes"
	"slices"
)

// Flags that undo a reading, as notes tell them.
const (
	undoQuotes   = "«--quote none»"
	undoEscapes  = "«--escape none»"
	undoComments = "«--comment none»"
	undoTitles   = "«--skip-lines 0» «--header»"
	undoTrailing = "«--no-fill»"
	undoPlaces   = "«--delimiter blanks»"
	undoFrame    = `«--delimiter "|"»`
)

// findUndoable finds out which of the flags that undo what was found read the beginning: a note tells no other. before is the dialect as it was when the text began.
func (in *Input) findUndoable(before Dialect, head []byte, whole bool, o Options) {
	d := &in.Dialect
	try := func(applies bool, flag string, say func(*Options)) {
		if !applies {
			return
		}
		said := o
		say(&said)
		other := &Input{Name: in.Name, Label: in.Label, Dialect: before}
		if other.lookText(head, whole, said) == nil && other.Dialect.takes(before.Skip, head, whole) {
			d.undoable = append(d.undoable, flag)
		}
	}
	try(d.Quote == '\'' && !d.QuoteTold, undoQuotes, func(o *Options) { o.Quote = "none" })
	try(d.Escape != 0 && o.Escape == "", undoEscapes, func(o *Options) { o.Escape = "none" })
	try(len(d.comments) > 0 && d.Comments, undoComments, func(o *Options) { o.Comment = "none" })
	try(d.titles > 0, undoTitles, func(o *Options) { o.SkipLines, o.Header = new(int64), new(true) })
	try(d.Trails || d.Trailing, undoTrailing, func(o *Options) { o.Fill = new(bool) })
	try(d.places != nil && !d.places.words, undoPlaces, func(o *Options) { o.Delimiter = blanks })
	try(d.frame != nil, undoFrame, func(o *Options) { o.Delimiter = "|" })
}

// takes tells whether all rows of the beginning, which has so many lines before it, have as many fields as there are columns.
func (d *Dialect) takes(skipped int64, head []byte, whole bool) bool {
	one := *d
	one.Skip = skipped
	for _, r := range one.sample(head, whole) {
		n := len(r.cells)
		if d.Trailing && n > 0 && len(bytes.TrimSpace(r.cells[n-1].Raw)) == 0 {
			n--
		}
		if r.line > d.Skip && (r.why != "" || n > len(d.Columns) || n < len(d.Columns)-d.Fill) {
			return false
		}
	}
	return true
}

// undo says what a flag does that undoes what was found; nothing if the file is not read with it.
func (d *Dialect) undo(before, flag, does string) string {
	if !slices.Contains(d.undoable, flag) {
		return ""
	}
	return before + flag + does
}
