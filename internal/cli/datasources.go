package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"ovate/client"
	"ovate/druid"
	"ovate/internal/quantity"
)

type datasources struct {
	remote
}

// Help gives the examples.
func (*datasources) Help() string {
	return "Rows are those that a query finds: what newer segments hide does not count. Where no server runs, the data folder is read itself.\n\n" + examples("what is there", "ovate datasources")
}

// Run lists the data sources.
func (d *datasources) Run(ctx context.Context, streams *Streams) (err error) {
	from, done, err := d.stored(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	list, err := from.DataSources(ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(streams.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "DATASOURCE\tROWS\tSEGMENTS\tSIZE\tINTERVAL")
	uncounted := 0
	for _, d := range list {
		rows := quantity.CountKnown(d.Rows)
		if d.Uncounted > 0 && d.Rows != nil {
			rows += " + ?"
		}
		uncounted += d.Uncounted
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", d.Name, rows, quantity.Count(d.Segments), size(d.Size), d.Interval)
	}
	if err := table.Flush(); err != nil || uncounted == 0 {
		return err
	}
	return fmt.Errorf("the rows of %s are not counted, as they are kept in S3 or elsewhere, damaged or missing; `ovate segments` names them", quantity.Of(uncounted, "segment"))
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
	Datasource string `arg:"" optional:"" help:"Name of the data source. Default: all of them."`
}

// Help gives the examples.
func (*segments) Help() string {
	return "Lists the segments that queries see, at least in part, and how many rows they find in each. Where no server runs, the data folder is read itself.\n\n" + examples(
		"of all data sources", "ovate segments",
		"of one", "ovate segments flights",
		"of a day", "ovate segments flights --interval 2013-01-07/P1D",
	)
}

// Run lists the segments.
func (s *segments) Run(ctx context.Context, streams *Streams) (err error) {
	from, done, err := s.stored(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	table := tabwriter.NewWriter(streams.Out, 0, 0, 2, ' ', 0)
	names, label := []string{s.Datasource}, ""
	if s.Datasource == "" {
		list, err := from.DataSources(ctx)
		if err != nil {
			return err
		}
		names, label = nil, "DATASOURCE\t"
		for _, d := range list {
			names = append(names, d.Name)
		}
	}
	uncounted := missingParts{notes: streams.Err}
	fmt.Fprintln(table, label+"INTERVAL\tVERSION\tPARTITION\tROWS\tSIZE\tFILES")
	for _, name := range names {
		err := eachSegment(ctx, from, &s.within, name, func(seen *client.Segment) error {
			if s.Datasource == "" {
				label = seen.DataSource + "\t"
			}
			if reason := whyUncounted(seen); reason != "" {
				uncounted.add(seen, reason)
			}
			_, err := fmt.Fprintf(table, "%s%s\t%s\t%d\t%s\t%s\t%s\n", label, seen.Interval, seen.Version, seen.ShardSpec.PartitionNum(),
				quantity.CountKnown(seen.Rows), size(seen.Size), whereabouts(seen))
			return err
		})
		if nothing := (*nothingError)(nil); errors.As(err, &nothing) && s.Datasource == "" {
			continue // it has segments at another time
		}
		if err != nil {
			return errors.Join(err, table.Flush())
		}
	}
	return errors.Join(table.Flush(), uncounted.err("the rows are not counted", "all else is there"))
}
