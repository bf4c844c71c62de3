package task

import (
	"math"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

// Heap keeps the memory of the process near what its tasks may take: without a limit, what a task has let go piles up until the heap is
// twice as large as what is in use. It sets the runtime's memory limit, of which a process has one, for as long as tasks hold
// memory; a limit that was given (GOMEMLIMIT) stays. A nil Heap does nothing.
type Heap struct {
	mu     sync.Mutex
	tasks  int
	held   int64
	open   int   // tasks without a limit
	others int64 // what was in use before the first task, with room for as much again
}

// What a task's memory limit stands for, in bytes of the process.
const (
	heapFactor = 1.0      // a task's limit counts what it holds and what it takes to write that, which it seldom takes at once
	heapExtra  = 64 << 20 // the process without tasks, and the least that a task works with
)

// Hold makes room for a task that may take so many bytes, 0 for any number, until it is released.
func (h *Heap) Hold(bytes int64) (release func()) {
	if h == nil {
		return func() {}
	}
	h.change(1, bytes)
	return func() { h.change(-1, bytes) }
}

func (h *Heap) change(tasks int, bytes int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.tasks == 0 {
		if debug.SetMemoryLimit(-1) != math.MaxInt64 {
			h.others = math.MaxInt64 // given by somebody else
		} else {
			h.others = 2 * inUse()
		}
	}
	h.tasks += tasks
	h.held += int64(tasks) * bytes
	if bytes == 0 {
		h.open += tasks
	}
	switch {
	case h.others == math.MaxInt64:
	case h.tasks == 0 || h.open > 0:
		debug.SetMemoryLimit(math.MaxInt64)
	default:
		debug.SetMemoryLimit(h.others + heapExtra + int64(heapFactor*float64(h.held)))
	}
}

// fillingPercent is the runtime's GOGC while the heap fills.
const fillingPercent = 400

// Fill is for a start that recovers many tasks: until filled is called nearly all that is allocated stays, and the collector looks for
// the rest less often, which would take more time than the start itself. A GOGC that was given stays. A nil Heap does nothing.
func (h *Heap) Fill() (filled func()) {
	if h == nil {
		return func() {}
	}
	const unset = 100
	before := debug.SetGCPercent(fillingPercent)
	if before != unset {
		debug.SetGCPercent(before)
		return func() {}
	}
	return func() { debug.SetGCPercent(before) }
}

// inUse is what the last collection found in use.
func inUse() int64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}
