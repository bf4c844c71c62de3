package task

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/clock"
	"ovate/internal/metadata"
)

// remove removes the rows of segments that are unused still, and then the files of those whose rows are gone. Which files others need is asked before,
// as it may be that nobody can tell, and of those that somebody needs afterwards once more: the other may have gone at the same time, and
// whoever's row is the last takes the files along.
func (k *killing) remove(ctx context.Context, segments []druid.DataSegment) error {
	if len(segments) == 0 {
		return nil
	}
	needed, err := k.needed(ctx, segments)
	if err != nil {
		return err
	}
	gone, err := k.removeRows(ctx, slices.DeleteFunc(segments, func(s druid.DataSegment) bool { return !k.canGo(&s, needed) }))
	if err != nil || len(gone) == 0 {
		return err
	}
	ctx, cancel := clock.Linger(ctx, filesPatience)
	defer cancel()
	if len(needed) > 0 {
		if needed, err = k.needed(ctx, gone); err != nil {
			k.tellLeft(gone, err)
			return fmt.Errorf("the rows of %d segments are removed, and their files stay; `ovate orphans` finds them, and the task's log names them: %w", len(gone), err)
		}
	}
	return k.removeFiles(ctx, gone, needed)
}

// canGo tells whether there is nothing to keep a segment from being removed, and notes that its row is to go. One stays whose files are elsewhere.
func (k *killing) canGo(s *druid.DataSegment, needed map[string]action.Shared) bool {
	if _, stay := needed[s.ID().String()]; !stay && !s.ShardSpec.IsTombstone() {
		if err := k.tools.Storage.Keeps(s.LoadSpec); err != nil {
			k.stays(s, err)
			return false
		}
	}
	k.tried[s.ID()] = true
	return true
}

// needed tells which of the segments have files that others need.
func (k *killing) needed(ctx context.Context, segments []druid.DataSegment) (map[string]action.Shared, error) {
	shared, err := action.Do(ctx, k.tools.Actions, action.SegmentListShared{Segments: segments})
	needed := make(map[string]action.Shared, len(shared))
	for _, s := range shared {
		needed[s.Segment] = s
	}
	return needed, err
}

// removeRows removes the rows of those of the segments that are unused, and returns those that have none any more.
func (k *killing) removeRows(ctx context.Context, segments []druid.DataSegment) (gone []druid.DataSegment, err error) {
	if len(segments) == 0 {
		return nil, nil
	}
	ids, err := action.Do(ctx, k.tools.Actions, action.SegmentNukeUnused{Segments: segments})
	if errors.Is(err, metadata.ErrOutcomeUnknown) {
		k.tellLeft(segments, fmt.Errorf("whether their rows are removed is not known: %w", err))
	}
	if err != nil {
		return nil, err
	}
	without := make(map[string]bool, len(ids))
	for _, id := range ids {
		without[id] = true
	}
	for _, s := range segments {
		if without[s.ID().String()] {
			gone = append(gone, s)
		}
	}
	return gone, nil
}

// mostFailures is after how many segments in succession whose files cannot be removed those of the others are not tried.
const mostFailures = 3

// removeFiles removes the files of segments that have no rows any more, but for those that others need. It goes on after one that cannot be removed.
func (k *killing) removeFiles(ctx context.Context, segments []druid.DataSegment, needed map[string]action.Shared) error {
	var first error
	left, inSuccession := 0, 0
	for i := range segments {
		s := &segments[i]
		if need, is := needed[s.ID().String()]; is {
			k.tellKept(need)
			continue
		}
		if s.ShardSpec.IsTombstone() {
			k.tools.Log.Debug("a tombstone has no files", "segment", s.ID())
			continue
		}
		err := context.Cause(ctx)
		if err == nil && inSuccession == mostFailures {
			err = errors.New("those of the segments before it cannot be removed")
		} else if err == nil {
			err = k.tools.Storage.Delete(ctx, s.LoadSpec)
		}
		if err == nil {
			k.killed++
			inSuccession = 0
			continue
		}
		if first == nil {
			first = fmt.Errorf("segment[%s]: %w", s.ID(), err)
		}
		left++
		inSuccession = min(inSuccession+1, mostFailures)
		k.tellLeft(segments[i:i+1], err)
	}
	if left > 0 {
		return fmt.Errorf("the files of %d segments stay that have no rows any more; `ovate orphans` finds them, and the task's log names them. %d segments are removed. The first: %w",
			left, k.killed, first)
	}
	return nil
}

// filesPatience is how long a task that was shut down goes on with the files whose rows it has removed. What is left then are orphans.
const filesPatience = 5 * time.Second

// tellLeft names files that stay though their segments have no rows any more.
func (k *killing) tellLeft(segments []druid.DataSegment, why error) {
	for i := range segments {
		k.tools.Log.Warn("files stay that no row names; `ovate orphans` finds them", "segment", segments[i].ID(), "loadSpec", string(segments[i].LoadSpec), "error", why)
	}
}

// tellKept tells why files stay.
func (k *killing) tellKept(need action.Shared) {
	k.kept++
	if !need.Unreadable {
		k.tools.Log.Info("kept the files of a segment, as another one has the same", "segment", need.Segment, "other", need.With)
		return
	}
	k.unreadable++
	k.tools.Log.Warn("kept the files of a segment, as the row of another one, which cannot be read, may name them. Once that row is right or gone, "+
		"`ovate orphans` tells whether nothing needs them", "segment", need.Segment, "other", need.With)
}
