package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"ovate/client"
	"ovate/druid"
	"ovate/internal/detect"
	"ovate/internal/task"
	"ovate/internal/uri"
)

// keeper sees to it that an ingestion replaces no more than it was asked to. The task itself finds out what it would hide, as it alone
// knows the times of all rows, and under its locks, so that nobody can publish in between.
type keeper struct {
	replace     bool   // rows of the same time may go
	granularity string // given by the user, who means whole chunks of it; else ""
	unit        string // of time: what has no new row in the same unit stays
	narrowed    bool   // segments were made of a unit each, which was told

	narrow func(unit string) ([]byte, error) // makes the task with segments of a unit each
}

// heldError is an ingestion that was refused because of what it would have replaced. Nothing has changed.
type heldError struct {
	reason  string
	replace bool // was asked for, and is not enough
}

func (e *heldError) Error() string { return e.reason }

// ingest runs a task through run, which hands it in and waits for it.
func (k *keeper) ingest(spec []byte, notes io.Writer, run func(spec []byte, keys taskContext) (*outcome, error)) (*outcome, error) {
	leave := task.Nothing
	switch {
	case k.replace && k.granularity != "":
		return run(spec, nil)
	case k.replace:
		leave = k.unit
	}
	keys := taskContext{task.KeyMayReplace: leave}
	outcome, err := run(spec, keys)
	if err == nil && k.replace && outcome.rows.MayReplace != nil {
		printLine(notes, "note", "segments of %s each, as wider ones would also replace rows of other times: rows of %s without a new row stay; %s", oneOf(k.unit), oneOf(strings.ToLower(k.unit)), widerThan(k.unit))
		k.narrowed = true
		if spec, err = k.narrow(k.unit); err != nil {
			return nil, err
		}
		outcome, err = run(spec, keys)
	}
	if err == nil && outcome.rows.MayReplace != nil {
		return nil, &heldError{outcome.rows.MayReplace.Reason, k.replace}
	}
	return outcome, err
}

// tellStayed notes that rows of the same days as new ones were not replaced, as they are of other hours, or shorter time chunks, where there are any.
func (i *ingestRun) tellStayed(ctx context.Context, overlord *client.Client) {
	finest := detect.Granularities()
	if !i.flags.Replace || i.keeper.narrowed || slices.Index(finest, i.found.Granularity) >= slices.Index(finest, "DAY") {
		return
	}
	chunks := "hours"
	if i.found.Granularity != "HOUR" {
		chunks = "time chunks (" + i.found.Granularity + ")"
	}
	days := druid.Interval{Start: druid.Day.Bucket(i.found.Span.Start).Start, End: druid.Day.Bucket(i.found.Span.End - 1).End}
	var rows int64
	known := true
	err := overlord.Segments(ctx, i.flags.Datasource, &days, func(s *client.Segment) error {
		if known = known && s.Rows != nil; known {
			rows += *s.Rows
		}
		return nil
	})
	switch {
	case err != nil && !client.IsNotFound(err):
		printLine(i.notes, "note", "whether rows of other hours of the same days stay cannot be told: %v", err)
	case err == nil && (!known || rows > i.found.Rows):
		printLine(i.notes, "note", "only rows of the same %s were replaced: those of %[2]s without a new row stay, on the same days, too; %s", chunks, widerThan("HOUR"))
	}
}

// oneOf is a unit of time with its article.
func oneOf(unit string) string {
	if strings.EqualFold(unit, "HOUR") {
		return "an " + unit
	}
	return "a " + unit
}

// widerThan says how more than a unit of time is replaced.
func widerThan(unit string) string {
	if unit == "HOUR" {
		return "--granularity DAY replaces whole days"
	}
	return "--granularity MONTH replaces whole months"
}

// taskContext is keys for the context of a task.
type taskContext map[string]any

// addTo gives the context to a task that has none.
func (c taskContext) addTo(spec []byte) []byte {
	if len(c) == 0 {
		return spec
	}
	text, err := json.Marshal(c)
	if err != nil {
		panic(err) // texts and truths, which JSON has
	}
	return withField(spec, "context", text)
}

// withField adds a field to a task that has fields, but not that one, and leaves all else as it is for people to read.
func withField(spec []byte, name string, value []byte) []byte {
	body := bytes.TrimRight(bytes.TrimSuffix(bytes.TrimSpace(spec), []byte("}")), " \n")
	return fmt.Appendf(bytes.Clone(body), ",\n  %q: %s\n}\n", name, value)
}

// mayTell makes sure that the server is one that looks at what would be replaced.
func (k *keeper) mayTell(ctx context.Context, overlord *client.Client, dataSource string) error {
	if k.replace && k.granularity != "" {
		return nil
	}
	err := overlord.Segments(ctx, dataSource, &druid.Interval{Start: 0, End: 1}, func(*client.Segment) error { return nil })
	if !client.IsNotFound(err) {
		return err
	}
	return &inputError{fmt.Errorf("the server at %s is another program, like Druid's own Overlord, that cannot keep what it holds from being replaced: "+
		"choose --append, or --replace with a --granularity, all of whose time chunks with rows in these files are then replaced", uri.Redact(overlord.URL()))}
}
