package action

import (
	"context"
	"encoding/json"
	"errors"

	"ovate/druid"
	"ovate/internal/commit"
	"ovate/internal/metadata"
)

// offsets are what was read of a stream for segments, from where and how far: both or neither.
type offsets struct{ start, end *commit.Metadata }

// check needs both or neither.
func (o offsets) check() error {
	switch {
	case o.start == nil && o.end != nil:
		return errors.New("field [startMetadata] is missing, but there is endMetadata")
	case o.start != nil && o.end == nil:
		return errors.New("field [endMetadata] is missing, but there is startMetadata")
	}
	return nil
}

// advance notes how far the stream of a data source was read. It fails with a *commit.Refused unless the last publication has ended where this one
// begins; as it is part of the transaction that publishes, of two publications of the same records one fails.
func (o offsets) advance(ctx context.Context, tx metadata.Tx, dataSource string, now druid.Instant) error {
	if o.end == nil {
		return nil
	}
	stored, err := published(ctx, tx, dataSource)
	if err != nil {
		return err
	}
	next, err := commit.Advance(stored, o.start, o.end)
	if err != nil {
		return err
	}
	payload, err := json.Marshal(next)
	if err != nil {
		return err
	}
	return tx.SetCommitMetadata(dataSource, payload, now)
}

// published is how far the stream of a data source was read by what is published; nil if nothing is.
func published(ctx context.Context, r metadata.Reader, dataSource string) (*commit.Metadata, error) {
	payload, err := r.CommitMetadata(ctx, dataSource)
	if errors.Is(err, metadata.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	stored, err := commit.Parse(payload)
	if err != nil {
		return nil, druid.InvalidInput("how far data source[%s] was published cannot be read in the metadata, table druid_dataSource: %v", dataSource, err)
	}
	return stored, nil
}
