package zookeeper

import "time"

// Grace is the least time from when a leader has given up, as ZooKeeper does not answer it, to when another leads.
func (c *Config) Grace() time.Duration { return c.SessionTimeout - leads(c.SessionTimeout) }

// leads is for how long a leader goes on without an answer. The last third of the timeout is for what is on the way then.
func leads(timeout time.Duration) time.Duration { return timeout * 2 / 3 }

// lease is for how long a leader may go on without a word from the ensemble, which ends a session no sooner than its timeout after it has
// received something in it. What it has answered it has received after that was sent.
type lease struct {
	timeout time.Duration
	sent    time.Time // of what was answered last
}

// until is when the lead ends if there is no other answer.
func (l lease) until() time.Time { return l.sent.Add(leads(l.timeout)) }

// over tells whether the lead has ended, by either clock: the monotonic one stands still while a machine sleeps, the other may be set back.
func (l lease) over(now time.Time) bool {
	until := l.until()
	return !now.Before(until) || !now.Round(0).Before(until.Round(0))
}

// answered is the lease after an answer to what was sent then.
func (l lease) answered(sent time.Time) lease {
	if sent.After(l.sent) {
		l.sent = sent
	}
	return l
}

// ask is how long to wait before the next question, so that three can be lost.
func (l lease) ask() time.Duration { return l.timeout / 6 }
