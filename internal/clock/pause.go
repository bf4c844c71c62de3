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

// Linger is a context that ends so much later than ctx, with its cause: for what is not to be cut off in the middle.
func Linger(ctx context.Context, d time.Duration) (late context.Context, cancel context.CancelFunc) {
	late, end := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		if Pause(late, d) {
			end(context.Cause(ctx))
		}
	})
	return late, func() {
		stop()
		end(nil)
	}
}
