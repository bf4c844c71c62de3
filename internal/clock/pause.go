package clock

import (
	"context"
	"time"
)

// Pause waits for so long by the machine's clock; it returns false at once if ctx ends.
func Pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
