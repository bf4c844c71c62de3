package action

import (
	"context"
	"errors"
	"fmt"

	"ovate/internal/metadata"
)

var errAtWork = errors.New("a task is at work that reserves segment ids under this name")

// Free removes what is reserved under the name of an allocator, and tells how many ids that were; none if a task of it is active, or at work as atWork
// tells. That is asked last: whoever has reserved what was there to remove is known by then.
func (b *Box) Free(ctx context.Context, dataSource, name string, atWork func() bool) (freed int, err error) {
	err = b.Store.Update(ctx, func(tx metadata.Tx) (err error) {
		freed, err = tx.DeletePendingOfGroup(dataSource, name)
		if err == nil && freed > 0 && atWork() {
			return errAtWork
		}
		return err
	})
	switch {
	case errors.Is(err, errAtWork):
		return 0, nil
	case err != nil:
		return 0, fmt.Errorf("free the segment ids of data source %s that are reserved by %s: %w", dataSource, name, err)
	}
	return freed, nil
}
