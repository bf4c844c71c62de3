package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"ovate/client"
	"ovate/druid"
	"ovate/internal/datadir"
	"ovate/internal/detect"
)

type ingest struct {
	Files       []string `arg:"" type:"path" name:"file" help:"Files of rows: JSON objects one a line, csv or tsv; plain or .gz, .zst, .bz2, .xz."`
	Datasource  string   `short:"d" required:"" placeholder:"NAME" help:"Data source to write to. Rows that it holds already stay, unless --replace is given."`
	URL         string   `env:"OVATE_URL" placeholder:"URL" help:"Server to run it (it must see the files). Default: OVATE_URL; without it, a server within this process."`
	Data        string   `type:"path" default:"var" placeholder:"DIR" help:"Without --url: folder for segments and everything else. Default: ./var."`
	DryRun      bool     `help:"Print the task and end."`
	Format      string   `enum:",json,csv,tsv" default:"" placeholder:"FORMAT" help:"json, csv or tsv (also with semicolons or bars). Default: found out."`
	TimeColumn  string   `placeholder:"NAME" help:"Column with the time of a row. Default: found out."`
	TimeFormat  string   `placeholder:"FORMAT" help:"iso, auto, millis, posix, micro, nano, or a pattern like 'dd.MM.yyyy HH:mm'. Default: found out."`
	Granularity string   `placeholder:"UNIT" help:"HOUR, DAY, MONTH, YEAR, ALL …: the time one segment covers. Default: what makes segments of a good size."`
	Rollup      bool     `help:"Keep one row for all that agree in hour and texts, with the sums of their numbers."`
	Append      bool     `xor:"held" help:"Add to what the data source holds."`
	Replace     bool     `xor:"held" help:"Replace what the data source holds of the same days (or hours, for data of less than a day); with --granularity, of the same time chunks."`
}

// Help gives the examples.
func (*ingest) Help() string {
	return "Looks at the beginning of the files, finds out format, columns, types and the column of time, writes a spec, " +
		"prints it and runs it. Every finding has a flag that overrules it; or save the spec, change it and submit it.\n\n" + examples(
		"just do it, with no server", "ovate ingest flights.csv.gz -d flights",
		"look first", "ovate ingest flights.csv.gz -d flights --dry-run > flights.json",
		"many files, on a running server", "ovate ingest logs/*.json.gz -d logs --url http://127.0.0.1:8090",
		"the same days again, corrected", "ovate ingest march.csv -d flights --replace",
		"more rows of any time", "ovate ingest more.csv -d flights --append",
		"when the time is not found", "ovate ingest sales.csv -d sales --time-column sold --time-format 'dd/MM/yyyy HH:mm'",
	)
}

// Run looks, prints and ingests.
func (i *ingest) Run(ctx context.Context, streams *Streams) error {
	if err := druid.ValidateID("dataSource", i.Datasource); err != nil {
		return &inputError{fmt.Errorf("--datasource: %w", err)}
	}
	table, err := detect.Files(ctx, i.Files, detect.Options{
		Format: i.Format, TimeColumn: i.TimeColumn, TimeFormat: i.TimeFormat, Granularity: i.Granularity, Rollup: i.Rollup, Append: i.Append,
	})
	if err != nil {
		return &inputError{err}
	}
	task, err := table.Task(i.Datasource)
	if err != nil {
		return err
	}
	printFindings(streams.Err, table)
	if _, err := streams.Out.Write(task); err != nil || i.DryRun {
		return err
	}
	return i.run(ctx, streams, task, table.Text(), &keeper{i.Replace || i.Append, i.keeps(), unitOf(table.Span)})
}

// keeps is the granularity whose time chunks may be replaced as a whole. An append replaces nothing.
func (i *ingest) keeps() string {
	if i.Append {
		return "none"
	}
	return i.Granularity
}

func (i *ingest) run(ctx context.Context, streams *Streams, task []byte, total int64, keeper *keeper) (err error) {
	if i.URL != "" {
		overlord, err := newClient(i.URL)
		if err != nil {
			return err
		}
		if err := keeper.mayTell(ctx, overlord, i.Datasource); err != nil {
			return err
		}
		outcome, err := keeper.ingest(task, streams.Err, func(task []byte) (*outcome, error) {
			id, err := overlord.Submit(ctx, task)
			if err != nil {
				return nil, err
			}
			outcome, err := watch(ctx, overlord, id, total, streams.Err)
			if err != nil {
				return nil, &leftError{id, err}
			}
			return outcome, nil
		})
		if err != nil {
			return err
		}
		if err := outcome.printRows(streams.Err); err != nil {
			return err
		}
		if _, err := printHeld(ctx, overlord, i.Datasource, streams.Err); !client.IsNotFound(err) {
			return err
		}
		return nil // a server that does not tell
	}
	server, err := embed(ctx, i.Data, "127.0.0.1:0", streams)
	if held := new(datadir.HeldError); errors.As(err, &held) {
		return fmt.Errorf("%w\nIf that is a server, let it do the work: --url http://127.0.0.1:8090", err)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	outcome, err := keeper.ingest(task, streams.Err, func(task []byte) (*outcome, error) { return server.run(ctx, task, total, streams.Err) })
	if err != nil {
		return err
	}
	if err := outcome.printRows(streams.Err); err != nil {
		return err
	}
	_, err = printHeld(ctx, server.Client, i.Datasource, streams.Err)
	return err
}

// printFindings says what was found in a few lines.
func printFindings(w io.Writer, t *detect.Table) {
	line := func(name, format string, args ...any) {
		fmt.Fprintf(w, "%-9s "+format+"\n", append([]any{name}, args...)...)
	}
	first := filepath.Base(t.Files[0].Path)
	if n := len(t.Files); n > 1 {
		first = fmt.Sprintf("%s and %d more", first, n-1)
	}
	line("files", "%s: %s, about %s rows in %s of text", first, t.Format, count(t.Rows), size(t.Text()))
	line("time", "column %s (%s), about %s to %s", t.Time.Column, t.Time.Format, t.Span.Start, t.Span.End)
	line("columns", "%s", t.Summary())
	if t.Granularity == "ALL" {
		line("segments", "one or more for all time")
	} else {
		line("segments", "one or more a %s", t.Granularity)
	}
	for _, note := range t.Notes {
		line("note", "%s", note)
	}
}
