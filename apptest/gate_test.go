package apptest

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// gate serves input that comes to a stop half-way until it is opened: whoever reads it is caught at work.
type gate struct {
	data    []byte
	server  *httptest.Server
	reached chan struct{} // gets a value for each reader that has come to the stop
	opened  chan struct{}
	once    sync.Once
}

func newGate(t testing.TB, data []byte) *gate {
	t.Helper()
	g := &gate{data: data, reached: make(chan struct{}, 100), opened: make(chan struct{})}
	g.server = httptest.NewServer(g)
	t.Cleanup(func() {
		g.open()
		g.server.CloseClientConnections()
		g.server.Close()
	})
	return g
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	half := len(g.data) / 2
	if _, err := w.Write(g.data[:half]); err != nil {
		return
	}
	w.(http.Flusher).Flush()
	g.reached <- struct{}{}
	select {
	case <-g.opened:
		_, _ = w.Write(g.data[half:]) // the reader may have gone
	case <-r.Context().Done():
	}
}

// open lets everybody through, now and later.
func (g *gate) open() { g.once.Do(func() { close(g.opened) }) }

// source is the input source that reads through the gate.
func (g *gate) source() object {
	return object{"type": "http", "uris": []string{g.server.URL + "/rows.json"}}
}
