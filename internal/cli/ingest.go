package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/alecthomas/kong"

	"ovate/client"
	"ovate/druid"
	"ovate/internal/datadir"
	"ovate/internal/detect"
	"ovate/internal/disk"
	"ovate/internal/quantity"
	"ovate/internal/table"
	"ovate/internal/uri"
)

type ingest struct {
	Files      []string `arg:"" name:"file" help:"Files of rows: JSON in any layout, csv, tsv; plain, compressed or in a .zip (a.zip:b.csv: that file of it alone). Also a folder, a pattern, a URL, or - for standard input."`
	Datasource string   `short:"d" required:"" placeholder:"NAME" help:"Data source to write to. Rows that it holds already stay, unless --replace is given."`
	URL        string   `env:"OVATE_URL" placeholder:"URL" help:"Server to run it (it must see the files). Default: OVATE_URL, else the one that runs on --data, else one within this process."`
	Data       string   `env:"ovate_data" type:"path" default:"var" placeholder:"DIR" help:"Without --url: folder for segments and everything else. Default: ./var."`
	Verbose    bool     `short:"v" help:"Notes name all columns and files that they are about, however many."`
	DryRun     bool     `help:"Check the files, print the task and end."`
	Rows       string   `type:"path" placeholder:"DIR" help:"Folder for the copy of the rows that is made where Druid would read a file otherwise. It is kept, and readable as your umask has it. Default: one that is removed and that nobody else can read."`
	Append     bool     `xor:"held" help:"Add to what the data source holds."`
	Replace    bool     `xor:"held" help:"Replace what the data source holds of the same days (or hours, for data of less than a day); with --granularity, of the same time chunks."`

	Format    string `enum:",json,csv,tsv" default:"" group:"files" placeholder:"FORMAT" help:"json, csv or tsv (also with semicolons or bars)."`
	Header    *bool  `negatable:"" group:"files" help:"The first line of every file names the columns, or none does."`
	SkipLines *int64 `group:"files" placeholder:"N" help:"Leave out the first N lines of every file, such as a title. Default: found by what follows."`
	Delimiter string `group:"files" placeholder:"TEXT" help:"What stands between two fields."`
	Quote     string `group:"files" placeholder:"CHAR" help:"What stands around a field, or none."`
	Escape    string `group:"files" placeholder:"CHAR" help:"What stands before a quote that belongs to the value, besides another quote: a backslash, or none."`
	Comment   string `group:"files" placeholder:"TEXT" help:"Lines that begin with it are comments, such as #, or none are. Default: # before the first row, and wherever such a line has not as many fields as there are columns."`
	Fill      *bool  `negatable:"" group:"files" help:"Rows may lack their last fields, which are null then; or all have as many as there are columns, and an empty one at the end counts. Default: the very last one, where it is often lacking."`
	Encoding  string `group:"files" placeholder:"NAME" help:"utf-8, utf-16, latin-1 …"`
	JSONPath  string `group:"files" name:"json-path" placeholder:"KEYS" help:"Where in a JSON object the rows are: data.items. With a star, data.*: each value of the object is one, and its key a column. A point alone: the object itself is a row."`

	Columns []string          `group:"columns" placeholder:"NAME" help:"Ingest these alone."`
	Drop    []string          `group:"columns" placeholder:"NAME" help:"Leave these out."`
	Type    map[string]string `group:"columns" placeholder:"NAME=TYPE" help:"long, double or string. Default: the narrowest that keeps all values."`
	Null    []string          `group:"columns" sep:"none" placeholder:"WORD" help:"A text that stands for no value in every column. In columns of numbers and times, words like NA do anyway."`
	SkipBad skipBad           `group:"columns" placeholder:"N" help:"Leave out rows that do not fit, at most N (--skip-bad=N) or any number, and tell which. Default: ingest nothing then."`

	TimeColumn string   `group:"time" placeholder:"NAME" help:"Column with the time of a row, or columns that make it together: 'Date + Time'."`
	TimeFormat string   `group:"time" placeholder:"FORMAT" help:"iso, auto, millis, posix, micro, nano, excel (days since 1900), or a pattern like 'dd.MM.yyyy HH:mm'."`
	TimeZone   []string `group:"time" placeholder:"ZONE" help:"Where clocks show the times that do not say it: Europe/Berlin. Default: UTC. Also what letters in times stand for: IST=Asia/Kolkata."`
	Time       string   `group:"time" placeholder:"TIME" help:"One time for all rows: 2024-01-01."`

	Granularity string `group:"segments" placeholder:"UNIT" help:"HOUR, DAY, MONTH, YEAR, ALL …: the time one segment covers. Default: what makes segments of a good size."`
	Rollup      bool   `group:"segments" help:"Keep one row for all that agree in hour and texts, with the sums of their numbers."`

	runsOnData bool // the server at URL keeps the data folder
}

