package action

import (
	"context"
	"sync"
)

// marking is which segments are being marked as used, by data source. A kill task that lists unused segments waits for that: where transactions run at
// once it would still find them unused, and remove their files, after whoever marks them had found no kill task that may.
type marking struct {
	mu sync.Mutex
	at map[string]map[chan struct{}]bool // closed when the marking has ended
}

// Marking notes that segments of a data source are about to be marked as used, until the function that it returns is called.
func (b *Box) Marking(dataSource string) (ended func()) {
	m, end := &b.marking, make(chan struct{})
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.at[dataSource] == nil {
		m.at[dataSource] = map[chan struct{}]bool{}
	}
	m.at[dataSource][end] = true
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		close(end)
		if delete(m.at[dataSource], end); len(m.at[dataSource]) == 0 {
			delete(m.at, dataSource)
		}
	}
}

// settled waits until what is being marked now is.
func (m *marking) settled(ctx context.Context, dataSource string) error {
	m.mu.Lock()
	var all []chan struct{}
	for end := range m.at[dataSource] {
		all = append(all, end)
	}
	m.mu.Unlock()
	for _, end := range all {
		select {
		case <-end:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}
