package streaming

import "sync"

// mail is what a goroutine is asked to do by others, in the order in which it came.
type mail struct {
	came chan struct{} // holds something if there is any

	mu      sync.Mutex // guards letters
	letters []func()
}

func newMail() mail { return mail{came: make(chan struct{}, 1)} }

func (m *mail) send(do func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.letters = append(m.letters, do)
	select {
	case m.came <- struct{}{}:
	default:
	}
}

// open returns what has come since it was last called.
func (m *mail) open() []func() {
	m.mu.Lock()
	defer m.mu.Unlock()
	letters := m.letters
	m.letters = nil
	return letters
}
