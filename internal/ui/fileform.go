package ui

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"ovate/internal/detect"
	"ovate/internal/preview"
)

// fileField is a column of the file in the form.
type fileField struct {
	preview.Field
	Given string // the type that was chosen; empty: it is found out
	Time  bool
}

// formLabels are how the form calls what the command has a flag for.
var formLabels = map[string]string{
	"format": "Format", "header": "First line names the columns", "delimiter": "Fields are parted by", "quote": "Values stand within", "escape": "Before a quote in a value stands",
	"comment": "Comments begin with", "skip-lines": "Lines to leave out first", "fill": "Rows may lack their last fields", "null": "Stands for no value", "encoding": "Encoding",
	"json-path": "Rows in JSON are at", "time-column": "Time column", "time-format": "Time format", "time-zone": "Time zone", "time": "One time for all rows",
	"append": "Add to what the data source has", "replace": "Replace what it has of the same time", "columns": "Keep", "drop": "Keep", "type": "Type",
}

// formNames are the names of choices in the form.
func formNames(flag, value string) string {
	label, known := formLabels[flag]
	if !known {
		return ""
	}
	switch column, kind := preview.OfColumn(value); {
	case value == "":
	case flag == "type":
		label += " of " + column + ": " + kind
	case flag == "drop":
		label += " " + preview.Unescaped(value) + ": no"
	case value == "true":
		label += ": yes"
	case value == "false":
		label += ": no"
	default:
		label += ": " + value
	}
	return "“" + label + "”"
}

// choicesOf reads the form. Columns are numbered, as their names may be anything.
func choicesOf(form url.Values) preview.Choices {
	text := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	c := preview.Choices{
		Format: text("format"), SkipLines: text("skipLines"), Delimiter: form.Get("delimiter"), Quote: text("quote"), Escape: text("escape"), Comment: text("comment"), Encoding: text("encoding"), JSONPath: text("jsonPath"),
		TimeColumn: text("timeColumn"), TimeFormat: text("timeFormat"), TimeZone: text("timeZone"), Time: text("time"),
		Granularity: text("granularity"), Rollup: form.Has("rollup"), Append: form.Has("append"), Replace: form.Has("replace"),
	}
	if c.Time != "" { // the form has all of these, and one excludes the others
		c.TimeColumn, c.TimeFormat, c.TimeZone = "", "", ""
	}
	c.Header, c.Fill = yesOrNo(text("header")), yesOrNo(text("fill"))
	if null := form.Get("null"); null != "" {
		c.Null = []string{null}
	}
	for i := range shownFields {
		name, n := form.Get("name"+strconv.Itoa(i)), strconv.Itoa(i)
		switch given := form.Get("type" + n); {
		case !form.Has("name" + n):
		case !form.Has("keep"+n) && !form.Has("time"+n):
			c.Drop = append(c.Drop, name)
		case given != "":
			if c.Type == nil {
				c.Type = map[string]string{}
			}
			c.Type[name] = given
		}
	}
	return c
}

// yesOrNo is what was chosen of something that is found out otherwise.
func yesOrNo(text string) *bool {
	switch text {
	case "yes":
		return new(true)
	case "no":
		return new(false)
	}
	return nil
}

// asFound are the columns that were found.
func (p *filePage) asFound() (fields []fileField, more int) {
	for i, f := range p.Preview.Fields {
		if i == shownFields {
			return fields, len(p.Preview.Fields) - i
		}
		fields = append(fields, fileField{f, p.Choices.Type[f.Name], f.Name == p.Preview.Time.Column && !f.Kept})
	}
	return fields, 0
}

// asPosted are the columns of a form with which nothing can be shown.
func (p *filePage) asPosted(form url.Values) (fields []fileField, more int) {
	for i := range shownFields {
		n := strconv.Itoa(i)
		if form.Has("name" + n) {
			fields = append(fields, fileField{preview.Field{Name: form.Get("name" + n), Kept: form.Has("keep" + n)}, form.Get("type" + n), form.Has("time" + n)})
		}
	}
	return fields, 0
}

// TimeColumns are those that may be chosen as the time, the one that is besides.
func (p *filePage) TimeColumns() (names []string) {
	for _, f := range p.Fields {
		names = append(names, f.Name)
	}
	for _, other := range []string{p.Choices.TimeColumn, p.found()} {
		if other != "" && !slices.Contains(names, other) {
			names = append(names, other)
		}
	}
	return names
}

// found is the column of time that was found.
func (p *filePage) found() string {
	if p.Preview == nil {
		return ""
	}
	return p.Preview.Time.Column
}

// Granularities are those that segments may have.
func (p *filePage) Granularities() []string { return detect.Granularities() }

// Formats are those that a file may have, and Types those of its columns.
func (p *filePage) Formats() []string { return []string{"json", "csv", "tsv"} }
func (p *filePage) Types() []string   { return []string{"long", "double", "string"} }

// Fitting says how many rows the task stores, or rolls up.
func (p *filePage) Fitting() string {
	return plural(int(p.Preview.Read.InFile-p.Preview.Read.Unparseable), "row", "rows")
}

// HeaderIs and FillIs are what was chosen of these.
func (p *filePage) HeaderIs() string { return chosen(p.Choices.Header) }
func (p *filePage) FillIs() string   { return chosen(p.Choices.Fill) }

// chosen is a choice as the form has it.
func chosen(is *bool) string {
	switch {
	case is == nil:
		return ""
	case *is:
		return "yes"
	}
	return "no"
}

// Written tells whether something was chosen of how the file is written.
func (p *filePage) Written() bool {
	c := p.Choices
	return c.Format+c.SkipLines+c.Delimiter+c.Quote+c.Escape+c.Comment+c.Encoding+c.JSONPath != "" || c.Header != nil || c.Fill != nil || c.Null != nil
}
