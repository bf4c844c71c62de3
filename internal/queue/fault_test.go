package queue_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ovate/internal/ingest"
	"ovate/internal/metadata"
	"ovate/internal/queue"
)

// A store that is out of reach for a while fails no accepted task, whatever the task needs of it then.
func TestTransientFaultsFailNoTask(t *testing.T) {
	t.Parallel()
	for name, arrange := range map[string]func(w *world, gone func() error){
		"admission": func(w *world, gone func() error) {
			calls := 0
			w.store.set(func() error {
				if calls++; calls == 1 {
					return nil // the submission
				}
				return gone()
			})
		},
		"allocation": func(w *world, gone func() error) {
			w.ingest = func(ctx context.Context, job ingest.Job) (*ingest.Result, error) {
				w.store.set(gone)
				return builds(1)(ctx, job)
			}
		},
		"publication": func(w *world, gone func() error) {
			w.storage.hook = func(string) { w.store.set(gone) }
		},
	} {
		for _, more := range []string{"", "append"} {
			t.Run(name+more, func(t *testing.T) {
				inBubble(t, func(t *testing.T, w *world) {
					q := w.start()
					w.ingest = builds(1)
					var until time.Time
					arrange(w, func() error {
						if until.IsZero() {
							until = time.Now().Add(20 * time.Second)
						}
						if time.Now().Before(until) {
							return errors.New("connection reset")
						}
						return nil
					})
					w.add(q, index("a", 1, 2, more))
					time.Sleep(2 * time.Minute)
					w.expect(q, "a", "SUCCESS")
					w.clean()
				})
			})
		}
	}
}

// A data source whose only task was shut down while it was to be looked at again is still the one that later tasks are in.
func TestShutdownBeforeAnotherLook(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		w.ingest = builds(1)
		calls, until := 0, time.Now().Add(7*time.Second)
		w.store.set(func() error {
			if calls++; calls > 1 && time.Now().Before(until) {
				return errors.New("connection reset")
			}
			return nil
		})
		w.add(q, index("a", 1, 2, ""))
		time.Sleep(6 * time.Second) // it waits for its second look
		w.store.set(nil)
		if err := q.Shutdown(t.Context(), "a", "not needed"); err != nil {
			t.Fatal(err)
		}
		w.add(q, noop("b", 60_000))
		time.Sleep(10 * time.Second)
		if ids, err := q.ShutdownAll(t.Context(), "wiki", "all"); err != nil || len(ids) != 1 {
			t.Errorf("shut down %v, %v; one task is active", ids, err)
		}
		w.expect(q, "b", "FAILED: all")
		w.clean()
	})
}

// flaky is a store whose answers get lost or whose reads fail.
type flaky struct {
	metadata.Store
	reads atomic.Int32 // how many reads of a task fail
	lose  atomic.Int32 // how many updates commit and lose the answer
	twice bool         // fn runs twice, the first run taken back
}

func (f *flaky) Task(ctx context.Context, id string) (*metadata.TaskRow, error) {
	if f.reads.Add(-1) >= 0 {
		return nil, errors.New("connection reset")
	}
	return f.Store.Task(ctx, id)
}

func (f *flaky) TaskStatuses(ctx context.Context, ids []string) ([]metadata.TaskRow, error) {
	if f.reads.Add(-1) >= 0 {
		return nil, errors.New("connection reset")
	}
	return f.Store.TaskStatuses(ctx, ids)
}

func (f *flaky) Update(ctx context.Context, fn func(metadata.Tx) error) error {
	if f.twice {
		undo := errors.New("undo")
		_ = f.Store.Update(ctx, func(tx metadata.Tx) error { return errors.Join(fn(tx), undo) }) // what it came to is taken back
	}
	err := f.Store.Update(ctx, fn)
	if err == nil && f.lose.Add(-1) >= 0 {
		return errors.New("unexpected EOF")
	}
	return err
}

