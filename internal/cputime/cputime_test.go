package cputime_test

import (
	"testing"
	"time"

	"ovate/internal/cputime"
)

// Work costs something, and a wait next to nothing.
func TestOf(t *testing.T) {
	sum := 0
	work := cputime.Of(func() {
		for i := range 10_000_000 {
			sum += i
		}
	})
	const pause = 50 * time.Millisecond
	if wait := cputime.Of(func() { <-time.After(pause) }); work <= 0 || sum == 0 || wait >= pause {
		t.Errorf("ten million additions cost %v, and a wait of %v costs %v", work, pause, wait)
	}
}
