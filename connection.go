package ovate

import (
	"container/list"
	"errors"
	"net"
	"os"
	"sync"
	"time"

	"ovate/internal/api"
)

// connection is that of one client.
type connection struct {
	net.Conn
	from *connections
	once sync.Once

	doing   sync.Mutex  // guards what follows; taken after from.mu
	readBy  time.Time   // when a piece of a request must have come; zero while none is waited for
	begun   time.Time   // since when the request is waited for
	awaited time.Time   // since when a piece of it is
	got     int64       // bytes that have come since begun
	sending time.Time   // since when a piece of an answer is not taken; zero while none is sent
	ends    *time.Timer // closes the connection, as it makes room for another; else nil

	in    *list.List // of those that wait, or nil; from.mu guards it, its place there, and since when it is there
	place *list.Element
	since time.Time
}

// wait puts the connection at the end of a list of those that wait, or with nil in none. The caller holds from.mu.
func (c *connection) wait(in *list.List) {
	if c.in != nil {
		c.in.Remove(c.place)
	}
	c.in, c.place = in, nil
	if in != nil {
		c.place, c.since = in.PushBack(c), time.Now()
	}
}

// Close closes the connection.
func (c *connection) Close() error {
	c.once.Do(func() {
		c.from.mu.Lock()
		defer c.from.mu.Unlock()
		delete(c.from.open, c)
		delete(c.from.ending, c)
		c.wait(nil)
		c.from.freed()
		c.doing.Lock()
		defer c.doing.Unlock()
		if c.ends != nil {
			c.ends.Stop()
		}
	})
	return c.Conn.Close()
}

// delay is how a client keeps the server waiting.
type delay struct {
	of      time.Duration // zero if it does not
	stalled bool          // nothing has come, or been taken, for all of that time
	rate    float64       // of what comes, in bytes per second
}

// worse tells whether a client rather has to make room than another one: that which has done nothing for longer, else the slower one, or
// of two as slow the one that is at it for longer.
func (d delay) worse(than delay) bool {
	switch {
	case d.stalled != than.stalled:
		return d.stalled
	case d.rate != than.rate:
		return d.rate < than.rate
	}
	return d.of > than.of
}

func (c *connection) delay(now time.Time) delay {
	c.doing.Lock()
	defer c.doing.Unlock()
	switch {
	case c.ends != nil:
		return delay{}
	case !c.readBy.IsZero() && now.Sub(c.awaited) >= c.from.slow:
		return delay{of: now.Sub(c.awaited), stalled: true}
	case !c.readBy.IsZero():
		of := now.Sub(c.begun)
		return delay{of: of, rate: float64(c.got) / max(of.Seconds(), 1e-9)}
	case !c.sending.IsZero():
		return delay{of: now.Sub(c.sending), stalled: true}
	}
	return delay{}
}

// end makes the connection make room, unless its client keeps it waiting no longer. What is left of the request does not come any more, which
// its client is told if that takes the answer at once.
func (c *connection) end() bool {
	c.doing.Lock()
	defer c.doing.Unlock()
	if c.readBy.IsZero() && c.sending.IsZero() {
		return false
	}
	patience := c.from.slow
	if c.readBy.IsZero() {
		patience = 0 // it takes no answer
	}
	c.ends = time.AfterFunc(patience, func() {
		c.doing.Lock()
		ends := c.ends != nil
		c.doing.Unlock()
		if ends {
			_ = c.Close() // its client was told, or takes nothing
		}
	})
	_ = c.limitReading() // one that is closed needs none
	return true
}

// Read reads a piece of a request.
func (c *connection) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.doing.Lock()
	defer c.doing.Unlock()
	c.got += int64(n)
	if c.ends != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		err = api.ErrMakesRoom
	}
	return n, err
}

// Write sends a piece of an answer.
func (c *connection) Write(p []byte) (int, error) {
	if c.from.hurrying.Load() {
		if err := c.Conn.SetWriteDeadline(time.Now().Add(hurryTime)); err != nil {
			return 0, err
		}
	}
	c.sends(time.Now())
	defer c.sends(time.Time{})
	return c.Conn.Write(p)
}

func (c *connection) sends(since time.Time) {
	c.doing.Lock()
	defer c.doing.Unlock()
	c.sending = since
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
	stays, err := c.awaitBy(t)
	if stays {
		c.from.stays(c)
	}
	return err
}

// awaitBy is SetReadDeadline, and tells whether the connection was to make room although its request has come.
func (c *connection) awaitBy(t time.Time) (stays bool, err error) {
	c.doing.Lock()
	defer c.doing.Unlock()
	if t.IsZero() && c.ends != nil {
		c.ends.Stop()
		c.ends, stays = nil, true
	}
	now := time.Now()
	if c.readBy.IsZero() {
		c.begun, c.got = now, 0
	}
	c.readBy, c.awaited = t, now
	return stays, c.limitReading()
}

// hurryReading lets a server that stops not wait for a request longer than until hurryEnd.
func (c *connection) hurryReading() {
	c.doing.Lock()
	defer c.doing.Unlock()
	if !c.readBy.IsZero() {
		_ = c.limitReading() // one that is closed needs none
	}
}

// limitReading sets the earliest of all times. The caller holds doing.
func (c *connection) limitReading() error {
	by := c.readBy
	if end := c.from.hurryEnd.Load(); end != 0 && !by.IsZero() && by.UnixNano() > end {
		by = time.Unix(0, end)
	}
	if c.ends != nil {
		by = time.Unix(1, 0)
	}
	return c.Conn.SetReadDeadline(by)
}