// A payload that cannot be read when its turn comes is read a little later; one that cannot be read for long holds up nobody else.
func TestTransientReads(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.slots = 1
		f := &flaky{Store: w.store.Store}
		w.store.Store = f
		q := w.start()
		w.ingest = builds(1)
		w.add(q, noop("a", 1000))
		w.add(q, noop("b", 1000))
		f.reads.Store(3)
		time.Sleep(time.Minute)
		for _, id := range []string{"a", "b"} {
			w.expect(q, id, "SUCCESS")
		}
	})
}

// Of each commit whose answer was lost it is found out what became of it: what was stored is told as stored, and is done once.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(w *world, f *flaky, do func()){
		"submission": func(_ *world, f *flaky, do func()) { f.lose.Store(1); do() },
		"several":    func(_ *world, f *flaky, do func()) { f.lose.Store(6); do() },
		"publication": func(w *world, f *flaky, do func()) {
			w.storage.hook = func(string) { f.lose.Store(1) }
			do()
		},
		"and reads fail": func(_ *world, f *flaky, do func()) { f.lose.Store(4); f.reads.Store(5); do() },
	} {
		for _, more := range []string{"", "append"} {
			t.Run(name+" "+more, func(t *testing.T) {
				inBubble(t, func(t *testing.T, w *world) {
					f := &flaky{Store: w.store.Store}
					w.store.Store = f
					q := w.start()
					w.ingest = builds(1, 1)
					lose(w, f, func() {
						w.add(q, index("a", 1, 2, more))
						w.add(q, noop("n", 60_000))
						w.add(q, index("b", 1, 2, more))
					})
					time.Sleep(20 * time.Second)
					if err := q.Shutdown(context.Background(), "n", "why"); err != nil {
						t.Error(err)
					}
					f.lose.Store(0)
					w.expect(q, "a", "SUCCESS")
					w.expect(q, "b", "SUCCESS")
					w.expect(q, "n", "FAILED: why")
					want := "1 0/2,1 1/2,1 0/2,1 1/2"
					if more != "" {
						want = "1 0/0,1 1/0,1 2/0,1 3/0"
					}
					if got := w.used(); got != want || w.storage.len() != 4 {
						t.Errorf("used %s, %d pushed segments are there, want %s", got, w.storage.len(), want)
					}
					w.clean()
				})
			})
		}
	}
}

// A submitter who cannot wait until it is known whether the task was stored is told just that. The task is there or not, as the
// store has it: its id is free again, or it runs.
func TestSubmitterCannotWait(t *testing.T) {
	t.Parallel()
	for _, stored := range []bool{true, false} {
		t.Run(fmt.Sprint("stored=", stored), func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				f := &flaky{Store: w.store.Store}
				w.store.Store = f
				q := w.start()
				f.reads.Store(1000)
				if stored {
					f.lose.Store(1)
				} else {
					w.store.set(func() error { return errors.New("broken pipe") })
				}
				ctx, cancel := context.WithTimeout(context.Background(), time.Second)
				defer cancel()
				if err := q.Add(ctx, decode(t, noop("a", 1))); err == nil || !strings.Contains(err.Error(), "may have been stored, or not") {
					t.Errorf("submission: %v", err)
				}
				w.store.set(nil)
				if err := q.Add(ctx, decode(t, noop("a", 1))); err == nil {
					t.Error("the id was given again before it was known whether it is taken")
				}
				f.reads.Store(0)
				time.Sleep(time.Minute)
				if stored {
					w.expect(q, "a", "SUCCESS")
				} else {
					w.add(q, noop("a", 1))
				}
			})
		})
	}
}

// deaf is a store that commits the n-th update from now, does not answer it, and tells of no locks for as long.
type deaf struct {
	metadata.Store
	updates atomic.Int32
	heals   time.Time
}

func (d *deaf) Update(ctx context.Context, fn func(metadata.Tx) error) error {
	err := d.Store.Update(ctx, fn)
	if err == nil && d.updates.Add(-1) == 0 {
		d.heals = time.Now().Add(12 * time.Second)
		return errors.New("unexpected EOF")
	}
	return err
}

