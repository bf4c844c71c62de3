package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"ovate/client"
	"ovate/druid"
	"ovate/internal/quantity"
	"ovate/internal/shell"
)

// mostUnfinished is how many unfinished tasks are counted, so that an ingestion costs the same however many there are.
const mostUnfinished = 1000

// tellUnfinished notes the tasks that a server on the data folder did not finish: the server within this process runs them, too, and the next one goes on.
func tellUnfinished(ctx context.Context, overlord *client.Client, dir string, notes io.Writer) error {
	const named = 3
	var names []string
	first := ""
	for _, state := range []string{"running", "pending", "waiting"} {
		err := overlord.EachTask(ctx, client.Filter{State: state}, func(t *druid.TaskStatusPlus) error {
			if first == "" {
				first = t.ID
			}
			if names = append(names, fmt.Sprintf("%s (%s of %s)", t.ID, t.Type, t.DataSource)); len(names) == mostUnfinished {
				return errEnough
			}
			return nil
		})
		if errors.Is(err, errEnough) {
			break
		}
		if err != nil {
			return fmt.Errorf("which tasks are unfinished in %s: %w", dir, err)
		}
	}
	if len(names) == 0 {
		return nil
	}
	printLine(notes, "note", "%s that a server left unfinished in %s %s on while this lasts, and with the next server: %s. To end one, run ovate serve --data %s, and ovate kill %s --data %[6]s.",
		quantity.Of(len(names), "task"), dir, quantity.Form(len(names), "goes", "go"), quantity.Few(names, named), shell.Word(dir), shell.Word(first))
	return nil
}
