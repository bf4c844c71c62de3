package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"ovate/client"
	"ovate/druid"
)

// outcome is how a task that was watched ended.
type outcome struct {
	status druid.TaskStatusPlus
	rows   client.Ingestion // zero for tasks that ingest nothing
}

// display shows how far a task is.
type display interface {
	show(status *druid.TaskStatusPlus, rows client.Rows)
	close()
}

// watch waits until a task is complete and shows on w how far it is. total is the bytes of input, 0 if unknown.
func watch(ctx context.Context, overlord *client.Client, id string, total int64, w io.Writer) (*outcome, error) {
	display := newDisplay(w, total)
	defer display.close()
	for pause := 5 * time.Millisecond; ; pause = min(pause*3/2, 100*time.Millisecond) {
		status, err := overlord.Status(ctx, id)
		if err != nil {
			return nil, err
		}
		report, err := overlord.Ingestion(ctx, id)
		if err != nil && !client.IsNotFound(err) { // not begun yet, or a kind without a report
			return nil, err
		}
		display.show(&status, report.Rows)
		if status.State != druid.Running {
			return &outcome{status, report}, nil
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(pause):
		}
	}
}

func newDisplay(w io.Writer, total int64) display {
	if file, ok := w.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		return newBar(w, total)
	}
	return &plainLines{w: w, total: total, begun: time.Now()}
}

// print sums up how a task ended and returns an error if it failed.
func (o *outcome) print(w io.Writer) error {
	if o.status.State != druid.Success {
		return &taskFailedError{o.status}
	}
	rows := o.rows.Rows
	took := max(time.Duration(o.status.Duration)*time.Millisecond, time.Millisecond)
	line := func(name, format string, args ...any) {
		fmt.Fprintf(w, "%-9s "+format+"\n", append([]any{name}, args...)...)
	}
	line("task", "%s", o.status.ID)
	line("status", "%s in %s", o.status.State, shortDuration(took))
	kept := rows.Processed + rows.ProcessedWithError
	if kept+rows.Unparseable+rows.ThrownAway == 0 {
		return nil
	}
	line("rows", "%s, %s rows/s, %s of text", count(kept), count(int64(float64(kept)/took.Seconds())), size(rows.ProcessedBytes))
	if rows.ProcessedWithError > 0 {
		line("", "%s of them had a value that did not fit its type: null instead", count(rows.ProcessedWithError))
	}
	if rows.Unparseable > 0 {
		line("", "%s more could not be parsed; see `ovate report %s`", count(rows.Unparseable), o.status.ID)
	}
	if rows.ThrownAway > 0 {
		line("", "%s more lay outside the intervals of the task", count(rows.ThrownAway))
	}
	line("segments", "%d published", o.rows.SegmentsPublished)
	return nil
}
