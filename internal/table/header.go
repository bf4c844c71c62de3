package table

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"ovate/internal/moment"
	"ovate/internal/quantity"
)

// longestName is how many bytes the name of a column may have, so that a text that was taken for one is not told again and again.
const longestName = 10_000

// findHeader decides whether the first row names the columns, and names them.
func (in *Input) findHeader(records []record, o Options, times *moment.Reader) error {
	d := &in.Dialect
	if len(records) == 0 {
		return fmt.Errorf("has no whole row in its first %d kB: %s", longHead>>10, "is it text with line ends?")
	}
	first, rest := records[0], records[1:]
	if len(first.cells) > MostColumns {
		return fmt.Errorf("line %d has more than %d fields, and %[2]d columns are the most that is read; its last one of those is %[3]q. If the names of its columns are values, such as days or ids, write each as a row of its own", first.line, MostColumns, shown(first.cells[MostColumns-1].Raw))
	}
	if slices.ContainsFunc(first.cells, hasReturn) {
		return fmt.Errorf("line %d has a carriage return within it: its lines end in different ways, some in carriage returns alone. Make them the same first: tr '\\r' '\\n' < FILE", first.line)
	}
	if n := len(first.lines); first.swallows(commonWidth(rest)) {
		return fmt.Errorf("line %d has a quote that ends in line %d, and each of these %d lines is like a row by itself; «--quote none» makes quotes part of the values, «--quote '%c'» takes it as it is",
			first.line, first.line+int64(n)-1, n, d.Quote)
	}
	is, sure := judgeHeader(first, d.beforeGap(rest), times)
	d.Header, d.guessed = d.titles > 0 || is, !sure && d.titles == 0 && d.named == 0
	if d.guessed && d.perhaps > 0 { // the comment may be the header, and the line behind it a row
		d.Header = false
	}
	if o.Header != nil {
		d.Header, d.guessed = *o.Header, false
	}
	width := commonWidth(rest)
	d.Exact = o.Fill != nil && !*o.Fill
	ends := trailing(records) // if rows end in a delimiter, the field behind it is no reason to take the first for a name
	d.Trailing = ends && !d.Exact
	if !d.Header {
		first, rest = d.widest(first, rest, o), records
	}
	if d.Trails = d.Header && !d.Exact && !d.Trailing && trails(first, rest); d.Trails {
		first.cells = first.cells[:len(first.cells)-1]
	}
	fields := first.cells
	d.Fill = d.missing(len(fields), rest, o)
	d.RowNames = d.Header && !ends && width == len(fields)+1 && (len(fields) > 1 || numbered(rest)) &&
		!slices.ContainsFunc(rest, func(r record) bool { return len(r.cells) == len(fields) })
	if d.Header && !ends {
		if err := d.checkSurplus(first, rest, o.Delimiter, times); err != nil {
			return err
		}
	}
	if !d.RowNames && !d.Trailing {
		if err := in.checkWidth(first, rest); err != nil && ends {
			return fmt.Errorf("%w. All lines behind it end in a delimiter: without «--no-fill» there is no column behind that", err)
		} else if err != nil {
			return err
		}
	}
	if !d.Header {
		d.nameByPlace(first, fields, rest, times)
		return nil
	}
	return d.nameByHeader(first, fields, rest, times)
}

// nameByPlace names the columns by their places, or those of a web server's log as they are known.
func (d *Dialect) nameByPlace(first record, fields []Cell, rows []record, times *moment.Reader) {
	if d.Trailing {
		fields = fields[:len(fields)-1]
	}
	names := make([]string, len(fields))
	if d.access {
		copy(names, accessNames(first))
	}
	d.Columns = nameFields(names)
	if !d.access {
		d.findTyped(rows, times)
	}
}

// nameByHeader names the columns as the header does, of which these fields count.
func (d *Dialect) nameByHeader(first record, fields []Cell, rest []record, times *moment.Reader) error {
	if first.why != "" {
		return fmt.Errorf("line %d: a field of the header %s", first.line, first.why)
	}
	if d.headerLines = headerLines(first, d.Break); d.frame != nil {
		d.headerLines = d.frame.rule - first.line
	}
	d.Skip = first.line - 1 + d.headerLines
	names := make([]string, len(fields))
	for i, c := range fields {
		if len(c.Raw) > longestName {
			return fmt.Errorf("line %d: %q would be the name of a column, and has %s bytes, where %s are the most: «--no-header» takes the line for a row",
				first.line, shown(c.Raw), quantity.Count(int64(len(c.Raw))), quantity.Count(longestName))
		}
		if bytes.IndexByte(c.Raw, 0) >= 0 {
			return fmt.Errorf("line %d: the header has a NUL byte, which no text has: %q", first.line, shown(c.Raw))
		}
		if !utf8.Valid(c.Raw) {
			return fmt.Errorf("line %d: %q in the header %s", first.line, shown(c.Raw), d.undecoded(c.Raw))
		}
		names[i] = cleanName(string(c.Raw))
	}
	switch {
	case d.Trailing && commonWidth(rest) == len(names) && names[len(names)-1] == "":
		names = names[:len(names)-1]
	case d.RowNames:
		names = append([]string{rowName}, names...)
	}
	d.Columns = nameFields(names)
	d.findTyped(rest, times)
	d.countDashed(rest)
	d.names = make([]string, len(d.Columns))
	d.HeaderPlain = d.headerPlain(first)
	shift := len(names) - len(fields)
	for i, c := range fields[:min(len(fields), len(names))] {
		at := i + max(0, shift)
		d.names[at] = string(c.Raw)
		if to := d.Columns[at]; to != string(c.Raw) {
			d.renamed = append(d.renamed, rename{string(c.Raw), to})
		}
	}
	return nil
}

