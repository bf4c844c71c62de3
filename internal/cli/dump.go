package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"ovate/client"
	"ovate/druid"
	"ovate/internal/export"
	"ovate/internal/inventory"
	"ovate/internal/quantity"
	"ovate/segment"
)

type dump struct {
	remote
	within
	fetching
	Datasource string   `arg:"" help:"Name of the data source."`
	Columns    []string `placeholder:"A,B" help:"Only these columns, in this order."`
	Limit      *int     `short:"n" placeholder:"N" help:"At most so many rows."`
	Format     string   `enum:"json,csv,parquet,auto" default:"auto" placeholder:"FORMAT" help:"json (an object a line), csv or parquet. Default: as the name of --output ends, else json."`
	Output     string   `short:"o" type:"path" placeholder:"FILE" help:"Write to this file, which is there under its name only once it is whole. Default: standard output."`
}

// Help gives the examples.
func (*dump) Help() string {
	return "Writes the rows that a query finds, segment by segment. It reads the files of the segments, so that it has to run where they are; those in S3 are fetched, one at a time, with what --config or the environment says of the bucket. Where no server runs, the data folder tells which there are.\n\n" +
		"Segments may have different columns: each row is written with the columns of all. Columns with several values are lists in all formats, in csv " +
		"as a JSON array. In csv a null is nothing and an empty text is \"\", which DuckDB tells apart with allow_quoted_nulls=false. " +
		"A column that holds numbers in one segment and text in another is written as text. A column whose values can not be read is left out, and the exit code is 1 unless --columns names others. Segments that can not be read here are named, all others written, and the exit code is 1.\n\n" + examples(
		"the first rows", "ovate dump flights -n 5",
		"a file of a few columns", "ovate dump flights --columns __time,origin,distance -o flights.csv",
		"query them", "ovate dump flights -o flights.parquet && duckdb -c \"from 'flights.parquet'\"",
		"from a bucket", "ovate dump flights --config runtime.properties",
		"a month, in a pipe", "ovate dump flights --interval 2013-01-01/P1M --format csv | head",
	)
}

// Run writes the rows.
func (d *dump) Run(ctx context.Context, streams *Streams) (err error) {
	format := d.format()
	if _, is := terminalOf(streams.Out); format == "parquet" && d.Output == "" && is {
		return &inputError{errors.New("parquet is not text for a terminal: name a file with --output")}
	}
	if d.Limit != nil && *d.Limit < 0 {
		return &inputError{fmt.Errorf("-n %d: must be a number of rows", *d.Limit)}
	}
	files, err := d.fetching.open(streams.Environ)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, files.close()) }()
	missing := missingParts{notes: streams.Err}
	segments, err := d.segments(ctx, files, &missing)
	if err != nil {
		return err
	}
	segments, columns, unread, err := d.columns(ctx, files, segments, &missing, streams.Err)
	if err != nil {
		return err
	}
	err = d.to(streams.Out, func(out io.Writer) error {
		writer, err := export.NewWriter(format, out, columns)
		if err != nil {
			return err
		}
		if err := d.write(ctx, writer, files, segments, columns, &missing); err != nil {
			return err
		}
		return writer.Close()
	})
	if err == nil && unread != nil {
		err = unreadColumns(unread)
	}
	return errors.Join(err, missing.err("rows are left out", "all else was written"))
}

// write writes the rows of segments, up to the limit. Of those that cannot be read, or not to their ends, it is noted; that of all is an error, so that a file that
// is there stays.
func (d *dump) write(ctx context.Context, to export.Writer, files *segmentFiles, segments []*client.Segment, columns []export.Column, missing *missingParts) error {
	left, limited := 0, d.Limit != nil
	if limited {
		left = *d.Limit
	}
	written := 0 // segments, or parts of them
	for _, s := range segments {
		if limited && left == 0 {
			break
		}
		before := left
		err := files.read(ctx, s, func(opened *segment.Segment) error {
			return dumpSegment(ctx, opened, s, columns, to, limited, &left)
		})
		damaged := ofSegment(err)
		switch {
		case damaged != nil && before == left:
			missing.add(s, damaged.Error())
		case damaged != nil:
			missing.add(s, fmt.Sprintf("behind its first %s: %v", quantity.Of(before-left, "row"), damaged))
			written++
		case err != nil:
			return err
		default:
			written++
		}
	}
	if written == 0 && missing.n > 0 {
		return missing.err("nothing can be read", "there is nothing else")
	}
	return nil
}

// damagedError is a segment that cannot be read, or not to its end.
type damagedError struct{ err error }

func (e *damagedError) Error() string { return e.err.Error() }
func (e *damagedError) Unwrap() error { return e.err }

// ofSegment is an error that has to do with one segment alone; nil for any other.
func ofSegment(err error) error {
	if damaged, is := errors.AsType[*damagedError](err); is {
		return damaged
	}
	if fault, is := errors.AsType[*segment.FaultError](err); is {
		return fault
	}
	if gone, is := errors.AsType[*inputError](err); is { // since its columns were read
		return gone
	}
	return nil
}

