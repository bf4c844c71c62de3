package supervisor

import (
	"context"
	"sync"
)

// Work is what a supervisor has at work from its Start to its Stop, which may come in any order, and at once. Make it with NewWork.
type Work struct {
	// Lasts ends when the work is to.
	Lasts context.Context

	end context.CancelFunc
	mu  sync.Mutex // so that nothing begins while it ends
	all sync.WaitGroup
}

// NewWork is nothing yet.
func NewWork() *Work {
	w := new(Work)
	w.Lasts, w.end = context.WithCancel(context.Background())
	return w
}

// Go has something done, which has to end when Lasts does. It tells whether that begins: nothing does any more once the work was ended.
func (w *Work) Go(do func()) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.Lasts.Err() != nil {
		return false
	}
	w.all.Go(do)
	return true
}

// End ends it. When it returns nothing is at work. It may be called more than once.
func (w *Work) End() {
	w.mu.Lock()
	w.end()
	w.mu.Unlock()
	w.all.Wait()
}
