package table

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"ovate/internal/moment"
	"ovate/internal/quantity"
)

// commentMark begins a comment unless the caller says otherwise.
const commentMark = '#'

// skipComments leaves out the comments at the beginning, and blank lines among them, and keeps what they say.
func (d *Dialect) skipComments(head []byte, o Options) []byte {
	mark := string(commentMark)
	switch d.Comments = o.Comment == ""; o.Comment {
	case "":
	case "none":
		return head
	default:
		d.Comment, mark = o.Comment, o.Comment
	}
	if o.SkipLines != nil {
		return head
	}
	rest, line := head, d.Skip
	for len(rest) > 0 {
		text, after, _ := bytes.Cut(rest, []byte{d.Break})
		switch {
		case bytes.HasPrefix(text, []byte(mark)):
			for bytes.HasPrefix(text, []byte(mark)) {
				text = text[len(mark):]
			}
			d.comments = append(d.comments, record{cells: []Cell{{Raw: text}}, line: line + 1})
		case len(d.comments) == 0 || len(bytes.TrimSpace(text)) > 0:
			return rest
		}
		line++
		rest = after
		d.Skip = line
	}
	return rest
}

// nameByComment sets the comment that names the columns before the rows, if they have no header of their own: the last that has as many words as they
// have fields, as NumPy and others write it.
func (d *Dialect) nameByComment(records []record, o Options, times *moment.Reader) []record {
	if len(d.comments) == 0 || len(records) == 0 || o.Header != nil && !*o.Header || isHeader(records[0], records[1:], times) && standsAbove(records[0], records[1:], times) {
		return records
	}
	f := &fields{Dialect: d, delimiter: []byte(d.Delimiter)}
	width, most := commonWidth(records), 0
	for _, r := range records {
		most = max(most, len(r.cells))
	}
	for i, comment := range slices.Backward(d.comments) {
		text := comment.cells[0].Raw
		prose := len(text) > 0 && text[0] == ' '
		text = bytes.TrimLeft(text, " ")
		if f.at = 0; len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		f.reset()
		f.record(append(bytes.Clone(text), make([]byte, padding)...)[:len(text)])
		one := record{cells: slices.Clone(f.cells), line: d.Skip}
		if len(one.cells) > most { // several tabs may make names stand above their columns
			one.cells = slices.DeleteFunc(one.cells, func(c Cell) bool { return c.Kind == Empty })
		}
		n := len(one.cells)
		if n > 1 && len(one.cells[0].Raw) == 0 {
			one.cells[0] = Cell{Kind: Text, Raw: []byte{commentMark}}
		}
		named := f.why == "" && n > 1 && (n == width || n == most) && isHeader(one, records, times) && !valuesAbove(one, records, times)
		switch words := slices.ContainsFunc(one.cells, inWords); {
		case named && (!words && d.fullComments(n) < 2 || standsAbove(one, records, times)):
			d.named = comment.line
			return append([]record{one}, records...)
		case named && !prose && i == len(d.comments)-1 && d.Delimiter != "" && d.Delimiter != ",": // no prose has tabs or semicolons between its words
			d.named = comment.line
			return append([]record{one}, records...)
		case named && d.perhaps == 0 && d.Delimiter != "" && (d.Trim || !slices.ContainsFunc(one.cells[1:], beginsBlank)):
			d.perhaps = comment.line
		}
		if d.Delimiter == "" {
			break // words of other comments may be as many by chance
		}
	}
	return records
}

// takeBack makes rows of the comments right before the first row, but for one that names the columns, where no header stands between them and these
// are like rows: they have as many fields, right behind the mark, and numbers and times where rows have them.
func (d *Dialect) takeBack(rows []record, o Options, times *moment.Reader) {
	if d.Header && d.named == 0 || !d.Comments || o.Comment != "" || o.SkipLines != nil {
		return
	}
	if d.named > 0 {
		rows = rows[1:]
	}
	typed := make([]bool, len(d.Columns)) // by what rows there are, even by one alone
	for i := range typed {
		typed[i] = columnLook(rows, i, times) > word
	}
	if !slices.Contains(typed, true) && d.fullComments(len(d.Columns)) < 2 {
		return
	}
	f := &fields{Dialect: d, delimiter: []byte(d.Delimiter)}
	for _, comment := range slices.Backward(d.comments) {
		text := comment.cells[0].Raw
		if comment.line != d.Skip || comment.line == d.named || len(text) == 0 || text[0] == ' ' {
			return
		}
		f.at = 0
		f.reset()
		f.record(append(bytes.Clone(text), make([]byte, padding)...)[:len(text)])
		if f.why != "" || len(f.cells) != len(d.Columns) {
			return
		}
		for i, c := range f.cells {
			if typed[i] && lookOf(c.Raw, times) == word {
				return
			}
		}
		d.Skip--
	}
}

// fullComments counts the comments that are like rows, right before the first: with so many fields right behind the mark, none of which begins with a blank.
func (d *Dialect) fullComments(width int) (n int) {
	if d.Delimiter == "" {
		return 0
	}
	f := &fields{Dialect: d, delimiter: []byte(d.Delimiter)}
	for _, comment := range slices.Backward(d.comments) {
		text := comment.cells[0].Raw
		f.at = 0
		f.reset()
		f.record(append(bytes.Clone(text), make([]byte, padding)...)[:len(text)])
		if f.why != "" || len(f.cells) != width || width < 2 || slices.ContainsFunc(f.cells, beginsBlank) {
			break
		}
		n++
	}
	return n
}

