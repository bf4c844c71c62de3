package queue

import (
	"context"
	"slices"
)

// lasting is a runner whose tasks go on without it.
type lasting interface {
	// Rid returns true once nobody runs a task any more that an earlier process has started and that was not given to the runner, as far as that can be
	// known; false if ctx ends before.
	Rid(ctx context.Context) bool
}

// freeLeft frees the segment ids that tasks have left reserved which ended under a former leader: one that was shut down keeps its ids until its run has
// ended, and who waits for that may die before. Where a worker may still write files under their names, that ends first.
func (q *Queue) freeLeft() {
	if r, ok := q.runner.(lasting); ok && !r.Rid(q.halted) {
		return
	}
	q.untilStored(func() error {
		freed, err := q.tryFreeLeft()
		if freed > 0 {
			q.options.Log.Info("segment ids are free that tasks had reserved which ended under a former leader", "ids", freed)
		}
		if err != nil && q.halted.Err() == nil {
			q.options.Log.Warn("segment ids of tasks that ended under a former leader stay reserved for now", "error", err)
		}
		return err
	})
}

func (q *Queue) tryFreeLeft() (freed int, err error) {
	dataSources, err := q.store.PendingDataSources(q.base)
	if err != nil {
		return 0, err
	}
	for _, dataSource := range dataSources {
		names, err := q.store.IdleAllocators(q.base, dataSource)
		if err != nil {
			return freed, err
		}
		for _, name := range names {
			n, err := q.box.Free(q.base, dataSource, name, func() bool { return q.mayAllocate(dataSource, name) })
			if freed += n; err != nil {
				return freed, err
			}
		}
	}
	return freed, nil
}

// mayAllocate tells whether a task is at work that reserves segment ids under a name, or of which nobody can tell.
func (q *Queue) mayAllocate(dataSource, name string) bool {
	may := func(e *entry) bool {
		return e != nil && e.identity.DataSource == dataSource && (e.identity.Allocator == name || e.unreadable != "")
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for e := range q.aborted {
		if may(e) {
			return true
		}
	}
	s := q.sources[dataSource]
	return s != nil && slices.ContainsFunc(s.active.entries, may)
}
