package detect

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
)

// druidTime is the name under which a segment holds the time.
const druidTime = "__time"

// Column is one column that is ingested.
type Column struct {
	Name string
	Type string // string, long or double
}

// values is what a column held in the samples.
type values struct {
	name   string
	texts  []string // one a row; "" where the row has none. JSON texts are unquoted
	count  [kinds]int
	quoted int // how many are JSON texts, and not numbers, or come from a text file
}

// columnSet is all columns in the order in which they were first seen.
type columnSet struct {
	columns []*values
	index   map[string]int
	rows    int
	remarks []string // what could not be read
}

func (c *columnSet) column(name string) *values {
	if i, ok := c.index[name]; ok {
		return c.columns[i]
	}
	return nil
}

// add puts a value of the present row into a column, which may be new.
func (c *columnSet) add(name, text string, k kind, quoted bool) {
	i, ok := c.index[name]
	if !ok {
		if c.index == nil {
			c.index = map[string]int{}
		}
		i = len(c.columns)
		c.index[name] = i
		c.columns = append(c.columns, &values{name: name})
	}
	v := c.columns[i]
	v.pad(c.rows)
	if len(v.texts) == c.rows { // a name twice in one row counts once
		v.texts = append(v.texts, text)
		v.count[k]++
		if quoted {
			v.quoted++
		}
	}
}

// numbers tells whether the column holds JSON numbers.
func (v *values) numbers() bool { return v.quoted == 0 && v.count[longValue]+v.count[doubleValue] > 0 }

// pad adds nulls for the rows before the given one that lacked the column.
func (v *values) pad(rows int) {
	for len(v.texts) < rows {
		v.texts = append(v.texts, "")
		v.count[nullValue]++
	}
}

// read adds the rows of a sample.
func (c *columnSet) read(s sample, f Format) error {
	defer func() {
		for _, v := range c.columns {
			v.pad(c.rows)
		}
	}()
	if f.Kind == "json" {
		return c.readObjects(s)
	}
	lines, names := s.lines, f.Columns
	if f.Header {
		lines = lines[1:]
	}
	if f.Header && f.Skip == 0 {
		names = named(splitLine(s.lines[0], f.Delimiter), false)
	}
	for _, line := range lines {
		for i, field := range splitLine(line, f.Delimiter) {
			if i < len(names) {
				c.add(names[i], field, classify(field), true)
			}
		}
		c.rows++
	}
	return nil
}

// readObjects adds JSON objects. A few lines may be none, like one that is not yet written to its end.
func (c *columnSet) readObjects(s sample) error {
	bad, allowed := 0, int(float64(len(s.lines))*(1-minShare))
	for i, line := range s.lines {
		err := c.readObject(line)
		if err == nil {
			continue
		}
		if bad++; bad > allowed {
			return fmt.Errorf("%s, row %d: it is not just one JSON object: %w", s.Path, i+1, err)
		}
	}
	if bad > 0 {
		c.remarks = append(c.remarks, fmt.Sprintf("%s: %d of %d lines looked at are not just one JSON object. Nothing of them, or only the first object, is ingested.", filepath.Base(s.Path), bad, len(s.lines)))
	}
	return nil
}

// readObject adds a JSON object as a row. Its keys keep their order.
func (c *columnSet) readObject(line string) error {
	if err := json.Unmarshal([]byte(line), new(json.RawMessage)); err != nil {
		return err // before a part of it is added
	}
	decoder := json.NewDecoder(strings.NewReader(line))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return fmt.Errorf("it begins with %q", cutText(line))
	}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return err
		}
		text, k := classifyJSON(value)
		c.add(key.(string), text, k, value[0] == '"') // a key of an object is always a string
	}
	if _, err := decoder.Token(); err != nil {
		return err
	}
	c.rows++
	return nil
}

// typed gives every column but the one of time its type. Those that hold nested objects have none.
func (c *columnSet) typed(timeColumn string) (columns []Column, nested []string) {
	for _, v := range c.columns {
		switch {
		case v.name == timeColumn || v.name == "" || v.name == druidTime:
		case v.count[nestedValue] > 0:
			nested = append(nested, v.name)
		default:
			columns = append(columns, Column{v.name, v.columnType()})
		}
	}
	return columns, nested
}

// notes tells what becomes of nested objects, and of words among numbers.
func (c *columnSet) notes(timeColumn string, columns []Column, nested []string) (notes []string) {
	if c.column(druidTime) != nil && timeColumn != druidTime {
		notes = append(notes, "Left out, as it is the name of the time itself: "+druidTime+".")
	}
	var marked []string
	for _, column := range columns {
		if column.Type != "string" && c.column(column.Name).marksNulls() {
			marked = append(marked, column.Name)
		}
	}
	if len(nested) > 0 {
		notes = append(notes, "Left out, as nested objects are not ingested: "+quoteList(nested)+".")
	}
	if len(marked) > 0 {
		notes = append(notes, "These numbers have words like NA in them, which become null and count as \"processed with error\": "+quoteList(marked)+".")
	}
	return notes
}

func (v *values) columnType() string {
	switch {
	case v.count[textValue] > 0 || v.count[longValue]+v.count[doubleValue] == 0:
		return "string"
	case v.count[doubleValue] > 0:
		return "double"
	}
	return "long"
}

// marksNulls tells whether some nulls of the column are written as a word.
func (v *values) marksNulls() bool {
	for _, text := range v.texts {
		if text != "" && isNull(text) {
			return true
		}
	}
	return false
}

func quoteList(names []string) string { return strings.Join(names, ", ") }
