package zookeeper

import (
	"math/rand/v2"
	"slices"
	"sync"
)

// hosts hands the library one server after the other, by name: names are looked up at each attempt, as addresses behind them change. It
// implements the library's HostProvider.
type hosts struct {
	mu    sync.Mutex
	names []string
	tried int
}

func (h *hosts) Init(names []string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.names = slices.Clone(names)
	rand.Shuffle(len(h.names), func(i, j int) { h.names[i], h.names[j] = h.names[j], h.names[i] })
	return nil
}

func (h *hosts) Len() int { return len(h.names) }

// Next is the server to try. After the first attempt of all the library always pauses for a second, and then drops what waits to be sent: what
// was asked for on one link does not happen on the next.
func (h *hosts) Next() (server string, pause bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	server = h.names[h.tried%len(h.names)]
	h.tried++
	return server, h.tried > 1
}

// Connected is of no interest.
func (h *hosts) Connected() {}
