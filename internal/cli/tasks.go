package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"ovate/client"
	"ovate/druid"
)

type tasks struct {
	remote
	State      string `enum:",waiting,pending,running,complete,success,failed" default:"" placeholder:"STATE" help:"Only tasks that are waiting, pending, running or complete; or, of these, success or failed."`
	Datasource string `short:"d" placeholder:"NAME" help:"Only tasks of this data source."`
	Type       string `placeholder:"TYPE" help:"Only tasks of this type, like index_parallel."`
	Created    string `placeholder:"INTERVAL" help:"Only tasks submitted within an ISO-8601 interval."`
	Max        *int   `short:"n" placeholder:"N" help:"At most so many complete tasks, the newest."`
	JSON       bool   `xor:"print" help:"Print what the API answers, one task a line."`
	Watch      bool   `short:"w" xor:"print" help:"Go on until Ctrl-C: the list as it is now on a terminal, else a line for each task that is new or changes."`
}

// Help gives the examples.
func (*tasks) Help() string {
	return "Complete tasks come first, the newest at the top, then active ones, the oldest at the top. " +
		"Without --created, complete tasks are those submitted within the last day.\n\n" + examples(
		"everything of today", "ovate tasks",
		"what runs now", "ovate tasks --state running",
		"what went wrong today", "ovate tasks --state failed",
		"the last ten of a data source", "ovate tasks -d flights --state complete -n 10",
		"as they come and go", "ovate tasks --watch",
		"of one hour, for a script", "ovate tasks --created 2026-01-01T10:00/PT1H --json | jq -r .id",
	)
}

// Run lists the tasks.
func (t *tasks) Run(ctx context.Context, streams *Streams) error {
	if t.Max != nil && *t.Max < 1 {
		return &inputError{fmt.Errorf("-n %d: must be a number of complete tasks, 1 or more; --state waiting, pending and running list active ones alone", *t.Max)}
	}
	overlord, err := t.client(ctx)
	if err != nil {
		return err
	}
	filter := client.Filter{State: t.State, DataSource: t.Datasource, Type: t.Type}
	if t.Max != nil {
		filter.MaxDone = *t.Max
	}
	if filter.Created, err = createdWithin(t.Created); err != nil {
		return err
	}
	if t.Watch {
		if overlord, err = t.waiting(overlord, streams.Err); err != nil {
			return err
		}
		return watchTasks(ctx, overlord, filter, streams.Out)
	}
	if t.JSON {
		return overlord.EachTask(ctx, filter, lines(streams.Out))
	}
	list, err := overlord.Tasks(ctx, filter)
	if err != nil {
		return err
	}
	return printTable(streams.Out, list)
}

// createdWithin reads --created; nil if it was not given.
func createdWithin(text string) (*druid.Interval, error) {
	if text == "" {
		return nil, nil
	}
	created, err := druid.ParseInterval(strings.ReplaceAll(text, "_", "/"))
	if err != nil {
		return nil, &inputError{fmt.Errorf("--created: %w; give one like 2026-01-01/2026-01-02 or 2026-01-01T10:00/PT1H", err)}
	}
	return &created, nil
}

// lines prints tasks as JSON, one a line, as they come.
func lines(w io.Writer) func(*druid.TaskStatusPlus) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return func(t *druid.TaskStatusPlus) error { return encoder.Encode(t) }
}

func printTable(w io.Writer, list []druid.TaskStatusPlus) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(w, "no tasks")
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tTYPE\tDATASOURCE\tSTATE\tCREATED\tDURATION\tERROR")
	for i := range list {
		t := &list[i]
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", t.ID, t.Type, t.DataSource, state(t), t.Created, duration(t.Duration), oneLine(t.ErrorMsg, 60))
	}
	return table.Flush()
}

// state is one word for where a task stands: how it ended, or how far it is.
func state(t *druid.TaskStatusPlus) string {
	if t.State == druid.Running && t.Runner != "" {
		return string(t.Runner)
	}
	return string(t.State)
}
