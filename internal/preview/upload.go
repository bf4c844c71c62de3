package preview

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/choice"
	"ovate/internal/detect"
	"ovate/internal/table"
	"ovate/internal/task"
	"ovate/internal/upload"
)

// Choices are what is known already of an upload. What is absent is found out. They are the flags of `ovate ingest` of the same names.
type Choices struct {
	Format     string            `json:"format,omitempty"`     // json, csv or tsv
	Header     *bool             `json:"header,omitempty"`     // the first line names the columns
	SkipLines  string            `json:"skipLines,omitempty"`  // how many lines come before, such as a title
	Delimiter  string            `json:"delimiter,omitempty"`  // what stands between two fields
	Quote      string            `json:"quote,omitempty"`      // what stands around a field, or none
	Escape     string            `json:"escape,omitempty"`     // \ or none
	Comment    string            `json:"comment,omitempty"`    // how lines begin that are comments, or none
	Fill       *bool             `json:"fill,omitempty"`       // rows may lack their last fields
	Encoding   string            `json:"encoding,omitempty"`   // utf-8, utf-16, latin-1 …
	JSONPath   string            `json:"jsonPath,omitempty"`   // where in a JSON object the rows are
	Type       map[string]string `json:"type,omitempty"`       // long, double or string, by column
	Null       []string          `json:"null,omitempty"`       // texts that stand for no value in every column
	Columns    []string          `json:"columns,omitempty"`    // ingest these alone
	Drop       []string          `json:"drop,omitempty"`       // leave these out
	TimeColumn string            `json:"timeColumn,omitempty"` // or several, joined by " + "
	TimeFormat string            `json:"timeFormat,omitempty"` // iso, auto, millis, posix …, or a pattern
	TimeZone   string            `json:"timeZone,omitempty"`   // of times that do not say theirs, or what letters stand for, as EST=America/New_York, or several by commas
	Time       string            `json:"time,omitempty"`       // of all rows

	Granularity string `json:"granularity,omitempty"` // the time that a segment covers
	Rollup      bool   `json:"rollup,omitempty"`      // keep one row for all that agree in hour and texts
	Append      bool   `json:"append,omitempty"`      // add to what the data source has
	Replace     bool   `json:"replace,omitempty"`     // replace what it has of the same days, or of the same time chunks; with neither, the task fails rather than replace rows
}

// options are the choices for who looks into the file.
func (c *Choices) options() (detect.Options, error) {
	o := detect.Options{
		Table: table.Options{Format: c.Format, Header: c.Header, Delimiter: c.Delimiter, Quote: c.Quote, Escape: c.Escape, Comment: c.Comment, Fill: c.Fill, Encoding: c.Encoding, JSONPath: c.JSONPath, Longest: task.LongestSampled},
		Types: c.Type, Nulls: c.Null, Columns: c.Columns, Drop: c.Drop, TimeColumn: c.TimeColumn, TimeFormat: c.TimeFormat,
		Granularity: c.Granularity, Rollup: c.Rollup, Append: c.Append,
		SkipBad: -1, // they are shown
	}
	c.takeZones(&o)
	if c.Append && c.Replace {
		return o, errors.New("«--append» excludes «--replace»: rows that are there stay, or go")
	}
	if c.SkipLines != "" {
		first, more, err := table.ParseLines(c.SkipLines)
		if err != nil {
			return o, err
		}
		o.Table.SkipLines, o.Table.OmitLines = &first, more
	}
	if c.Time != "" {
		at, err := druid.ParseInstant(c.Time)
		if err != nil {
			return o, fmt.Errorf("«--time %q» must be a time like 2024-01-01 or 2024-01-01T10:00:00Z", c.Time)
		}
		if c.TimeColumn != "" || c.TimeFormat != "" || c.TimeZone != "" {
			return o, errors.New("«--time» excludes «--time-column», «--time-format» and «--time-zone»: it is the time of all rows")
		}
		o.Time = &at
	}
	return o, nil
}

// takeZones gives the options the zone of times that do not say theirs, and those that letters stand for.
func (c *Choices) takeZones(o *detect.Options) {
	o.TimeZone, o.Zones = "", map[string]string{}
	for zone := range strings.SplitSeq(c.TimeZone, ",") {
		zone = strings.TrimSpace(zone)
		if letters, where, named := strings.Cut(zone, "="); named {
			o.Zones[letters] = where
		} else {
			o.TimeZone = zone
		}
	}
}

// OfUpload reads the file of an upload as a whole, finds out how to ingest it into a data source, and shows what its first rows become, in words that
// call the choices by their names. Where a task would not read the
// same in the file it reads a copy of the rows, which is kept with the upload. The error is a RefusedError, ErrBusy, ErrSlow, upload.ErrNone, upload.ErrFull, or a
// fault of the server.
func (m *Maker) OfUpload(ctx context.Context, u *upload.Upload, dataSource string, c Choices, rows int, names choice.Names) (*Preview, error) {
	if err := m.Uploads.Use(u.ID); err != nil {
		return nil, err
	}
	return m.bounded(ctx, func(ctx context.Context) (*Preview, error) { return m.ofUpload(ctx, u, dataSource, c, rows, names) })
}

