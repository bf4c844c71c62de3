package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ovate/client"
	"ovate/druid"
	"ovate/internal/export"
	"ovate/internal/inventory"
	"ovate/segment"
)

type dump struct {
	remote
	within
	Datasource string   `arg:"" help:"Name of the data source."`
	Columns    []string `placeholder:"A,B" help:"Only these columns, in this order."`
	Limit      *int     `short:"n" placeholder:"N" help:"At most so many rows."`
	Format     string   `enum:"json,csv,parquet,auto" default:"auto" placeholder:"FORMAT" help:"json (an object a line), csv or parquet. Default: as the name of --output ends, else json."`
	Output     string   `short:"o" type:"path" placeholder:"FILE" help:"Write to this file, which is there under its name only once it is whole. Default: standard output."`
}

// Help gives the examples.
func (*dump) Help() string {
	return "Writes the rows that a query finds, segment by segment. It reads the files of the segments, so that it has to run where they are. Where no server runs, the data folder tells which there are.\n\n" +
		"Segments may have different columns: each row is written with the columns of all. Columns with several values are lists in all formats, in csv " +
		"as a JSON array. In csv a null is nothing and an empty text is \"\", which DuckDB tells apart with allow_quoted_nulls=false. " +
		"A column that holds numbers in one segment and text in another is written as text. A column whose values can not be read is left out, and the exit code is 1 unless --columns names others.\n\n" + examples(
		"the first rows", "ovate dump flights -n 5",
		"a file of a few columns", "ovate dump flights --columns __time,origin,distance -o flights.csv",
		"query them", "ovate dump flights -o flights.parquet && duckdb -c \"from 'flights.parquet'\"",
		"a month, in a pipe", "ovate dump flights --interval 2013-01-01/P1M --format csv | head",
	)
}

// Run writes the rows.
func (d *dump) Run(ctx context.Context, streams *Streams) error {
	format := d.format()
	if _, is := terminalOf(streams.Out); format == "parquet" && d.Output == "" && is {
		return &inputError{errors.New("parquet is not text for a terminal: name a file with --output")}
	}
	left, limited := 0, d.Limit != nil
	if limited {
		left = *d.Limit
	}
	if left < 0 {
		return &inputError{fmt.Errorf("-n %d: must be a number of rows", left)}
	}
	segments, err := d.segments(ctx)
	if err != nil {
		return err
	}
	columns, unread, err := d.columns(segments, streams.Err)
	if err != nil {
		return err
	}
	err = d.to(streams.Out, func(out io.Writer) error {
		writer, err := export.NewWriter(format, out, columns)
		if err != nil {
			return err
		}
		for _, s := range segments {
			if limited && left == 0 {
				break
			}
			err := readSegment(localPath(s.LoadSpec), func(opened *segment.Segment) error {
				return dumpSegment(ctx, opened, s, columns, writer, limited, &left)
			})
			if err != nil {
				return err
			}
		}
		return writer.Close()
	})
	if err == nil && unread != nil {
		return leftOutError(unread)
	}
	return err
}

// leftOutError tells of columns whose values can not be read, although all were asked for. What could be written was.
func leftOutError(columns []string) error {
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

// segments are those that have rows to write, no more than the limit takes.
func (d *dump) segments(ctx context.Context) (list []*client.Segment, err error) {
	from, done, err := d.stored(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, done()) }()
	rows := int64(0)
	err = eachSegment(ctx, from, &d.within, d.Datasource, func(s *client.Segment) error {
		if s.Unreadable != "" {
			return fmt.Errorf("segment %s: %s", s.ID(), s.Unreadable)
		}
		if s.BinaryVersion == 0 {
			return nil // a tombstone has no rows
		}
		if localPath(s.LoadSpec) == "" {
			return fmt.Errorf("segment %s is not in a folder that can be read here: %s", s.ID(), s.LoadSpec)
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
// read.
func (d *dump) columns(segments []*client.Segment, notes io.Writer) (_ []export.Column, unread []string, _ error) {
	var all export.Columns
	for _, s := range segments {
		err := readSegment(localPath(s.LoadSpec), func(opened *segment.Segment) error {
			all.Add(opened)
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
	}
	list := all.List()
	if d.Columns != nil {
		var some []export.Column
		for _, name := range d.Columns {
			at := slices.IndexFunc(list, func(c export.Column) bool { return c.Name == name })
			if at < 0 {
				return nil, nil, &inputError{fmt.Errorf("--columns: %s has no column %q that can be written; it has %s", d.Datasource, name, listNames(list))}
			}
			if slices.ContainsFunc(some, func(c export.Column) bool { return c.Name == name }) {
				return nil, nil, &inputError{fmt.Errorf("--columns: %q is named twice", name)}
			}
			some = append(some, list[at])
		}
		return some, nil, nil
	}
	if len(all.Mixed) > 0 {
		fmt.Fprintf(notes, "written as text, as segments differ in their types: %s\n", strings.Join(all.Mixed, ", "))
	}
	return list, all.LeftOut, nil
}

func listNames(columns []export.Column) string {
	var list []string
	for _, c := range columns {
		list = append(list, c.Name)
	}
	return strings.Join(list, ", ")
}

// to has fn write to the output. A file gets its name only when all is written, so that what was there before stays if fn fails.
func (d *dump) to(standard io.Writer, fn func(io.Writer) error) (err error) {
	if d.Output == "" {
		return buffered(standard, fn)
	}
	if info, err := os.Stat(d.Output); err == nil && !info.Mode().IsRegular() {
		file, err := os.OpenFile(d.Output, os.O_WRONLY, 0) // a pipe or a device
		if err != nil {
			return &inputError{err}
		}
		return errors.Join(buffered(file, fn), file.Close())
	}
	path, err := filepath.EvalSymlinks(d.Output) // so that a link stays one
	if errors.Is(err, fs.ErrNotExist) {
		path, err = d.Output, nil
	}
	if err != nil {
		return &inputError{err}
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return &inputError{err}
	}
	err = buffered(file, fn)
	if info, there := os.Stat(path); err == nil && there == nil {
		err = file.Chmod(info.Mode().Perm())
	}
	if err = errors.Join(err, file.Close()); err == nil {
		if err = os.Rename(file.Name(), path); err == nil {
			return nil
		}
	}
	return errors.Join(err, os.Remove(file.Name()))
}

func buffered(w io.Writer, fn func(io.Writer) error) error {
	out := bufio.NewWriterSize(w, 1<<16)
	if err := fn(out); err != nil {
		return err
	}
	return out.Flush()
}

// dumpSegment writes the rows of a segment that queries see.
func dumpSegment(ctx context.Context, opened *segment.Segment, s *client.Segment, columns []export.Column, out export.Writer, limited bool, left *int) error {
	if err := inventory.CheckTimes(opened, s.Interval); err != nil {
		return fmt.Errorf("segment %s: %w", s.ID(), err)
	}
	rows, err := export.NewRows(opened, columns)
	if err != nil {
		return err
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
				return err
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
		return err
	}
	skip, n := 0, 0
	for {
		batch, err := times.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
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
