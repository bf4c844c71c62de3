package ovate

import (
	"container/list"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"ovate/internal/disk"
)

// stallTime is how long a client may send nothing of the rest of its request, or of the next one, where others have no room.
const stallTime = time.Second

// hurryTime is how long a client may take nothing of its answer once the server stops, and how long the rest of its request may take.
const hurryTime = 3 * time.Second

// Of the files that the process may have open, one in connectionShare may be a connection, as each may need a file besides (a log that
// is read), and what is left belongs to tasks, the store and logs. However many the system allows, there are never more than
// maxConnections.
const (
	connectionShare = 3
	minConnections  = 4
	maxConnections  = 10_000
)

// Of the connections, half may wait for locks, and maxWaits at most: whoever waits is woken whenever a lock is freed.
const (
	waitShare = 2
	maxWaits  = 1000
)

// mostConnections is how many clients may be connected.
func mostConnections() int {
	return min(max(minConnections, disk.FileLimit()/connectionShare), maxConnections)
}

// mostWaits is how many requests may wait for locks.
func mostWaits() int { return min(mostConnections()/waitShare, maxWaits) }

// connections is a listener that bounds how many clients are connected, and can hurry them: one that reads slowly, or not at all, must
// not hold up the end of the server. Where there are too many, those that wait longest for their client to ask something make room, and if
// there are none, those whose client has sent nothing of its request for stallTime.
type connections struct {
	net.Listener
	log  *slog.Logger
	most func() int // how many clients may be connected

	refusing atomic.Bool // the last client could not be accepted
	hurrying atomic.Bool
	hurryEnd atomic.Int64  // when requests must have come, in nanoseconds since 1970; 0 until the server stops
	room     chan struct{} // one of those open has ended, or waits
	closed   chan struct{}
	once     sync.Once // of closed

	mu       sync.Mutex // guards what follows
	open     map[*connection]bool
	silent   list.List // of those that have not asked anything yet, the oldest first
	idle     list.List // of those that have had an answer and ask nothing now, longest first
	crowding bool      // it was logged that there are too many
}

func newConnections(l net.Listener, log *slog.Logger) *connections {
	return &connections{
		Listener: l, log: log, most: mostConnections, open: map[*connection]bool{}, room: make(chan struct{}, 1), closed: make(chan struct{}),
	}
}

// Accept waits for the next client, and for room. That there are no files left for more of them is logged once, until there are.
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
	for {
		oldest, added := l.add(c)
		switch {
		case added:
			return c, nil
		case oldest != nil:
			_ = oldest.Close() // its client has gone, or connects again
			continue
		}
		select {
		case <-l.room:
		case <-time.After(stallTime): // somebody may have stalled
		case <-l.closed:
			return nil, errors.Join(net.ErrClosed, conn.Close())
		}
	}
}

// add adds a connection if there is room for it, or else names the one to be closed; nil if all are at work.
func (l *connections) add(c *connection) (oldest *connection, added bool) {
	most := l.most()
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.open) < most {
		l.open[c] = true
		c.wait(&l.silent)
		l.crowding = l.crowding && len(l.open) > most/2
		return nil, true
	}
	if !l.crowding {
		l.crowding = true
		l.log.Warn("as many clients are connected as may be: those that ask nothing, or stop sending, are disconnected, the oldest first", "connections", most)
	}
	from := &l.idle
	if l.silent.Len() >= l.idle.Len() { // so that neither kind can drive out the other
		from = &l.silent
	}
	if first := from.Front(); first != nil {
		return first.Value.(*connection), false
	}
	return l.stalled(), false
}

// stalled is the connection whose client has owed a piece of its request for the longest time, if that is stallTime; else nil. The caller
// holds mu.
func (l *connections) stalled() (longest *connection) {
	since := time.Now().Add(-stallTime)
	for c := range l.open {
		if owes, at := c.owes(); owes && !at.After(since) {
			longest, since = c, at
		}
	}
	return longest
}

// note is told what the server does with a connection.
func (l *connections) note(conn net.Conn, state http.ConnState) {
	c, ours := conn.(*connection)
	if !ours {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch state {
	case http.StateActive:
		c.wait(nil)
	case http.StateIdle:
		if l.open[c] {
			c.wait(&l.idle)
			l.freed()
		}
	}
}

// freed tells who waits for room. The caller holds mu.
func (l *connections) freed() {
	select {
	case l.room <- struct{}{}:
	default:
	}
}

// Close ends the listener.
func (l *connections) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// hurry lets every piece of every answer take hurryTime at most from now on, and requests come within that time.
func (l *connections) hurry() {
	l.hurryEnd.Store(time.Now().Add(hurryTime).UnixNano())
	l.hurrying.Store(true)
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.open {
		_ = c.Conn.SetWriteDeadline(time.Now().Add(hurryTime)) // one that is closed needs none
		c.hurryReading()
	}
}

// connection is that of one client.
type connection struct {
	net.Conn
	from *connections
	once sync.Once

	reading sync.Mutex // guards what follows; taken after from.mu
	readBy  time.Time  // when a piece of a request must have come; zero while none is waited for
	awaited time.Time  // since when it is waited for

	in    *list.List // of those that wait, or nil; from.mu guards it, and its place there
	place *list.Element
}

// wait puts the connection at the end of a list of those that wait, or with nil in none. The caller holds from.mu.
func (c *connection) wait(in *list.List) {
	if c.in != nil {
		c.in.Remove(c.place)
	}
	c.in, c.place = in, nil
	if in != nil {
		c.place = in.PushBack(c)
	}
}

// Close closes the connection.
func (c *connection) Close() error {
	c.once.Do(func() {
		c.from.mu.Lock()
		defer c.from.mu.Unlock()
		delete(c.from.open, c)
		c.wait(nil)
		c.from.freed()
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

// SetReadDeadline sets the time by which a piece of a request must have come. There is none while the request is worked at.
func (c *connection) SetReadDeadline(t time.Time) error {
	c.reading.Lock()
	defer c.reading.Unlock()
	c.readBy, c.awaited = t, time.Now()
	return c.limitReading()
}

// owes tells whether a piece of a request is waited for, and since when.
func (c *connection) owes() (bool, time.Time) {
	c.reading.Lock()
	defer c.reading.Unlock()
	return !c.readBy.IsZero(), c.awaited
}

// hurryReading lets a server that stops not wait for a request longer than until hurryEnd.
func (c *connection) hurryReading() {
	c.reading.Lock()
	defer c.reading.Unlock()
	if !c.readBy.IsZero() {
		_ = c.limitReading() // one that is closed needs none
	}
}

// limitReading sets the earlier of both times. The caller holds reading.
func (c *connection) limitReading() error {
	by := c.readBy
	if end := c.from.hurryEnd.Load(); end != 0 && !by.IsZero() && by.UnixNano() > end {
		by = time.Unix(0, end)
	}
	return c.Conn.SetReadDeadline(by)
}
