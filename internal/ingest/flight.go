package ingest

import (
	"context"
	"sync"

	"ovate/internal/ingest/format"
)

// flight bounds the bytes of the chunks that have been read and are not parsed yet, whatever the length of their lines. The
// input that is being parsed may always have one chunk, so that it goes on; inputs read ahead of it take at most half.
type flight struct {
	limit int64

	mu    sync.Mutex
	bytes int64
	head  int           // the input that is being parsed
	held  map[int]int64 // by input
	freed chan struct{} // closed when something has changed
}

func newFlight(limit int64) *flight {
	return &flight{limit: limit, held: make(map[int]int64), freed: make(chan struct{})}
}

// add waits until there is room for a chunk of the input. Its release makes room again.
func (f *flight) add(ctx context.Context, input int, c *format.Chunk) error {
	size := c.Size()
	for {
		ok, freed := f.take(input, size)
		if ok {
			c.OnRelease(func() { f.give(input, size) })
			return nil
		}
		select {
		case <-freed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (f *flight) take(input int, size int64) (ok bool, freed <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	limit := f.limit
	if input != f.head {
		limit /= 2
	}
	if f.bytes+size > limit && (input != f.head || f.held[input] > 0) {
		return false, f.freed
	}
	f.bytes += size
	f.held[input] += size
	return true, nil
}

func (f *flight) give(input int, size int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.bytes -= size
	if f.held[input] -= size; f.held[input] == 0 {
		delete(f.held, input)
	}
	f.changed()
}

// first says which input is parsed now.
func (f *flight) first(input int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.head = input
	f.changed()
}

func (f *flight) changed() {
	close(f.freed)
	f.freed = make(chan struct{})
}
