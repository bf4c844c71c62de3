package ovate

import (
	"container/list"
	"crypto/tls"
	"errors"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"ovate/internal/disk"
)

// stallTime is how long a client may take for its request, and how long it may take nothing of its answer, where others have no room.
const stallTime = time.Second

// askTime is how long a client that has connected surely has to ask something.
const askTime = 500 * time.Millisecond

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

// Beside the connections there are those that make room for others, for as long as it takes to tell their clients: this part of them.
const endingShare = 2

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

// mostReaders is how many clients may follow events: each has a connection.
func mostReaders() int { return mostConnections() / 2 }

// connections bounds how many clients are connected, at all ports together, and can hurry them: one that reads slowly, or not at all, must
// not hold up the end of the server. Where there are too many, those that wait longest for their client to ask something make room, and if
// there are none, those that have waited for stallTime for their client: that has sent nothing of its request, the longest first, or sends
// it, the slowest first, or takes nothing of its answer. One that waits for the server never does.
type connections struct {
	log  *slog.Logger
	most func() int    // how many clients may be connected
	slow time.Duration // stallTime

	refusing atomic.Bool // the last client could not be accepted
	hurrying atomic.Bool
	hurryEnd atomic.Int64  // when requests must have come, in nanoseconds since 1970; 0 until the server stops
	room     chan struct{} // one of those open has ended, or waits

	mu       sync.Mutex // guards what follows
	open     map[*connection]bool
	ending   map[*connection]bool // those that make room, and are not closed yet
	silent   list.List            // of those that have not asked anything yet, the oldest first
	idle     list.List            // of those that have had an answer and ask nothing now, longest first
	crowding bool                 // it was logged that there are too many
}

func newConnections(log *slog.Logger) *connections {
	return &connections{
		log: log, most: mostConnections, slow: stallTime, open: map[*connection]bool{}, ending: map[*connection]bool{},
		room: make(chan struct{}, mostDoors),
	}
}

// mostDoors is how many doors there may be: each may wait for room.
const mostDoors = 2

// door is a listener whose clients are of these connections.
type door struct {
	net.Listener
	of     *connections
	closed chan struct{}
	once   sync.Once // of closed
}

// at is a door at a port.
func (l *connections) at(port net.Listener) *door {
	return &door{Listener: port, of: l, closed: make(chan struct{})}
}

// Accept waits for the next client, and for room. That there are no files left for more of them is logged once, until there are.
func (d *door) Accept() (net.Conn, error) {
	l := d.of
	conn, err := d.Listener.Accept()
	if err != nil {
		if !errors.Is(err, net.ErrClosed) && !l.refusing.Swap(true) {
			l.log.Warn("clients cannot be accepted; trying again", "error", err)
		}
		return nil, err
	}
	l.refusing.Store(false)
	c := &connection{Conn: conn, from: l}
	for {
		oldest, again, added := l.add(c)
		switch {
		case added:
			return c, nil
		case oldest != nil:
			_ = oldest.Close() // its client has gone, or connects again
			continue
		}
		select {
		case <-l.room:
		case <-time.After(again):
		case <-d.closed:
			return nil, errors.Join(net.ErrClosed, conn.Close())
		}
	}
}

// add adds a connection if there is room for it, or else makes some or names the one to be closed. If all are at work it tells when that may
// have changed.
func (l *connections) add(c *connection) (oldest *connection, again time.Duration, added bool) {
	most := l.most()
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.open) >= most {
		if !l.crowding {
			l.crowding = true
			l.log.Warn("as many clients are connected as may be: those that ask nothing, or are slow to send or to take, are disconnected, the oldest first", "connections", most)
		}
		now := time.Now()
		oldest, soon := l.waiting(now)
		if oldest != nil {
			return oldest, 0, false
		}
		if again = l.makeRoom(now, most); again > 0 {
			if soon > 0 {
				again = min(again, soon)
			}
			return nil, again, false
		}
	}
	l.open[c] = true
	c.wait(&l.silent)
	l.crowding = l.crowding && len(l.open) > most/2
	return nil, 0, true
}

// waiting is the connection that has waited longest for its client to ask something, be it for the first time, for askTime then, or again. Else it
// tells when there will be one. The caller holds mu.
func (l *connections) waiting(now time.Time) (longest *connection, soon time.Duration) {
	silent, idle := l.silent.Front(), l.idle.Front()
	if silent != nil {
		longest = silent.Value.(*connection)
		soon = max(0, askTime-now.Sub(longest.since))
	}
	if idle != nil && (silent == nil || soon > 0 || l.silent.Len() < l.idle.Len()) { // so that neither kind can drive out the other
		return idle.Value.(*connection), 0
	}
	if soon > 0 {
		return nil, soon
	}
	return longest, 0
}

// makeRoom ends the connection that keeps others waiting most, or tells when to try again. The caller holds mu.
func (l *connections) makeRoom(now time.Time, most int) (again time.Duration) {
	if len(l.ending) >= max(1, most/endingShare) {
		return l.slow // one of them ends before, and tells
	}
	var worst *connection
	var worstDelay delay
	again = l.slow
	for c := range l.open {
		d := c.delay(now)
		if d.of < l.slow {
			if d.of > 0 {
				again = min(again, l.slow-d.of)
			}
			continue
		}
		if worst == nil || d.worse(worstDelay) {
			worst, worstDelay = c, d
		}
	}
	if worst == nil || !worst.end() {
		return again
	}
	delete(l.open, worst)
	l.ending[worst] = true
	return 0
}

// stays takes back that a connection makes room: its request has come after all.
func (l *connections) stays(c *connection) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ending[c] {
		delete(l.ending, c)
		l.open[c] = true
		l.freed()
	}
}

// note is told what the server does with a connection.
func (l *connections) note(conn net.Conn, state http.ConnState) {
	if secure, is := conn.(*tls.Conn); is {
		conn = secure.NetConn()
	}
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
func (d *door) Close() error {
	d.once.Do(func() { close(d.closed) })
	return d.Listener.Close()
}

// hurry lets every piece of every answer take hurryTime at most from now on, and requests come within that time.
func (l *connections) hurry() {
	l.hurryEnd.Store(time.Now().Add(hurryTime).UnixNano())
	l.hurrying.Store(true)
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range slices.Concat(slices.Collect(maps.Keys(l.open)), slices.Collect(maps.Keys(l.ending))) {
		_ = c.Conn.SetWriteDeadline(time.Now().Add(hurryTime)) // one that is closed needs none
		c.hurryReading()
	}
}
