package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"ovate/client"
	"ovate/druid"
	"ovate/internal/inventory"
	"ovate/segment"
)

type datasources struct {
	remote
}

// Help gives the examples.
func (*datasources) Help() string {
	return "Rows are those that a query finds: what newer segments hide does not count.\n\n" + examples("what is there", "ovate datasources")
}

// Run lists the data sources.
func (d *datasources) Run(ctx context.Context, streams *Streams) error {
	overlord, err := d.client(ctx)
	if err != nil {
		return err
	}
	list, err := overlord.DataSources(ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(streams.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "DATASOURCE\tROWS\tSEGMENTS\tSIZE\tINTERVAL")
	for _, d := range list {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", d.Name, countOrUnknown(d.Rows), count(d.Segments), size(d.Size), d.Interval)
	}
	return table.Flush()
}

// within is the flag of commands that look at a part of time.
type within struct {
	Interval string `placeholder:"INTERVAL" help:"Only this time, an ISO-8601 interval like 2024-01-01/2024-02-01 or 2024-01-01/P1D."`
}

// interval is nil for all time.
func (w *within) interval() (*druid.Interval, error) {
	if w.Interval == "" {
		return nil, nil
	}
	i, err := druid.ParseInterval(strings.ReplaceAll(w.Interval, "_", "/"))
	if err != nil {
		return nil, &inputError{fmt.Errorf("--interval: %w; give one like 2024-01-01/2024-02-01 or 2024-01-01/P1D", err)}
	}
	return &i, nil
}

type segments struct {
	remote
	within
	Datasource string `arg:"" help:"Name of the data source."`
}

// Help gives the examples.
func (*segments) Help() string {
	return "Lists the segments that queries see, at least in part, and how many rows they find in each.\n\n" + examples(
		"of all time", "ovate segments flights",
		"of a day", "ovate segments flights --interval 2013-01-07/P1D",
	)
}

// Run lists the segments.
func (s *segments) Run(ctx context.Context, streams *Streams) error {
	table := tabwriter.NewWriter(streams.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "INTERVAL\tVERSION\tPARTITION\tROWS\tSIZE\tFILES")
	_, err := eachSegment(ctx, &s.remote, &s.within, s.Datasource, func(seen *client.Segment) error {
		_, err := fmt.Fprintf(table, "%s\t%s\t%d\t%s\t%s\t%s\n", seen.Interval, seen.Version, seen.ShardSpec.PartitionNum(),
			countOrUnknown(seen.Rows), size(seen.Size), localPath(seen.LoadSpec))
		return err
	})
	return errors.Join(err, table.Flush())
}

// errEnough ends the reading of segments.
var errEnough = errors.New("enough")

// eachSegment calls fn for the segments of a data source. None at all is an error for a data source that is not there.
func eachSegment(ctx context.Context, r *remote, w *within, dataSource string, fn func(*client.Segment) error) (n int, err error) {
	overlord, err := r.client(ctx)
	if err != nil {
		return 0, err
	}
	interval, err := w.interval()
	if err != nil {
		return 0, err
	}
	err = overlord.Segments(ctx, dataSource, interval, func(s *client.Segment) error {
		n++
		return fn(s)
	})
	if n == 0 && err == nil {
		err = &inputError{fmt.Errorf("nothing is stored of data source %q in that time; `ovate datasources` lists what is", dataSource)}
	}
	if errors.Is(err, errEnough) {
		err = nil
	}
	return n, err
}

type dump struct {
	remote
	within
	Datasource string `arg:"" help:"Name of the data source."`
	Limit      int    `short:"n" placeholder:"N" help:"At most so many rows."`
}

// Help gives the examples.
func (*dump) Help() string {
	return "Prints the rows that a query finds as JSON, one a line, segment by segment. It reads the files of the segments, so that it has to " +
		"run where the server does.\n\n" + examples(
		"the first rows", "ovate dump flights -n 5",
		"query them", "ovate dump flights > flights.json && duckdb -c \"from 'flights.json'\"",
	)
}

// Run prints the rows.
func (d *dump) Run(ctx context.Context, streams *Streams) error {
	out := bufio.NewWriterSize(streams.Out, 1<<16)
	left := d.Limit
	_, err := eachSegment(ctx, &d.remote, &d.within, d.Datasource, func(s *client.Segment) error {
		if err := dumpSegment(ctx, s, out, d.Limit > 0, &left); err != nil {
			return err
		}
		if d.Limit > 0 && left == 0 {
			return errEnough
		}
		return nil
	})
	return errors.Join(err, out.Flush())
}

// dumpSegment writes the rows of a segment that queries see.
func dumpSegment(ctx context.Context, s *client.Segment, out io.Writer, limited bool, left *int) (err error) {
	if s.BinaryVersion == 0 {
		return nil // a tombstone has no rows
	}
	path := localPath(s.LoadSpec)
	if path == "" {
		return fmt.Errorf("segment %s is not in a folder that can be read here: %s", s.ID(), s.LoadSpec)
	}
	opened, err := openSegment(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	rows, err := opened.RowReader()
	if err != nil {
		return err
	}
	times, err := inventory.NewTimes(opened)
	if err != nil {
		return err
	}
	return dumpRows(ctx, s, rows, times, out, limited, left)
}

func dumpRows(ctx context.Context, s *client.Segment, rows *segment.RowReader, times *inventory.Times, out io.Writer, limited bool, left *int) error {
	var line []byte
	for row := 0; ; {
		batch, err := times.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		for _, t := range batch {
			row++
			if !inventory.Within(s.Visible, druid.Instant(t)) {
				continue
			}
			if limited && *left == 0 {
				return nil
			}
			*left--
			if line, err = rows.AppendJSON(line[:0], row-1); err != nil {
				return fmt.Errorf("segment %s, row %d: %w", s.ID(), row-1, err)
			}
			if _, err := out.Write(append(line, '\n')); err != nil {
				return err
			}
		}
	}
}
