package action_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
	"ovate/internal/timeline"
)

func lockSegments(version string, partitions ...int) action.SegmentLockTryAcquire {
	return action.SegmentLockTryAcquire{LockType: druid.Exclusive, Interval: days(1, 2), Version: version, Partitions: partitions}
}

// told is what became of each lock: the partition, or - where another task is in the way.
func told(results []action.LockResult) string {
	var words []string
	for _, r := range results {
		switch {
		case r.Lock == nil:
			words = append(words, "-")
		case r.Revoked:
			words = append(words, fmt.Sprint(r.Lock.PartitionID, " lost"))
		default:
			words = append(words, fmt.Sprint(r.Lock.PartitionID))
		}
	}
	return strings.Join(words, ",")
}

func (b *bundle) expectTold(c actor, a action.SegmentLockTryAcquire, want string) {
	b.Helper()
	if got := told(do(b, c, a)); got != want {
		b.Errorf("%s gets %s of %v, want %s", c.by.TaskID, got, a.Partitions, want)
	}
}

// Of the locks over segments that are asked for a task gets those that nobody else has, each answered by itself.
func TestLockSegments(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one, two := b.task("one", "one"), b.task("two", "two")
	b.expectTold(one, lockSegments("v1", 4, 1, 4, 0), "0,1,4")
	b.expectTold(one, lockSegments("v1", 1), "1")
	b.expectTold(two, lockSegments("v1", 0, 2, 4, 5), "-,2,-,5")
	strong := b.strong("strong")
	b.expectTold(strong, lockSegments("v1", 1, 2), "1,2")
	b.expectTold(one, lockSegments("v1", 0, 1), "0,1 lost")
	if got := do(b, one, action.LockList{}); len(got) != 3 || got[0].Granularity != druid.SegmentLock || !got[1].Revoked {
		t.Errorf("its locks are %+v, want those of partitions 0, 1 and 4, the second lost", got)
	}
	waits := action.SegmentLockAcquire{LockType: druid.Exclusive, Interval: days(1, 2), Version: "v1", Partition: 0, TimeoutMS: 1}
	if got := do(b, two, waits); got.Lock != nil || got.Revoked {
		t.Errorf("a lock that another task has, after a millisecond: %+v", got)
	}
	waits.Partition = 6
	if got := do(b, two, waits); got.Lock == nil || got.Lock.PartitionID != 6 {
		t.Errorf("a lock that nobody has: %+v", got)
	}
	gone := one
	gone.by.TaskID = "gone"
	gone.Client = b.box.For(gone.by)
	for _, a := range []action.SegmentLockTryAcquire{lockSegments("v1", 0), lockSegments("v1", 9)} {
		if _, err := action.Do(context.Background(), gone, a); !errors.Is(err, lockbox.ErrInactive) {
			t.Errorf("a task that is not active: %v", err)
		}
	}
}

// Of the locks over segments of several time chunks that are asked for together a task gets all or none.
func TestLockSegmentsTogether(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one, two := b.task("one", "one"), b.task("two", "two")
	all := action.SegmentLockTryAcquireAll{LockType: druid.Exclusive, Segments: []druid.DataSegment{
		segment(days(1, 2), "v1", druid.Numbered(0, 2)), segment(days(1, 2), "v1", druid.Numbered(1, 2)), segment(days(2, 3), "v2", druid.Numbered(0, 1)),
	}}
	b.expectTold(two, lockSegments("v1", 1), "1")
	if got := do(b, one, all); got != nil {
		t.Errorf("got %+v, although another task has one", got)
	}
	if got := do(b, one, action.LockList{}); len(got) > 0 {
		t.Errorf("refused, it has %+v", got)
	}
	b.expectTold(two, lockSegments("v1", 0), "0")
	all.Segments = all.Segments[2:]
	if got := do(b, one, all); len(got) != 1 || got[0].Granularity != druid.SegmentLock || got[0].Interval != days(2, 3) || got[0].Version != "v2" {
		t.Errorf("got %+v", got)
	}
}

// segmentAt is at under a lock over the segment alone.
func segmentAt(day int64, sequence string) action.SegmentAllocate {
	a := at(day, sequence, "")
	a.Granularity = "SEGMENT"
	return a
}

