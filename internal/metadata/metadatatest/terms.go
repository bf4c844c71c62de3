package metadatatest

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"ovate/internal/metadata"
)

// begin begins a term that must be able to begin.
func (b *bench) begin(epoch int64) int64 {
	b.Helper()
	epoch, err := b.store.BeginTerm(b.ctx, epoch)
	if err != nil {
		b.Fatalf("begin: %v", err)
	}
	return epoch
}

// write inserts a task in a term.
func (b *bench) write(ctx context.Context, epoch int64, id string) error {
	return b.store.Update(ctx, func(tx metadata.Tx) error {
		if err := tx.InTerm(epoch); err != nil {
			return err
		}
		return tx.InsertTasks(task(id, "wiki", "noop", 0))
	})
}

func testTerms(s *suite) {
	s.run("the term that began last writes", func(b *bench) {
		b.same("epoch", b.begin(7), int64(7))
		b.same("epoch, begun again", b.begin(7), int64(7))
		if err := b.write(b.ctx, 7, "a"); err != nil {
			b.Fatal(err)
		}
		b.same("epoch", b.begin(9), int64(9))
		for _, former := range []int64{7, 8, 10, 0} {
			if err := b.write(b.ctx, former, "b"); !errors.Is(err, metadata.ErrTermOver) || metadata.IsTransient(err) {
				b.Errorf("term %d: got %v, want ErrTermOver", former, err)
			}
		}
		if _, err := b.store.BeginTerm(b.ctx, 8); !errors.Is(err, metadata.ErrTermOver) || metadata.IsTransient(err) {
			b.Errorf("begin a former term: got %v, want ErrTermOver", err)
		}
		if err := b.write(b.ctx, 9, "c"); err != nil {
			b.Fatal(err)
		}
		b.same("active", b.active(), "a c")
	})
	s.run("the store draws the next epoch", func(b *bench) {
		first := b.begin(0)
		second := b.begin(0)
		if first < 1 || second <= first {
			b.Errorf("epoch %d is followed by %d", first, second)
		}
		if err := b.write(b.ctx, first, "a"); !errors.Is(err, metadata.ErrTermOver) {
			b.Errorf("got %v, want ErrTermOver", err)
		}
		b.same("one that the election counts comes later", b.begin(second+5), second+5)
	})
	s.run("what does not write for a leader is in no term", func(b *bench) {
		b.begin(3)
		b.insertTasks(task("a", "wiki", "noop", 0))
		b.same("active", b.active(), "a")
	})
	// A transaction of a former term must not commit once another has begun: what the next leader reads then is all there is.
	s.run("nothing of a former term comes late", func(b *bench) {
		var writers sync.WaitGroup
		defer writers.Wait()
		var mu sync.Mutex
		stored := map[int64][]string{} // by epoch, what its writers were told
		for range 6 {
			epoch := b.begin(0)
			begun := make(chan struct{}, 4)
			for w := range cap(begun) {
				writers.Go(func() {
					for i := 0; ; i++ {
						id := fmt.Sprintf("%d_%d_%d", epoch, w, i)
						switch err := b.write(context.Background(), epoch, id); {
						case errors.Is(err, metadata.ErrTermOver):
							return
						case err != nil:
							b.Error(err)
							return
						}
						mu.Lock()
						stored[epoch] = append(stored[epoch], id)
						mu.Unlock()
						if i == 0 {
							begun <- struct{}{}
						}
					}
				})
			}
			for range cap(begun) {
				<-begun
			}
			b.begin(0)
			before := b.active()
			writers.Wait()
			b.same("active tasks after the writers of the term have ended", b.active(), before)
			b.update(func(tx metadata.Tx) error {
				for _, id := range stored[epoch] {
					if err := tx.SetTaskStatus(ended(id, "SUCCESS")); err != nil { // it is there
						return err
					}
				}
				return nil
			})
			b.same("active tasks of which nobody was told", b.active(), "")
		}
	})
}
