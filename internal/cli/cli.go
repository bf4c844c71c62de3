// Package cli is the command line: one file a command, each a struct whose fields are its flags and whose Run is a
// story of a page at most.
package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Streams is what a command reads and writes. Results go to Out; logs, progress and errors to Err.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	Environ  []string

	atEnd []func(heard bool) error // for Main, once all has been written and nothing but the exit code is left to be told
}

// Process is the streams and the environment of this process.
func Process() *Streams {
	return &Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Environ: os.Environ()}
}

// commands is the whole command line. Kong reads the tags.
type commands struct {
	Quickstart quickstart `cmd:"" group:"try" help:"Start a server, ingest a bundled data set and show what came of it."`
	Ingest     ingest     `cmd:"" group:"try" help:"Ingest files without writing a spec."`

	Serve      serve      `cmd:"" group:"server" help:"Run the server."`
	Users      users      `cmd:"" group:"server" help:"Say who may log in to a server, and what they may do."`
	Secrets    secrets    `cmd:"" group:"server" help:"Seal secrets that specs have in the metadata."`
	Version    version    `cmd:"" group:"server" help:"Print the version."`
	Completion completion `cmd:"" group:"server" help:"Print a script that lets bash, zsh or fish complete commands, flags and values."`

	Submit submit `cmd:"" group:"tasks" help:"Hand in a task."`
	Tasks  tasks  `cmd:"" group:"tasks" help:"List tasks."`
	Status status `cmd:"" group:"tasks" help:"Tell how a task stands."`
	Wait   wait   `cmd:"" group:"tasks" help:"Wait until tasks are complete."`
	Logs   logs   `cmd:"" group:"tasks" help:"Print the log of a task."`
	Report report `cmd:"" group:"tasks" help:"Print the report of a task: rows read, rows refused, segments."`
	Kill   kill   `cmd:"" group:"tasks" help:"Shut tasks down."`
	Retry  retry  `cmd:"" group:"tasks" help:"Submit tasks that have ended once more."`

	Datasources datasources     `cmd:"" group:"segments" help:"List what is stored: rows, segments, time."`
	Segments    segments        `cmd:"" group:"segments" help:"List the segments that queries see."`
	Dump        dump            `cmd:"" group:"segments" help:"Write the rows of a data source that queries see, as JSON lines, CSV or Parquet."`
	Orphans     orphans         `cmd:"" group:"segments" help:"List files in deep storage that belong to no segment, and remove them."`
	Segment     segmentCommands `cmd:"" group:"segments" help:"Look into a segment."`
}

const description = `Ingestion for Apache Druid in one binary: takes tasks over Druid's own Tasks API, runs them, writes real Druid segments.

    # new here?
    ovate quickstart

    # data of your own?
    ovate ingest my.csv --datasource mine

Commands find the server that runs on the data folder (./var, or --data DIR), or take one that is named with --url or OVATE_URL.
A server with TLS is https://…; --ca FILE or OVATE_CA names a certificate to trust.

Exit codes: 0 done; 1 a task failed, or the server could not start; 2 wrong usage, or input that was refused; 3 no server, or one that failed to answer; 4 no such task; 130 interrupted.`

