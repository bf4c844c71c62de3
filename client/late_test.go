package client

import (
	"testing"
	"time"
)

// TestTimerOfAWaitBefore: a timer that has run out while an answer came does not end the next wait.
func TestTimerOfAWaitBefore(t *testing.T) {
	t.Parallel()
	c, err := New("http://h", WithPatience(time.Hour, nil))
	if err != nil {
		t.Fatal(err)
	}
	l := c.listen(t.Context())
	defer l.cancel(nil)
	l.end(leastBytes, time.Hour)
	l.begin(false)
	l.late() // of the wait before, which had to let end and begin pass
	if err := l.ctx.Err(); err != nil {
		t.Error("a server that answers is given up: ", err)
	}
}
