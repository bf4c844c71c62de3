package ui

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"ovate/internal/detect"
	"ovate/internal/preview"
	"ovate/internal/upload"
)

// filePage is a file that was sent: what is in it, what would be stored of it, and the task that does that.
type filePage struct {
	File       upload.Upload
	DataSource string
	Choices    preview.Choices
	Problem    string // why nothing can be shown
	Fields     []fileField
	MoreFields int // that the form does not list, and takes as they are found
	Preview    *preview.Preview
	Table      table
	Spec       string
}

// fileField is a column of the file in the form.
type fileField struct {
	preview.Field
	Given string // the type that was chosen; empty: it is found out
	Time  bool
}

// table is rows that are stored, cut to what a page shows.
type table struct {
	Columns     []preview.Column
	Rows        [][]cell
	MoreColumns int
	MoreRows    int
}

// cell is a value as it is shown.
type cell struct {
	Text, Whole string // Whole is more of it, where Text is cut
	Null        bool
}

// What a page shows of a file.
const (
	shownFields  = 100
	shownColumns = 40
	shownRows    = 20
	shownCell    = 60
	wholeCell    = 400
)

// mayUpload fails unless who has sent the request may send and use files for a data source.
func (c *call) mayUpload(dataSource string) error {
	return c.told(c.identity().MayUpload(dataSource, c.InputSources))
}

// sendFile is POST /submit/file: it keeps the file of the form, and leads to what is in it. The form's token is in the query, as its body is not read before.
func sendFile(c *call) (_ *page, err error) {
	c.r.Body = c.body
	defer func() {
		if err != nil {
			upload.Discard(c.w, c.r)
			err = c.fileProblem(err)
		}
	}()
	in, err := upload.Receive(c.w, c.r)
	if err != nil {
		return nil, err
	}
	if in.Name == "" {
		return nil, upload.ErrNoFile
	}
	dataSource := cmp.Or(strings.TrimSpace(in.Fields["dataSource"]), upload.DataSource(in.Name))
	if err := upload.CheckDataSource(dataSource); err != nil {
		return nil, &problem{http.StatusBadRequest, err.Error(), "Go back and give the data source another name."}
	}
	if err := c.mayUpload(dataSource); err != nil {
		return nil, err
	}
	u, err := c.Uploads.Create(in.Name, dataSource, c.identity().Name, in.Content)
	if err != nil {
		return nil, err
	}
	return &page{to: to("submit", "file", u.ID)}, nil
}

// fileProblem words what is wrong with a file that is sent, or not there.
func (c *call) fileProblem(err error) error {
	const again = "Go back and choose another file."
	switch {
	case errors.Is(err, upload.ErrNone):
		return &problem{http.StatusNotFound, "This file is not there any more.", "It may have been removed, as nobody used it. Send it again on the page Submit."}
	case errors.Is(err, upload.ErrTooLarge):
		return &problem{http.StatusRequestEntityTooLarge, "The file is larger than " + bytesText(c.Uploads.MaxSize) + ", the most that the page takes (ovate.uploads.maxSize).", "From a shell, ovate ingest reads files of any size where they are."}
	case errors.Is(err, upload.ErrFull):
		return &problem{http.StatusInsufficientStorage, "There is no room for the file beside those that were sent before (ovate.uploads.maxTotal).", "Remove some that nobody needs, on the page Submit."}
	case errors.Is(err, upload.ErrEmpty):
		return &problem{http.StatusUnprocessableEntity, "The file is empty.", again}
	case errors.Is(err, upload.ErrNoFile):
		return &problem{http.StatusUnprocessableEntity, "No file was chosen.", again}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &problem{http.StatusRequestTimeout, "The file has not come in time.", "Send it again."}
	case errors.Is(err, upload.ErrForm):
		return &problem{http.StatusBadRequest, err.Error() + ".", "Send it again."}
	}
	return err
}

// file is the one that the path names, if who has sent the request may use it.
func (c *call) file() (upload.Upload, error) {
	u, err := c.Uploads.Get(c.r.PathValue("id"))
	if err != nil {
		return u, c.fileProblem(err)
	}
	if c.mayUpload(u.DataSource) != nil {
		return u, &problem{http.StatusForbidden, "You may not use this file.", "It was sent for a data source that you may not write to."}
	}
	return u, nil
}

