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
	samples, err := takeSamples(ctx, paths)
	if err != nil {
		return nil, err
	}
	t := &Table{Rollup: o.Rollup, Append: o.Append}
	for _, s := range samples {
		t.Files = append(t.Files, s.File)
	}
	first := samples[0]
	if t.Format, err = findFormat(first, o.Format); err != nil {
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
		parsed = append(parsed, parsedSample{s.File, s.bytes, s.spread, before, columns.rows - before})
	}
	if columns.rows == 0 {
		return nil, fmt.Errorf("%s: no rows in it, only a header", first.Path)
	}
	if t.Time, err = findTime(&columns, o); err != nil {
		return nil, err
	}
	t.Columns, t.Notes = columns.typed(t.Time.Column)
	if others := t.Time.Others; len(others) > 0 {
		t.Notes = append(t.Notes, "Other columns could be the time as well: "+quoteList(others)+". Choose one with --time-column.")
	}
	t.measure(parsed)
	if t.Granularity = strings.ToUpper(o.Granularity); t.Granularity == "" {
		t.Granularity = granularity(t.Span, t.Rows)
	}
	return t, nil
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
