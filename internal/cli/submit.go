package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"ovate/client"
	"ovate/internal/jsontext"
)

type submit struct {
	remote
	Spec  string `arg:"" help:"File with the task as JSON; - reads standard input."`
	Wait  bool   `xor:"do" help:"Wait until the task is complete, showing progress; exit with 1 if it failed."`
	Check bool   `xor:"do" help:"Only tell all that is wrong with the task, and exit with 2 if anything is. Nothing is handed in."`
	Key   string `placeholder:"KEY" help:"Hand it in once, however often this is run with the same key and task."`
	later
}

// Help gives the examples.
func (*submit) Help() string {
	return "Prints the id of the task. The server has the task on its disk by then.\n\n" + examples(
		"hand in a task", "ovate submit flights.json",
		"hand it in, watch it, and know how it ended", "ovate submit flights.json --wait && echo done",
		"what is wrong with it", "ovate submit flights.json --check",
		"at night, after another one, three times if it fails", "ovate submit flights.json --not-before 2026-12-01T02:00Z --after ID --attempts 3",
		"a task made on the fly", `echo '{"type":"noop"}' | ovate submit -`,
	)
}

// Run hands in the task.
func (s *submit) Run(ctx context.Context, streams *Streams) error {
	name := s.Spec
	if name == "-" {
		name = "standard input"
	}
	task, err := readTask(s.Spec, name, streams.In)
	if err != nil {
		return &inputError{err}
	}
	request, err := s.request(task)
	if err != nil {
		return err
	}
	overlord, err := s.client(ctx)
	if err != nil {
		return err
	}
	if s.Check {
		return check(ctx, overlord, name, task, streams.Out)
	}
	id, err := s.hand(ctx, overlord, &request)
	if stored := (*client.SupervisorError)(nil); errors.As(err, &stored) {
		return s.keeps(stored, streams)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	fmt.Fprintln(streams.Out, id)
	if !s.Wait {
		return nil
	}
	if overlord, err = s.waiting(overlord, streams.Err); err != nil {
		return err
	}
	outcome, err := s.watch(ctx, overlord, id, streams.Err)
	if failed := (*taskFailedError)(nil); errors.As(err, &failed) {
		return err
	}
	if err != nil {
		return &leftError{id: id, has: "has", err: err}
	}
	return outcome.print(streams.Err)
}

// hand hands the task in, with what the flags say of it.
func (s *submit) hand(ctx context.Context, overlord *client.Client, r *client.SubmissionRequest) (id string, err error) {
	switch {
	case s.given():
		submission, err := overlord.SubmitWith(ctx, s.Key, *r)
		if err != nil {
			return "", err
		}
		return submission.ID, nil
	case s.Key != "":
		return overlord.SubmitOnce(ctx, s.Key, r.Task)
	}
	return overlord.Submit(ctx, r.Task)
}

func (s *submit) watch(ctx context.Context, overlord *client.Client, id string, w io.Writer) (*outcome, error) {
	if s.given() {
		return watchLater(ctx, overlord, id, w)
	}
	return watch(ctx, overlord, id, 0, w)
}

// check tells all that is wrong with a task.
func check(ctx context.Context, overlord *client.Client, name string, task []byte, w io.Writer) error {
	faults, err := overlord.Validate(ctx, task)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for _, f := range faults {
		fmt.Fprintf(w, "%s: %s\n", cmp.Or(f.Pointer, "/"), f.Detail)
	}
	switch n := len(faults); n {
	case 0:
		fmt.Fprintln(w, "the server would take it")
		return nil
	case 1:
		return &inputError{fmt.Errorf("%s: the server would not take it", name)}
	default:
		return &inputError{fmt.Errorf("%s: the server would not take it, for %d reasons", name, n)}
	}
}

// keeps prints the id of a supervisor, which nobody waits for.
func (s *submit) keeps(stored *client.SupervisorError, streams *Streams) error {
	fmt.Fprintln(streams.Out, stored.ID)
	if s.Wait {
		fmt.Fprintln(streams.Err, "It is the spec of a supervisor, which is stored and has no end to wait for.")
	}
	if stored.Warning != "" {
		fmt.Fprintln(streams.Err, stored.Warning)
	}
	return nil
}

// readTask reads a file, or standard input for "-", and finds broken JSON before the server does, by line. Errors call
// the file by its name.
func readTask(file, name string, stdin io.Reader) (task []byte, err error) {
	if file == "-" {
		task, err = io.ReadAll(stdin)
	} else {
		task, err = os.ReadFile(file)
	}
	if err != nil {
		return nil, err
	}
	var fields map[string]json.RawMessage
	err = json.Unmarshal(task, &fields)
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		line, column := jsontext.Position(task, int(syntax.Offset)-1)
		return nil, fmt.Errorf("%s is not JSON: line %d, column %d: %w", name, line, column, err)
	case err != nil:
		return nil, fmt.Errorf("%s must be one JSON object, the task", name)
	}
	return task, nil
}
