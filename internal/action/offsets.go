package action

import (
	"context"
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
	return commit.Change(ctx, tx, dataSource, now, func(stored *commit.Metadata) (*commit.Metadata, error) {
		return commit.Advance(stored, o.start, o.end)
	})
}
