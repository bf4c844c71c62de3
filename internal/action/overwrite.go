package action

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"ovate/druid"
	"ovate/internal/lockbox"
	"ovate/internal/timeline"
)

// overwrite publishes segments that stand for others. The task must hold locks over those, too, until all is done: nobody else has taken them
// away or stands for them meanwhile.
func (a SegmentTransactionalInsert) overwrite(ctx context.Context, box *Box, by Identity) (result PublishResult, err error) {
	ofSegments := func(l druid.TaskLock) bool { return l.Granularity == druid.SegmentLock }
	if slices.ContainsFunc(box.Locks.Locks(by.Holder), ofSegments) {
		if err := timeline.CheckOverwrite(a.Segments, a.Overwritten); err != nil {
			return PublishResult{}, druid.InvalidInput("field [segmentsToBeOverwritten]: %v", err)
		}
	}
	ids := make([]druid.SegmentID, len(a.Overwritten))
	for i := range a.Overwritten {
		ids[i] = a.Overwritten[i].ID()
	}
	err = box.Locks.Guard(ctx, by.Holder, ids, func() (err error) {
		alone := a
		alone.Overwritten = nil
		result, err = alone.Perform(ctx, box, by)
		return err
	})
	var revoked *lockbox.Revoked
	switch {
	case errors.As(err, &revoked):
		return afterRevocation(ctx, box, by, a.Segments, revoked)
	case err != nil:
		return PublishResult{}, fmt.Errorf("publish in place of %d segments: %w", len(a.Overwritten), err)
	}
	return result, nil
}
