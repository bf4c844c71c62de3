package cli

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"path/filepath"

	"ovate"
	"ovate/client"
	"ovate/internal/config"
)

// embedded is a server within this process and a client of it.
type embedded struct {
	*client.Client
	server *ovate.Server
	config *config.Config
	log    *slog.Logger
}

// embed starts a server of its own with the data folder dir. Its log would disturb the progress bar, so that only
// warnings are shown.
func embed(ctx context.Context, dir, listen string, streams *Streams) (*embedded, error) {
	log := slog.New(slog.NewTextHandler(streams.Err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	cfg, err := config.Load(config.Sources{Flags: []config.Setting{
		{Key: "ovate.data", Value: dir, Origin: "--data"}, {Key: "ovate.listen", Value: listen, Origin: "--listen"},
	}})
	if err != nil {
		return nil, &inputError{err}
	}
	server, err := start(ctx, cfg, log)
	if err != nil {
		return nil, err
	}
	c, err := newClient(address(server, cfg))
	if err != nil {
		return nil, err
	}
	return &embedded{c, server, cfg, log}, nil
}

// run hands in a task and shows its progress. A task that is no longer waited for is ended: it would run again whenever a server is
// started on this folder.
func (e *embedded) run(ctx context.Context, task []byte, total int64, progress io.Writer) (*outcome, error) {
	id, err := e.Submit(context.WithoutCancel(ctx), task)
	if err != nil {
		return nil, err
	}
	outcome, err := watch(ctx, e.Client, id, total, progress)
	if err != nil {
		if cannot := e.Shutdown(context.WithoutCancel(ctx), id); cannot != nil {
			err = &unendedError{errors.Join(err, cannot)}
		}
		return nil, err
	}
	outcome.log = filepath.Join(e.config.TaskLogs.Directory, id+".log")
	return outcome, nil
}

func (e *embedded) stop() error { return stop(e.server, e.config, e.log) }

// unendedError is a task that could not be ended: it runs again whenever a server is started on this folder.
type unendedError struct{ err error }

func (e *unendedError) Error() string { return e.err.Error() }
func (e *unendedError) Unwrap() error { return e.err }
