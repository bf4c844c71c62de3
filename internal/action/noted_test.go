package action_test

import (
	"errors"
	"testing"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/lockbox"
)

// meddled is a bundle on a meddler.
func meddled(t *testing.T) (*bundle, *meddler) {
	b := setup(t)
	store := &meddler{Store: b.store}
	now := func() druid.Instant { return clock }
	b.box = action.NewBox(action.Options{Store: store, Locks: lockbox.New(store, now, nil), Now: now})
	return b, store
}

var errCut = errors.New("the connection to the database is lost")

// What is appended while a task may have lost its REPLACE lock, as another one's is being stored, is carried over by whichever of them
// publishes, and is no part of what that has read.
func TestAppendedWhileALockIsBeingLost(t *testing.T) {
	t.Parallel()
	for name, cut := range map[string]error{"lost": nil, "not lost": errCut} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, store := meddled(t)
			a, strong := b.task("a", "a"), b.strong("strong")
			read := b.append(a, 1)
			r, version := b.replacing("r", days(1, 2))
			appended := b.allocate(a, 1, "s")
			store.before = func() error {
				b.published(do(b, a, action.SegmentTransactionalAppend{Segments: []druid.DataSegment{appended}}), 1)
				b.expectVisible(r, read.ID())
				return cut
			}
			lock, err := action.Do(t.Context(), strong, action.LockTryAcquire{LockType: druid.Replace, Interval: days(1, 2)})
			if !errors.Is(err, cut) {
				t.Fatal(err)
			}
			winner, loser := r, strong
			if cut == nil {
				winner, loser, version = strong, r, lock.Version
			}
			b.end(loser)
			b.expectVisible(winner, read.ID())
			replace := action.SegmentTransactionalReplace{Segments: []druid.DataSegment{segment(days(1, 2), version, druid.Numbered(0, 1))}}
			b.published(do(b, winner, replace), 2)
			b.expectVisible(a, id(days(1, 2), version, 0), id(days(1, 2), version, 1))
			if from := b.row(id(days(1, 2), version, 1)).UpgradedFrom; from != appended.ID().String() {
				t.Errorf("carried over is %q", from)
			}
			b.end(winner)
			for _, c := range []actor{winner, loser} {
				if notes, err := b.store.Upgrades(t.Context(), []string{c.by.TaskID}); err != nil || len(notes) > 0 {
					t.Errorf("of %s, which has ended, is left %v, %v", c.by.TaskID, notes, err)
				}
			}
		})
	}
}

// What was appended beneath a REPLACE lock that its task does not have any more, or did not get after all, is read by the task once it has the next
// one, as it is not carried over to the version of that.
func TestAppendedBeneathAFormerLock(t *testing.T) {
	t.Parallel()
	lock := action.LockTryAcquire{LockType: druid.Replace, Interval: days(1, 2)}
	for name, former := range map[string]func(b *bundle, store *meddler, r actor) druid.DataSegment{
		"given back": func(b *bundle, _ *meddler, r actor) druid.DataSegment {
			do(b, r, lock)
			s := b.append(b.task("b", "b"), 1)
			do(b, r, action.LockRelease{Interval: days(1, 2)})
			return s
		},
		"not stored": func(b *bundle, store *meddler, r actor) (s druid.DataSegment) {
			a := b.task("b", "b")
			s = b.allocate(a, 1, "s")
			store.before = func() error {
				b.published(do(b, a, action.SegmentTransactionalAppend{Segments: []druid.DataSegment{s}}), 1)
				return errCut
			}
			if _, err := action.Do(b.Context(), r, lock); !errors.Is(err, errCut) {
				b.Fatal(err)
			}
			return s
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, store := meddled(t)
			r := b.task("r", "r")
			before := former(b, store, r)
			version := do(b, r, lock).Version
			b.expectVisible(r, before.ID())
			late := b.append(b.task("c", "c"), 1)
			b.expectVisible(r, before.ID())
			b.published(do(b, r, action.SegmentTransactionalReplace{Segments: []druid.DataSegment{segment(days(1, 2), version, druid.Numbered(0, 1))}}), 2)
			if from := b.row(id(days(1, 2), version, 1)).UpgradedFrom; from != late.ID().String() {
				t.Errorf("carried over is %q", from)
			}
		})
	}
}
