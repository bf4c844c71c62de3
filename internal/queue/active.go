package queue

import (
	"context"
	"runtime"
	"sync"

	"ovate/internal/metadata"
)

// activeBatch is rows of active tasks, and what was made of them.
type activeBatch struct {
	rows     []metadata.TaskRow
	payloads []byte // of all rows
	entries  []*entry
	decoded  chan struct{} // gets a value once the entries are made
}

// What a batch holds at most, but for the last row: so much that handing it on costs nothing, so little that reading ahead takes no memory.
const (
	batchRows  = 512
	batchBytes = 256 << 10
)

// entriesTogether is how many entries are made at once. Their memory is free again when the last of their tasks has ended.
const entriesTogether = 32

// eachActive calls fn for the entry of every active task, in the store's order, from a goroutine of its own. While the store reads,
// all processors decode what was read.
func (q *Queue) eachActive(ctx context.Context, fn func(*entry)) error {
	workers := runtime.GOMAXPROCS(0)
	free := make(chan *activeBatch, 2*workers)
	for range cap(free) {
		free <- &activeBatch{decoded: make(chan struct{}, 1)}
	}
	// All batches fit into each of these, so that nobody waits but for a free one.
	work, order := make(chan *activeBatch, cap(free)), make(chan *activeBatch, cap(free))
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			for b := range work {
				b.decode(q)
				b.decoded <- struct{}{}
			}
		})
	}
	running.Go(func() {
		for b := range order {
			<-b.decoded
			for _, e := range b.entries {
				fn(e)
			}
			b.reset()
			free <- b
		}
	})
	batch := <-free
	hand := func() {
		order <- batch
		work <- batch
		batch = <-free
	}
	err := q.store.ActiveTasks(ctx, func(row *metadata.TaskRow) error {
		if len(batch.rows) == batchRows || len(batch.payloads) > batchBytes {
			hand()
		}
		batch.add(row)
		return nil
	})
	hand()
	close(work)
	close(order)
	running.Wait()
	return err
}

// add copies a row.
func (b *activeBatch) add(row *metadata.TaskRow) {
	b.payloads = append(b.payloads, row.Payload...)
	copied := *row
	copied.Payload = b.payloads[:len(b.payloads)] // for its length: what is appended later may move it
	b.rows = append(b.rows, copied)
}

func (b *activeBatch) decode(q *Queue) {
	begin := 0
	var made []entry
	for i := range b.rows {
		end := len(b.rows[i].Payload)
		b.rows[i].Payload = b.payloads[begin:end]
		if len(made) == 0 {
			made = make([]entry, min(entriesTogether, len(b.rows)-i))
		}
		made[0].recover(q, &b.rows[i])
		b.entries, made = append(b.entries, &made[0]), made[1:]
		begin = end
	}
}

// reset makes room for other rows. What one large payload has taken is given back.
func (b *activeBatch) reset() {
	clear(b.rows)
	clear(b.entries)
	b.rows, b.entries, b.payloads = b.rows[:0], b.entries[:0], b.payloads[:0]
	if cap(b.payloads) > 4*batchBytes {
		b.payloads = nil
	}
}
