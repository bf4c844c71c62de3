package commit

import (
	"context"
	"encoding/json"
	"errors"

	"ovate/druid"
	"ovate/internal/metadata"
)

// Unreadable is what is stored of a data source that cannot be read. Nothing of its stream can be published until that is mended.
type Unreadable struct{ err *druid.Error }

// NewUnreadable tells why nobody understands what is stored of a data source.
func NewUnreadable(dataSource string, why error) *Unreadable {
	return &Unreadable{druid.InvalidInput("how far data source[%s] was published cannot be read in the metadata, table druid_dataSource: %v; "+
		"a reset of its supervisor removes it, and has the stream read as if nothing of it was published", dataSource, why)}
}

func (u *Unreadable) Error() string { return u.err.Error() }

// Unwrap tells that the caller can do something about it: reset the supervisor.
func (u *Unreadable) Unwrap() error { return u.err }

// Published is how far the stream of a data source was read by what is published; nil if nothing is. The error is an *Unreadable if that is no metadata.
func Published(ctx context.Context, r metadata.Reader, dataSource string) (*Metadata, error) {
	payload, err := r.CommitMetadata(ctx, dataSource)
	if errors.Is(err, metadata.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	stored, err := Parse(payload)
	if err != nil {
		return nil, NewUnreadable(dataSource, err)
	}
	return stored, nil
}

// Change stores how far the stream of a data source counts as read from now on, as part of a transaction: next makes it of what is stored, which is nil
// if nothing is. Where next gives nil, or fails, nothing is written.
func Change(ctx context.Context, tx metadata.Tx, dataSource string, now druid.Instant, next func(stored *Metadata) (*Metadata, error)) error {
	stored, err := Published(ctx, tx, dataSource)
	if err != nil {
		return err
	}
	m, err := next(stored)
	if err != nil || m == nil {
		return err
	}
	payload, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return tx.SetCommitMetadata(dataSource, payload, now)
}
