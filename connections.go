package ovate

import (
	"errors"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// hurryTime is how long a client may take nothing of its answer once the server stops.
const hurryTime = 3 * time.Second

// connections is a listener that can hurry the clients it has accepted: one that reads slowly, or not at all, must not hold up the
// end of the server.
type connections struct {
	net.Listener
	log *slog.Logger

	refusing atomic.Bool // the last client could not be accepted
	hurrying atomic.Bool
	mu       sync.Mutex // guards open
	open     map[*connection]bool
}

// Accept waits for the next client. That there are no files left for more of them is logged once, until there are.
func (l *connections) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		if !errors.Is(err, net.ErrClosed) && !l.refusing.Swap(true) {
			l.log.Warn("clients cannot be accepted; trying again", "error", err)
		}
		return nil, err
	}
	l.refusing.Store(false)
	c := &connection{Conn: conn, from: l}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open[c] = true
	return c, nil
}

// hurry lets every piece of every answer take hurryTime at most from now on.
func (l *connections) hurry() {
	l.hurrying.Store(true)
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.open {
		_ = c.Conn.SetWriteDeadline(time.Now().Add(hurryTime)) // one that is closed needs none
	}
}

// connection is that of one client.
type connection struct {
	net.Conn
	from *connections
	once sync.Once
}

// Close closes the connection.
func (c *connection) Close() error {
	c.once.Do(func() {
		c.from.mu.Lock()
		defer c.from.mu.Unlock()
		delete(c.from.open, c)
	})
	return c.Conn.Close()
}

// Write sends a piece of an answer.
func (c *connection) Write(p []byte) (int, error) {
	if c.from.hurrying.Load() {
		if err := c.Conn.SetWriteDeadline(time.Now().Add(hurryTime)); err != nil {
			return 0, err
		}
	}
	return c.Conn.Write(p)
}

// SetWriteDeadline sets a deadline for the pieces to come, unless Write does.
func (c *connection) SetWriteDeadline(t time.Time) error {
	if c.from.hurrying.Load() {
		return nil
	}
	return c.Conn.SetWriteDeadline(t)
}
