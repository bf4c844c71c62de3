package table

import (
	"bytes"
	"strings"

	"ovate/internal/moment"
)

// MostColumns is how many columns the inputs may have together: what is kept in mind of one takes kilobytes.
const MostColumns = 20_000

// What is looked at of the beginning, at most.
const (
	headRows  = 1000
	headCells = 300_000 // that a beginning of headBytes never has
)

// lookText finds the dialect of a text file. What is not told is what makes its lines agree.
func (in *Input) lookText(head []byte, whole bool, o Options) error {
	d := &in.Dialect
	times := moment.UTC()
	delimiter := o.delimiter()
	head, delimiter = d.skipFirst(head, delimiter)
	if delimiter == "" && o.Quote == "" && o.Format != "csv" {
		if rest, drawn := d.findFrame(head); drawn {
			return in.lookFramed(rest, whole, o, times)
		}
	}
	head = d.skipComments(head, o)
	in.effects.comment.Store(d.Comment != "" && len(d.comments) > 0)
	if taken, err := in.takeDeclared(head, whole, delimiter, o, times); taken || err != nil {
		return err
	}
	if in.findLog(head, whole, o, times) {
		return nil
	}
	if err := in.findDelimiter(head, whole, delimiter, o, times); err != nil {
		return err
	}
	if o.Quote == "" && in.hasSingleQuotes(head, whole) {
		d.Quote = '\''
	}
	if o.Escape == `\` || o.Escape == "" && d.Quote != 0 && d.hasEscapes(head) {
		d.Escape = '\\'
	}
	sample := d.sample(head, whole)
	if at, sure := newTitled(sample, times).header(); sure {
		sample = sample[at:]
	}
	d.Trim = delimiter == "" && d.Delimiter != "" && d.Delimiter != " " && allBlank(sample)
	in.effects.meet(head)
	records := d.nameByComment(d.sample(head, whole), o, times)
	if o.SkipLines == nil && o.Header == nil {
		kept, err := in.skipTitles(records, times)
		if err != nil {
			return err
		}
		records = kept
	}
	for _, r := range records {
		in.effects.meetQuotes(r.cells)
	}
	d.lookAround(records, times)
	if err := in.findHeader(records, o, times); err != nil {
		return err
	}
	d.takeBack(records, o, times)
	d.countHashes(head, whole)
	return nil
}

// skipFirst leaves out blank lines, and the line by which Excel is told the delimiter.
func (d *Dialect) skipFirst(head []byte, told string) (rest []byte, delimiter string) {
	for {
		line, after, ended := bytes.Cut(head, []byte{d.Break})
		text := strings.TrimSpace(string(line))
		switch {
		case !ended:
			return head, told
		case len(text) == 5 && strings.HasPrefix(strings.ToLower(text), "sep="):
			if told == "" {
				told = text[4:]
			}
		case text != "" || strings.Trim(string(line), " \r") != "":
			return head, told
		}
		d.Skip++
		head = after
	}
}

// record is one row of the beginning.
type record struct {
	cells  []Cell
	line   int64
	why    string
	marked bool   // it may be a comment
	lines  []int  // fields in each of its lines by themselves, if they are several
	raw    []byte // as it is written; nil where it is no line
}

// sample is the rows of the beginning as this dialect has them, without comments and without one that is cut off.
func (d *Dialect) sample(head []byte, whole bool) []record {
	return withoutComments(d.rowsOf(head, whole))
}

// countHashes sets how many rows of the beginning begin with the mark of comments.
func (d *Dialect) countHashes(head []byte, whole bool) {
	if !d.Comments || bytes.IndexByte(head, commentMark) < 0 {
		return
	}
	n, all := 0, 0
	for _, r := range d.rowsOf(head, whole) {
		all++
		if r.marked && len(r.cells) == len(d.Columns) {
			n++
		}
	}
	switch {
	case n*3 >= all:
		d.hashes = 2
	case n > 0:
		d.hashes = 1
	}
}

// rowsOf is the rows of the beginning, and what may be comments.
func (d *Dialect) rowsOf(head []byte, whole bool) (records []record) {
	f := &fields{Dialect: d, delimiter: []byte(d.Delimiter), most: MostColumns}
	for line, kept := d.Skip+1, 0; f.at < len(head) && len(records) < headRows && kept < headCells; {
		begin := f.at
		f.reset()
		if f.skipLine(head, line) {
			line++
			continue
		}
		f.record(head)
		if !whole && f.at == len(head) && len(records) > 0 {
			break
		}
		if !f.blank() && !(d.Delimiter == "" && f.dashes()) {
			cells := make([]Cell, len(f.cells))
			for i, c := range f.cells {
				cells[i] = Cell{Kind: c.Kind, Raw: bytes.Clone(c.Raw)}
			}
			r := record{cells: cells, line: line, why: f.why, marked: d.marks(head[begin:f.at]), raw: bytes.Clone(head[begin:f.at])}
			if text := bytes.TrimSuffix(head[begin:f.at], []byte{d.Break}); len(records) == 0 && d.Delimiter != "" && !d.QuoteTold {
				r.lines = fieldsByLine(text, d)
			}
			records, kept = append(records, r), kept+len(cells)
		}
		line += int64(bytes.Count(head[begin:f.at], []byte{d.Break}))
	}
	return records
}

// fieldsByLine counts the fields in each line of a row, as if there were no quotes; nil if it is one line.
func fieldsByLine(row []byte, d *Dialect) (counts []int) {
	if bytes.IndexByte(row, d.Break) < 0 {
		return nil
	}
	for line := range bytes.SplitSeq(row, []byte{d.Break}) {
		counts = append(counts, bytes.Count(line, []byte(d.Delimiter))+1)
	}
	return counts
}

// hasSingleQuotes tells whether a column has all its values in single quotes, and none are in double ones.
func (in *Input) hasSingleQuotes(head []byte, whole bool) bool {
	one := in.Dialect
	if one.Delimiter == "" || bytes.IndexByte(head, '\'') < 0 {
		return false
	}
	for _, r := range one.sample(head, whole) {
		for _, c := range r.cells {
			if c.Kind == Quoted {
				return false
			}
		}
	}
	one.Quote = '\''
	quoted, others := map[int]int{}, map[int]int{}
	for _, r := range one.sample(head, whole) {
		if r.why != "" {
			return false
		}
		for i, c := range r.cells {
			switch c.Kind {
			case Quoted:
				quoted[i]++
			case Text:
				others[i]++
			}
		}
	}
	for i, n := range quoted {
		if others[i] <= 1 && n > others[i] { // the header may be without quotes
			return true
		}
	}
	return false
}

// hasEscapes tells whether a backslash stands before a quote that does not end its field.
func (d *Dialect) hasEscapes(head []byte) bool {
	escaped := []byte{'\\', d.Quote}
	for i := 0; ; {
		n := bytes.Index(head[i:], escaped)
		if n < 0 {
			return false
		}
		i += n + len(escaped)
		after := bytes.TrimLeft(head[i:], "\r")
		ends := d.Delimiter != "" && bytes.HasPrefix(after, []byte(d.Delimiter)) || d.Delimiter == "" && len(after) > 0 && isBlank(after[0])
		if len(after) > 0 && after[0] != d.Break && after[0] != '\n' && after[0] != d.Quote && !ends {
			return true
		}
	}
}

// allBlank tells whether every field but the first of each row has a blank before it.
func allBlank(records []record) bool {
	seen := false
	for _, r := range records {
		for i, c := range r.cells {
			if i == 0 || c.Kind == Empty || c.Kind == Quoted {
				continue
			}
			if len(c.Raw) == 0 || c.Raw[0] != ' ' {
				return false
			}
			seen = true
		}
	}
	return seen && len(records) > 1
}
