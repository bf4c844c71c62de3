package engine

import (
	"context"
	"fmt"

	"ovate/druid"
	"ovate/internal/configrow"
	"ovate/internal/jsontext"
	"ovate/internal/metadata"
	"ovate/internal/runner"
)

// Workers are those of a runner whose workers are processes of their own.
type Workers interface {
	// Enable and Disable say whether a worker, named host:port, takes more tasks.
	Enable(ctx context.Context, host string) error
	Disable(ctx context.Context, host string) error
	// Configure reads how workers are chosen, as Druid's worker config says it; apply has them chosen so from then on.
	Configure(config []byte) (apply func(), err error)
}

// workerConfig is where the store keeps how workers are chosen, and as what the audit history knows it.
const workerConfig = "worker.config"

// WorkerRule is the workers of a runner, and how they are chosen, which is stored.
type WorkerRule struct {
	Workers
	term *metadata.Term
	rule *configrow.Row
}

// Workers are those of the runner; nil if it runs tasks in this process.
func (e *Engine) Workers() *WorkerRule { return e.workers }

// Enable lets a worker take tasks again.
func (w *WorkerRule) Enable(ctx context.Context, host string) error {
	return w.term.Do(ctx, func(ctx context.Context) error { return w.Workers.Enable(ctx, host) })
}

// Disable has a worker take no more tasks.
func (w *WorkerRule) Disable(ctx context.Context, host string) error {
	return w.term.Do(ctx, func(ctx context.Context) error { return w.Workers.Disable(ctx, host) })
}

// recover has workers chosen as is stored. What cannot be read counts as not set, which fails nobody.
func (w *WorkerRule) recover(ctx context.Context, log func(msg string, args ...any)) error {
	config, err := w.rule.Read(ctx)
	if err != nil || config == nil {
		return err
	}
	apply, err := w.Configure(config)
	if err != nil {
		log("how workers are to be chosen cannot be read; they are chosen as if nobody had said so", "table", "config", "name", workerConfig, "error", err)
		return nil
	}
	apply()
	return nil
}

// Config is how workers are chosen, as it was set; nil if it never was.
func (w *WorkerRule) Config(ctx context.Context) ([]byte, error) {
	config, err := w.rule.Read(ctx)
	if err == nil && config != nil && !jsontext.Sendable(config) {
		return nil, fmt.Errorf("config %s of the metadata cannot be read, and stays as it is: it is no JSON", workerConfig)
	}
	return config, err
}

// SetConfig has workers chosen in another way. When it returns nil that is durable, with an entry in the audit history, and holds for
// every task that has no worker yet. The error is runner.ErrConfig if nobody can choose so. Whatever it returns, workers are chosen as is stored.
func (w *WorkerRule) SetConfig(ctx context.Context, config []byte) error {
	apply, err := w.Configure(config)
	if err != nil {
		return fmt.Errorf("%w: %w", runner.ErrConfig, err)
	}
	return w.rule.Change(ctx, func([]byte) ([]byte, error) { return config, nil }, apply) // what is stored last is applied last
}

// History is the audit entries of changes, as JSON: those of a span of time in their order, or the last ones, the newest first.
func (w *WorkerRule) History(ctx context.Context, within *druid.Interval, last int) ([][]byte, error) {
	return w.rule.History(ctx, within, last)
}