// skipBad is how many rows may be left out: none without the flag, any number (-1) with it alone.
type skipBad int

// IsBool makes the number optional.
func (*skipBad) IsBool() bool { return true }

// Decode reads what stands behind an equals sign, if there is one.
func (s *skipBad) Decode(ctx *kong.DecodeContext) error {
	*s = -1
	if ctx.Scan.Peek().Type != kong.FlagValueToken {
		return nil
	}
	var n int
	text := fmt.Sprint(ctx.Scan.Pop().Value)
	if _, err := fmt.Sscanf(text+"\n", "%d\n", &n); err != nil || n < 0 {
		return fmt.Errorf("%q must be a number of rows", text)
	}
	*s = skipBad(n)
	return nil
}

// Help gives the examples.
func (*ingest) Help() string {
	return "Reads all rows of the files, finds out format, columns, types and the column of time, writes a spec, prints it and runs it. " +
		"A row that does not fit is told before anything is ingested. Every finding has a flag that overrules it; or save the spec, change it and submit it.\n\n" +
		"Without a server, Ctrl-C ends it with exit code 130 if nothing was stored, and with 0 if the rows were stored by then. " +
		"If it is killed, the next one with the same --data says what became of the rows, and does not store them again.\n\n" + examples(
		"just do it, with no server", "ovate ingest flights.csv.gz -d flights",
		"look first", "ovate ingest flights.csv.gz -d flights --dry-run > flights.json",
		"many files, on a running server", "ovate ingest logs/*.json.gz -d logs --url http://127.0.0.1:8090",
		"the same days again, corrected", "ovate ingest march.csv -d flights --replace",
		"more rows of any time", "ovate ingest more.csv -d flights --append",
		"when the time is not found", "ovate ingest sales.csv -d sales --time-column sold --time-format 'dd/MM/yyyy HH:mm'",
		"local times, and ids that are no numbers", "ovate ingest sales.csv -d sales --time-zone Europe/Berlin --type customer=string",
		"leave out at most ten rows that do not fit", "ovate ingest sales.csv -d sales --skip-bad=10",
	)
}

// options is what the flags say about the files.
func (i *ingest) options(streams *Streams) (detect.Options, error) {
	o := detect.Options{
		Table: table.Options{Format: i.Format, Header: i.Header, SkipLines: i.SkipLines, Delimiter: i.Delimiter, Quote: i.Quote, Escape: i.Escape, Comment: i.Comment, Fill: i.Fill, Encoding: i.Encoding, JSONPath: i.JSONPath, Verbose: i.Verbose, Stdin: streams.In},
		Types: i.Type, Nulls: i.Null, Columns: i.Columns, Drop: i.Drop, SkipBad: int(i.SkipBad),
		TimeColumn: i.TimeColumn, TimeFormat: i.TimeFormat, Granularity: i.Granularity, Rollup: i.Rollup, Append: i.Append, Verbose: i.Verbose,
	}
	for _, zone := range i.TimeZone {
		letters, place, named := strings.Cut(zone, "=")
		switch {
		case named && o.Zones == nil:
			o.Zones = map[string]string{letters: place}
		case named:
			o.Zones[letters] = place
		case o.TimeZone != "":
			return o, fmt.Errorf("--time-zone %s and %s: times that do not say their zone can be of one only", o.TimeZone, zone)
		default:
			o.TimeZone = zone
		}
	}
	if i.Time != "" {
		at, err := druid.ParseInstant(i.Time)
		if err != nil {
			return o, fmt.Errorf("--time %q must be a time like 2024-01-01 or 2024-01-01T10:00:00Z", i.Time)
		}
		o.Time = &at
		if i.TimeColumn != "" {
			return o, errors.New("--time and --time-column exclude each other")
		}
	}
	return o, nil
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
	copies, err := i.copies(ctx)
	if err != nil {
		return err
	}
	defer func() { err = settleCopies(copies, err) }()
	options.CopyDir, options.Watch = copies.Dir, watchReading(streams.Err)
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
	if _, err := streams.Out.Write(task); err != nil || i.DryRun {
		return err
	}
	return i.run(ctx, streams, task, found, copies, &keeper{i.Replace || i.Append, i.keeps(), unitOf(found.Span), func(unit string) ([]byte, error) {
		by := *found
		by.Granularity = unit
		return by.Task(i.Datasource)
	}})
}

