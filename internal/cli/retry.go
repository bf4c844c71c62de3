package cli

import (
	"context"
	"errors"
	"fmt"

	"ovate/client"
	"ovate/druid"
)

type retry struct {
	remote
	IDs        []string `arg:"" optional:"" name:"id" help:"Ids of the tasks, beginnings that no other has, or last."`
	Datasource string   `short:"d" placeholder:"NAME" help:"All tasks of this data source that failed."`
	Label      string   `placeholder:"KEY=VALUE" help:"All tasks with this label that failed."`
	Created    string   `placeholder:"INTERVAL" help:"All tasks that failed and were submitted within an ISO-8601 interval."`
	DryRun     bool     `help:"Only tell which tasks are meant."`
}

// Help gives the examples.
func (*retry) Help() string {
	return "Prints each task and the one that was submitted for it. Tasks that have not ended, that read a stream, or are part of others are not submitted, and are told, with exit code 1.\n\n" + examples(
		"one task", "ovate retry ID",
		"all of a data source that failed", "ovate retry -d flights",
		"which these would be", "ovate retry -d flights --dry-run",
	)
}

// Run submits the tasks once more.
func (r *retry) Run(ctx context.Context, streams *Streams) error {
	overlord, err := r.client(ctx)
	if err != nil {
		return err
	}
	filter := client.TaskFilter{DataSource: r.Datasource, Label: r.Label}
	if filter.Created, err = createdWithin(r.Created); err != nil {
		return err
	}
	if (len(r.IDs) == 0) == (filter == client.TaskFilter{}) {
		return &usageError{errors.New("give either ids of tasks, or which are meant by --datasource, --label or --created"), "ovate retry"}
	}
	chosen := client.Selection{Filter: filter, DryRun: r.DryRun}
	for _, id := range r.IDs {
		status, err := named(ctx, overlord, id, func(id string) (druid.TaskStatusPlus, error) { return overlord.Status(ctx, id) })
		if err != nil {
			return err
		}
		chosen.IDs = append(chosen.IDs, status.ID)
	}
	done, err := overlord.Retry(ctx, chosen)
	if err != nil {
		return err
	}
	var not error
	for _, t := range done.Tasks {
		switch {
		case t.Error != "":
			not = errors.Join(not, errors.New(t.Error))
		case t.NewID == "":
			fmt.Fprintln(streams.Out, t.ID)
		default:
			fmt.Fprintf(streams.Out, "%s  %s\n", t.ID, t.NewID)
		}
	}
	if done.More {
		not = errors.Join(not, errors.New("more tasks match than one request submits: run it again"))
	}
	if len(done.Tasks) == 0 {
		fmt.Fprintln(streams.Err, "no task matches")
	}
	return not
}
