package action

import (
	"context"
	"errors"
	"fmt"

	"ovate/druid"
	"ovate/internal/metadata"
)

// SegmentMetadataUpdate replaces what is known of segments, but for their ids: where their files have been moved, say. The task must hold a lock
// over each of them, which may be of any type. Those that are not there do no harm.
type SegmentMetadataUpdate struct {
	Segments []druid.DataSegment `json:"segments"`
}

// Type is segmentMetadataUpdate.
func (SegmentMetadataUpdate) Type() string { return "segmentMetadataUpdate" }

func (a SegmentMetadataUpdate) check(given fields) error {
	if err := given.need("segments"); err != nil || len(a.Segments) > 0 {
		return err
	}
	return errors.New("field [segments] is empty, but must name what is to be changed")
}

// Perform replaces the payloads: all of them, in one transaction, or none.
func (a SegmentMetadataUpdate) Perform(ctx context.Context, box *Box, by Identity) (Nothing, error) {
	if err := checkSegments(a.Segments); err != nil {
		return Nothing{}, err
	}
	ids, err := ownIDs(a.Segments, by)
	if err != nil || len(ids) == 0 {
		return Nothing{}, err
	}
	err = box.Locks.Guard(ctx, by.Holder, ids, func() error {
		if err := (publication{segments: a.Segments}).check(ctx, box, by.TaskID); err != nil {
			return err
		}
		return box.Store.Update(ctx, func(tx metadata.Tx) error {
			if err := mustBeActive(ctx, tx, by.TaskID); err != nil {
				return err
			}
			_, err := tx.SetPayloads(a.Segments)
			return err
		})
	})
	if err != nil {
		return Nothing{}, fmt.Errorf("replace what is known of %d segments for task[%s]: %w", len(ids), by.TaskID, err)
	}
	box.Meter.Relocated(by, a.Segments)
	return Nothing{}, nil
}