func (d *deaf) Locks(ctx context.Context) ([]metadata.LockRow, error) {
	if time.Now().Before(d.heals) {
		return nil, errors.New("connection reset")
	}
	return d.Store.Locks(ctx)
}

// A task whose lock is stored, which nobody knows for longer than the others wait for it, gets that lock, and no other task does meanwhile.
func TestLockOfUnknownOutcomeIsItsTasks(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		d := &deaf{Store: w.store.Store}
		w.store.Store = d
		q := w.start()
		w.ingest = builds(1)
		d.updates.Store(2) // the submission, and the lock
		w.add(q, index("first", 1, 2, ""))
		synctest.Wait()
		w.add(q, index("second", 1, 2, ""))
		time.Sleep(8 * time.Second)
		w.expect(q, "first", "RUNNING/WAITING")
		w.expect(q, "second", "RUNNING/WAITING")
		if rows, err := d.Store.Locks(t.Context()); err != nil || len(rows) != 1 || rows[0].TaskID != "first" {
			t.Errorf("stored are %+v, %v", rows, err)
		}
		time.Sleep(time.Minute)
		w.expect(q, "first", "SUCCESS")
		w.expect(q, "second", "SUCCESS")
		w.clean()
	})
}

// A function that a store runs again changes no memory: everything comes to the same.
func TestTransactionsRunTwice(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.store.Store = &flaky{Store: w.store.Store, twice: true}
		q := w.start()
		w.ingest = builds(1, 1)
		for i := range 4 {
			w.add(q, index(fmt.Sprint("append", i), 1, 2, "append"))
			w.add(q, index(fmt.Sprint("replace", i), 0, 0, ""))
		}
		w.add(q, noop("n", 60_000))
		time.Sleep(20 * time.Second)
		if err := q.Shutdown(context.Background(), "n", "why"); err != nil {
			t.Error(err)
		}
		for i := range 4 {
			w.expect(q, fmt.Sprint("append", i), "SUCCESS")
			w.expect(q, fmt.Sprint("replace", i), "SUCCESS")
		}
		synctest.Wait()
		w.clean()
	})
}

// A task that is active in the store and unknown to this server, because another program put it there, is shut down for good or not at
// all.
func TestShutdownOfAStrangersTask(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		add := decode(t, noop("a", 1))
		row := w.row(add, 0)
		if err := w.store.Store.Update(context.Background(), func(tx metadata.Tx) error { return tx.InsertTasks(row) }); err != nil {
			t.Fatal(err)
		}
		w.store.set(func() error { return errors.New("disk full") })
		if err := q.Shutdown(context.Background(), "a", "why"); err == nil {
			t.Error("a shutdown that was not written is told as done")
		}
		w.store.set(nil)
		if err := q.Shutdown(context.Background(), "a", "why"); err != nil {
			t.Error(err)
		}
		w.expect(q, "a", "FAILED: why")
	})
}

// dying is a store whose disk loses a commit, or its answer, and that can do nothing more from then on.
type dying struct {
	metadata.Store
	armed, dead atomic.Bool
	commits     bool
}

func (d *dying) gone() error {
	if d.dead.Load() {
		return &metadata.PermanentError{Err: errors.New("the store has stopped")}
	}
	return nil
}

func (d *dying) Update(ctx context.Context, fn func(metadata.Tx) error) error {
	if err := d.gone(); err != nil {
		return err
	}
	if !d.armed.Load() {
		return d.Store.Update(ctx, fn)
	}
	d.dead.Store(true)
	if d.commits {
		if err := d.Store.Update(ctx, fn); err != nil {
			return err
		}
	}
	return metadata.Unknown(d.gone())
}

func (d *dying) Task(ctx context.Context, id string) (*metadata.TaskRow, error) {
	if err := d.gone(); err != nil {
		return nil, err
	}
	return d.Store.Task(ctx, id)
}