// unreadColumns is an error that tells of columns whose values can not be read, although all were asked for. What could be written was.
func unreadColumns(columns []string) error {
	return fmt.Errorf("left out, as their values can not be read: %s. All else was written. A segment with such a column is damaged, "+
		"or of an extension that is not known here; ovate segment info PATH tells what it says of its columns", strings.Join(columns, ", "))
}

func (d *dump) format() string {
	if d.Format != "auto" {
		return d.Format
	}
	switch strings.ToLower(filepath.Ext(d.Output)) {
	case ".csv":
		return "csv"
	case ".parquet", ".pq":
		return "parquet"
	}
	return "json"
}

// segments are those that have rows to write, no more than the limit takes. Those that cannot be read here are noted.
func (d *dump) segments(ctx context.Context, files *segmentFiles, missing *missingParts) (list []*client.Segment, err error) {
	from, done, err := d.stored(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, done()) }()
	rows := int64(0)
	err = eachSegment(ctx, from, &d.within, d.Datasource, func(s *client.Segment) error {
		switch {
		case s.Unreadable != "":
			missing.add(s, s.Unreadable)
			return nil
		case s.ShardSpec.IsTombstone():
			return nil // it has no rows
		}
		if reason := files.unreachable(s); reason != "" {
			missing.add(s, reason)
			return nil
		}
		list = append(list, s)
		if s.Rows != nil {
			rows += *s.Rows
		}
		if d.Limit != nil && rows >= int64(*d.Limit) {
			return errEnough
		}
		return nil
	})
	return list, err
}

// columns are those of all segments, or of them the ones that were asked for. Where all are asked for, unread are those that can not be
// read. Segments without files are left out.
func (d *dump) columns(ctx context.Context, files *segmentFiles, all []*client.Segment, missing *missingParts, notes io.Writer) (segments []*client.Segment, _ []export.Column, unread []string, _ error) {
	var found export.Columns
	for _, s := range all {
		err := files.read(ctx, s, func(opened *segment.Segment) error {
			found.Add(opened)
			return nil
		})
		if err != nil {
			missing.add(s, err.Error())
			continue
		}
		segments = append(segments, s)
	}
	if len(segments) == 0 && missing.n > 0 {
		return nil, nil, nil, missing.err("nothing can be read", "there is nothing else")
	}
	list := found.List()
	if d.Columns != nil {
		var some []export.Column
		for _, name := range d.Columns {
			at := slices.IndexFunc(list, func(c export.Column) bool { return c.Name == name })
			if at < 0 {
				return nil, nil, nil, &inputError{fmt.Errorf("--columns: %s has no column %q that can be written; it has %s", d.Datasource, name, listNames(list))}
			}
			if slices.ContainsFunc(some, func(c export.Column) bool { return c.Name == name }) {
				return nil, nil, nil, &inputError{fmt.Errorf("--columns: %q is named twice", name)}
			}
			some = append(some, list[at])
		}
		return segments, some, nil, nil
	}
	if len(found.Mixed) > 0 {
		fmt.Fprintf(notes, "written as text, as segments differ in their types: %s\n", strings.Join(found.Mixed, ", "))
	}
	return segments, list, found.LeftOut, nil
}

func listNames(columns []export.Column) string {
	var list []string
	for _, c := range columns {
		list = append(list, c.Name)
	}
	return strings.Join(list, ", ")
}

// dumpSegment writes the rows of a segment that queries see.
func dumpSegment(ctx context.Context, opened *segment.Segment, s *client.Segment, columns []export.Column, out export.Writer, limited bool, left *int) error {
	if err := inventory.CheckTimes(opened, s.Interval); err != nil {
		return &damagedError{err}
	}
	rows, err := export.NewRows(opened, columns)
	if err != nil {
		return &damagedError{err}
	}
	err = eachRun(opened, s, func(skip, n int) error {
		rows.Skip(skip)
		for n > 0 && !(limited && *left == 0) {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			most := n
			if limited {
				most = min(most, *left)
			}
			batch, err := rows.Next(most)
			if err != nil {
				return &damagedError{err}
			}
			if err := out.Write(batch); err != nil {
				return err
			}
			n -= batch.Rows
			*left -= batch.Rows
		}
		if n > 0 {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return fmt.Errorf("segment %s: %w", s.ID(), err)
	}
	return nil
}

// eachRun calls fn for each run of rows that queries see: how many to skip before it, and how many they are.
func eachRun(opened *segment.Segment, s *client.Segment, fn func(skip, n int) error) error {
	if slices.ContainsFunc(s.Visible, func(part druid.Interval) bool { return part.Encloses(s.Interval) }) {
		return fn(0, opened.Rows())
	}
	times, err := inventory.NewTimes(opened)
	if err != nil {
		return &damagedError{err}
	}
	skip, n := 0, 0
	for {
		batch, err := times.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return &damagedError{err}
		}
		for _, t := range batch {
			switch seen := inventory.Within(s.Visible, druid.Instant(t)); {
			case seen:
				n++
			case n > 0:
				if err := fn(skip, n); err != nil {
					return err
				}
				skip, n = 1, 0
			default:
				skip++
			}
		}
	}
	if n == 0 {
		return nil
	}
	return fn(skip, n)
}
