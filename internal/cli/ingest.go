package cli

import (
	"context"
	"errors"
	"fmt"

	"ovate/druid"
	"ovate/internal/datadir"
	"ovate/internal/detect"
	"ovate/internal/shell"
)

type ingest struct {
	Files      []string `arg:"" name:"file" help:"Files of rows: JSON in any layout, csv, tsv; plain, compressed or in a .zip (a.zip:b.csv: that file of it alone). Also a folder, a pattern, a URL, or - for standard input."`
	Datasource string   `short:"d" required:"" placeholder:"NAME" help:"Data source to write to. Rows that it holds already stay, unless --replace is given."`
	URL        string   `env:"OVATE_URL" placeholder:"URL" help:"Server to run it (it must see the files). Default: OVATE_URL, else the one that runs on --data, else one within this process."`
	trust
	Data    string `env:"ovate_data" type:"path" default:"var" placeholder:"DIR" help:"Without --url: folder for segments and everything else. Default: ./var."`
	Verbose bool   `short:"v" help:"Notes name all columns and files that they are about, however many."`
	DryRun  bool   `help:"Check the files, print the task and end."`
	Rows    string `type:"path" placeholder:"DIR" help:"Folder for the copy of the rows that is made where Druid would read a file otherwise. It is kept, and readable as your umask has it. Default: one that is removed and that nobody else can read."`
	Append  bool   `xor:"held" help:"Add to what the data source holds."`
	Replace bool   `xor:"held" help:"Replace what the data source holds of the same days (or hours, for data of less than a day: rows of that day's other hours stay); with --granularity, of the same time chunks, such as whole days with DAY."`

	Format    string `enum:",json,csv,tsv" default:"" group:"files" placeholder:"FORMAT" help:"json, csv or tsv (also with semicolons or bars)."`
	Header    *bool  `negatable:"" group:"files" help:"The first line of every file names the columns, or none does."`
	SkipLines string `group:"files" placeholder:"N" help:"Leave out the first N lines of every file, such as a title; or lines by their numbers, such as 2-3 behind the header. Default: found by what follows."`
	Delimiter string `group:"files" placeholder:"TEXT" help:"What stands between two fields."`
	Quote     string `group:"files" placeholder:"CHAR" help:"What stands around a field, or none."`
	Escape    string `group:"files" placeholder:"CHAR" help:"What stands before a quote that belongs to the value, besides another quote: a backslash, or none."`
	Comment   string `group:"files" placeholder:"TEXT" help:"Lines that begin with it are comments, such as #, or none are. Default: # before the first row, and wherever such a line has not as many fields as there are columns."`
	Fill      *bool  `negatable:"" group:"files" help:"Rows may lack their last fields, which are null then; or all have as many as there are columns, and an empty one at the end counts. Default: the very last one, where it is often lacking."`
	Encoding  string `group:"files" placeholder:"NAME" help:"utf-8, utf-16, latin-1 …"`
	JSONPath  string `group:"files" name:"json-path" placeholder:"KEYS" help:"Where in a JSON object the rows are: data.items. With a star, data.*: each value of the object is one, and its key a column. A point alone: the object itself is a row. A backslash stands before a point that belongs to a key."`

	Columns []string    `group:"columns" placeholder:"NAME" help:"Ingest these alone."`
	Drop    []string    `group:"columns" placeholder:"NAME" help:"Leave these out."`
	Type    columnTypes `group:"columns" placeholder:"NAME=TYPE" help:"long, double or string. Default: the narrowest that keeps all values."`
	Null    nullWords   `group:"columns" placeholder:"WORD" help:"A text that stands for no value in every column. In columns of numbers and times, words like NA do anyway."`
	SkipBad skipBad     `group:"columns" placeholder:"N" help:"Leave out rows that do not fit, at most N (--skip-bad=N) or any number, and tell which. Default: ingest nothing then."`

	TimeColumn string   `group:"time" placeholder:"NAME" help:"Column with the time of a row, or columns that make it together: 'Date + Time'."`
	TimeFormat string   `group:"time" placeholder:"FORMAT" help:"iso, auto, millis, posix, micro, nano, ticks (of .NET), filetime (of Windows), excel (days since 1900), or a pattern like 'dd.MM.yyyy HH:mm'."`
	TimeZone   []string `group:"time" placeholder:"ZONE" help:"Where clocks show the times that do not say it: Europe/Berlin, or how far they are from UTC: +01:00. Default: UTC. Also what letters in times stand for: IST=Asia/Kolkata."`
	Time       string   `group:"time" placeholder:"TIME" help:"One time for all rows: 2024-01-01."`

	Granularity string `group:"segments" placeholder:"UNIT" help:"HOUR, DAY, MONTH, YEAR, ALL …: the time one segment covers. Default: what makes segments of a good size."`
	Rollup      bool   `group:"segments" help:"Keep one row for all that agree in hour and texts, with the sums of their numbers."`

	runsOnData bool // the server at URL keeps the data folder
}