// Tasks of several groups append to one time chunk, each under locks over its own segments, while no task has the chunk.
func TestAllocateUnderSegmentLocks(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.publish(segment(days(1, 2), "v1", druid.Numbered(0, 2)), segment(days(1, 2), "v1", druid.Numbered(1, 2)))
	one, two, chunk := b.task("one", "one"), b.task("two", "two"), b.task("chunk", "chunk")
	var made []druid.DataSegment
	for i, c := range []actor{one, two, one} {
		got := do(b, c, segmentAt(1, fmt.Sprint("s", i)))
		if got == nil || got.ID.Version != "v1" || got.ID.PartitionNum != i+2 || got.ShardSpec.CorePartitions() != 2 {
			t.Fatalf("id %d is %+v, want partition %d of v1", i, got, i+2)
		}
		if again := do(b, c, segmentAt(1, fmt.Sprint("s", i))); again == nil || *again != *got {
			t.Errorf("id %d is %+v the second time, want %+v", i, again, got)
		}
		made = append(made, segment(days(1, 2), "v1", got.ShardSpec))
	}
	first, second := do(b, one, segmentAt(5, "fresh")), do(b, two, segmentAt(5, "other"))
	if first == nil || second == nil || first.ID.Version != clock.String() || second.ID.Version != first.ID.Version || second.ID.PartitionNum != 1 {
		t.Errorf("in a fresh time chunk they get %+v and %+v, want partitions 0 and 1 of one version", first, second)
	}
	if got := do(b, chunk, tryLock(druid.Exclusive, []druid.Interval{days(1, 2)})); got != nil {
		t.Errorf("a lock over the time chunk: %+v", got)
	}
	if got := do(b, one, action.SegmentTransactionalInsert{Segments: []druid.DataSegment{made[0], made[2]}}); !got.Success || len(got.Segments) != 2 {
		t.Errorf("published %+v", got)
	}
	refuse(b, one, action.SegmentTransactionalInsert{Segments: made[1:2]}, "holds no valid lock over segment")
	refuse(b, one, action.SegmentTransactionalInsert{Segments: []druid.DataSegment{segment(days(1, 2), "v1", druid.Numbered(0, 2))}}, "holds no valid lock")

	do(b, chunk, tryLock(druid.Exclusive, []druid.Interval{days(8, 9)}))
	if got := do(b, one, segmentAt(8, "s")); got == nil || got.ID.Interval == days(8, 9) || !days(8, 9).Encloses(got.ID.Interval) {
		if got != nil {
			t.Errorf("an id in a time chunk that another task has: %+v", got)
		}
	}
	pending, err := b.store.PendingSegments(t.Context(), "wiki", []druid.Interval{days(8, 9)})
	if err != nil || len(pending) > 0 {
		t.Errorf("what could not be locked is reserved: %+v, %v", pending, err)
	}
	do(b, b.strong("strong"), tryLock(druid.Exclusive, []druid.Interval{days(5, 6)}))
	var revoked *lockbox.Revoked
	if _, err := action.Do(context.Background(), one, segmentAt(5, "fresh")); !errors.As(err, &revoked) {
		t.Errorf("an id whose lock is lost was given again: %v", err)
	}
}

// overwriting is a segment that stands for root partitions.
func overwriting(n, from, until, minor, together int) druid.DataSegment {
	var shard druid.ShardSpec
	text := fmt.Sprintf(`{"type":"numbered_overwrite","partitionId":%d,"startRootPartitionId":%d,"endRootPartitionId":%d,"minorVersion":%d,"atomicUpdateGroupSize":%d}`,
		n, from, until, minor, together)
	if err := shard.UnmarshalJSON([]byte(text)); err != nil {
		panic(err)
	}
	return segment(days(1, 2), "v1", shard)
}

// What is appended where segments are unused that stand for others gets a number behind those that they have overwritten, and what is to
// stand for others one of the kind.
func TestAllocateBesideUnusedThatOverwrite(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		unused     []druid.DataSegment
		want, over int // 0: none
	}{
		{"behind the root partitions", []druid.DataSegment{segment(days(1, 2), "v1", druid.Numbered(1, 0)), overwriting(32768, 0, 3, 1, 1)}, 3, 32769},
		{"behind those that are not overwritten", []druid.DataSegment{segment(days(1, 2), "v1", druid.Numbered(1, 0)), segment(days(1, 2), "v1", druid.Numbered(6, 0)), overwriting(32768, 0, 1, 1, 1)}, 7, 32769},
		{"nobody knows what is overwritten", []druid.DataSegment{segment(days(1, 2), "v1", druid.Numbered(1, 0)), overwriting(32768, 3, 2, 1, 1)}, 0, 32769},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.publish(append(c.unused, segment(days(1, 2), "v1", druid.Numbered(0, 0)))...)
			b.update(func(tx metadata.Tx) error {
				for _, s := range c.unused {
					if _, err := tx.SetUsed([]string{s.ID().String()}, false, clock); err != nil {
						return err
					}
				}
				return nil
			})
			by := b.task("t", "t")
			numberOf := func(got *action.Allocation) int {
				if got == nil {
					return 0
				}
				if got.ID.PartitionNum != got.ShardSpec.PartitionNum() || got.ShardSpec.Overwrites() != (got.ID.PartitionNum >= timeline.Roots) {
					t.Errorf("got %+v", got)
				}
				return got.ID.PartitionNum
			}
			if n := numberOf(do(b, by, segmentAt(1, "append"))); n != c.want {
				t.Errorf("what is appended gets %d, want %d", n, c.want)
			}
			a := segmentAt(1, "overwrite")
			a.Partial = &action.PartialShardSpec{Kind: "numbered_overwrite", Start: 0, End: 1, Minor: 1}
			if n := numberOf(do(b, by, a)); n != c.over {
				t.Errorf("what is to overwrite gets %d, want %d", n, c.over)
			}
		})
	}
}

