// Package configrow keeps what the leader is told to do in a row of druid_config, which other programs may change, too. Each change has an
// entry in the audit history.
package configrow

import (
	"context"
	"errors"
	"fmt"

	"ovate/druid"
	"ovate/internal/audit"
	"ovate/internal/metadata"
)

// Row is one row of druid_config.
type Row struct {
	store   metadata.Store
	settler *metadata.Settler
	now     func() druid.Instant
	name    string        // where the store keeps it, and as what the audit history knows it
	turn    chan struct{} // held while the row is changed, until it is known what became of that
}

// New makes a Row. Settler finds out what became of changes for callers who do not wait for it; nil: nobody does.
func New(store metadata.Store, settler *metadata.Settler, now func() druid.Instant, name string) *Row {
	return &Row{store: store, settler: settler, now: now, name: name, turn: make(chan struct{}, 1)}
}

// Read is what is stored; nil if nothing is.
func (r *Row) Read(ctx context.Context) ([]byte, error) {
	stored, err := r.store.Config(ctx, r.name)
	if errors.Is(err, metadata.ErrNotFound) {
		return nil, nil
	}
	return stored, r.wrap(err)
}

// Change stores what edit makes of what is stored, unless that is nil. When it returns nil it is durable, with an entry in the audit history of
// the same transaction; what others change meanwhile is never overwritten, as edit then runs again on that. An error of edit is returned
// as it is.
//
// Then is called once it is known that the row was changed, and before it is changed again: perhaps after Change has returned, with an
// error that wraps metadata.ErrOutcomeUnknown. It may be nil.
func (r *Row) Change(ctx context.Context, edit func(stored []byte) ([]byte, error), then func()) error {
	select {
	case r.turn <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	handedOn := false
	defer func() {
		if !handedOn {
			<-r.turn
		}
	}()
	for {
		stored, err := r.Read(ctx)
		if err != nil {
			return err
		}
		payload, err := edit(stored)
		if err != nil || payload == nil {
			return err
		}
		err = r.swap(ctx, stored, payload, func(err error) {
			defer func() { <-r.turn }()
			if err == nil && then != nil {
				then()
			}
		})
		if errors.Is(err, metadata.ErrChanged) && ctx.Err() == nil {
			continue // of all that meet here one gets through each time
		}
		handedOn = errors.Is(err, metadata.ErrOutcomeUnknown)
		if err == nil && then != nil {
			then()
		}
		return r.wrap(err)
	}
}

// swap puts the payload in the place of exactly what is stored. If nobody knows whether it has, later hears of it.
func (r *Row) swap(ctx context.Context, stored, payload []byte, later func(error)) error {
	entry := audit.Entry{Key: r.name, Type: r.name, Payload: payload, Time: r.now()}.Row(ctx)
	err := r.store.Update(ctx, func(tx metadata.Tx) error {
		if err := tx.SwapConfig(r.name, stored, payload); err != nil {
			return err
		}
		return tx.InsertAudit(entry)
	})
	there := func(ctx context.Context) (bool, error) { return audit.Has(ctx, r.store, &entry) }
	return r.settler.Settle(ctx, err, there, func(_ context.Context, err error) { later(err) })
}

// History is the audit entries of changes, as JSON: those of a span of time in their order, or the last ones, the newest first.
func (r *Row) History(ctx context.Context, within *druid.Interval, last int) ([][]byte, error) {
	payloads, err := audit.Payloads(ctx, r.store, r.name, r.name, within, last)
	if err != nil {
		return nil, fmt.Errorf("changes of config %s: %w", r.name, err)
	}
	return payloads, nil
}

func (r *Row) wrap(err error) error {
	if err != nil {
		err = fmt.Errorf("config %s of the metadata: %w", r.name, err)
	}
	return err
}