func (d *dying) TaskStatuses(ctx context.Context, ids []string) ([]metadata.TaskRow, error) {
	if err := d.gone(); err != nil {
		return nil, err
	}
	return d.Store.TaskStatuses(ctx, ids)
}

func (d *dying) SegmentsByID(ctx context.Context, dataSource string, ids []string) ([]metadata.SegmentRow, error) {
	if err := d.gone(); err != nil {
		return nil, err
	}
	return d.Store.SegmentsByID(ctx, dataSource, ids)
}

// A publication of which only the next start knows whether it is on the disk: until then no file of it is removed and no end is told,
// and then the task has succeeded or runs again.
func TestPublicationThatOnlyTheNextStartKnows(t *testing.T) {
	t.Parallel()
	for _, commits := range []bool{true, false} {
		t.Run(fmt.Sprint("commits=", commits), func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				whole := w.store.Store
				d := &dying{Store: whole, commits: commits}
				w.store.Store = d
				w.storage.hook = func(string) { d.armed.Store(true) }
				w.ingest = builds(1)
				q := w.start()
				w.add(q, index("a", 1, 2, ""))
				time.Sleep(time.Minute)
				if _, err := q.Status(context.Background(), "a"); err == nil {
					if got := w.status(q, "a"); got != "RUNNING/RUNNING" {
						t.Errorf("the task is told to be %s", got)
					}
				}
				if w.storage.len() != 1 {
					t.Error("files were removed that may be published")
				}
				q.Stop()
				w.store.Store, w.storage.hook = whole, nil
				q = w.start()
				time.Sleep(time.Minute)
				w.expect(q, "a", "SUCCESS")
				if got := w.used(); got != "1 0/1" {
					t.Errorf("used %s", got)
				}
				rows, err := w.store.UsedSegments(context.Background(), "wiki", nil)
				if err != nil || w.storage.kept[string(rows[0].Segment.LoadSpec)] == "" {
					t.Errorf("the published segment has no files: %v", err)
				}
				w.clean()
			})
		})
	}
}

// While nobody can know whether a task is stored, who submits it again waits for that as long as he likes; the next start knows.
func TestSubmissionThatOnlyTheNextStartKnows(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		whole := w.store.Store
		d := &dying{Store: whole, commits: true}
		w.store.Store = d
		q := w.start()
		d.armed.Store(true)
		if err := q.Add(context.Background(), decode(t, noop("a", 1))); err == nil {
			t.Error("what nobody knows is told as done")
		}
		brief, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := q.Add(brief, decode(t, noop("a", 1))); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("submitted again: %v", err)
		}
		q.Stop()
		if err := q.Add(context.Background(), decode(t, noop("a", 1))); !errors.Is(err, queue.ErrStopped) {
			t.Errorf("submitted after the stop: %v", err)
		}
		w.store.Store = whole
		q = w.start()
		time.Sleep(time.Minute)
		w.expect(q, "a", "SUCCESS")
		w.clean()
	})
}

// A stop does not wait for a store that does not answer, whatever the tasks need of it.
func TestStopWithoutTheStore(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		f := &flaky{Store: w.store.Store}
		w.store.Store = f
		w.ingest = builds(1)
		q := w.start()
		w.add(q, noop("ends", 1000))
		w.add(q, noop("runs", 3_600_000))
		w.add(q, index("waits", 1, 2, "append"))
		f.reads.Store(1_000_000)
		f.lose.Store(1_000_000)
		w.store.set(func() error { return errors.New("connection refused") })
		time.Sleep(10 * time.Second)
		begun := time.Now()
		q.Stop()
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("it took %v", took)
		}
		w.store.set(nil)
		f.reads.Store(0)
		f.lose.Store(0)
		q = w.start()
		time.Sleep(2 * time.Hour)
		for _, id := range []string{"ends", "runs", "waits"} {
			w.expect(q, id, "SUCCESS")
		}
		w.clean()
	})
}