// Help gives the examples.
func (*ingest) Help() string {
	return "Reads all rows of the files, finds out format, columns, types and the column of time, writes a spec, prints it and runs it. " +
		"A row that does not fit is told before anything is ingested. Every finding has a flag that overrules it; or save the spec, change it and submit it.\n\n" +
		"Without a server, Ctrl-C ends it with exit code 130 if nothing was stored, and with 0 if the rows were stored by then. " +
		"If it is killed, the same command again says what became of the rows, and does not store them again.\n\n" + examples(
		"just do it, with no server", "ovate ingest flights.csv.gz -d flights",
		"look first", "ovate ingest flights.csv.gz -d flights --dry-run > flights.json",
		"many files, on a running server", "ovate ingest logs/*.json.gz -d logs --url http://127.0.0.1:8090",
		"the same days again, corrected", "ovate ingest march.csv -d flights --replace --granularity DAY",
		"more rows of any time", "ovate ingest more.csv -d flights --append",
		"when the time is not found", "ovate ingest sales.csv -d sales --time-column sold --time-format 'dd/MM/yyyy HH:mm'",
		"local times, and ids that are no numbers", "ovate ingest sales.csv -d sales --time-zone Europe/Berlin --type customer=string",
		"leave out at most ten rows that do not fit", "ovate ingest sales.csv -d sales --skip-bad=10",
	)
}

// Run checks the files, prints the task and has it run.
func (i *ingest) Run(ctx context.Context, streams *Streams) (err error) {
	if err := druid.ValidateID("dataSource", i.Datasource); err != nil {
		return &inputError{fmt.Errorf("--datasource: %w", err)}
	}
	if i.URL == "" {
		if i.URL, err = datadir.Find(i.Data); err != nil {
			return &inputError{err}
		}
		i.runsOnData = i.URL != ""
	}
	options, err := i.options(streams)
	if err != nil {
		return &inputError{err}
	}
	folder, err := i.copies(ctx)
	if err != nil {
		return err
	}
	defer func() { err = settleCopies(folder, err) }()
	options.CopyDir, options.Watch = folder.Dir, watchReading(streams.Err)
	if i.Rows != "" {
		options.CopyMode = 0o644
	}
	found, err := detect.Files(ctx, i.Files, options)
	if refused := new(detect.RefusedError); errors.As(err, &refused) {
		return &inputError{err}
	}
	if err != nil {
		return beforeStored(err)
	}
	task, err := found.Task(i.Datasource)
	if err != nil {
		return err
	}
	printFindings(streams.Err, found)
	if i.DryRun && found.Why != "" && i.Rows == "" {
		printLine(streams.Err, "copy", "the copy that this task reads is not kept; --rows DIR keeps it")
	}
	if found.Why == "" && i.Rows != "" {
		printLine(streams.Err, "note", "%s changes nothing: the task reads the files themselves, and no copy of the rows is made", shell.FlagWord("--rows", i.Rows))
	}
	if _, err := streams.Out.Write(task); err != nil || i.DryRun {
		return err
	}
	run := newIngestRun(i, task, found, folder, streams)
	if i.URL != "" {
		return run.onServer(ctx)
	}
	return run.here(ctx, streams)
}
