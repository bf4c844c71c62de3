package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"ovate/client"
	"ovate/druid"
	"ovate/internal/clock"
	"ovate/internal/quantity"
)

// outcome is how a task that was watched ended.
type outcome struct {
	status druid.TaskStatusPlus
	rows   client.Ingestion // zero for tasks that ingest nothing
	log    string           // the file, if the server that would show it ends with this program
	silent bool             // nobody knows the rows: there is no report of the end
}

// outcomeOf is how a task ended. What it told itself while it was at work is no report of its end: it counts no segments, and perhaps not all rows.
func outcomeOf(status druid.TaskStatusPlus, report client.Ingestion, found bool) *outcome {
	return &outcome{status: status, rows: report, silent: !found || status.State == druid.Success && report.State != client.Completed}
}

// display shows how far a task or a file is.
type display interface {
	show(stage)
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
		display.show(taskStage(&status, &report, total))
		if status.State != druid.Running {
			return outcomeOf(status, report, err == nil), nil
		}
		if !clock.Pause(ctx, pause) {
			return nil, context.Cause(ctx)
		}
	}
}

func newDisplay(w io.Writer, total int64) display {
	if file, is := terminalOf(w); is {
		return newBar(file, total)
	}
	return &plainLines{w: w, begun: time.Now(), next: 2 * time.Second}
}

// print sums up how a task ended and returns an error if it failed.
func (o *outcome) print(w io.Writer) error {
	if o.status.State != druid.Success {
		return &taskFailedError{o.status, o.log}
	}
	rows := o.rows.Rows
	took := max(time.Duration(o.status.Duration)*time.Millisecond, time.Millisecond)
	line := func(name, format string, args ...any) {
		printLine(w, name, format, args...)
	}
	line("task", "%s", o.status.ID)
	line("status", "%s in %s", o.status.State, shortDuration(took))
	kept := rows.Processed + rows.ProcessedWithError
	if o.silent || kept+rows.Unparseable+rows.ThrownAway == 0 {
		return nil
	}
	line("rows", "%s, %s rows/s, %s of text", quantity.Count(kept), quantity.Count(int64(float64(kept)/took.Seconds())), size(rows.ProcessedBytes))
	if rows.ProcessedWithError > 0 {
		line("", "%s of them had a value that did not fit its type: null instead", quantity.Count(rows.ProcessedWithError))
	}
	if rows.ThrownAway > 0 {
		line("", "%s more lay outside the intervals of the task", quantity.Count(rows.ThrownAway))
	}
	if rows.Unparseable > 0 {
		line("", "%s more could not be parsed, and are lost", quantity.Count(rows.Unparseable))
		for _, why := range o.losses() {
			line("", "  %s", why)
		}
	}
	if o.log == "" && rows.Unparseable+rows.ProcessedWithError > 0 {
		line("", "see `ovate report %s`", o.status.ID)
	}
	line("segments", "%d published", o.rows.SegmentsPublished)
	return nil
}

// printAll is print for those who know how many rows there are: others than those are a failure.
func (o *outcome) printAll(w io.Writer, want int64) error {
	if err := o.print(w); err != nil {
		return err
	}
	if o.silent {
		printLine(w, "note", "the task has no report, as the server could not store it or has removed it since: that its %s are there was not counted", quantity.Of(want, "row"))
		return nil
	}
	if rows := o.rows.Rows; rows.Processed != want || rows.ProcessedWithError+rows.Unparseable+rows.ThrownAway > 0 {
		return fmt.Errorf("the files have %s, and the task took %s of them (%s with an error): what is stored now is not what the files say; were they changed meanwhile?",
			quantity.Of(want, "row"), quantity.Count(rows.Processed+rows.ProcessedWithError), quantity.Count(rows.ProcessedWithError))
	}
	return nil
}

// losses are a few of the rows that are lost, with the reason.
func (o *outcome) losses() (some []string) {
	for _, fault := range o.rows.Faults {
		if fault.Type == "unparseable" && len(some) < 3 {
			some = append(some, oneLine(cmp.Or(strings.Join(fault.Details, "; "), fault.Input), 200))
		}
	}
	return some
}
