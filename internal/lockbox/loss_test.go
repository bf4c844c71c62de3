package lockbox

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"

	"ovate/druid"
	"ovate/internal/metadata"
)

// takes has a strong task ask for the lock of a weak one while the store does not answer: whether it has got it is not known.
func (d *doubtful) takes(t *testing.T, strong Holder) {
	t.Helper()
	d.silent.cut = true
	_, err := d.TryAcquire(impatient(t), strong, Request{Type: druid.Exclusive, Intervals: []druid.Interval{days(0, 1)}})
	if !errors.Is(err, metadata.ErrOutcomeUnknown) {
		t.Fatal(err)
	}
	d.silent.cut = false
}

// hears is what a task hears in every way in which it may hear that its lock over the first day is lost: whether it is.
func (d *doubtful) hears(ctx context.Context, t *testing.T, h Holder) (lost bool, err error) {
	t.Helper()
	id := druid.SegmentID{DataSource: "wiki", Interval: days(0, 1), Version: AppendVersion}
	told := map[string]error{
		"to replace": d.Guard(ctx, h, []druid.SegmentID{id}, func() error { return nil }),
		"to append":  d.GuardAppend(ctx, h, []druid.SegmentID{id}, func(druid.Instant, []Replacing) error { return nil }),
	}
	answers := func(what string, locks []druid.TaskLock, err error) {
		if told[what] = err; err == nil && locks[0].Revoked {
			told[what] = &Revoked{TaskID: h.TaskID, Lock: locks[0]}
		}
	}
	locks, err := d.TryAcquire(ctx, h, Request{Type: druid.Exclusive, Intervals: []druid.Interval{days(0, 1)}})
	answers("asking again", locks, err)
	locks, err = d.CertainLocks(ctx, h)
	answers("listing", locks, err)
	var revoked *Revoked
	lost, err = errors.As(told["listing"], &revoked), told["listing"]
	for what, other := range told {
		if errors.As(other, &revoked) != lost || (other == nil) != (err == nil) {
			t.Errorf("%s it hears %v, and listing %v", what, other, err)
		}
	}
	return lost, err
}

// A task hears that it has lost a lock when that is stored, and not before: else it gives up for a lock that others never get, as the server that was to
// give it to them leads no more.
func TestLossIsToldOnceItIsStored(t *testing.T) {
	t.Parallel()
	for name, commits := range map[string]bool{"stored": true, "not stored": false} {
		t.Run(name, func(t *testing.T) {
			d := setupDoubtful(commits)
			weak := d.task("weak/weak/10")
			d.mustLock(t, weak, druid.Exclusive, days(0, 1))
			d.takes(t, d.task("strong"))
			if lost, err := d.hears(gone(t), t, weak); lost || !errors.Is(err, context.Canceled) {
				t.Errorf("before it is known it hears %v", err)
			}
			d.answers(t)
			if lost, err := d.hears(t.Context(), t, weak); lost != commits || (err == nil) == commits {
				t.Errorf("then it hears %v", err)
			}
		})
	}
}

// A lock that was taken from a task for one which itself lost it before that was stored is lost to the last of them, or to nobody.
func TestLossToTheLastOfSeveral(t *testing.T) {
	t.Parallel()
	for name, commits := range map[string]bool{"stored": true, "not stored": false} {
		t.Run(name, func(t *testing.T) {
			d := setupDoubtful(false)
			weak := d.task("weak/weak/10")
			d.mustLock(t, weak, druid.Exclusive, days(0, 1))
			d.takes(t, d.task("strong/strong/50"))
			first := d.later.left
			d.later.left = nil
			d.silent.commits = commits
			d.takes(t, d.task("stronger/stronger/75"))
			first[0]() // it turns out that the first one was not stored
			if lost, err := d.hears(gone(t), t, weak); lost || !errors.Is(err, context.Canceled) {
				t.Errorf("before it is known it hears %v", err)
			}
			d.answers(t)
			if lost, err := d.hears(t.Context(), t, weak); lost != commits || (err == nil) == commits {
				t.Errorf("then it hears %v", err)
			}
			d.restarts(t, weak, Holder{TaskID: "stronger", GroupID: "stronger", DataSource: "wiki", Priority: 75})
		})
	}
}

// Of tasks that ask for a lock at once, and are stored together, each loses it to a stronger one that gets it, and not to one that has ended: memory and
// store agree.
func TestLossToATaskThatIsStoredTogether(t *testing.T) {
	t.Parallel()
	for name, ended := range map[string]string{"of two, the stronger": "50", "of three, the strongest": "75", "none": ""} {
		t.Run(name, func(t *testing.T) {
			b := setup()
			tasks := []Holder{b.task("10/10/10"), b.task("50/50/50"), b.task("75/75/75")}
			if ended == "50" {
				tasks = tasks[:2]
			}
			answered := make(chan error)
			b.store.mu.Lock() // so that all wait
			for _, h := range tasks {
				go func() { _, err := b.try(h, druid.Exclusive, days(0, 1)); answered <- err }()
				for len(b.Locks(h)) == 0 {
					runtime.Gosched()
				}
			}
			b.store.ended = map[string]bool{ended: true}
			b.store.mu.Unlock()
			for range tasks {
				if err := <-answered; err != nil && !errors.Is(err, ErrInactive) {
					t.Error(err)
				}
			}
			if ended != "" {
				tasks = tasks[:len(tasks)-1]
			}
			for i, h := range tasks {
				if lost := i < len(tasks)-1; b.Locks(h)[0].Revoked != lost {
					t.Errorf("task %s has %+v", h.TaskID, b.Locks(h))
				}
			}
			b.agrees(t, tasks)
		})
	}
}

// A lock that was taken from a task for one which fails to get it is lost to another one that was stored meanwhile, also if that has lost it again.
func TestLossToOneThatHasLostIt(t *testing.T) {
	t.Parallel()
	d := setupDoubtful(false)
	weak, stronger, last := d.task("weak/weak/10"), d.task("stronger/stronger/75"), d.task("last/last/90")
	d.mustLock(t, weak, druid.Shared, days(0, 1))
	d.takes(t, d.task("strong/strong/50"))
	d.silent.commits = true
	d.takes(t, stronger)
	d.mustLock(t, last, druid.Shared, days(0, 1)) // which could stand beside that of the weak one
	d.answers(t)
	d.agrees(t, []Holder{weak, stronger, last})
	if !d.Locks(weak)[0].Revoked {
		t.Error("it is not lost to the one that was stored")
	}
}

// agrees fails unless memory and store say the same of the locks of these tasks.
func (b *bundle) agrees(t *testing.T, tasks []Holder) {
	t.Helper()
	held := map[string]bool{}
	for _, h := range tasks {
		for _, l := range b.Locks(h) {
			held[fmt.Sprintf("%s has %+v", h.TaskID, l)] = true
		}
	}
	for _, row := range b.store.list() {
		stored := fmt.Sprintf("%s has %+v", row.TaskID, row.Lock)
		if !held[stored] {
			t.Errorf("stored, and not in memory: %s", stored)
		}
		delete(held, stored)
	}
	for lock := range held {
		t.Errorf("in memory, and not stored: %s", lock)
	}
}
