package action_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
)

// observed is a store that counts its transactions and whose segments cannot be read, but for what sums them up.
type observed struct {
	metadata.Store
	updates int
}

func (o *observed) Update(ctx context.Context, fn func(metadata.Tx) error) error {
	o.updates++
	return o.Store.Update(ctx, func(tx metadata.Tx) error { return fn(summaries{tx}) })
}

func (o *observed) UsedSegments(context.Context, string, []druid.Interval) ([]metadata.SegmentRow, error) {
	return nil, errSegmentsRead
}

type summaries struct{ metadata.Tx }

func (summaries) UsedSegments(context.Context, string, []druid.Interval) ([]metadata.SegmentRow, error) {
	return nil, errSegmentsRead
}

var errSegmentsRead = errors.New("the segments of a chunk were read")

func observe(b *bundle) *observed {
	o := &observed{Store: b.store}
	now := func() druid.Instant { return clock }
	b.box = action.NewBox(action.Options{Store: o, Locks: lockbox.New(o, now, nil), Now: now})
	return o
}

// Appending does not read the segments that are there, however they came about.
func TestAppendReadsNoSegments(t *testing.T) {
	t.Parallel()
	const version = "2020-01-01T00:00:00.000Z"
	for _, core := range []int{0, 3} {
		b := setup(t)
		var there []druid.DataSegment
		for n := range 100 {
			there = append(there, segment(days(1, 2), version, druid.Numbered(n, core)))
		}
		b.publish(there...)
		observe(b)
		got := do(b, b.task("t", "g"), at(1, "s", ""))
		if got == nil || got.ID.PartitionNum != 100 || got.ID.Version != version || got.ShardSpec.CorePartitions() != core {
			t.Errorf("core %d: got %+v", core, got)
		}
	}
}

// A chunk of which a core partition is missing cannot be seen, and is not extended.
func TestAllocateBesideAnIncompleteChunk(t *testing.T) {
	t.Parallel()
	const old, version = "2019-01-01T00:00:00.000Z", "2020-01-01T00:00:00.000Z"
	b := setup(t)
	b.publish(segment(days(1, 2), old, druid.Numbered(0, 1)), segment(days(1, 2), version, druid.Numbered(0, 3)), segment(days(1, 2), version, druid.Numbered(2, 3)))
	if got := do(b, b.task("t", "g"), at(1, "s", "")); got == nil || got.ID.Version != old || got.ID.PartitionNum != 1 {
		t.Errorf("got %+v", got)
	}
}

func TestAllocateAll(t *testing.T) {
	t.Parallel()
	const version = "2020-01-01T00:00:00.000Z"
	b := setup(t)
	b.publish(segment(days(3, 4), version, druid.Numbered(0, 1)), segment(days(4, 6), version, druid.Numbered(4, 0)))
	store := observe(b)
	c := b.task("t", "g")
	do(b, c, tryLock(druid.Exclusive, []druid.Interval{days(0, 2000)}))
	var requests []action.SegmentAllocate
	for day := range 1200 {
		for n := range 2 {
			requests = append(requests, at(int64(day), fmt.Sprintf("s%d_%d", day, n), ""))
		}
	}
	before := store.updates
	got := do(b, c, action.SegmentAllocateAll{Requests: requests})
	if n := store.updates - before; n > 10 {
		t.Errorf("%d transactions for %d ids", n, len(requests))
	}
	seen := map[druid.SegmentID]bool{}
	for i, a := range got {
		interval, first := days(int64(i/2), int64(i/2+1)), 0
		switch i / 2 {
		case 3:
			first = 1
		case 4:
			interval, first = days(4, 6), 5
		case 5:
			interval, first = days(4, 6), 7
		}
		if a == nil || a.ID.Interval != interval || a.ID.PartitionNum != first+i%2 || seen[a.ID] {
			t.Fatalf("%d: got %+v, want partition %d of %v", i, a, first+i%2, interval)
		}
		seen[a.ID] = true
	}
	for i, a := range do(b, c, action.SegmentAllocateAll{Requests: requests}) {
		if *a != *got[i] {
			t.Fatalf("%d: the same request got %+v, then %+v", i, got[i], a)
		}
	}
	// What one request alone is given, and what it is not.
	if a := do(b, c, requests[2400-1]); *a != *got[2400-1] {
		t.Errorf("alone: %+v, with others %+v", a, got[2400-1])
	}
	elsewhere := at(3000, "x", "")
	do(b, b.task("other", "h"), tryLock(druid.Exclusive, []druid.Interval{days(3000, 3001)}))
	if got := do(b, c, action.SegmentAllocateAll{Requests: []action.SegmentAllocate{at(7, "y", ""), elsewhere}}); got[0] == nil || got[1] != nil {
		t.Errorf("beside another task's lock: %+v", got)
	}
}

// Many requests together are answered as one after the other, whatever is there and whatever they ask for.
func TestAllocateAllLikeOneAfterTheOther(t *testing.T) {
	t.Parallel()
	for seed := range 40 {
		random := rand.New(rand.NewPCG(uint64(seed), 1))
		together, alone := setup(t), setup(t)
		seen := map[druid.SegmentID]bool{}
		for range random.IntN(8) {
			day := int64(random.IntN(4))
			version := []string{lockbox.AppendVersion, "2020-01-01T00:00:00.000Z", "2021-01-01T00:00:00.000Z"}[random.IntN(3)]
			s := segment(days(day, day+1), version, druid.Numbered(random.IntN(4), random.IntN(3)))
			unused := random.IntN(2) == 0
			if seen[s.ID()] {
				continue
			}
			seen[s.ID()] = true
			for _, b := range []*bundle{together, alone} {
				b.publish(s)
				if unused {
					b.update(func(tx metadata.Tx) error { _, err := tx.SetUsed([]string{s.ID().String()}, false, clock); return err })
				}
			}
		}
		var requests []action.SegmentAllocate
		for range 1 + random.IntN(12) {
			day := int64(random.IntN(4))
			a := at(day, fmt.Sprint("s", random.IntN(4)), []string{"", "p"}[random.IntN(2)])
			a.LockType, a.SkipLineageCheck, a.Chunk, a.Rows = druid.Append, seed%2 == 0, days(day, day+1), days(day, day+1)
			requests = append(requests, a)
		}
		got := do(together, together.task("t", "g"), action.SegmentAllocateAll{Requests: requests})
		c := alone.task("t", "g")
		for i, a := range requests {
			want := do(alone, c, a)
			if (got[i] == nil) != (want == nil) || want != nil && *got[i] != *want {
				t.Errorf("seed %d, request %d: %+v together, %+v alone", seed, i, got[i], want)
			}
		}
	}
}

// What is reserved already under the key of a request is in nobody else's way.
func TestAllocateAllBesideTakenKeys(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.task("t", "g")
	of := func(day int64, sequence string) action.SegmentAllocate {
		a := at(day, sequence, "")
		a.LockType, a.Chunk, a.Rows = druid.Append, days(day, day+1), days(day, day+1)
		return a
	}
	first := do(b, c, of(0, "s"))
	got := do(b, c, action.SegmentAllocateAll{Requests: []action.SegmentAllocate{of(1, "a"), of(2, "s"), of(3, "b"), of(0, "s"), of(0, "c")}})
	if got[0] == nil || got[1] != nil || got[2] == nil || got[3] == nil || *got[3] != *first || got[4] == nil || got[4].ID.PartitionNum != 1 {
		t.Errorf("got %+v", got)
	}
}
