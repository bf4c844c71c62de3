package lockbox

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"testing"

	"ovate/druid"
	"ovate/internal/metadata"
)

// silent is a store whose commits get no answer, and that cannot be read for as long.
type silent struct {
	*store
	cut     bool // no answers
	commits bool // what is written while there are none is committed all the same
}

var errCut = errors.New("connection reset")

func (s *silent) Update(ctx context.Context, fn func(metadata.Tx) error) error {
	if s.cut && !s.commits {
		s.store.failed = errCut
		defer func() { s.store.failed = nil }()
	}
	if end, may := ctx.Value(goes{}).(context.CancelFunc); may {
		defer end()
	}
	if err := s.store.Update(ctx, fn); err != nil && !errors.Is(err, errCut) {
		return err
	}
	if s.cut {
		return &metadata.TransientError{Err: metadata.Unknown(errCut)}
	}
	return nil
}

func (s *silent) Locks(context.Context) ([]metadata.LockRow, error) {
	if s.cut {
		return nil, &metadata.TransientError{Err: errors.New("connection refused")}
	}
	return s.list(), nil
}

// slow finds out what became of writes whose callers cannot wait for that when the test says so.
type slow struct {
	left []func()
	told bytes.Buffer // the log
}

// serve makes it the one of a lockbox.
func (s *slow) serve(b *Lockbox) { b.SettleBy(s, slog.New(slog.NewTextHandler(&s.told, nil))) }

func (s *slow) Settle(ctx context.Context, err error, stored func(context.Context) (bool, error), later func(context.Context, error)) error {
	if err = metadata.Settle(ctx, err, stored); errors.Is(err, metadata.ErrOutcomeUnknown) {
		ctx = context.WithoutCancel(ctx)
		s.left = append(s.left, func() { later(ctx, metadata.Settle(ctx, err, stored)) })
	}
	return err
}

// finish does what was left for later, and tells how much that was.
func (s *slow) finish() int {
	n := len(s.left)
	for _, work := range s.left {
		work()
	}
	s.left = nil
	return n
}

// doubtful is a lockbox on such a store; what its callers cannot wait for is done when the test says so.
type doubtful struct {
	*bundle
	silent *silent
	later  slow
}

func setupDoubtful(commits bool) *doubtful {
	d := &doubtful{bundle: setup()}
	d.silent = &silent{store: d.bundle.store, commits: commits}
	d.Lockbox.store = d.silent
	d.later.serve(d.Lockbox)
	return d
}

// answers lets the store answer again, and has done what was left for then.
func (d *doubtful) answers(t *testing.T) {
	t.Helper()
	d.silent.cut = false
	if d.later.finish() == 0 {
		t.Fatal("nobody finds out what became of the write")
	}
	if d.later.told.Len() > 0 {
		t.Fatal(d.later.told.String())
	}
}

// goes is the key of what ends a context.
type goes struct{}

// impatient is the context of somebody who does not wait for the outcome of what is written.
func impatient(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	return context.WithValue(ctx, goes{}, cancel)
}