// A task replaces some segments of a time chunk, which it has locked, while another one has the others.
func TestOverwriteUnderSegmentLocks(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var roots []druid.DataSegment
	for n := range 4 {
		roots = append(roots, segment(days(1, 2), "v1", druid.Numbered(n, 0)))
	}
	b.publish(roots...)
	c, other := b.task("t", "t"), b.task("other", "other")
	b.expectTold(c, lockSegments("v1", 0, 1), "0,1")
	b.expectTold(other, lockSegments("v1", 2, 3), "2,3")
	ask := func(sequence string, minor int) *action.Allocation {
		a := segmentAt(1, sequence)
		a.Partial = &action.PartialShardSpec{Kind: "numbered_overwrite", Start: 0, End: 2, Minor: minor}
		return do(b, c, a)
	}
	first, second := ask("a", 1), ask("b", 1)
	if first == nil || second == nil || first.ID.PartitionNum != timeline.Roots || second.ID.PartitionNum != timeline.Roots+1 || !first.ShardSpec.Overwrites() {
		t.Fatalf("got %+v and %+v, want the first numbers of segments that stand for others", first, second)
	}
	if again := ask("a", 1); again == nil || *again != *first {
		t.Errorf("the first is %+v the second time", again)
	}
	if next := do(b, other, segmentAt(1, "append")); next == nil || next.ID.PartitionNum != 4 {
		t.Errorf("what is appended meanwhile gets %+v, want partition 4", next)
	}
	made := []druid.DataSegment{overwriting(32768, 0, 2, 1, 2), overwriting(32769, 0, 2, 1, 2)}
	for _, bad := range []struct {
		segments, overwritten []druid.DataSegment
		because               string
	}{
		{made, roots[1:2], "for the root partitions from 0 until before 2, but those that are to be overwritten for 1 until before 2"},
		{made[:1], roots[:2], "there are 1, but 2 count together"},
		{made, []druid.DataSegment{roots[0], roots[2]}, "after those until before 1"},
		{roots[:2], roots[:2], "has the minor version 0, but it must be above 0"},
		{nil, roots[:2], "none of that interval is to take their place"},
		{[]druid.DataSegment{overwriting(32768, 1, 3, 1, 1)}, roots[1:3], "holds no valid lock over segment"},
	} {
		refuse(b, c, action.SegmentTransactionalInsert{Segments: bad.segments, Overwritten: bad.overwritten}, bad.because)
	}
	for range 2 {
		if got := do(b, c, action.SegmentTransactionalInsert{Segments: made, Overwritten: roots[:2]}); !got.Success {
			t.Fatalf("published %+v", got)
		}
	}
	seen := do(b, c, action.SegmentListUsed{DataSource: "wiki", Intervals: []druid.Interval{days(1, 2)}})
	var numbers []int
	for _, s := range seen {
		numbers = append(numbers, s.ShardSpec.PartitionNum())
	}
	if slices.Sort(numbers); !slices.Equal(numbers, []int{2, 3, 32768, 32769}) {
		t.Errorf("partitions %v are seen, want those that were made and those of the other task", numbers)
	}
	if got := do(b, c, segmentAt(1, "later")); got == nil || got.ID.PartitionNum != 5 {
		t.Errorf("what is appended afterwards gets %+v, want partition 5", got)
	}
	if got := ask("c", 2); got == nil || got.ID.PartitionNum != timeline.Roots+2 {
		t.Errorf("what is to stand for these gets %+v", got)
	}

	// Nothing is published once one of those that are overwritten is another task's.
	b.expectTold(b.strong("strong"), lockSegments("v1", 0), "0")
	if got := do(b, c, action.SegmentTransactionalInsert{Segments: made, Overwritten: roots[:2]}); !got.Success {
		t.Errorf("what is published already is answered with %+v", got)
	}
	more := []druid.DataSegment{overwriting(32770, 0, 2, 2, 1)}
	if got := do(b, c, action.SegmentTransactionalInsert{Segments: more, Overwritten: made}); got.Success || !strings.Contains(got.ErrorMsg, "was revoked") {
		t.Errorf("published %+v although a lock is lost", got)
	}
}
