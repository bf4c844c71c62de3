package action_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"ovate/internal/action"
)

// A kill task that looks for unused segments waits for those that are being marked as used, of its own data source alone, and for none that are marked later.
func TestListOfUnusedWaitsForMarkings(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		c := b.task("t", "g")
		list := func(ctx context.Context, dataSource string) chan error {
			answer := make(chan error, 1)
			go func() {
				_, err := action.Do(ctx, b.box.For(c.by), action.SegmentListUnused{DataSource: dataSource, Interval: days(0, 10)})
				answer <- err
			}()
			synctest.Wait()
			return answer
		}
		first, second := b.box.Marking("wiki"), b.box.Marking("wiki")
		waits := list(t.Context(), "wiki")
		ctx, cancel := context.WithCancel(t.Context())
		gives := list(ctx, "wiki")
		if err := <-list(t.Context(), "other"); err != nil {
			t.Error(err)
		}
		later := b.box.Marking("wiki")
		first()
		synctest.Wait()
		select {
		case err := <-waits:
			t.Errorf("it waits for nothing: %v", err)
		default:
		}
		cancel()
		if err := <-gives; !errors.Is(err, context.Canceled) {
			t.Errorf("one that goes hears %v", err)
		}
		second()
		if err := <-waits; err != nil {
			t.Error(err)
		}
		later()
	})
}