// gone is the context of somebody who waits for nothing.
func gone(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// restarts fails if what is stored cannot be held together.
func (d *doubtful) restarts(t *testing.T, tasks ...Holder) {
	t.Helper()
	next := New(d.bundle.store, d.now, nil)
	for _, h := range tasks {
		next.Add(h)
	}
	if lost, orphans := next.Restore(d.list()); len(lost)+len(orphans) > 0 {
		t.Errorf("after a restart %+v are lost, and the rows %v are of nobody", lost, orphans)
	}
}

func (d *doubtful) list() []metadata.LockRow { return d.bundle.store.list() }

// A lock of which nobody knows whether it is stored is given to nobody else until that is known, though its task waits no longer; then
// memory and store agree.
func TestLockOfUnknownOutcome(t *testing.T) {
	t.Parallel()
	for name, commits := range map[string]bool{"stored": true, "not stored": false} {
		t.Run(name, func(t *testing.T) {
			d := setupDoubtful(commits)
			weak, one, two := d.task("weak/weak/10"), d.task("one"), d.task("two")
			d.mustLock(t, weak, druid.Exclusive, days(0, 1))
			d.silent.cut = true
			first := Request{Type: druid.Exclusive, Intervals: []druid.Interval{days(0, 1)}}
			if _, err := d.TryAcquire(impatient(t), one, first); !errors.Is(err, metadata.ErrOutcomeUnknown) {
				t.Fatal(err)
			}
			if _, err := d.TryAcquire(gone(t), one, first); !errors.Is(err, context.Canceled) {
				t.Errorf("asked again: %v", err)
			}
			if err := d.Release(gone(t), one, days(0, 1)); !errors.Is(err, context.Canceled) {
				t.Errorf("given back: %v", err)
			}
			d.mustRefuse(t, two, druid.Exclusive, days(0, 1))
			d.answers(t)
			d.restarts(t, weak, one, two)
			if got, want := len(d.list()), 1; commits == (got == want) {
				t.Errorf("%d rows", got)
			}
			if got := d.Locks(weak)[0].Revoked; got != commits {
				t.Errorf("the lock that it took is revoked: %v", got)
			}
			if commits {
				d.mustRefuse(t, two, druid.Exclusive, days(0, 1))
				d.mustLock(t, one, druid.Exclusive, days(0, 1))
			} else {
				d.mustLock(t, two, druid.Exclusive, days(0, 1))
			}
			if got := len(d.list()); got != 2 {
				t.Errorf("%d rows, want one of the weak task and one of the other", got)
			}
			d.restarts(t, weak, one, two)
		})
	}
}

// What was revoked while nobody knew whether it was stored is stored as revoked once it is known.
func TestLockOfUnknownOutcomeIsRevoked(t *testing.T) {
	t.Parallel()
	d := setupDoubtful(true)
	weak, strong := d.task("weak/weak/10"), d.task("strong")
	d.silent.cut = true
	if _, err := d.TryAcquire(impatient(t), weak, Request{Type: druid.Exclusive, Intervals: []druid.Interval{days(0, 1)}}); !errors.Is(err, metadata.ErrOutcomeUnknown) {
		t.Fatal(err)
	}
	d.silent.cut = false
	d.mustLock(t, strong, druid.Exclusive, days(0, 1))
	d.answers(t)
	if rows := d.list(); len(rows) != 2 || !rows[0].Lock.Revoked || rows[1].Lock.Revoked {
		t.Errorf("rows %+v", rows)
	}
}

// A task that ends takes its lock with it, whatever became of it.
func TestEndBesideLockOfUnknownOutcome(t *testing.T) {
	t.Parallel()
	d := setupDoubtful(true)
	one, two := d.task("one"), d.task("two")
	d.silent.cut = true
	if _, err := d.TryAcquire(impatient(t), one, Request{Type: druid.Exclusive, Intervals: []druid.Interval{days(0, 1)}}); !errors.Is(err, metadata.ErrOutcomeUnknown) {
		t.Fatal(err)
	}
	d.silent.cut = false
	if err := d.end(one); err != nil {
		t.Fatal(err)
	}
	d.mustLock(t, two, druid.Exclusive, days(0, 1))
	d.answers(t)
	d.mustRefuse(t, d.task("three"), druid.Exclusive, days(0, 1))
	d.restarts(t, two)
}

// A lock that was given back, and of which nobody knows whether its row is gone, is given to nobody until that is known, not even to its
// own task from memory alone.
func TestReleaseOfUnknownOutcome(t *testing.T) {
	t.Parallel()
	for name, commits := range map[string]bool{"stored": true, "not stored": false} {
		t.Run(name, func(t *testing.T) {
			d := setupDoubtful(commits)
			one, two := d.task("one"), d.task("two")
			d.mustLock(t, one, druid.Exclusive, days(0, 1))
			d.silent.cut = true
			if err := d.Release(impatient(t), one, days(0, 1)); !errors.Is(err, metadata.ErrOutcomeUnknown) {
				t.Fatal(err)
			}
			d.mustRefuse(t, two, druid.Exclusive, days(0, 1))
			if _, err := d.TryAcquire(gone(t), one, Request{Type: druid.Exclusive, Intervals: []druid.Interval{days(0, 1)}}); !errors.Is(err, context.Canceled) {
				t.Errorf("its task got the lock again: %v", err)
			}
			d.answers(t)
			if got, want := len(d.Locks(one)), len(d.list()); got != want || commits == (got == 1) {
				t.Errorf("%d locks, %d rows", got, want)
			}
			d.mustLock(t, one, druid.Exclusive, days(0, 1))
			if err := d.Release(t.Context(), one, days(0, 1)); err != nil || len(d.list()) > 0 {
				t.Errorf("given back at last: %v, rows %+v", err, d.list())
			}
			d.mustLock(t, two, druid.Exclusive, days(0, 1))
		})
	}
}

// A lock that was revoked for a task which ends before its own is stored, and in whose place another one then gets its lock, is stored as revoked
// together with that.
func TestRevokedForATaskThatEnds(t *testing.T) {
	t.Parallel()
	d := setupDoubtful(false)
	weak, strong, next := d.task("weak/weak/10"), d.task("strong/strong/75"), d.task("next/next/10")
	d.mustLock(t, weak, druid.Exclusive, days(0, 1))
	d.silent.cut = true
	if _, err := d.TryAcquire(impatient(t), strong, Request{Type: druid.Exclusive, Intervals: []druid.Interval{days(0, 1)}}); !errors.Is(err, metadata.ErrOutcomeUnknown) {
		t.Fatal(err)
	}
	d.silent.cut = false
	if err := d.end(strong); err != nil {
		t.Fatal(err)
	}
	d.mustLock(t, next, druid.Exclusive, days(0, 1))
	d.restarts(t, weak, next)
	d.answers(t)
	d.restarts(t, weak, next)
	if err := d.end(next); err != nil {
		t.Fatal(err)
	}
	if rows := d.list(); len(rows) != 1 || !rows[0].Lock.Revoked || !d.Locks(weak)[0].Revoked {
		t.Errorf("left are %+v, and the weak task has %+v", rows, d.Locks(weak))
	}
}

// lockLate has a weak task ask for a lock of which it is not known whether it is stored, as it is. One that is granted over it revokes it.
func (d *doubtful) lockLate(t *testing.T) (weak Holder) {
	t.Helper()
	weak = d.task("weak/weak/10")
	d.silent.cut, d.silent.commits = true, true
	if _, err := d.TryAcquire(impatient(t), weak, Request{Type: druid.Exclusive, Intervals: []druid.Interval{days(0, 1)}}); !errors.Is(err, metadata.ErrOutcomeUnknown) {
		t.Fatal(err)
	}
	d.silent.cut = false
	return weak
}

// A lock whose row was written late, and as revoked, stays so, also if whoever has revoked it does not get its own: memory and store agree.
func TestRevokedLateForATaskThatGetsNoLock(t *testing.T) {
	t.Parallel()
	d := setupDoubtful(true)
	weak, strong := d.lockLate(t), d.task("strong/strong/75")
	d.silent.cut, d.silent.commits = true, false
	if _, err := d.TryAcquire(impatient(t), strong, Request{Type: druid.Exclusive, Intervals: []druid.Interval{days(0, 1)}}); !errors.Is(err, metadata.ErrOutcomeUnknown) {
		t.Fatal(err)
	}
	d.answers(t)
	if rows := d.list(); len(rows) != 1 || rows[0].Lock.Revoked != d.Locks(weak)[0].Revoked {
		t.Errorf("stored is %+v, and the task has %+v", rows, d.Locks(weak))
	}
	d.mustLock(t, d.task("next"), druid.Exclusive, days(0, 1))
}

// That a lock is revoked whose row was written late is written with the next lock in its place, if it could not be before.
func TestRevokedLateInVain(t *testing.T) {
	t.Parallel()
	d := setupDoubtful(true)
	weak, strong, next := d.lockLate(t), d.task("strong/strong/75"), d.task("next/next/10")
	d.mustLock(t, strong, druid.Exclusive, days(0, 1))
	d.bundle.store.failed = errors.New("disk full")
	if d.later.finish() == 0 || d.later.told.Len() == 0 {
		t.Fatal("it could be written")
	}
	d.bundle.store.failed = nil
	if err := d.end(strong); err != nil {
		t.Fatal(err)
	}
	d.mustLock(t, next, druid.Exclusive, days(0, 1))
	d.restarts(t, weak, next)
}
