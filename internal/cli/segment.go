package cli

import (
	"archive/zip"
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"text/tabwriter"

	"ovate/internal/inventory"
	"ovate/internal/quantity"
	"ovate/segment"
)

type segmentCommands struct {
	Info segmentInfo `cmd:"" help:"Print what a segment is: interval, rows, columns with types, sizes and encodings."`
	Dump segmentDump `cmd:"" help:"Print the rows of a segment as JSON lines."`
}

// readSegment says what a segment looks like where there is none.
func readSegment(path string, fn func(*segment.Segment) error) error {
	read := false
	err := segment.Read(path, func(seg *segment.Segment) error {
		read = true
		return fn(seg)
	})
	if err == nil || read {
		return err
	}
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, zip.ErrFormat) {
		err = fmt.Errorf("%w\nA segment is a folder that holds version.bin, like …/0/index, or an index.zip", err)
	}
	return &inputError{err}
}

type segmentInfo struct {
	Path string `arg:"" type:"path" help:"Folder of the segment, or its index.zip."`
}

// Help gives the examples.
func (*segmentInfo) Help() string {
	return "Reads segments of ovate and of Druid alike.\n\n" + examples(
		"a segment in deep storage", "ovate segment info var/segments/flights/2013-01-07…/2026-…/0/index",
		"one that Druid has zipped", "ovate segment info index.zip",
	)
}

// Run prints the table.
func (s *segmentInfo) Run(streams *Streams) error {
	return readSegment(s.Path, func(seg *segment.Segment) error { return printSegment(seg, streams.Out) })
}

func printSegment(seg *segment.Segment, out io.Writer) error {
	is, err := inventory.Look(seg)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "interval\t%s\nrows\t%s\ncolumns\t%d, %s\n", is.Interval, quantity.Count(is.Rows), len(is.Columns), size(is.Size))
	if meta := is.Metadata; meta != nil {
		fmt.Fprintf(table, "rollup\t%v, queryGranularity %s\nsorted by\t%s\n", meta.Rollup, meta.QueryGranularity, strings.Join(meta.Ordering, ", "))
	}
	fmt.Fprintln(table)
	fmt.Fprintln(table, "COLUMN\tTYPE\tBYTES\tSHARE\tVALUES\tENCODING")
	for _, c := range is.Columns {
		kind, values := c.Type, "-"
		if c.MultiValue {
			kind += ", lists"
		}
		if c.HasNulls {
			kind += ", nulls"
		}
		if c.Cardinality > 0 {
			values = quantity.Count(c.Cardinality)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%.1f %%\t%s\t%s\n", c.Name, kind, quantity.Count(c.Size), 100*float64(c.Size)/float64(max(is.Size, 1)), values, c.Encoding)
	}
	return table.Flush()
}

type segmentDump struct {
	Path  string `arg:"" type:"path" help:"Folder of the segment, or its index.zip."`
	Limit *int   `short:"n" placeholder:"N" help:"At most so many rows."`
}

// Help gives the examples.
func (*segmentDump) Help() string {
	return "Rows come in the order in which the segment keeps them, written as Druid's own dump-segment writes them. Columns of nested data and of other complex values that can not be read are left out and named, and the exit code is 1.\n\n" + examples(
		"the first rows", "ovate segment dump -n 5 PATH",
		"a sum", "ovate segment dump PATH | jq -s 'map(.distance) | add'",
	)
}

// Run prints the rows.
func (s *segmentDump) Run(ctx context.Context, streams *Streams) error {
	if s.Limit != nil && *s.Limit < 0 {
		return &inputError{fmt.Errorf("-n %d: must be a number of rows", *s.Limit)}
	}
	return readSegment(s.Path, func(seg *segment.Segment) error { return s.print(ctx, seg, streams) })
}

func (s *segmentDump) print(ctx context.Context, seg *segment.Segment, streams *Streams) error {
	rows := seg.Rows()
	if s.Limit != nil {
		rows = min(rows, *s.Limit)
	}
	reader, err := seg.RowReader()
	if err != nil {
		return err
	}
	if err := inventory.CheckTimes(seg, seg.Interval()); err != nil {
		return fmt.Errorf("segment %s: %w", s.Path, err)
	}
	out := bufio.NewWriterSize(streams.Out, 1<<16)
	var line []byte
	for row := range rows {
		if row%1024 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if line, err = reader.AppendJSON(line[:0], row); err != nil {
			return fmt.Errorf("row %d: %w", row, err)
		}
		if _, err := out.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if unread := reader.LeftOut(); len(unread) > 0 {
		return unreadColumns(unread)
	}
	return nil
}
