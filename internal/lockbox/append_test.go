package lockbox

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"ovate/druid"
)

func ids(interval druid.Interval) []druid.SegmentID {
	return []druid.SegmentID{{DataSource: "wiki", Interval: interval, Version: AppendVersion}}
}

// Whoever appends is told of the tasks that replace, and publishes at a time that is not before their locks.
func TestAppendBesideReplace(t *testing.T) {
	t.Parallel()
	b := setup()
	a := b.task("a")
	b.mustLock(t, a, druid.Append, days(1, 2), days(4, 5), days(8, 9))
	first := b.mustLock(t, b.task("first"), druid.Replace, days(0, 3))[0].Version
	b.clock -= 500_000
	second := b.mustLock(t, b.task("second"), druid.Replace, days(3, 6))[0].Version
	for _, c := range []struct {
		segments []druid.SegmentID
		beside   []Replacing
	}{
		{ids(days(1, 2)), []Replacing{{"first", days(0, 3), first}}},
		{append(ids(days(4, 5)), ids(days(1, 2))...), []Replacing{{"first", days(0, 3), first}, {"second", days(3, 6), second}}},
		{ids(days(8, 9)), nil},
	} {
		ran := false
		err := b.GuardAppend(context.Background(), a, c.segments, func(at druid.Instant, beside []Replacing) error {
			ran = true
			if at.String() < second || !slices.Equal(beside, c.beside) {
				t.Errorf("%v at %s, after %s, beside %+v, want %+v", c.segments, at, second, beside, c.beside)
			}
			return nil
		})
		if !ran || err != nil {
			t.Errorf("%v: ran %v, %v", c.segments, ran, err)
		}
	}
	b.mustLock(t, b.task("strong/strong/90"), druid.Exclusive, days(2, 3)) // which revokes
	err := b.GuardAppend(context.Background(), a, ids(days(1, 2)), func(_ druid.Instant, beside []Replacing) error {
		if len(beside) > 0 {
			t.Errorf("beside a task whose lock was revoked: %+v", beside)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	var uncovered *Uncovered
	fail := func(druid.Instant, []Replacing) error { t.Error("it ran"); return nil }
	if err := b.GuardAppend(context.Background(), a, ids(days(2, 3)), fail); !errors.As(err, &uncovered) {
		t.Errorf("without a lock: %v", err)
	}
	if !b.Replaces(Holder{TaskID: "first", DataSource: "wiki"}) || b.Replaces(a) || b.Replaces(Holder{TaskID: "nobody", DataSource: "wiki"}) {
		t.Error("it is not known who has held a REPLACE lock")
	}
}

// A REPLACE lock is answered when what has begun to be published below it is over, and its version is later than that. What begins
// meanwhile knows of the lock, and is not waited for; nor is what is appended elsewhere.
func TestReplaceWaitsForWhatIsBeingAppended(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup()
		a, late, elsewhere, replacer := b.task("a"), b.task("late"), b.task("elsewhere"), b.task("replacer")
		b.mustLock(t, a, druid.Append, days(1, 2))
		b.mustLock(t, late, druid.Append, days(1, 2))
		b.mustLock(t, elsewhere, druid.Append, days(8, 9))
		publish := func(h Holder, interval druid.Interval, on func(at druid.Instant, beside []Replacing)) (finish chan struct{}) {
			finish = make(chan struct{})
			go func() {
				err := b.GuardAppend(context.Background(), h, ids(interval), func(at druid.Instant, beside []Replacing) error {
					on(at, beside)
					<-finish
					return errors.New("whatever becomes of it")
				})
				if err == nil {
					t.Error("the error is lost")
				}
			}()
			synctest.Wait()
			return finish
		}
		var published druid.Instant
		b.clock += 5_000
		first := publish(a, days(1, 2), func(at druid.Instant, beside []Replacing) { published = at })
		other := publish(elsewhere, days(8, 9), func(druid.Instant, []Replacing) {})
		b.clock -= 5_000 // the machine's was set back
		var version string
		go func() { version = b.mustLock(t, replacer, druid.Replace, days(0, 3))[0].Version }()
		synctest.Wait()
		if version != "" {
			t.Error("a lock is answered while something is being published below it")
		}
		second := publish(late, days(1, 2), func(at druid.Instant, beside []Replacing) {
			if len(beside) != 1 || beside[0].TaskID != "replacer" || at.String() < beside[0].Version {
				t.Errorf("what begins after the lock was granted is at %s beside %+v", at, beside)
			}
		})
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := b.TryAcquire(ended, replacer, Request{Type: druid.Replace, Intervals: []druid.Interval{days(0, 3)}}); !errors.Is(err, context.Canceled) {
			t.Errorf("one who does not wait: %v", err)
		}
		close(first)
		synctest.Wait()
		if version <= published.String() {
			t.Errorf("version %q of a lock after something was published at %s", version, published)
		}
		close(second)
		close(other)
	})
}

// A task that shares with nobody may ask for another type of its own lock, as one does that an older version has begun.
func TestTaskChangesItsLockType(t *testing.T) {
	t.Parallel()
	b := setup()
	h, other := b.task("h/g/50/alone"), b.task("other/g/50/alone")
	b.mustLock(t, h, druid.Exclusive, days(1, 2))
	b.mustRefuse(t, other, druid.Replace, days(1, 2))
	b.mustLock(t, h, druid.Replace, days(1, 2))
	b.mustRefuse(t, other, druid.Replace, days(1, 2))
	b.mustRefuse(t, b.task("a"), druid.Append, days(1, 2))
}