func (m *Maker) ofUpload(ctx context.Context, u *upload.Upload, dataSource string, c Choices, rows int, names choice.Names) (*Preview, error) {
	found, err := m.find(ctx, u, c, names)
	if err != nil {
		return nil, m.told(u, err)
	}
	document, err := found.Task(dataSource)
	if err != nil {
		return nil, err
	}
	t, err := task.Decode(document, druid.Instant(0))
	if err != nil {
		return nil, &RefusedError{err}
	}
	p := &Preview{
		Format: found.Format, Task: withContext(document, m.context(c, found)), Fields: fieldsOf(found), Time: timeOf(found), Unparseable: []Fault{}, Notes: []string{},
	}
	if _, err := m.sample(ctx, t, rows, p); err != nil {
		return nil, m.told(u, err)
	}
	p.Read.InFile = found.Rows + found.Left
	p.Read.Unparseable = found.Left
	for _, f := range found.Faults {
		p.Unparseable = append(p.Unparseable, Fault{f.Rows, f.Line, f.Column, cut(f.Value, 1000), f.Why})
	}
	for _, note := range found.Notes {
		if !strings.HasPrefix(note, "Left out: ") { // those are Unparseable
			p.Notes = append(p.Notes, m.within(u, note))
		}
	}
	if found.Why != "" {
		p.Notes = append(p.Notes, m.within(u, "The task reads a copy of the rows, as JSON: "+found.Why+"."))
	}
	return p, nil
}

// find looks at the whole file. A copy of its rows, if it takes one, is part of the upload then.
func (m *Maker) find(ctx context.Context, u *upload.Upload, c Choices, names choice.Names) (_ *detect.Table, err error) {
	o, err := c.options()
	if err != nil {
		return nil, &RefusedError{choice.Error(err, names)}
	}
	o.Names = names
	scratch, err := m.Uploads.Scratch()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	o.CopyDir, o.CopyMost = scratch, max(1, m.Uploads.Room(u.By))
	found, err := detect.Files(ctx, []string{m.Uploads.Path(u)}, o)
	switch {
	case errors.Is(err, detect.ErrNoRoom):
		return nil, fmt.Errorf("%w: the task would read a copy of its rows", upload.ErrFull)
	case errors.Is(err, table.ErrLongRow):
		return nil, &RefusedError{fmt.Errorf("%w A preview reads rows of up to %d MB, `ovate ingest` those of up to %d MB", err, task.LongestSampled>>20, table.LongestRow>>20)}
	case err != nil:
		return nil, refused(err)
	case len(found.Copies) == 0:
		return found, nil
	}
	dir, err := m.Uploads.Keep(u.ID, scratch, fmt.Sprintf("%x-%x", found.CopySum, found.Rows))
	if err != nil {
		return nil, err
	}
	if found.Copies, err = filepath.Glob(filepath.Join(dir, "*.json")); err != nil {
		return nil, err
	}
	slices.Sort(found.Copies)
	return found, nil
}

// told is an error as people read it, who know the file by its name.
func (m *Maker) told(u *upload.Upload, err error) error {
	refused, is := errors.AsType[*RefusedError](err)
	if fault := (*fs.PathError)(nil); !is || errors.As(err, &fault) {
		return err
	}
	return &RefusedError{errors.New(m.within(u, refused.Error()))}
}

// within is a text without the folder of an upload.
func (m *Maker) within(u *upload.Upload, text string) string {
	return strings.ReplaceAll(text, m.Uploads.Folder(u.ID), "")
}

// context is what the task says beside its spec: which rows that are there it may replace, and where it has to run where there are workers, who do not see what is on
// the disk of this server.
func (m *Maker) context(c Choices, found *detect.Table) map[string]string {
	keys := map[string]string{}
	switch {
	case c.Append || c.Replace && c.Granularity != "": // whole time chunks, as the granularity is meant
	case c.Replace:
		keys[task.KeyMayReplace] = found.Unit()
	default:
		keys[task.KeyMayReplace] = task.Nothing
	}
	if m.Places.Workers {
		keys[task.KeyRunner] = "local"
	}
	return keys
}

// withContext is a task with a context before all else.
func withContext(document []byte, keys map[string]string) []byte {
	if len(keys) == 0 {
		return document
	}
	text, err := json.Marshal(keys)
	if err != nil {
		panic(err) // texts, which JSON has
	}
	return bytes.Replace(document, []byte("{"), fmt.Appendf(nil, "{\n  \"context\": %s,", text), 1)
}

func fieldsOf(t *detect.Table) (fields []Field) {
	columns := make(map[string]*detect.Column, len(t.Columns))
	for i := range t.Columns {
		c := &t.Columns[i]
		columns[cmp.Or(c.From, c.Name)] = c
	}
	for _, name := range t.Fields {
		f := Field{Name: name}
		if c := columns[name]; c != nil {
			f.Type, f.Kept = c.Type, true
			if c.Name != name {
				f.As = c.Name
			}
		}
		fields = append(fields, f)
	}
	return fields
}

func timeOf(t *detect.Table) Time {
	if t.Time.Column == "" {
		return Time{Constant: t.Time.Constant.String()}
	}
	return Time{Column: t.Time.Source, Format: t.Time.Format}
}