// keeps is the granularity whose time chunks may be replaced as a whole. An append replaces nothing.
func (i *ingest) keeps() string {
	if i.Append {
		return "none"
	}
	return i.Granularity
}

// copies is where a copy of the rows goes, should one be needed.
func (i *ingest) copies(ctx context.Context) (*detect.CopyDir, error) {
	if i.Rows != "" {
		return &detect.CopyDir{Dir: i.Rows}, nil
	}
	parent := filepath.Join(i.Data, "copies")
	if i.URL != "" || i.DryRun {
		parent = filepath.Join(os.TempDir(), fmt.Sprintf("ovate-%d", os.Geteuid()))
		if err := disk.MkdirPrivate(parent); err != nil {
			return nil, err
		}
	}
	ended, done := readers(ctx)
	defer done()
	return detect.NewCopyDir(parent, ended)
}

// lend gives a task an id and the copy of the rows, if there is one. left is the error for a task that may go on without this program.
func (i *ingest) lend(task []byte, found *detect.Table, copies *detect.CopyDir) (with []byte, id string, left func(has string, err error) error, err error) {
	with, id = withNewID(task, i.Datasource)
	dir := ""
	if len(found.Copies) > 0 && i.Rows == "" {
		dir, err = copies.Dir, copies.Lend(detect.Reader{Server: i.URL, Task: id})
	}
	return with, id, func(has string, err error) error { return &leftError{id, has, dir, err} }, err
}