// valuesAbove tells whether one of the fields of a record is a number or a time above words, where a name would be a word.
func valuesAbove(first record, rest []record, times *moment.Reader) bool {
	for i, c := range first.cells {
		if lookOf(c.Raw, times) > word && columnLook(rest, i, times) == word {
			return true
		}
	}
	return false
}

// beginsBlank tells whether a field begins with a blank, as behind the commas of prose.
func beginsBlank(c Cell) bool { return len(c.Raw) > 0 && c.Raw[0] == ' ' }

// inWords tells whether a field is more than one word.
func inWords(c Cell) bool { return bytes.ContainsRune(bytes.TrimSpace(c.Raw), ' ') }

// standsAbove tells whether one of the texts of a record stands above numbers or times.
func standsAbove(first record, rest []record, times *moment.Reader) bool {
	for i, c := range first.cells {
		if lookOf(c.Raw, times) == word && columnLook(rest, i, times) > word {
			return true
		}
	}
	return false
}

// withoutComments leaves out the records that may be comments and have other fields than those that are none.
func withoutComments(records []record) []record {
	if !slices.ContainsFunc(records, func(r record) bool { return r.marked }) {
		return records
	}
	width := commonWidth(slices.DeleteFunc(slices.Clone(records), func(r record) bool { return r.marked }))
	for i := len(records) - 1; i > 0; i-- {
		if r := &records[i]; r.marked && width > 0 && len(r.cells) != width {
			records = slices.Delete(records, i, i+1)
		}
	}
	return records
}

// skipComment goes behind the line at hand if it is a comment by what the caller says.
func (f *fields) skipComment(data []byte) bool {
	if len(f.Comment) == 0 || !bytes.HasPrefix(data[f.at:], []byte(f.Comment)) {
		return false
	}
	if f.in != nil {
		f.in.effects.comment.Store(true)
	}
	f.at = min(lineEnd(data, f.at, f.Break)+1, len(data))
	return true
}

// isComment tells whether the row at hand, which begins with the mark of comments and goes from a line to another one, is one, as it has too few or too
// many fields. Where it has as many as there are columns it is counted, to be told. One that goes on over several lines is refused: the quote in
// it may be of a comment, and rows in the other lines.
func (f *fields) isComment(line, last int64) bool {
	switch {
	case !f.Comments:
	case f.why == "":
		f.marked.add(line)
	case last > line && len(f.cells) != len(f.columns):
		f.kind = ""
		f.why = fmt.Sprintf("begins with #, and a quote in it goes on to line %d, which would be a part of a comment; «--comment '#'» takes the lines that begin with # for comments, and no others", last)
	case len(f.cells) != len(f.columns) && (f.hashes > 1 || f.hashes > 0 && len(f.cells) > 1 && len(f.cells)+1 >= len(f.columns)):
		f.why += "; other rows begin with #, too, so that it may be one of them; «--comment '#'» takes all lines that begin with # for comments"
	case len(f.cells) != len(f.columns):
		f.odd |= oddFault
		f.in.tell(line, "begins with #, has not as many fields as there are columns, and is left out as a comment; «--comment none» takes none for one")
		return true
	default:
		f.why += "; if it is a comment, say «--comment '#'»"
	}
	return false
}

// noteComments tells what the comments before the rows became.
func (t *Table) noteComments(in *Input) {
	d := &in.Dialect
	if d.named > 0 && d.declared != nil {
		t.noteOf(in, "%s", d.declared.tell(d))
	} else if d.named > 0 {
		t.noteOf(in, "line %d, a comment, names the columns. «--no-header» names them by their places, «--skip-lines %[1]d» «--header» takes the line behind it for the header.%s",
			d.named, d.tellBeside())
	} else if d.perhaps > 0 {
		header := ""
		if !d.Header {
			header = ", «--header» the first line behind the comments"
		}
		t.noteOf(in, "line %d, a comment, has as many fields as the columns, and is not taken for their names. «--skip-lines %d» takes it for the header%s.", d.perhaps, d.perhaps-1, header)
	}
	if d.Comment != "" && t.options.Comment == "" {
		t.noteOf(in, "lines that begin with %s are left out as comments.", strings.TrimSpace(d.Comment))
	}
}

// tellBeside tells of the comments that say something beside the one that names the columns, and are left out.
func (d *Dialect) tellBeside() string {
	var beside []record
	for _, c := range d.comments {
		if c.line != d.named && c.line <= d.Skip && len(bytes.TrimSpace(c.cells[0].Raw)) > 0 {
			beside = append(beside, c)
		}
	}
	if len(beside) == 0 {
		return ""
	}
	flag := d.undo("; ", undoComments, " takes lines that begin with # for rows")
	return fmt.Sprintf(" Left out: %s beside it, the first %q in line %d%s.", quantity.Of(len(beside), "comment"), shown(beside[0].cells[0].Raw), beside[0].line, flag)
}