// missing is how many of their last fields rows may lack: what the caller says, or else one where several rows of the beginning lack it and others do not.
func (d *Dialect) missing(width int, rows []record, o Options) int {
	short, full := 0, 0
	for _, r := range rows {
		switch len(r.cells) {
		case width:
			full++
		case width - 1:
			short++
		}
	}
	switch {
	case o.Fill != nil && *o.Fill:
		return width - 1
	case o.Fill != nil || d.Delimiter == "" || d.Trailing || width < 3 || full == 0 || short < 2 || short*10 < len(rows) || short+full < len(rows):
		return 0
	}
	return 1
}

// widest is the record that has a field for every column where none names them: the first, or one with more fields if the first lacks some.
func (d *Dialect) widest(first record, rest []record, o Options) record {
	for _, r := range rest {
		if n := len(r.cells); r.why == "" && n > len(first.cells) && d.missing(n, append([]record{first}, rest...), o) >= n-len(first.cells) {
			first = r
		}
	}
	return first
}

// numbered tells whether the first fields are 1, 2, 3 …
func numbered(rows []record) bool {
	for i, r := range rows {
		if string(r.cells[0].Raw) != strconv.Itoa(i+1) {
			return false
		}
	}
	return len(rows) > 0
}

// beforeGap is the rows before the first blank line, behind which another table may stand; all of them if that is one row alone.
func (d *Dialect) beforeGap(rows []record) []record {
	for i := 1; i < len(rows); i++ {
		if rows[i].line > rows[i-1].line+headerLines(rows[i-1], d.Break) {
			if i == 1 {
				break
			}
			return rows[:i]
		}
	}
	return rows
}

// findTyped finds the columns whose values are numbers or times, before the first blank line.
func (d *Dialect) findTyped(rows []record, times *moment.Reader) {
	for i := 1; i < len(rows); i++ {
		if rows[i].line > rows[i-1].line+headerLines(rows[i-1], d.Break) {
			rows = rows[:i]
		}
	}
	for i := range d.Columns {
		look := columnLook(rows, i, times)
		typed := len(rows) > 1 && look > word
		d.typed = append(d.typed, typed)
		if typed {
			if d.typedCount++; d.typedCount == 1 {
				d.firstTyped = i
			}
			d.lastTyped = i
			d.typedTimes = d.typedTimes || look == instant
		}
	}
}

// rename is a name that a header has, and the one that its column gets.
type rename struct{ from, to string }

// rowName is the column of the names of rows, for which R writes no header.
const rowName = "row_name"

// headerLines are the lines that a header takes: there may be line breaks within quotes.
func headerLines(r record, br byte) int64 {
	n := int64(1)
	for _, c := range r.cells {
		n += int64(strings.Count(string(c.Raw), string(br)))
	}
	return n
}

// headerPlain tells whether Druid's reader finds the same names in the first line.
func (d *Dialect) headerPlain(first record) bool {
	if d.Skip != 1 || d.named > 0 || d.Trails || d.Mark || d.RowNames || d.Trailing || d.Trim || d.Break != '\n' || d.Encoding != utf8Name {
		return false
	}
	for i, c := range first.cells {
		name := string(c.Raw)
		if name != "" && name != d.Columns[i] || strings.ContainsAny(name, "\"\x01\r") {
			return false
		}
		if c.Kind == Quoted && (d.Format != "csv" || d.Quote != '"' || name == "") {
			return false
		}
	}
	return true
}

// cleanName is a name without blanks, seen or not, around it and without line breaks.
func cleanName(name string) string {
	invisible := func(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' || r == '\u200b' }
	return strings.Join(strings.FieldsFunc(strings.TrimFunc(name, invisible), func(r rune) bool { return r == '\n' || r == '\r' }), " ")
}

// nameFields gives fields without a name that of their place, as Druid does, and makes each name stand once.
func nameFields(names []string) []string {
	named := slices.Clone(names)
	given, seen := map[string]bool{}, map[string]bool{}
	for _, name := range names {
		given[name] = true
	}
	next := map[string]int{} // the number that is tried next for a name which comes again
	for i, name := range names {
		if name == "" {
			name = "column_" + strconv.Itoa(i+1)
		}
		unique := name
		for seen[unique] || unique != names[i] && given[unique] {
			next[name] = max(2, next[name]+1)
			unique = name + "_" + strconv.Itoa(next[name])
		}
		seen[unique] = true
		named[i] = unique
	}
	return named
}

// commonWidth is how many fields most rows have.
func commonWidth(records []record) int {
	counts := map[int]int{}
	best := 0
	for _, r := range records {
		n := len(r.cells)
		if counts[n]++; counts[n] > counts[best] {
			best = n
		}
	}
	return best
}

// trailing tells whether every row ends in a delimiter with nothing behind it. A header may do so or not.
func trailing(records []record) bool {
	rows := records
	if len(rows) > 1 {
		rows = rows[1:]
		last := records[0].cells[len(records[0].cells)-1]
		if width := commonWidth(rows); width != len(records[0].cells)+1 && (width != len(records[0].cells) || last.Kind != Empty) {
			return false
		}
	} else {
		return false // one row alone does not show it
	}
	for _, r := range rows {
		if r.cells[len(r.cells)-1].Kind != Empty {
			return false
		}
	}
	return commonWidth(rows) > 2
}

// trails tells whether the header ends in a delimiter with nothing behind it, and no row does.
func trails(first record, rest []record) bool {
	n := len(first.cells)
	return n > 2 && first.cells[n-1].Kind == Empty && commonWidth(rest) == n-1 && !slices.ContainsFunc(rest, func(r record) bool { return len(r.cells) == n })
}
