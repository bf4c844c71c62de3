package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"ovate/druid"
)

type status struct {
	remote
	ID   string `arg:"" help:"Id of the task, a beginning that no other has, or last."`
	JSON bool   `help:"Print what the API answers."`
}

// Help gives the examples.
func (*status) Help() string {
	return "Exits with 0 whatever the state is; see wait for a command that fails with the task.\n\n" + examples(
		"how does the newest task stand", "ovate status last",
		"or one whose id begins so", "ovate status index_parallel_flights_",
		"for a script", "ovate status --json ID | jq -r .statusCode",
	)
}

// Run prints the status.
func (s *status) Run(ctx context.Context, streams *Streams) error {
	overlord, err := s.client(ctx)
	if err != nil {
		return err
	}
	t, err := named(ctx, overlord, s.ID, func(id string) (druid.TaskStatusPlus, error) { return overlord.Status(ctx, id) })
	if err != nil {
		return err
	}
	if s.JSON {
		return lines(streams.Out)(&t)
	}
	return printStatus(streams.Out, &t)
}

func printStatus(w io.Writer, t *druid.TaskStatusPlus) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(table, "%s\t%s\n", name, value)
		}
	}
	row("id", t.ID)
	row("type", t.Type)
	row("data source", t.DataSource)
	if t.State == druid.Running {
		row("state", fmt.Sprintf("%s (%s)", t.State, t.Runner))
	} else {
		row("state", string(t.State))
	}
	row("created", t.Created.String())
	row("duration", duration(t.Duration))
	if t.Location.Host != "" {
		row("runs on", t.Location.Address())
	}
	row("error", t.ErrorMsg)
	return table.Flush()
}

type wait struct {
	remote
	IDs []string `arg:"" name:"id" help:"Ids of the tasks, beginnings that no other has, or last."`
}

// Help gives the examples.
func (*wait) Help() string {
	return "Prints how each task ended and exits with 1 if one of them failed.\n\n" + examples(
		"go on when the data is there", "ovate wait ID && ./report.sh",
		"at most a minute", "timeout 60 ovate wait ID",
	)
}

// Run waits for all tasks.
func (c *wait) Run(ctx context.Context, streams *Streams) error {
	overlord, err := c.client(ctx)
	if err != nil {
		return err
	}
	if overlord, err = c.waiting(overlord, streams.Err); err != nil {
		return err
	}
	var failed error
	for _, id := range c.IDs {
		t, err := named(ctx, overlord, id, func(id string) (druid.TaskStatusPlus, error) { return overlord.Wait(ctx, id) })
		if err != nil {
			return err
		}
		fmt.Fprintf(streams.Out, "%s  %s  %s\n", t.ID, t.State, duration(t.Duration))
		if t.State != druid.Success {
			failed = errors.Join(failed, &taskFailedError{status: t})
		}
	}
	return failed
}

type logs struct {
	remote
	ID     string `arg:"" help:"Id of the task, a beginning that no other has, or last."`
	Follow bool   `short:"f" help:"Go on as the log grows, until the task is complete; exit with 1 if it failed."`
	Bytes  int64  `placeholder:"N" help:"Only the last N bytes."`
}

// Help gives the examples.
func (*logs) Help() string {
	return examples("the whole log", "ovate logs ID", "watch the newest task at work", "ovate logs -f last", "the last 4 kB", "ovate logs --bytes 4000 ID")
}

// Run prints the log.
func (l *logs) Run(ctx context.Context, streams *Streams) error {
	overlord, err := l.client(ctx)
	if err != nil {
		return err
	}
	if l.Follow {
		if overlord, err = l.waiting(overlord, streams.Err); err != nil {
			return err
		}
		t, err := named(ctx, overlord, l.ID, func(id string) (druid.TaskStatusPlus, error) { return overlord.FollowLog(ctx, id, 0, streams.Out) })
		if err == nil && t.State != druid.Success {
			err = &taskFailedError{status: t}
		}
		return err
	}
	log, err := named(ctx, overlord, l.ID, func(id string) (io.ReadCloser, error) { return overlord.Log(ctx, id, -l.Bytes) })
	if err != nil {
		return err
	}
	_, err = io.Copy(streams.Out, log)
	return errors.Join(err, log.Close())
}

type report struct {
	remote
	ID string `arg:"" help:"Id of the task, a beginning that no other has, or last."`
}

// Help gives the examples.
func (*report) Help() string {
	return "Live while the task runs. Some kinds of task, like noop, have none.\n\n" + examples(
		"all of it", "ovate report ID",
		"only the rows of the newest task", "ovate report last | jq .ingestionStatsAndErrors.payload.rowStats",
	)
}

// Run prints the report, indented.
func (r *report) Run(ctx context.Context, streams *Streams) error {
	overlord, err := r.client(ctx)
	if err != nil {
		return err
	}
	text, err := named(ctx, overlord, r.ID, func(id string) (json.RawMessage, error) { return overlord.Report(ctx, id) })
	if err != nil {
		return err
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, text, "", "  "); err != nil {
		return err
	}
	_, err = fmt.Fprintln(streams.Out, indented.String())
	return err
}

type kill struct {
	remote
	IDs        []string `arg:"" optional:"" name:"id" help:"Ids of the tasks, beginnings that no other has, or last."`
	Datasource string   `short:"d" placeholder:"NAME" help:"All active tasks of this data source."`
}

// Help gives the examples.
func (*kill) Help() string {
	return "Complete tasks stay as they are, and are told, with exit code 1. Segments that are published stay too; what a task had not published is gone.\n\n" + examples(
		"one task", "ovate kill ID",
		"all that run or wait for a data source", "ovate kill -d flights",
	)
}

// Run shuts the tasks down.
func (k *kill) Run(ctx context.Context, streams *Streams) error {
	overlord, err := k.client(ctx)
	if err != nil {
		return err
	}
	if (len(k.IDs) == 0) == (k.Datasource == "") {
		return &usageError{errors.New("give either ids of tasks or --datasource"), "ovate kill"}
	}
	if k.Datasource != "" {
		if err := overlord.ShutdownAll(ctx, k.Datasource); err != nil {
			return err
		}
		fmt.Fprintf(streams.Out, "shut down all tasks of %s\n", k.Datasource)
	}
	var over error
	for _, id := range k.IDs {
		before, err := named(ctx, overlord, id, func(id string) (druid.TaskStatusPlus, error) { return overlord.Status(ctx, id) })
		if err != nil {
			return err
		}
		id = before.ID
		if before.State != druid.Running {
			over = errors.Join(over, fmt.Errorf("task %s was over already: %s", id, before.State))
			continue
		}
		if err := overlord.Shutdown(ctx, id); err != nil {
			return err
		}
		fmt.Fprintf(streams.Out, "shut down %s\n", id)
	}
	return over
}
