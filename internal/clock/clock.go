// Package clock tells the time to one engine. What an engine writes is put in order by its times: which segments were published after a
// task was submitted, which ids were reserved before it. So its time never goes back, whatever the machine's clock does. Pause waits, for whoever
// has to, Doubling is for how long after failures, and Linger for what may go on for a while.
package clock

import (
	"sync"
	"time"

	"ovate/druid"
)

// Ahead is how far in the future a stored time may lie to be passed. It is more than a zone taken for another, or a step of NTP, makes of
// a machine's clock. What lies further ahead was written by a clock that was wrong, or by hand, and would make all later times wrong, too.
const Ahead = 24 * time.Hour

// Clock tells the time. It never goes back: while the machine's clock is behind what was told already, it runs on from there. It may be
// used by many goroutines.
type Clock struct {
	wall func() druid.Instant

	mu     sync.Mutex
	last   druid.Instant // the latest time told
	base   druid.Instant // what was told at the moment of at, since when it runs by itself if it must
	at     time.Time
	behind druid.Instant // the most that the machine's clock was seen behind
}

// New makes a clock that follows wall, the machine's.
func New(wall func() druid.Instant) *Clock { return &Clock{wall: wall, last: druid.MinInstant} }

// Now is the time: that of the machine, or later.
func (c *Clock) Now() druid.Instant {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

// now is Now. The caller holds mu.
func (c *Clock) now() druid.Instant {
	wall, at := c.wall(), time.Now()
	if wall >= c.last {
		c.last, c.base, c.at = wall, wall, at
		return wall
	}
	c.last = max(c.last, c.base+druid.Instant(at.Sub(c.at).Milliseconds()))
	c.behind = max(c.behind, c.last-wall)
	return c.last
}

// Pass makes sure that no time from now on is before t, which is stored. If t lies further ahead of the machine's clock than Ahead, it
// is not passed, and Pass returns false.
func (c *Clock) Pass(t druid.Instant) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t <= c.last {
		return true
	}
	if t-c.wall() > druid.Instant(Ahead.Milliseconds()) {
		return false
	}
	if t > c.now() {
		c.last, c.base, c.at = t, t, time.Now()
	}
	return true
}

// Behind is the most by which the machine's clock was seen behind this one. Times that others take from it, those of files, say, may be
// as much earlier than they should be.
func (c *Clock) Behind() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now()
	return time.Duration(c.behind) * time.Millisecond
}
