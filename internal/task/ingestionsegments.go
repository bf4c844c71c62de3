package task

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/disk"
	"ovate/internal/ingest"
)

// identify gives every segment its id. The load specs are still missing.
func (r *ingestion) identify(ctx context.Context, built []ingest.Built, locks []druid.TaskLock) ([]druid.DataSegment, error) {
	segments := make([]druid.DataSegment, len(built))
	var state json.RawMessage
	if contextBool(&r.header.Context, "storeCompactionState", false) {
		state = r.spec.AppendCompactionState(nil)
	}
	for i, b := range built {
		segments[i] = druid.DataSegment{
			DataSource: r.header.DataSource, Interval: b.Interval,
			Dimensions: b.Dimensions, Metrics: b.Metrics, LastCompactionState: state, BinaryVersion: 9, Size: b.Size,
		}
	}
	if r.spec.IO.Append {
		return segments, r.allocate(ctx, segments)
	}
	return segments, number(segments, locks)
}

// number numbers the segments of each chunk from 0 and gives them the version of the lock over it: together they
// hide everything that was there.
func number(segments []druid.DataSegment, locks []druid.TaskLock) error {
	count := map[druid.Interval]int{}
	for _, s := range segments {
		count[s.Interval]++
	}
	next := map[druid.Interval]int{}
	for i := range segments {
		s := &segments[i]
		for _, l := range locks {
			if l.Interval.Encloses(s.Interval) {
				s.Version = max(s.Version, l.Version)
			}
		}
		if s.Version == "" {
			return fmt.Errorf("no lock covers the segments of interval[%s]", s.Interval)
		}
		s.ShardSpec = druid.Numbered(next[s.Interval], count[s.Interval])
		next[s.Interval]++
	}
	return nil
}

// allocate asks for ids after those that are there. Each segment has a sequence of its own, named by its place in the
// chunk, so that a run after a crash gets the same ids again whatever the other chunks hold.
func (r *ingestion) allocate(ctx context.Context, segments []druid.DataSegment) error {
	place := map[druid.Interval]int{}
	requests := make([]action.SegmentAllocate, len(segments))
	for i := range segments {
		built := segments[i].Interval // already: queries must see all of it in the chunk
		requests[i] = action.SegmentAllocate{
			DataSource: r.header.DataSource, Timestamp: built.Start, LockType: r.lockType(),
			Chunk: r.chunks.of(built), Rows: built,
			SequenceName: r.header.ID + "_" + built.Start.String() + "_" + strconv.Itoa(place[built]),
		}
		place[built]++
	}
	got, err := action.Do(ctx, r.tools.Actions, action.SegmentAllocateAll{Requests: requests})
	if err != nil {
		return err
	}
	for i := range segments {
		s := &segments[i]
		if got[i] == nil {
			return fmt.Errorf("no segment can be appended to interval[%s]: another task has locked it or changed its segments, or they are of a kind that cannot be extended", s.Interval)
		}
		s.Interval, s.Version, s.ShardSpec = got[i].ID.Interval, got[i].ID.Version, got[i].ShardSpec
	}
	return nil
}

// pushers are how many segments are pushed at a time: they wait for the disk, and what waits together is synced together. Where the
// process may not open many files they are fewer.
const pushers = 256

// push stores the segments, several at a time, and fills in their load specs. A segment without a load spec
// was not stored.
func (r *ingestion) push(ctx context.Context, built []ingest.Built, segments []druid.DataSegment) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(pushers, max(1, disk.FileLimit()/16), len(segments)) {
		wg.Go(func() {
			for i := range next {
				err := Protect(func() (err error) {
					segments[i].LoadSpec, err = r.pushOne(ctx, built[i].Dir, segments[i])
					return err
				})
				if err != nil {
					cancel(err)
				}
			}
		})
	}
	for i := range segments {
		next <- i
	}
	close(next)
	wg.Wait()
	return context.Cause(ctx)
}

func (r *ingestion) pushOne(ctx context.Context, dir string, s druid.DataSegment) (json.RawMessage, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	path := s.Interval.Start.String() + "_" + s.Interval.End.String()
	if !r.spec.IO.Append {
		path = r.spec.Schema.Granularity.Segment.Path(s.Interval)
	}
	spec, err := r.tools.Storage.Push(ctx, dir, s, path)
	if err != nil {
		return nil, fmt.Errorf("push segment[%s]: %w", s.ID(), err)
	}
	r.tools.Log.Info("pushed", "segment", s.ID(), "bytes", s.Size)
	return spec, nil
}

// publish makes the segments visible and ends the task.
func (r *ingestion) publish(ctx context.Context, segments []druid.DataSegment) error {
	r.done = len(segments)
	if err := r.tools.Publish(ctx, segments, r.report(nil)); err != nil {
		r.done = -1
		return err
	}
	r.tools.Log.Info("published", "segments", len(segments))
	return nil
}

// withdrawPatience is how long a task that has failed waits for a store that does not answer. The files stay then.
const withdrawPatience = 5 * time.Second

// withdraw removes the files of pushed segments that were not published. If that cannot be known they stay.
func (r *ingestion) withdraw(segments []druid.DataSegment) error {
	ctx, cancel := context.WithTimeout(context.Background(), withdrawPatience) // the run's own has ended, perhaps
	defer cancel()
	ids := make([]string, len(segments))
	for i := range segments {
		ids[i] = segments[i].ID().String()
	}
	there, err := action.Do(ctx, r.tools.Actions, action.RetrieveSegmentsByID{DataSource: r.header.DataSource, IDs: ids})
	if err != nil {
		return err
	}
	published := map[string]bool{}
	for _, s := range there {
		published[s.ID().String()] = true
	}
	var errs []error
	for i, s := range segments {
		if s.LoadSpec != nil && !published[ids[i]] {
			errs = append(errs, r.tools.Storage.Delete(ctx, s.LoadSpec))
		}
	}
	return errors.Join(errs...)
}
