package cli

import (
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
	Spec string `arg:"" help:"File with the task as JSON; - reads standard input."`
	Wait bool   `help:"Wait until the task is complete, showing progress; exit with 1 if it failed."`
}

// Help gives the examples.
func (*submit) Help() string {
	return "Prints the id of the task. The server has the task on its disk by then.\n\n" + examples(
		"hand in a task", "ovate submit flights.json",
		"hand it in, watch it, and know how it ended", "ovate submit flights.json --wait && echo done",
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
	overlord, err := s.client(ctx)
	if err != nil {
		return err
	}
	id, err := overlord.Submit(ctx, task)
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
	outcome, err := watch(ctx, overlord, id, 0, streams.Err)
	if err != nil {
		return &leftError{id: id, has: "has", err: err}
	}
	return outcome.print(streams.Err)
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
