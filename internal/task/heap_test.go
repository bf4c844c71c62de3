package task

import (
	"math"
	"runtime/debug"
	"testing"
)

// TestHeap is about the one memory limit of the process: it does not run beside others.
func TestHeap(t *testing.T) {
	limit := func() int64 { return debug.SetMemoryLimit(-1) }
	h := new(Heap)
	first := h.Hold(100 << 20)
	one := limit()
	if one < 100<<20+heapExtra || one > 1<<30 {
		t.Errorf("with a task of 100 MiB the limit is %d", one)
	}
	second := h.Hold(1 << 30)
	if got := limit() - one; got != 1<<30 {
		t.Errorf("another of 1 GiB adds %d", got)
	}
	open := h.Hold(0)
	if limit() != math.MaxInt64 {
		t.Error("a task without a limit has one")
	}
	open()
	second()
	if limit() != one {
		t.Errorf("after the others the limit is %d, was %d", limit(), one)
	}
	first()
	if limit() != math.MaxInt64 {
		t.Error("there is a limit without tasks")
	}
	debug.SetMemoryLimit(1 << 40)
	defer debug.SetMemoryLimit(math.MaxInt64)
	h.Hold(1)()
	if limit() != 1<<40 {
		t.Error("a limit that was given is gone")
	}
	(*Heap)(nil).Hold(1)()
}

// TestHeapFills is about the one GOGC of the process: it does not run beside others.
func TestHeapFills(t *testing.T) {
	percent := func() int {
		now := debug.SetGCPercent(100)
		debug.SetGCPercent(now)
		return now
	}
	before := debug.SetGCPercent(100)
	defer debug.SetGCPercent(before)
	filled := new(Heap).Fill()
	if got := percent(); got != fillingPercent {
		t.Errorf("while it fills GOGC is %d", got)
	}
	if filled(); percent() != 100 {
		t.Errorf("once it is filled GOGC is %d", percent())
	}
	debug.SetGCPercent(50)
	filled = new(Heap).Fill()
	if percent() != 50 {
		t.Errorf("GOGC was 50, and is %d", percent())
	}
	if filled(); percent() != 50 {
		t.Errorf("GOGC was 50, and has become %d", percent())
	}
	(*Heap)(nil).Fill()()
}
