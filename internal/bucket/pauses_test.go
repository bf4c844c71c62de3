package bucket

import (
	"testing"
	"time"
)

// A server that is away for half a minute fails no request, and no request hangs for ever.
func TestPauses(t *testing.T) {
	t.Parallel()
	for range 1000 {
		var waited time.Duration
		for attempt := 1; attempt < tries; attempt++ {
			pause, err := growing(usualBackoff).BackoffDelay(attempt, nil)
			if err != nil || pause <= 0 || pause > usualBackoff {
				t.Fatalf("after attempt %d the pause is %v, %v", attempt, pause, err)
			}
			waited += pause
		}
		if waited < 30*time.Second || waited > 2*time.Minute {
			t.Fatalf("the last attempt comes after %v", waited)
		}
	}
	if pause, _ := growing(time.Nanosecond).BackoffDelay(1, nil); pause < 0 {
		t.Errorf("a pause of %v", pause)
	}
}
