package api

import (
	"net/http/httptest"
	"slices"
	"testing"

	"ovate/druid"
	"ovate/internal/lockbox"
)

// TestRepeatedLockFilters: filters that say the same again and again find each lock once, in as much memory as one filter takes.
func TestRepeatedLockFilters(t *testing.T) {
	t.Parallel()
	held := make(heldLocks, 100)
	for i := range held {
		at := druid.Instant(2 * i)
		held[i] = druid.TaskLock{Type: druid.Exclusive, GroupID: "g", DataSource: "wiki", Interval: druid.Interval{Start: at, End: at + 1}, Version: "v"}
	}
	asked := 0
	c := &call{Engine: &Engine{Locks: countedLocks{held, &asked}}, r: httptest.NewRequest("POST", "/", nil)}
	filters := make([]lockFilter, 1000)
	for i := range filters {
		filters[i] = lockFilter{DataSource: "wiki", Priority: i % 3}
	}
	found, err := c.find(filters, func(f lockFilter) lockbox.Filter {
		return lockbox.Filter{DataSource: f.DataSource, MinPriority: f.Priority}
	})
	if err != nil || len(found) != 1 || len(found[0].locks) != len(held) || asked != 3 {
		t.Errorf("%d data sources, %d questions, %v", len(found), asked, err)
	}
}

// heldLocks are found by every filter.
type heldLocks []druid.TaskLock

type countedLocks struct {
	heldLocks
	asked *int
}

func (l countedLocks) Find(lockbox.Filter) []druid.TaskLock {
	*l.asked++
	return slices.Clone(l.heldLocks)
}
