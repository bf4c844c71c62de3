package metadatatest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"ovate/internal/metadata"
)

func testTransactions(s *suite) {
	s.run("an error takes back everything", func(b *bench) {
		wrong := errors.New("wrong")
		err := b.store.Update(b.ctx, func(tx metadata.Tx) error {
			_, lockErr := tx.InsertSegments([]metadata.SegmentRow{segment("wiki", hours(0, 1), "v", 0)})
			return errors.Join(tx.InsertTasks(task("a", "wiki", "noop", 0)), lockErr, wrong)
		})
		if !errors.Is(err, wrong) {
			b.Fatalf("got %v, want the error of fn", err)
		}
		rows, err := b.store.UsedSegments(b.ctx, "wiki", nil)
		if err != nil || len(rows) != 0 || b.active() != "" {
			b.Errorf("left behind: %v, %v, tasks %q", rows, err, b.active())
		}
	})
	s.run("a refused row does not spoil the others", func(b *bench) {
		b.insertTasks(task("a", "wiki", "noop", 0))
		b.update(func(tx metadata.Tx) error {
			if err := tx.InsertTasks(task("a", "wiki", "noop", 0)); !errors.Is(err, metadata.ErrExists) {
				return fmt.Errorf("got %w, want ErrExists", err)
			}
			return tx.InsertTasks(task("b", "wiki", "noop", 1))
		})
		b.same("active", b.active(), "a b")
	})
	s.run("nobody sees what is not committed", func(b *bench) {
		b.update(func(tx metadata.Tx) error {
			if err := tx.InsertTasks(task("a", "wiki", "noop", 0)); err != nil {
				return err
			}
			b.same("active, seen from outside", b.active(), "")
			return nil
		})
		b.same("active", b.active(), "a")
	})
	s.run("a context that has ended", func(b *bench) {
		ended, cancel := context.WithCancel(b.ctx)
		cancel()
		if err := b.store.Update(ended, func(tx metadata.Tx) error { return tx.InsertTasks(task("a", "wiki", "noop", 0)) }); !errors.Is(err, context.Canceled) {
			b.Errorf("got %v, want context.Canceled", err)
		}
		b.same("active", b.active(), "")
	})
	s.run("a context that ends meanwhile changes nothing", func(b *bench) {
		ending, cancel := context.WithCancel(b.ctx)
		err := b.store.Update(ending, func(tx metadata.Tx) error {
			cancel()
			return tx.InsertTasks(task("a", "wiki", "noop", 0))
		})
		if err != nil {
			b.Errorf("got %v, want success", err)
		}
		b.same("active", b.active(), "a")
	})
	s.run("a panic while rows are read keeps no later read in the past", func(b *bench) {
		b.insertTasks(task("a", "wiki", "noop", 0))
		b.update(func(tx metadata.Tx) error {
			return tx.InsertAudit(metadata.AuditRow{Key: "k", Type: "t", Payload: []byte("{}")})
		})
		const connections = 8 // as many as a store may have, and more
		for range connections {
			for _, read := range []func() error{
				func() error {
					return b.store.ActiveTasks(b.ctx, func(*metadata.TaskRow) error { panic("a bug") })
				},
				func() error {
					return b.store.Audit(b.ctx, metadata.AuditQuery{Max: -1}, func(*metadata.AuditRow) error { panic("a bug") })
				},
			} {
				func() {
					defer func() {
						if recover() == nil {
							b.Error("the panic was lost")
						}
					}()
					_ = read()
				}()
			}
		}
		b.insertTasks(task("b", "wiki", "noop", 1))
		for range connections {
			b.same("active", b.active(), "a b")
			if _, err := b.store.Locks(b.ctx); err != nil {
				b.Errorf("locks: %v", err)
			}
		}
	})
	s.run("a panic reaches the caller and takes back everything", func(b *bench) {
		func() {
			defer func() {
				if recover() == nil {
					b.Error("the panic was lost")
				}
			}()
			_ = b.store.Update(b.ctx, func(tx metadata.Tx) error {
				if err := tx.InsertTasks(task("a", "wiki", "noop", 0)); err != nil {
					return err
				}
				panic("a bug")
			})
		}()
		b.insertTasks(task("b", "wiki", "noop", 0))
		b.same("active", b.active(), "b")
	})
}

