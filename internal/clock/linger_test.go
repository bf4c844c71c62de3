package clock

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// A context that lingers ends later than the other, for the same cause, or at once if it is cancelled.
func TestLinger(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		why := errors.New("it is over")
		ctx, end := context.WithCancelCause(t.Context())
		late, cancel := Linger(ctx, time.Minute)
		defer cancel()
		other, cancelOther := Linger(ctx, time.Minute)
		end(why)
		time.Sleep(time.Minute - time.Second)
		synctest.Wait()
		if err := late.Err(); err != nil {
			t.Errorf("it has ended too early: %v", err)
		}
		if cancelOther(); !errors.Is(context.Cause(other), context.Canceled) {
			t.Error(context.Cause(other))
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if cause := context.Cause(late); !errors.Is(cause, why) {
			t.Errorf("it has ended as %v", cause)
		}
	})
}
