package action_test

import (
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/action"
)

// A task whose publication was stored, but not answered, may have lost its locks when it asks again: what is there stays published.
func TestPublishTwiceAroundARevocation(t *testing.T) {
	t.Parallel()
	for _, typ := range []druid.LockType{druid.Exclusive, druid.Replace, druid.Append} {
		b := setup(t)
		c, strong := b.task("t", "g"), b.strong("strong")
		lock := do(b, c, tryLock(typ, []druid.Interval{days(1, 2)}))[0]
		publish := func(numbers ...int) action.PublishResult {
			var segments []druid.DataSegment
			for _, n := range numbers {
				segments = append(segments, segment(days(1, 2), lock.Version, druid.Numbered(n, 0)))
			}
			switch typ {
			case druid.Replace:
				return do(b, c, action.SegmentTransactionalReplace{Segments: segments})
			case druid.Append:
				return do(b, c, action.SegmentTransactionalAppend{Segments: segments})
			}
			return do(b, c, action.SegmentTransactionalInsert{Segments: segments})
		}
		if got := publish(0, 1); !got.Success || len(got.Segments) != 2 {
			t.Fatalf("%s: published %+v", typ, got)
		}
		do(b, strong, tryLock(druid.Exclusive, []druid.Interval{days(1, 2)}))
		if got := publish(0, 1); !got.Success || len(got.Segments) != 0 {
			t.Errorf("%s: what is published already is answered with %+v", typ, got)
		}
		if got := publish(0, 2); got.Success || !strings.Contains(got.ErrorMsg, "was revoked") {
			t.Errorf("%s: what is not is answered with %+v", typ, got)
		}
	}
}

// A task that has lost its locks, and has nothing to publish in place of what it locked, is not told that it has.
func TestPublishNothingAfterARevocation(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c, strong := b.task("t", "g"), b.strong("strong")
	lock := do(b, c, tryLock(druid.Exclusive, []druid.Interval{days(1, 2)}))[0]
	do(b, strong, tryLock(druid.Exclusive, []druid.Interval{days(1, 2)}))
	there := []druid.DataSegment{segment(days(1, 2), lock.Version, druid.Numbered(0, 0))}
	if got := do(b, c, action.SegmentTransactionalInsert{Overwritten: there}); got.Success || !strings.Contains(got.ErrorMsg, "was revoked") {
		t.Errorf("it is answered with %+v", got)
	}
}
