package supervisor_test

import (
	"sync"
	"testing"
	"testing/synctest"

	"ovate/internal/supervisor"
)

// Once work was ended nothing is at work, and nothing begins, whoever else begins or ends something at the time.
func TestWork(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := supervisor.NewWork()
		over := false
		if !w.Go(func() { <-w.Lasts.Done(); synctest.Wait(); over = true }) {
			t.Error("nothing begins")
		}
		var all sync.WaitGroup
		for range 3 {
			all.Go(w.End)
			all.Go(func() { w.Go(func() { <-w.Lasts.Done() }) })
		}
		w.End()
		if all.Wait(); !over || w.Go(func() { t.Error("it begins") }) {
			t.Errorf("what was at work is over: %t", over)
		}
	})
}