// showFile is GET /submit/file/{id}, as it is found, and POST, with what the form has chosen. With action=remove the file is removed.
func showFile(c *call) (*page, error) {
	u, err := c.file()
	if err != nil {
		return nil, err
	}
	if err := c.r.ParseForm(); err != nil {
		return nil, badForm(err)
	}
	form := c.r.PostForm
	switch action := form.Get("action"); action {
	case "", "show":
	case "remove":
		if err := c.Uploads.Remove(u.ID); err != nil {
			return nil, c.fileProblem(err)
		}
		return &page{to: "/submit"}, nil
	default:
		return nil, unknownAction(action)
	}
	p := &filePage{File: u, DataSource: cmp.Or(strings.TrimSpace(form.Get("dataSource")), u.DataSource), Choices: choicesOf(form)}
	shown := &page{Title: u.Name, template: "file", Data: p}
	if err := upload.CheckDataSource(p.DataSource); err != nil {
		p.Problem = err.Error()
	} else if p.Preview, err = c.Preview.OfUpload(c.ctx(), &u, p.DataSource, p.Choices, preview.UsualRows); err != nil {
		if p.Problem = previewProblem(err); p.Problem == "" {
			return nil, c.fileProblem(err)
		}
	}
	if p.Problem != "" {
		shown.status = http.StatusUnprocessableEntity
		p.Fields, p.MoreFields = p.asPosted(form)
		return shown, nil
	}
	p.Fields, p.MoreFields = p.asFound()
	p.Table = tableOf(p.Preview)
	p.Spec = string(p.Preview.Task)
	return shown, nil
}

// previewProblem is why nothing can be shown of a file; empty if that is none of the file.
func previewProblem(err error) string {
	if refused, is := errors.AsType[*preview.RefusedError](err); is {
		return refused.Error()
	}
	if errors.Is(err, preview.ErrBusy) || errors.Is(err, preview.ErrSlow) {
		text := err.Error()
		return strings.ToUpper(text[:1]) + text[1:] + "."
	}
	return ""
}

// choicesOf reads the form. Columns are numbered, as their names may be anything.
func choicesOf(form url.Values) preview.Choices {
	text := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	c := preview.Choices{
		Format: text("format"), SkipLines: text("skipLines"), Delimiter: form.Get("delimiter"), Encoding: text("encoding"), JSONPath: text("jsonPath"),
		TimeColumn: form.Get("timeColumn"), TimeFormat: text("timeFormat"), TimeZone: text("timeZone"), Time: text("time"),
		Granularity: text("granularity"), Rollup: form.Has("rollup"), Append: form.Has("append"),
	}
	if c.Time != "" { // the form has all of these, and one excludes the others
		c.TimeColumn, c.TimeFormat, c.TimeZone = "", "", ""
	}
	switch text("header") {
	case "yes":
		c.Header = new(true)
	case "no":
		c.Header = new(false)
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

// HeaderIs is what was chosen of the header.
func (p *filePage) HeaderIs() string {
	switch h := p.Choices.Header; {
	case h == nil:
		return ""
	case *h:
		return "yes"
	}
	return "no"
}

// Written tells whether something was chosen of how the file is written.
func (p *filePage) Written() bool {
	c := p.Choices
	return c.Format+c.SkipLines+c.Delimiter+c.Encoding+c.JSONPath != "" || c.Header != nil
}

// tableOf are the first rows that would be stored.
func tableOf(p *preview.Preview) (t table) {
	t.Columns = p.Columns[:min(len(p.Columns), shownColumns)]
	t.MoreColumns = len(p.Columns) - len(t.Columns)
	rows := p.Rows[:min(len(p.Rows), shownRows)]
	t.MoreRows = len(p.Rows) - len(rows)
	for _, text := range rows {
		var row map[string]any
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		if d.Decode(&row) != nil {
			continue // a reader of segments wrote it
		}
		cells := make([]cell, len(t.Columns))
		for i, column := range t.Columns {
			cells[i] = cellOf(row[column.Name])
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

func cellOf(value any) cell {
	var text string
	switch v := value.(type) {
	case nil:
		return cell{Text: "null", Null: true}
	case []any:
		parts := make([]string, len(v))
		for i, one := range v {
			parts[i] = cellOf(one).Text
		}
		text = strings.Join(parts, " · ")
	default:
		text = fmt.Sprint(v)
	}
	short := cutText(text, shownCell)
	if short == text {
		return cell{Text: text}
	}
	return cell{Text: short, Whole: cutText(text, wholeCell)}
}

// cutText is the beginning of a text, in characters.
func cutText(text string, most int) string {
	n := 0
	for at := range text {
		if n == most {
			return text[:at] + "…"
		}
		n++
	}
	return text
}
