package detect

import (
	"fmt"
	"slices"

	"ovate/druid"
	"ovate/internal/detect/number"
	"ovate/internal/table"
)

// textFormat is how the engine is told to read text files.
type textFormat struct {
	kind      string // json, csv or tsv
	delimiter string
	header    bool     // it reads the names itself
	columns   []string // else these
	skip      int64
	unwanted  []string // fields that are neither a column nor the time
}

// misfits counts the rows that may have a value that does not fit: more than they are, but none if there are none.
func (t *Table) misfits(s *scan) int64 {
	bad := t.Time.lacking + s.twice
	for i := range t.plans {
		bad += t.plans[i].misfits(s.index[t.plans[i].key])
	}
	return bad
}

// misfits counts the values that may be none of the type that the caller gave.
func (p *plan) misfits(c *column) int64 {
	if !p.forced || p.Type == "string" {
		return 0
	}
	bad := c.others() + c.forms[number.EitherComma] + c.forms[number.DecimalComma] + c.forms[number.GroupedByComma]
	if p.Type == "long" {
		bad += c.forms[number.Double]
	}
	return bad
}

// whyCopies says why the engine's own reader would not make the same of the files. It is empty if it would; then the
// rows, their span and how to read the files are set.
func (t *Table) whyCopies(in *table.Table, s *scan, o Options, bad int64) string {
	if bad > 0 {
		return "not all rows are taken"
	}
	first := in.Inputs[0]
	renamed := t.Time.Column != "" && t.Time.Column != t.Time.key
	headers := true
	for _, f := range in.Inputs {
		if plain, why := f.Plain(); !plain {
			return f.Label + " " + why
		}
		if f.Dialect.Format != first.Dialect.Format || f.Dialect.Delimiter != first.Dialect.Delimiter {
			return f.Label + " has another format than " + first.Label
		}
		headers = headers && f.Dialect.HeaderPlain && f.Dialect.Header
	}
	isJSON := first.Dialect.Format == "json"
	if t.Time.Column != "" && t.Time.format == "" {
		return "Druid does not read times as they are written in " + columnName(t.Time.key)
	}
	for i := range t.plans {
		p := &t.plans[i]
		if t.isTime(p.key) {
			return "the times are kept as a column too"
		}
		if why := p.whyCopies(s.index[p.key], isJSON); why != "" {
			return columnName(p.key) + " has " + why
		}
		renamed = renamed || p.Name != p.key
	}
	t.native = textFormat{kind: first.Dialect.Format, delimiter: first.Dialect.Delimiter}
	switch {
	case isJSON && renamed:
		return "columns are renamed"
	case isJSON:
	case headers && !renamed:
		t.native.header = true
	default:
		for _, f := range in.Inputs {
			if !slices.Equal(f.Dialect.Columns, first.Dialect.Columns) || f.Dialect.Skip != first.Dialect.Skip {
				return "the headers are not the same"
			}
		}
		t.native.skip = first.Dialect.Skip
		for _, key := range first.Dialect.Columns {
			t.native.columns = append(t.native.columns, t.nameOf(key))
		}
	}
	t.native.unwanted = t.unwanted(s)
	t.Rows = s.rows
	t.Span = druid.Interval{Start: t.Time.good.min, End: t.Time.good.max + 1}
	return ""
}

// unwanted are the fields that the engine sees in the files and that are to be neither a column nor the time, each once. Nothing else gets their names.
func (t *Table) unwanted(s *scan) (names []string) {
	fields := t.native.columns
	if len(fields) == 0 {
		for _, c := range s.columns {
			fields = append(fields, rootOf(c.key))
		}
	}
	met := map[string]bool{t.Time.Column: true}
	for i := range t.plans {
		met[t.plans[i].Name] = true
	}
	for _, name := range fields {
		if !met[name] {
			met[name] = true
			names = append(names, name)
			t.names.take(name)
		}
	}
	return names
}

// nameOf is the name of a column by its key, a new one if it is not ingested.
func (t *Table) nameOf(key string) string {
	if t.Time.Column != "" && key == t.Time.key {
		return t.Time.Column
	}
	for i := range t.plans {
		if t.plans[i].key == key {
			return t.plans[i].Name
		}
	}
	return t.names.give(key)
}

// whyCopies says what the engine would read otherwise in a column.
func (p *plan) whyCopies(c *column, isJSON bool) string {
	switch {
	case len(c.key) != len(columnName(c.key)) || columnName(c.key) != c.key:
		return "come from nested objects"
	case c.told != nil:
		return "words for null"
	case p.Type == "string" && (c.odd > 0 || isJSON && c.signed > 0):
		return "values that would be written otherwise"
	case p.Type == "string" && (p.asJSON && c.lists > 0 || c.nested > 0):
		return "objects or lists"
	case p.Type == "string":
		return ""
	case c.words.sum() > 0 || c.blank > 0:
		return "words for null"
	case c.padded > 0 || p.commas != noCommas || c.loose() > 0:
		return "numbers with blanks or commas"
	case isJSON && p.Type == "double" && c.signed > 0:
		return "-0, which Druid reads as 0 where no point stands behind it"
	case c.others() > 0 || p.Type == "long" && c.numbers() != c.forms[number.Long]:
		return fmt.Sprintf("values that are no %s as they are written", p.Type)
	}
	return ""
}