func (i *ingest) run(ctx context.Context, streams *Streams, task []byte, found *detect.Table, copies *detect.CopyDir, keeper *keeper) (err error) {
	if i.URL != "" {
		overlord, err := newClient(i.URL)
		if err != nil {
			return err
		}
		if err := keeper.mayTell(ctx, overlord, i.Datasource); err != nil {
			return err
		}
		if done, err := i.settle(ctx, overlord, task, found, streams.Err); done || err != nil {
			return err
		}
		outcome, err := keeper.ingest(task, streams.Err, func(task []byte, keys taskContext) (*outcome, error) {
			task, id, left, err := i.lend(keys.addTo(task), found, copies)
			if err != nil {
				return nil, err
			}
			if _, err := overlord.Submit(ctx, task); err != nil {
				if mayHaveTaken(err) {
					err = left("may have", err)
				}
				return nil, err
			}
			outcome, err := watch(ctx, overlord, id, found.TaskText(), streams.Err)
			if err != nil {
				return nil, left("has", err)
			}
			return outcome, nil
		})
		if err != nil {
			return err
		}
		if err := outcome.printAll(streams.Err, found.Rows); err != nil {
			return i.explainUnread(found, outcome.rows.Unreadable, err)
		}
		if _, err := printHeld(ctx, overlord, i.Datasource, streams.Err); !client.IsNotFound(err) {
			return err
		}
		return nil // a server that does not tell
	}
	server, err := embed(ctx, i.Data, "127.0.0.1:0", streams)
	if held := new(datadir.HeldError); errors.As(err, &held) {
		return fmt.Errorf("%w\nIt is no server that takes tasks from others, or one that only starts: try again when it has ended or started", err)
	}
	if err != nil {
		return beforeStored(err)
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	return i.runWithin(ctx, server, task, found, keeper, streams.Err)
}

// runWithin has the server of this process run the task, and tells how it ended, however this process ends.
func (i *ingest) runWithin(ctx context.Context, server *embedded, task []byte, found *detect.Table, keeper *keeper, w io.Writer) error {
	this, err := newAttempt(task, i.Datasource, found)
	if err != nil {
		return beforeStored(err)
	}
	if done, err := this.settle(ctx, server.Client, i.Data, i.Append, w); done || err != nil {
		return beforeStored(err)
	}
	ended, err := keeper.ingest(task, w, func(task []byte, keys taskContext) (*outcome, error) {
		task, id := withNewID(task, i.Datasource)
		if err := this.begin(i.Data, id); err != nil {
			return nil, err
		}
		return server.run(ctx, id, task, keys, found.TaskText(), w)
	})
	if cutOff := new(cutOffError); errors.As(err, &cutOff) && cutOff.fate == maybeStored {
		return err
	}
	if err != nil {
		return errors.Join(err, forgetAttempt(i.Data))
	}
	told := &toldWriter{Writer: w}
	err = ended.printAll(told, found.Rows)
	if err == nil && ctx.Err() != nil {
		printLine(told, "note", "interrupted when the rows had been stored already")
	}
	if ctx.Err() == nil || told.err == nil { // else the terminal is gone, and nobody has read it
		err = errors.Join(err, forgetAttempt(i.Data))
	}
	if err != nil {
		return err
	}
	if _, err := printHeld(context.WithoutCancel(ctx), server.Client, i.Datasource, w); err != nil { // the rows are stored all the same
		printLine(w, "note", "what %s holds cannot be shown: %v", i.Datasource, err)
	}
	return nil
}

// unreadError is a file that the server could not read, while this program could.
type unreadError struct {
	path, url string
	copy      bool
	err       error
}

func (e *unreadError) Error() string {
	what := "file"
	if e.copy {
		what = "copy of the rows"
	}
	return fmt.Sprintf("the server at %s could not read the %s %s: it runs as another user, or on another machine (%v)", uri.Redact(e.url), what, e.path, e.err)
}

func (e *unreadError) Unwrap() error { return e.err }

// explainUnread tells a task that failed as the server could not open what it was to read from others.
func (i *ingest) explainUnread(found *detect.Table, path string, err error) error {
	if err == nil || path == "" {
		return err
	}
	return &unreadError{path, i.URL, len(found.Copies) > 0, err}
}

// printFindings says what was found in a few lines.
func printFindings(w io.Writer, t *detect.Table) {
	line := func(name, format string, args ...any) { printLine(w, name, format, args...) }
	line("files", "%s: %s, %s in %s", nameFiles(t), t.Format, quantity.Of(t.Rows, "row"), size(t.Text()))
	if t.Time.Column == "" {
		line("time", "%s for all rows", t.Time.Constant)
	} else {
		taken := ""
		if t.Time.NoZone {
			taken = ", taken for UTC as they say no zone (--time-zone)"
		}
		line("time", "column %s (%s), %s to %s%s", t.Time.Source, t.Time.Format, t.Span.Start, t.Span.End-1, taken)
	}
	line("columns", "%s", t.Summary())
	if t.Granularity == "ALL" {
		line("segments", "one or more for all time")
	} else {
		line("segments", "one or more a %s", t.Granularity)
	}
	if t.Why != "" {
		line("copy", "ingested from a copy as JSON: %s", t.Why)
	}
	for _, note := range t.Notes {
		line("note", "%s", note)
	}
}

// nameFiles names the first file and counts the others.
func nameFiles(t *detect.Table) string {
	first := filepath.Base(t.Files[0].Name)
	if n := len(t.Files); n > 1 {
		return fmt.Sprintf("%s and %d more", first, n-1)
	}
	return first
}
