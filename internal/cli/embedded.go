package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"path/filepath"
	"time"

	"ovate"
	"ovate/client"
	"ovate/druid"
	"ovate/internal/config"
	"ovate/internal/task"
)

// embedded is a server within this process and a client of it.
type embedded struct {
	*client.Client
	server *ovate.Server
	config *config.Config
	log    *slog.Logger
}

// anyPort is where a server listens that only this process asks.
const anyPort = "127.0.0.1:0"

// embed starts a server of its own with the data folder dir. Its log would disturb the progress bar, so that only
// warnings are shown.
func embed(ctx context.Context, dir, listen string, streams *Streams) (*embedded, error) {
	log := slog.New(slog.NewTextHandler(streams.Err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	cfg, err := embeddedConfig(dir, listen)
	if err != nil {
		return nil, err
	}
	server, err := start(ctx, cfg, log)
	if err != nil {
		return nil, err
	}
	c, err := client.New(address(server, cfg))
	if err != nil {
		return nil, err
	}
	return &embedded{c, server, cfg, log}, nil
}

// embeddedConfig is what holds for such a server.
func embeddedConfig(dir, listen string) (*config.Config, error) {
	cfg, err := config.Load(config.Sources{Flags: []config.Setting{
		{Key: "ovate.data", Value: dir, Origin: "--data"}, {Key: "ovate.listen", Value: listen, Origin: "--listen"},
	}})
	if err != nil {
		return nil, &inputError{err}
	}
	return cfg, nil
}

// run hands in a task that has an id and shows its progress. The task ends with this process, should that be killed. One that is no longer
// waited for is ended; taken is called once the server has it; if it was complete by then the outcome is as if nothing had happened.
func (e *embedded) run(ctx context.Context, id string, spec []byte, keys taskContext, total int64, taken func() error, progress io.Writer) (*outcome, error) {
	if ctx.Err() != nil {
		return nil, &cutOffError{nothingStored, context.Cause(ctx)}
	}
	own := taskContext{task.KeyEndsWithProcess: true}
	maps.Copy(own, keys)
	_, err := e.Submit(context.WithoutCancel(ctx), own.addTo(spec))
	if refused := new(client.Error); errors.As(err, &refused) && refused.Status < 500 {
		return nil, err
	}
	var ended *outcome
	if err == nil {
		err = taken()
	}
	if err == nil {
		ended, err = watch(ctx, e.Client, id, total, progress)
	}
	if err != nil {
		if ended, err = e.end(ctx, id, err); err != nil {
			return nil, err
		}
	}
	ended.log = filepath.Join(e.config.TaskLogs.Directory, id+".log")
	return ended, nil
}

// end ends a task that cannot be waited for, and finds out what became of it: it may have been complete already.
func (e *embedded) end(ctx context.Context, id string, why error) (*outcome, error) {
	const patience = 30 * time.Second
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), patience, fmt.Errorf("the server in this process does not answer for %v", patience))
	defer cancel()
	refused := e.Shutdown(ctx, id) // whether that worked is seen by what follows
	status, err := e.Wait(ctx, id)
	switch {
	case client.IsNotFound(err):
		return nil, &cutOffError{nothingStored, why}
	case err == nil && status.State != druid.Success:
		return nil, &cutOffError{nothingStored, why}
	}
	var report client.Ingestion
	if err == nil {
		report, err = e.Ingestion(ctx, id)
	}
	if err != nil && !client.IsNotFound(err) { // a kind without a report
		return nil, &cutOffError{maybeStored, errors.Join(why, refused, err)}
	}
	return outcomeOf(status, report, err == nil), nil
}

// What became of the rows of an ingestion that was cut off.
const (
	nothingStored = "nothing was stored"
	maybeStored   = "whether the rows were stored is not known yet; the same command again finds out and says so"
)

// cutOffError is an ingestion that came to no end of its own.
type cutOffError struct {
	fate string // of the rows
	err  error
}

func (e *cutOffError) Error() string {
	if errors.Is(e.err, context.Canceled) {
		return "interrupted: " + e.fate
	}
	return fmt.Sprintf("%v: %s", e.err, e.fate)
}

func (e *cutOffError) Unwrap() error { return e.err }

// beforeStored says of an interruption that it came before anything was stored.
func beforeStored(err error) error {
	if errors.Is(err, context.Canceled) {
		return &cutOffError{nothingStored, err}
	}
	return err
}

func (e *embedded) stop() error { return stop(e.server, e.config, e.log) }
