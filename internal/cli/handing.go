package cli

import (
	"context"
	"errors"

	"ovate/client"
	"ovate/internal/copies"
)

// handing is a task on its way to a server.
type handing struct {
	*ingestRun
	overlord *client.Client
	handedIn *handedIn
	this     *attempt
	id       string // "" for a new one; else of one that an earlier run may have handed in
}

// run lends the task the copy of the rows, if there is one, hands it in, and waits for its end.
func (h *handing) run(ctx context.Context, task []byte) (*outcome, error) {
	repeated := h.id != ""
	if repeated {
		task = withID(task, h.id)
	} else {
		task, h.id = withNewID(task, h.flags.Datasource)
	}
	lent := ""
	if len(h.found.Copies) > 0 && h.flags.Rows == "" {
		lent = h.folder.Dir
		if err := h.folder.Lend(copies.Reader{Server: h.flags.URL, Task: h.id}); err != nil {
			return nil, err
		}
	}
	left := func(has string, err error) error { return &leftError{h.id, has, lent, err} }
	if err := h.handedIn.begin(h.this, h.id); err != nil {
		return nil, err
	}
	_, err := h.overlord.Submit(ctx, task)
	if refused := new(client.Error); repeated && errors.As(err, &refused) {
		if _, unknown := h.overlord.Status(ctx, h.id); unknown == nil {
			err = nil // that of the earlier run has arrived
		}
	}
	switch {
	case err != nil && mayHaveTaken(err):
		return nil, left("may have", err)
	case err != nil:
		return nil, err
	}
	if err := h.handedIn.taken(); err != nil {
		return nil, left("has", err)
	}
	ended, err := watch(ctx, h.overlord, h.id, h.found.TaskText(), h.notes)
	if err != nil {
		return nil, left("has", err)
	}
	return ended, nil
}
