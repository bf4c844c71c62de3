package action

import (
	"context"
	"fmt"

	"ovate/druid"
	"ovate/internal/lockbox"
)

// afterRevocation is the answer to who wants to publish segments and has lost its locks. If they are there all the same it has published them
// before, and was not told, as the answer got lost: that stays a success, as it is while the locks hold. Where there are none nobody can tell.
func afterRevocation(ctx context.Context, box *Box, by Identity, segments []druid.DataSegment, revoked *lockbox.Revoked) (PublishResult, error) {
	if len(segments) == 0 {
		return PublishResult{ErrorMsg: revoked.Error()}, nil
	}
	ids := make([]string, len(segments))
	for i := range segments {
		ids[i] = segments[i].ID().String()
	}
	there, err := box.Store.SegmentsByID(ctx, by.DataSource, ids)
	if err != nil {
		return PublishResult{}, fmt.Errorf("find out whether task[%s] has published %d segments before it lost its locks: %w", by.TaskID, len(segments), err)
	}
	if len(there) < len(segments) {
		return PublishResult{ErrorMsg: revoked.Error()}, nil
	}
	return PublishResult{Success: true}, nil
}
