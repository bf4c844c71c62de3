package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"ovate/client"
	"ovate/examples/flights"
	"ovate/internal/datadir"
	"ovate/internal/disk"
)

type quickstart struct {
	Data   string `type:"path" default:"var" placeholder:"DIR" help:"Folder for everything. Default: ./var."`
	Listen string `default:"127.0.0.1:8090" placeholder:"HOST:PORT" help:"Address to listen on; port 0 takes any free one. Default: ${default}."`
	Once   bool   `help:"End when the data is there, instead of serving on."`
}

// Help gives the examples.
func (*quickstart) Help() string {
	return "The data set is every flight that left New York City in January 2013 (27,004 rows, CC0; see examples/flights).\n\n" + examples(
		"try it and keep the server to play with", "ovate quickstart",
		"try it and leave nothing running", "ovate quickstart --once --data /tmp/try",
	)
}

// Run starts a server, ingests the flights through its API, shows what came of it, and serves on.
func (q *quickstart) Run(ctx context.Context, streams *Streams) (err error) {
	server, err := embed(ctx, q.Data, q.Listen, streams)
	if held := new(datadir.HeldError); errors.As(err, &held) || errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%w\nTo start beside a server that is running: ovate quickstart --listen 127.0.0.1:0 --data /tmp/try", err)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	fmt.Fprintf(streams.Out, "listening on %s\n\n", server.URL())

	report, err := q.ingest(ctx, server, streams)
	if err != nil {
		return err
	}
	first, err := printHeld(ctx, server.Client, flights.DataSource, streams.Out)
	if err != nil {
		return err
	}
	fmt.Fprintf(streams.Out, "\nWhat to try next:\n  %[1]s segment info %[2]s\n  %[1]s segment dump -n 3 %[2]s\n", program(), nearby(first))
	if q.Once {
		fmt.Fprintf(streams.Out, "  %s ingest YOUR.csv --datasource yours\n", program())
		return nil
	}
	withdraw, err := announce(server.server, server.config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, withdraw()) }()
	fmt.Fprintf(streams.Out, `  export OVATE_URL=%[2]s
  %[1]s tasks
%[3]s  %[1]s ingest YOUR.csv --datasource yours
  curl %[2]s/druid/indexer/v1/tasks

Serving on %[2]s until Ctrl-C.
Open it in a browser to see the task, its rows and what else is there.
`, program(), server.URL(), report)
	<-ctx.Done()
	return nil
}

// ingest has a task bring in the flights and returns the line that tells how to see its report. Whatever stands there of their time, the
// flights of a quickstart before or rows of somebody's own, stays as it is, and is what there is to play with.
func (q *quickstart) ingest(ctx context.Context, server *embedded, streams *Streams) (report string, err error) {
	time := flights.Time()
	there := false
	err = server.Segments(ctx, flights.DataSource, &time, func(*client.Segment) error { there = true; return errEnough })
	if err != nil && !errors.Is(err, errEnough) {
		return "", err
	}
	if there {
		fmt.Fprintf(streams.Out, "%s is there already, and stays as it is. For a fresh one: --data /tmp/try\n", flights.DataSource)
		return "", nil
	}
	task, total, err := unpackFlights(server.config.Data)
	if err != nil {
		return "", err
	}
	task, id := withNewID(task, flights.DataSource)
	outcome, err := server.run(ctx, id, task, nil, total, func() error { return nil }, streams.Err)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("  %s report %s\n", program(), outcome.status.ID), outcome.print(streams.Out)
}

// nearby is a path as one would type it here.
func nearby(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	if relative, err := filepath.Rel(here, path); err == nil && filepath.IsLocal(relative) {
		return relative
	}
	return path
}

// program is how this program is started again: by its name, or as `go run` if that built it for this once.
func program() string {
	if path, err := os.Executable(); err == nil && strings.Contains(path, "go-build") {
		return "go run ./cmd/ovate"
	}
	return os.Args[0]
}

// unpackFlights writes the bundled rows to a file and returns the task that reads it and the bytes it will read.
func unpackFlights(dir string) (task []byte, total int64, err error) {
	dir = filepath.Join(dir, "quickstart")
	if err := disk.MkdirAll(dir); err != nil {
		return nil, 0, err
	}
	path := filepath.Join(dir, flights.FileName)
	if err := disk.WriteFile(path, flights.Data); err != nil {
		return nil, 0, err
	}
	task, err = flights.Task(path)
	return task, flights.Text, err
}
