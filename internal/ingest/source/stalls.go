package source

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"
)

// Stalls are the calls for local files that were given up because their context had ended, and that have not returned: a file system
// that hangs, as of a server that is gone, holds them in a way that nobody can call off. Each keeps a thread of this process and mostly a
// descriptor, so that there are few, and no further local file is begun to be read while there are as many as that.
// The zero value is ready, and a nil one sets no bound.
type Stalls struct {
	mu    sync.Mutex
	calls []*stalled
	fewer chan struct{} // closed when one has returned; nil if nobody waits
}

// stalled is one of these calls.
type stalled struct {
	path  string
	since time.Time
}

const (
	// mostStalls is far from what a process may have in threads and open files.
	mostStalls = 32
	// stallPatience is how long whoever wants to read waits for room. Calls that are given up mostly return within a moment.
	stallPatience = 20 * time.Second
)

// admit waits until there are few enough to begin another call.
func (s *Stalls) admit(ctx context.Context, path string) error {
	if s == nil {
		return nil
	}
	patience := time.NewTimer(stallPatience)
	defer patience.Stop()
	for {
		fewer, full := s.look()
		if full == nil {
			return nil
		}
		select {
		case <-fewer:
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-patience.C:
			if _, full = s.look(); full != nil {
				full = fmt.Errorf("%s is not read: %w", path, full)
			}
			return full
		}
	}
}

// look tells why no call may begin, if so, and what is closed when that changes.
func (s *Stalls) look() (fewer <-chan struct{}, full error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.calls) < mostStalls {
		return nil, nil
	}
	if s.fewer == nil {
		s.fewer = make(chan struct{})
	}
	first := s.calls[0]
	return s.fewer, fmt.Errorf("%d files were being opened or read for tasks that have ended, and their file system still does not answer (the first is %s, for %s). "+
		"Local files are read again once some of these calls return: look at that file system, or unmount it; starting this server again helps, too",
		len(s.calls), first.path, time.Since(first.since).Round(time.Second))
}

// add counts a call until returned is called.
func (s *Stalls) add(path string) (returned func()) {
	if s == nil {
		return func() {}
	}
	call := &stalled{path, time.Now()}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, call)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.calls = slices.DeleteFunc(s.calls, func(c *stalled) bool { return c == call })
		if s.fewer != nil {
			close(s.fewer)
			s.fewer = nil
		}
	}
}

// result is what a call has returned.
type result[T any] struct {
	value T
	err   error
	fault string // its panic
}

// call runs fn, which may hang. If ctx ends first it is given up, and its value, should it come after all, is given to late.
func call[T any](ctx context.Context, s *Stalls, path string, fn func() (T, error), late func(T)) (T, error) {
	done := make(chan result[T], 1)
	go func() {
		r := result[T]{fault: "it ended its goroutine"}
		defer func() {
			if problem := recover(); problem != nil {
				r.fault = fmt.Sprintf("%v\n%s", problem, debug.Stack())
			}
			done <- r
		}()
		r.value, r.err = fn()
		r.fault = ""
	}()
	select {
	case r := <-done:
		if r.fault != "" {
			panic(r.fault) // where whoever called can be told
		}
		return r.value, r.err
	case <-ctx.Done():
	}
	returned := s.add(path)
	go func() {
		defer returned()
		if r := <-done; r.err == nil && r.fault == "" {
			late(r.value)
		}
	}()
	var none T
	return none, context.Cause(ctx)
}
