package table

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ovate/internal/moment"
)

// declaration is what a log says of its rows in lines that begin with #: the W3C's extended format, as web servers and others write it, or Zeek's.
type declaration struct {
	begin     string // of the line that names the columns
	separator string // of the names; "" if blanks part them
	names     []string
	line      int64
	null      string // what stands where there is no value; "" if nothing does
}

// The lines that name the columns, without the #.
const (
	extendedFields = "Fields:"
	zeekFields     = "fields"
)

// of reads the names in the line that has them, of which this is a part or all.
func (c *declaration) of(line []byte) []string {
	text := strings.TrimSpace(strings.TrimPrefix(string(line), c.begin))
	if c.separator == "" {
		return strings.Fields(text)
	}
	names := strings.Split(text, c.separator)
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	return names
}

// findDeclaration finds the last line before the rows that names their columns, and what else is said of them; nil if none does.
func (d *Dialect) findDeclaration() *declaration {
	separator, unset := "", "-"
	for _, c := range d.comments {
		switch word, rest, _ := strings.Cut(strings.TrimRight(string(c.cells[0].Raw), "\r"), " "); {
		case word == "separator":
			separator = unescaped(rest)
		case separator != "" && strings.HasPrefix(word, "unset_field"+separator):
			unset = strings.TrimPrefix(word, "unset_field"+separator)
		}
	}
	for _, c := range slices.Backward(d.comments) {
		text := c.cells[0].Raw
		found := &declaration{line: c.line, null: unset}
		switch {
		case separator != "" && bytes.HasPrefix(text, []byte(zeekFields+separator)):
			found.begin, found.separator = string(commentMark)+zeekFields+separator, separator
		case bytes.HasPrefix(text, []byte(extendedFields)):
			found.begin = string(commentMark) + extendedFields
			for _, separator := range [...]string{"\t", ",", ";"} {
				if bytes.Contains(bytes.TrimSpace(text[len(extendedFields):]), []byte(separator)) {
					found.separator = separator
					break
				}
			}
		default:
			continue
		}
		found.names = found.of(text[len(found.begin)-1:])
		if prose := (found.separator == "," || found.separator == ";") && !d.hasVersion(); len(found.names) > 1 && !prose {
			return found
		}
	}
	return nil
}

// hasVersion tells whether the comments say which program or version of the format a log is of: without that, commas may be those of a sentence.
func (d *Dialect) hasVersion() bool {
	return slices.ContainsFunc(d.comments, func(c record) bool {
		return bytes.HasPrefix(c.cells[0].Raw, []byte("Software:")) || bytes.HasPrefix(c.cells[0].Raw, []byte("Version:"))
	})
}

// unescaped is a separator as Zeek writes it: \x09 is a tab.
func unescaped(text string) string {
	text = strings.TrimSpace(text)
	if plain, err := strconv.Unquote(`"` + text + `"`); err == nil {
		return plain
	}
	return text
}

// takeDeclared finds the rows of a log that declares its columns. It is not one if its rows have not as many fields as there are names.
func (in *Input) takeDeclared(head []byte, whole bool, told string, o Options, times *moment.Reader) (taken bool, err error) {
	d := &in.Dialect
	if o.SkipLines != nil || o.Comment != "" && o.Comment != string(commentMark) {
		return false, nil
	}
	declared := d.findDeclaration()
	if declared == nil {
		return false, nil
	}
	one := *d
	one.Comments, one.Comment, one.declared = false, string(commentMark), declared
	one.QuoteTold, one.Quote = o.Quote != "", d.declaredQuote(declared)
	switch {
	case o.Quote == "none":
		one.Quote = 0
	case o.Quote != "":
		one.Quote = o.Quote[0]
	}
	if len(bytes.TrimSpace(head)) == 0 && whole {
		in.rows, d.declared = false, declared
		return true, nil
	}
	candidates := []string{declared.separator}
	switch {
	case told == blanks:
		candidates = []string{""}
	case told != "":
		candidates = []string{told}
	case o.Format == "csv":
		candidates = []string{","}
	case declared.begin == string(commentMark)+extendedFields:
		candidates = append(candidates, "\t", "", ",")
	}
	if n := bytes.Index(head, []byte(string(d.Break)+declared.begin)); n >= 0 { // it is for the scan to refuse other names there
		head, whole = head[:n+1], true
	}
	var records []record
	fits := slices.ContainsFunc(candidates, func(delimiter string) bool {
		one.Delimiter = delimiter
		records = one.sample(head, whole)
		return commonWidth(records) == len(declared.names)
	})
	if !fits {
		return false, nil
	}
	*d = one
	d.Format = "tsv"
	if d.Delimiter == "," {
		d.Format, declared.null = "csv", "" // which is nothing between two commas
	}
	if o.Header == nil || *o.Header {
		d.named, o.Header = declared.line, new(true)
		records = slices.Insert(records, 0, declared.record(d.Skip))
	}
	return true, in.findHeader(records, o, times)
}

// declaredQuote is what stands around fields: nothing in what Zeek and IIS write.
func (d *Dialect) declaredQuote(declared *declaration) byte {
	if strings.HasPrefix(declared.begin, string(commentMark)+zeekFields) || slices.ContainsFunc(d.comments, func(c record) bool {
		return bytes.HasPrefix(c.cells[0].Raw, []byte("Software: Microsoft Internet Information"))
	}) {
		return 0
	}
	return '"'
}

// record is the names as a header in some line.
func (c *declaration) record(line int64) record {
	r := record{line: line}
	for _, name := range c.names {
		r.cells = append(r.cells, Cell{Kind: Text, Raw: []byte(name)})
	}
	return r
}

// declaresAgain ends the scan where a line names other columns, which the rows behind it have.
func (f *fields) declaresAgain(b *Batch, text []byte, line int64) {
	c := f.declared
	if c == nil || b.stop != nil || !bytes.HasPrefix(text, []byte(c.begin)) || slices.Equal(c.of(text), c.names) {
		return
	}
	b.stop = fmt.Errorf("%s line %d (%s) names the columns again, but otherwise than line %d: what stands behind it belongs to other columns. Nothing was ingested. "+
		"Make two files of it and ingest both: columns are found by their names", f.in.Name, line, shown(bytes.TrimSpace(text)), c.line)
}

// emptyUnset empties the fields of the row at hand that say that there is no value.
func (f *fields) emptyUnset(line int64) {
	n := 0
	for i := range f.cells {
		if c := &f.cells[i]; c.Kind == Text && string(c.Raw) == f.declared.null {
			c.Kind, c.Raw = Empty, c.Raw[:0]
			n++
		}
	}
	if n > 0 {
		f.odd |= oddUnset
		f.unset.add(line)
	}
}

// tellUnset notes the rows of a batch with fields that say that there is no value.
func (f *fields) tellUnset() {
	if f.declared != nil && f.unset.count > 0 {
		f.in.tellAll(&f.unset, fmt.Sprintf("has %q where there is no value, as such logs do, and null there", f.declared.null))
	}
}

// tell says what the line is that names the columns.
func (c *declaration) tell(d *Dialect) string {
	other := cmp.Or(d.Delimiter, blanks)
	return fmt.Sprintf("line %d, which begins with %s, names the columns. «--no-header» names them by their places; «--skip-lines %d» «--no-header» %s takes the rows for those of any other text.",
		c.line, strings.TrimSpace(c.begin), d.Skip, delimiterFlagOf(other))
}
