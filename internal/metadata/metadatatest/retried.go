package metadatatest

import (
	"context"
	"errors"

	"ovate/internal/metadata"
)

// Retried is a store that takes back each transaction once and runs its fn again, as a store does that others write, too.
func Retried(s metadata.Store) metadata.Store { return retried{s} }

type retried struct{ metadata.Store }

func (r retried) Update(ctx context.Context, fn func(metadata.Tx) error) error {
	again := errors.New("again")
	err := r.Store.Update(ctx, func(tx metadata.Tx) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		_ = fn(tx) // which decides nothing
		return again
	})
	if !errors.Is(err, again) {
		return err
	}
	return r.Store.Update(context.WithoutCancel(ctx), fn) // it has begun
}
