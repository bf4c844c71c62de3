package cli

import (
	"context"
	"fmt"
	"io"

	"ovate/client"
	"ovate/druid"
	"ovate/internal/quantity"
)

// judge finds out how an earlier ingestion ended that concerns this one, and came to its end before it could tell, and tells so. It is done with this run, too, if the
// earlier one has stored the same rows in the same way; an append of rows that are stored, or may be, is refused. That happens once: whoever repeats the
// command means it. Where it has told, that is so, once the user has heard of it, whatever the error.
func (a *attempt) judge(ctx context.Context, overlord *client.Client, earlier *attempt, appends bool, w io.Writer) (done, tells bool, err error) {
	status, err := overlord.Wait(ctx, earlier.Task) // one that ended with its process is just being failed
	if err != nil && !client.IsNotFound(err) {
		return false, false, fmt.Errorf("how an earlier ovate ingest of %s into %s ended: %w", earlier.Files, earlier.DataSource, err)
	}
	note := func(format string, args ...any) {
		printLine(w, "note", format, args...)
	}
	rows := fmt.Sprintf("the %s of %s in %s (task %s)", quantity.Of(earlier.Rows, "row"), earlier.Files, earlier.DataSource, earlier.Task)
	switch {
	case err != nil && earlier.mayBeCleaned():
		err = nil
		lost := fmt.Sprintf("an earlier run handed in %s, and was cut off before it could say what became of them. The server does not know the task any more, so that they may be stored: "+
			"`ovate datasources` and `ovate dump %s` show what is", rows, earlier.DataSource)
		if appends {
			err = &inputError{fmt.Errorf("%s. This run might add rows of them again: nothing was changed; the same command once more does it", lost)}
		} else {
			note("%s", lost)
		}
	case err != nil || status.State != druid.Success:
		err = nil
		note("an earlier run was cut off while it ingested %s into %s: nothing of it was stored", earlier.Files, earlier.DataSource)
	case a.is(earlier):
		note("an earlier run stored these rows, and was cut off before it could say so. They are not stored again; the same command once more would do that")
		if err := earlier.tell(ctx, overlord, status, w); err != nil {
			return false, false, err
		}
		done = true
	case appends:
		err = &inputError{fmt.Errorf("an earlier run stored %s, and was cut off before it could say so. This one would add rows of them again: nothing was changed; the same command once more does it", rows)}
	default:
		note("an earlier run stored %s, and was cut off before it could say so", rows)
	}
	return done, true, err
}

// tell says how the attempt succeeded.
func (a *attempt) tell(ctx context.Context, overlord *client.Client, status druid.TaskStatusPlus, w io.Writer) error {
	report, err := overlord.Ingestion(ctx, a.Task)
	if err != nil && !client.IsNotFound(err) {
		return err
	}
	if err := outcomeOf(status, report, err == nil).printAll(w, a.Rows); err != nil {
		return err
	}
	_, err = printHeld(ctx, overlord, a.DataSource, w)
	return err
}
