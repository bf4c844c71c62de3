package telemetry

import "sync"

// mostTypes is how many types of tasks have figures of their own: those of extensions are words that whoever submits a task chooses.
const mostTypes = 50

// words are the values that a label may have: the first that come, as many as there is room for.
type words struct {
	most int

	mu    sync.RWMutex
	known map[string]bool
}

func newWords(most int) *words { return &words{most: most, known: map[string]bool{}} }

// of is the word itself, or that for all others.
func (w *words) of(word string) string {
	w.mu.RLock()
	known := w.known[word]
	w.mu.RUnlock()
	if known {
		return word
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.known[word] && len(w.known) >= w.most {
		return others
	}
	w.known[word] = true
	return word
}
