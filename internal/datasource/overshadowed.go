package datasource

import (
	"context"
	"errors"
	"fmt"

	"ovate/druid"
	"ovate/internal/chunk"
	"ovate/internal/metadata"
	"ovate/internal/timeline"
)

// markTogether is how many time chunks are marked in one transaction, for which everybody else waits.
const markTogether = 200

// MarkOvershadowed marks those segments overlapping any of the intervals as unused that newer ones hide everywhere, and tells how many
// there were. An error means that some may be left: left is then where to look again. A segment that cannot be read, which the error
// names, leaves only what it may hide.
func (m *Marker) MarkOvershadowed(ctx context.Context, dataSource string, intervals []druid.Interval) (changed int, left []druid.Interval, err error) {
	hidden, unreadable, err := chunk.Overshadowed(ctx, m.store, dataSource, intervals)
	if err != nil {
		return 0, intervals, fmt.Errorf("find the overshadowed segments of data source[%s]: %w", dataSource, err)
	}
	var errs []error
	for _, fault := range unreadable {
		errs = append(errs, fmt.Errorf("find the overshadowed segments of data source[%s]: %w", dataSource, fault))
		left = append(left, fault.Chunk.Interval)
	}
	for len(hidden) > 0 {
		together := hidden[:min(markTogether, len(hidden))]
		n, err := m.markHidden(ctx, dataSource, together)
		if err != nil {
			errs = append(errs, fmt.Errorf("mark the overshadowed segments of data source[%s] from [%s] on as unused: %w", dataSource, hidden[0].Interval, err))
			for _, c := range hidden {
				left = append(left, c.Interval)
			}
			break
		}
		changed += n
		hidden = hidden[len(together):]
	}
	return changed, druid.CondenseIntervals(left), errors.Join(errs...)
}

// markHidden marks chunks in one transaction. What hid them may have been marked meanwhile, so it looks again.
func (m *Marker) markHidden(ctx context.Context, dataSource string, chunks []timeline.Chunk) (changed int, err error) {
	err = m.store.Update(ctx, func(tx metadata.Tx) error {
		hidden, _, err := chunk.Hidden(ctx, tx, dataSource, chunks)
		if err == nil {
			changed, err = tx.MarkChunksUnused(dataSource, hidden, m.now())
		}
		return err
	})
	return changed, err
}
