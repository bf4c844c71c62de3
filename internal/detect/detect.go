// Package detect looks at files of rows and finds out how to ingest them: format, columns and their types, the column
// that holds the time and how it is written, and how finely to cut segments. What it finds is written as a task.
//
// It reads the beginning of a file, and a little here and there if the file is plain text, and judges by what
// it sees there. A value elsewhere that does not fit is no harm: ingestion stores null for it and counts it.
package detect

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/ingest/timestamp"
)

// Options is what the caller knows already. Empty fields are found out.
type Options struct {
	Format      string // json, csv or tsv
	TimeColumn  string
	TimeFormat  string // as in a timestampSpec: iso, auto, millis, posix, micro, nano, or a pattern
	Granularity string // of segments: HOUR, DAY …
	Rollup      bool   // add up numbers of rows that agree in their texts and their hour
	Append      bool   // keep what the data source has, instead of replacing it
}

// Table is what some files were found to hold.
type Table struct {
	Files       []File
	Format      Format
	Columns     []Column // all but the column of time
	Time        Time
	Rows        int64          // in all files, estimated
	Span        druid.Interval // of their times, estimated
	Granularity string
	Rollup      bool
	Append      bool
	Notes       []string // whole sentences on what may surprise

	nested []string // columns of nested objects, which are not ingested
	partly bool     // there may be columns besides those that were seen
}

// File is one of the files.
type File struct {
	Path string // absolute
	Size int64  // on disk
	Text int64  // decompressed; estimated unless all of it was read
}

// Files looks at files that all hold rows of the same table.
func Files(ctx context.Context, paths []string, o Options) (*Table, error) {
	if o.Granularity != "" && !slices.Contains(Granularities(), strings.ToUpper(o.Granularity)) {
		return nil, fmt.Errorf("granularity %q must be one of %s", o.Granularity, strings.Join(Granularities(), ", "))
	}
	if o.TimeFormat != "" {
		if _, err := timestamp.New(o.TimeFormat); err != nil {
			return nil, fmt.Errorf("--time-format: %w", err)
		}
	}
	samples, notes, err := takeSamples(ctx, paths)
	if err != nil {
		return nil, err
	}
	t := &Table{Rollup: o.Rollup, Append: o.Append, Notes: notes}
	for _, s := range samples {
		t.Files = append(t.Files, s.File)
	}
	first := samples[0]
	if t.Format, err = findFormat(samples, o.Format); err != nil {
		return nil, err
	}
	var columns columnSet
	var parsed []parsedSample
	for _, s := range samples {
		if len(s.lines) == 0 {
			continue // only its size is known
		}
		before := columns.rows
		if err := columns.read(s, t.Format); err != nil {
			return nil, err
		}
		if columns.rows > before {
			parsed = append(parsed, parsedSample{s.File, s.bytes, s.spread, before, columns.rows - before})
		}
		t.Notes = append(t.Notes, textNotes(s, t.Format)...)
	}
	if columns.rows == 0 {
		return nil, fmt.Errorf("%s: no rows in it, only a header", first.Path)
	}
	t.Notes = append(t.Notes, columns.remarks...)
	if t.Time, err = findTime(&columns, o); err != nil {
		return nil, withNotes(err, t.Notes)
	}
	if err := t.Time.isIn(parsed); err != nil {
		return nil, withNotes(err, t.Notes)
	}
	t.Columns, t.nested = columns.typed(t.Time.Column)
	t.partly = slices.ContainsFunc(samples, func(s sample) bool { return t.Format.mayHaveMore(s) })
	t.Notes = append(t.Notes, t.Time.notes()...)
	t.Notes = append(t.Notes, columns.notes(t.Time.Column, t.Columns, t.nested)...)
	if t.partly {
		t.Notes = append(t.Notes, "Not all of it was looked at: columns that only come elsewhere are ingested as texts.")
	}
	if others := t.Time.Others; len(others) > 0 {
		t.Notes = append(t.Notes, "Other columns could be the time as well: "+quoteList(others)+". Choose one with --time-column.")
	}
	t.measure(parsed)
	if t.Granularity = strings.ToUpper(o.Granularity); t.Granularity == "" {
		t.Granularity = granularity(t.Span, t.Rows)
	}
	return t, nil
}

// mayHaveMore tells whether a file may have columns that its sample does not show.
func (f Format) mayHaveMore(s sample) bool {
	if f.Kind == "json" {
		return !s.whole
	}
	return f.Header && f.Skip == 0 && len(s.lines) == 0
}

// withNotes adds to an error what may be behind it.
func withNotes(err error, notes []string) error {
	if len(notes) == 0 {
		return err
	}
	return fmt.Errorf("%w\nPerhaps because of this:\n  %s", err, strings.Join(notes, "\n  "))
}

// Text is how many bytes all files hold, decompressed.
func (t *Table) Text() int64 {
	var sum int64
	for _, f := range t.Files {
		sum += f.Text
	}
	return sum
}

// Summary counts the columns by type: "18: 4 string, 14 long".
func (t *Table) Summary() string {
	var parts []string
	for _, kind := range []string{"string", "long", "double"} {
		n := 0
		for _, c := range t.Columns {
			if c.Type == kind {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, kind))
		}
	}
	return fmt.Sprintf("%d besides the time: %s", len(t.Columns), strings.Join(parts, ", "))
}
