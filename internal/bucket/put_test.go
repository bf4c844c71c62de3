package bucket

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// A request that makes an object outlasts whoever gives it up by cleanUp; one that has not begun then never begins.
func TestUnbroken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, giveUp := context.WithCancel(t.Context())
		longer, end := unbroken(ctx)
		answered, endAnswered := unbroken(ctx)
		defer end()
		time.Sleep(time.Hour)
		giveUp()
		synctest.Wait()
		endAnswered()
		if answered.Err() == nil {
			t.Error("one that is over has not ended")
		}
		time.Sleep(cleanUp - 1)
		if err := longer.Err(); err != nil {
			t.Errorf("it is cut off at once: %v", err)
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if longer.Err() == nil {
			t.Error("it goes on for ever")
		}
		late, endLate := unbroken(ctx)
		defer endLate()
		if late.Err() == nil {
			t.Error("it begins after it was given up")
		}
	})
}