// testConcurrency has many goroutines update and read at once.
func testConcurrency(s *suite) {
	s.run("each call is one transaction", func(b *bench) {
		const workers, rounds = 16, 40
		var all sync.WaitGroup
		refused := errors.New("refused")
		for w := range workers {
			all.Go(func() {
				for r := range rounds {
					id := fmt.Sprintf("task_%d_%d", w, r)
					err := b.store.Update(b.ctx, func(tx metadata.Tx) error {
						if err := tx.InsertTasks(task(id, fmt.Sprint("ds", w), "noop", r)); err != nil {
							return err
						}
						if r%4 == 3 {
							return refused
						}
						return tx.SetTaskStatus(ended(id, "SUCCESS"))
					})
					if want := r%4 == 3; errors.Is(err, refused) != want || (err != nil) != want {
						b.Errorf("%s: %v", id, err)
					}
					_, err = b.store.Task(b.ctx, id)
					if want := r%4 == 3; errors.Is(err, metadata.ErrNotFound) != want || (err != nil) != want {
						b.Errorf("%s, read after its update: %v", id, err)
					}
				}
			})
		}
		all.Wait()
		count := 0
		err := b.store.CompleteTasks(b.ctx, metadata.TaskQuery{Max: -1}, func(*metadata.TaskRow) error { count++; return nil })
		if err != nil {
			b.Fatal(err)
		}
		b.same("complete tasks", count, workers*rounds*3/4)
		b.same("active tasks", b.active(), "")
	})
	s.run("updates do not interleave", func(b *bench) {
		const workers, rounds = 8, 30
		b.update(func(tx metadata.Tx) error { return tx.SetConfig("counter", []byte("0")) })
		var all sync.WaitGroup
		for range workers {
			all.Go(func() {
				for range rounds {
					err := b.store.Update(b.ctx, func(tx metadata.Tx) error {
						payload, err := tx.Config(b.ctx, "counter")
						if err != nil {
							return err
						}
						var n int
						if _, err := fmt.Sscan(string(payload), &n); err != nil {
							return err
						}
						return tx.SetConfig("counter", fmt.Append(nil, n+1))
					})
					if err != nil {
						b.Error(err)
					}
				}
			})
		}
		all.Wait()
		got, err := b.store.Config(b.ctx, "counter")
		if err != nil {
			b.Fatal(err)
		}
		b.same("counter", string(got), fmt.Sprint(workers*rounds))
	})
	s.run("of many that insert one id, one does", func(b *bench) {
		var all sync.WaitGroup
		var inserted atomic.Int64
		for range 16 {
			all.Go(func() {
				err := b.store.Update(b.ctx, func(tx metadata.Tx) error { return tx.InsertTasks(task("a", "wiki", "noop", 0)) })
				switch {
				case err == nil:
					inserted.Add(1)
				case !errors.Is(err, metadata.ErrExists):
					b.Error(err)
				}
			})
		}
		all.Wait()
		b.same("number inserted", inserted.Load(), int64(1))
	})
}

// testIdentity: no two databases are called the same, and none changes its name.
func testIdentity(s *suite) {
	s.run("of two", func(b *bench) {
		other := newBench(b.T, s.database)
		first := b.store.Identity()
		if first == "" || first == other.store.Identity() || strings.ContainsAny(first, " \n") {
			b.Errorf("two databases are %q and %q", first, other.store.Identity())
		}
		b.insertTasks(task("a", "wiki", "noop", 0))
		b.same("identity", b.store.Identity(), first)
	})
}

func testClose(s *suite) {
	s.Run("closed", func(t *testing.T) {
		t.Parallel()
		store := s.database.Open(t)
		for range 2 {
			if err := store.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if err := store.Update(t.Context(), func(metadata.Tx) error { return nil }); !errors.Is(err, metadata.ErrClosed) {
			t.Errorf("update: got %v, want ErrClosed", err)
		}
		if _, err := store.Task(t.Context(), "a"); !errors.Is(err, metadata.ErrClosed) {
			t.Errorf("read: got %v, want ErrClosed", err)
		}
	})
	s.Run("closed under load", func(t *testing.T) {
		t.Parallel()
		store := s.database.Open(t)
		var all sync.WaitGroup
		begun := make(chan struct{}, 8)
		for w := range 8 {
			all.Go(func() {
				for i := 0; ; i++ {
					err := store.Update(t.Context(), func(tx metadata.Tx) error {
						return tx.InsertTasks(task(fmt.Sprintf("%d_%d", w, i), "wiki", "noop", i))
					})
					if err != nil {
						if !errors.Is(err, metadata.ErrClosed) {
							t.Error(err)
						}
						return
					}
					if i == 0 {
						begun <- struct{}{}
					}
				}
			})
		}
		for range cap(begun) {
			<-begun
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
		all.Wait()
	})
}