// Main runs one command and returns the exit code of the process.
func Main(ctx context.Context, args []string, streams *Streams) int {
	streams, flush := streams.forPeople()
	var cmd commands
	parser, err := kong.New(&cmd,
		kong.Name("ovate"),
		kong.Description(description),
		kong.Writers(streams.Out, streams.Err),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.ExplicitGroups([]kong.Group{
			{Key: "try", Title: "From a file to segments:"},
			{Key: "server", Title: "The server:"},
			{Key: "tasks", Title: "Tasks of a running server:"},
			{Key: "segments", Title: "Segments:"},
		}),
		kong.KindMapper(reflect.String, kong.MapperFunc(anyCase)),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(streams),
	)
	if err != nil {
		panic(err) // the tags of commands are wrong, which any test finds
	}
	switch {
	case len(args) == 0:
		args = []string{"--help"}
	case args[0] == "help":
		args = append(args[1:], "--help")
	case args[0] == "--version":
		args = []string{"version"}
	}
	command, err := parser.Parse(args)
	if err != nil {
		err = &usageError{inPlainWords(err), commandName(err)}
	} else if err = cmp.Or(checkBothWays(command, args), checkNamed(command)); err == nil {
		err = command.Run()
	}
	if err != nil {
		err = whoseAnswer(ctx, err)
		explain(streams.Err, err)
	}
	return streams.end(exitCode(err), flush() == nil && !goesOn(err))
}

// end does what is left to do when the user has heard of everything but the exit code, or could not. It is short, as a process that is killed
// between that and its exit has told nobody what it did, and leaves no record of it: that cannot be helped.
func (s *Streams) end(code int, heard bool) int {
	for _, settle := range s.atEnd {
		if err := settle(heard); err != nil {
			explain(s.Err, err)
			code = exitFailed
		}
	}
	return code
}

// anyCase takes a text. One that is a word of a few may be written in any case.
func anyCase(ctx *kong.DecodeContext, target reflect.Value) error {
	var text string
	if err := ctx.Scan.PopValueInto("string", &text); err != nil {
		return err
	}
	if ctx.Value.Enum != "" {
		text = strings.ToLower(text)
	}
	target.SetString(text)
	return nil
}

// checkNamed refuses an argument that is empty, as one of a script is whose variable is not set: nothing has such a name.
func checkNamed(command *kong.Context) error {
	for _, at := range command.Path {
		if at.Positional == nil {
			continue
		}
		given, _ := at.Positional.Target.Interface().([]string)
		if text, one := at.Positional.Target.Interface().(string); one {
			given = []string{text}
		}
		if slices.Contains(given, "") {
			return &usageError{fmt.Errorf("<%s> must not be empty", at.Positional.Name), command.Selected().FullPath()}
		}
	}
	return nil
}

// checkBothWays refuses a flag that is said and denied, as --header and --no-header are.
func checkBothWays(command *kong.Context, args []string) error {
	for _, flag := range command.Flags() {
		yes, no := "--"+flag.Name, "--no-"+flag.Name
		if flag.Tag.Negatable != "" && slices.Contains(args, yes) && slices.Contains(args, no) {
			return &usageError{fmt.Errorf("%s and %s exclude each other", yes, no), command.Selected().FullPath()}
		}
	}
	return nil
}

// inPlainWords leaves out of an error that a number below zero may be said with =, as no flag of numbers takes one, and that a flag may be nothing, which
// stands for its default.
func inPlainWords(err error) error {
	text, hint, _ := strings.Cut(err.Error(), "; perhaps try --")
	_, value, _ := strings.Cut(hint, `="-`)
	switch {
	case value != "" && strings.Trim(value, `0123456789."?`) == "" && !strings.Contains(text, "expected string value"):
		return errors.New(text + ": it must be a number of 0 or more")
	case strings.Contains(text, ` must be one of "",`):
		return errors.New(strings.Replace(text, `"",`, "", 1))
	}
	return err
}

// commandName is the command whose arguments were wrong, to point to its help.
func commandName(err error) string {
	var wrong *kong.ParseError
	if errors.As(err, &wrong) && wrong.Context != nil {
		if selected := wrong.Context.Selected(); selected != nil {
			return selected.FullPath()
		}
	}
	return "ovate"
}

// examples renders example command lines for the help of a command: what it does, then how.
func examples(pairs ...string) string {
	text := "Examples:\n\n"
	for i := 0; i+1 < len(pairs); i += 2 {
		text += fmt.Sprintf("    # %s\n    %s\n\n", pairs[i], pairs[i+1])
	}
	return text
}
