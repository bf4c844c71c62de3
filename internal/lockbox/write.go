package lockbox

import "context"

// writing is a change of a row that others wait for, who would rely on the lock.
type writing struct {
	done    chan struct{} // closed when it is known what became of it
	err     error         // why the lock is not to be had; valid once done is closed
	revokes []*posse      // the locks that are lost to it
}

func newWriting() *writing { return &writing{done: make(chan struct{})} }

// end tells those who wait. The caller holds the source's mu.
func (w *writing) end(err error) {
	w.err = err
	close(w.done)
}

// wait waits until it is known what became of it. A nil writing is long over.
func (w *writing) wait(ctx context.Context) error {
	if w == nil {
		return nil
	}
	select {
	case <-w.done:
		return w.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// over tells whether it is known what became of it.
func (w *writing) over() bool {
	if w == nil {
		return true
	}
	select {
	case <-w.done:
		return true
	default:
		return false
	}
}
