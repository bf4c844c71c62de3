package sqldb

import (
	"context"
	"errors"
	"fmt"

	"ovate/internal/metadata"
)

// termName is where druid_config keeps the epoch of the term that began last. It is a row of Druid's own table, as a table of our own may not
// be made everywhere; Java reads of druid_config what it knows alone. Each transaction of a term holds a lock on the row that it shares
// with others of the term until it has ended; whoever begins a term waits for these.
const termName = "ovate.term"

// BeginTerm implements metadata.Store.
func (s *Store) BeginTerm(ctx context.Context, epoch int64) (begun int64, err error) {
	err = s.Update(ctx, func(tx metadata.Tx) error {
		t, _ := tx.(*transaction) // which this store's are
		last, err := t.lastTerm(" FOR UPDATE")
		if err != nil && !errors.Is(err, metadata.ErrNotFound) {
			return err
		}
		if begun = epoch; epoch == 0 {
			begun = last + 1
		}
		if begun < last {
			return fmt.Errorf("term %d comes after term %d: %w", begun, last, metadata.ErrTermOver)
		}
		return t.SetConfig(termName, fmt.Append(nil, begun))
	})
	if err == nil {
		s.complete(ctx)
	}
	return begun, err
}

// InTerm implements metadata.Tx.
func (t *transaction) InTerm(epoch int64) error {
	last, err := t.lastTerm(t.store.dialect.share)
	if errors.Is(err, metadata.ErrNotFound) {
		return fmt.Errorf("no term has begun, and not term %d: %w", epoch, metadata.ErrTermOver)
	}
	if err == nil && last != epoch {
		return fmt.Errorf("term %d follows term %d: %w", last, epoch, metadata.ErrTermOver)
	}
	return err
}

// lastTerm reads the epoch, and locks its row.
func (t *transaction) lastTerm(lock string) (epoch int64, err error) {
	payload, err := t.conn.config(termName, lock)
	if err != nil {
		return 0, err
	}
	if _, err := fmt.Sscan(string(payload), &epoch); err != nil {
		return 0, &metadata.PermanentError{Err: fmt.Errorf("row %s of table %s holds %.100q, which is no number of a term: delete it if no other ovate runs on this database",
			termName, t.store.names.table("config"), payload)}
	}
	return epoch, nil
}
