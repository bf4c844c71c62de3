package lockbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/timeline"
)

// store keeps lock rows in memory. Only what the lockbox uses is there.
type store struct {
	metadata.Store
	mu     sync.Mutex
	next   int64
	rows   map[int64]metadata.LockRow
	used   []metadata.SegmentRow
	failed error           // what the next updates fail with
	looks  atomic.Int64    // at the used segments
	ended  map[string]bool // tasks that another program has ended
}

func (s *store) Update(_ context.Context, fn func(metadata.Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := make(map[int64]metadata.LockRow, len(s.rows))
	for id, row := range s.rows {
		before[id] = row
	}
	err := fn(txOf{store: s})
	if err == nil {
		err = s.failed
	}
	if err != nil {
		s.rows = before
	}
	return err
}

func (s *store) UsedChunks(_ context.Context, _ string, intervals []druid.Interval) (chunks []timeline.Chunk, err error) {
	s.looks.Add(1)
	for _, row := range s.used {
		if slices.ContainsFunc(intervals, row.Segment.Interval.Overlaps) {
			chunks = append(chunks, timeline.Chunk{Interval: row.Segment.Interval, Version: row.Segment.Version})
		}
	}
	return chunks, nil
}

// txOf is the transaction of a store.
type txOf struct {
	metadata.Tx
	store *store
}

func (t txOf) TaskStatuses(_ context.Context, ids []string) (rows []metadata.TaskRow, err error) {
	for _, id := range ids {
		if !t.store.ended[id] {
			rows = append(rows, metadata.TaskRow{ID: id, Status: druid.TaskStatus{ID: id, State: druid.Running}})
		}
	}
	return rows, nil
}

func (t txOf) InsertLocks(rows ...metadata.LockRow) (ids []int64, err error) {
	for _, row := range rows {
		t.store.next++
		row.ID = t.store.next
		t.store.rows[row.ID] = row
		ids = append(ids, t.store.next)
	}
	return ids, nil
}

func (t txOf) ReplaceLocks(rows []metadata.LockRow) (n int, err error) {
	for _, changed := range rows {
		if row, there := t.store.rows[changed.ID]; there {
			row.Lock = changed.Lock
			t.store.rows[changed.ID] = row
			n++
		}
	}
	return n, nil
}

func (t txOf) DeleteLocks(ids []int64) (n int, err error) {
	for _, id := range ids {
		if _, there := t.store.rows[id]; there {
			delete(t.store.rows, id)
			n++
		}
	}
	return n, nil
}

func (t txOf) DeleteLocksOfTask(taskID string) (int, error) {
	n := 0
	for id, row := range t.store.rows {
		if row.TaskID == taskID {
			delete(t.store.rows, id)
			n++
		}
	}
	return n, nil
}

func (s *store) list() []metadata.LockRow {
	s.mu.Lock()
	defer s.mu.Unlock()
	var rows []metadata.LockRow
	for _, row := range s.rows {
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b metadata.LockRow) int { return int(a.ID - b.ID) })
	return rows
}

// bundle is a lockbox on a store of its own, with a clock that stands still.
type bundle struct {
	*Lockbox
	store *store
	clock druid.Instant
	freed chan string
}

func setup() *bundle {
	b := &bundle{store: &store{rows: map[int64]metadata.LockRow{}}, clock: 1_000_000, freed: make(chan string, 100)}
	b.Lockbox = New(b.store, func() druid.Instant { return b.clock }, func(ds string) { b.freed <- ds })
	return b
}

// task adds a task "id/group/priority/alone" of data source wiki; what comes after the id may be left out from the end.
func (b *bundle) task(text string) Holder {
	h := Holder{DataSource: "wiki", Priority: 50}
	parts := strings.Split(text, "/")
	h.TaskID, h.GroupID = parts[0], parts[0]
	if len(parts) > 1 {
		h.GroupID = parts[1]
	}
	if len(parts) > 2 {
		fmt.Sscan(parts[2], &h.Priority)
	}
	h.Alone = len(parts) > 3
	b.Add(h)
	return h
}

func (b *bundle) try(h Holder, typ druid.LockType, intervals ...druid.Interval) ([]druid.TaskLock, error) {
	return b.TryAcquire(context.Background(), h, Request{Type: typ, Intervals: intervals})
}

func (b *bundle) mustLock(t *testing.T, h Holder, typ druid.LockType, intervals ...druid.Interval) []druid.TaskLock {
	t.Helper()
	locks, err := b.try(h, typ, intervals...)
	if err != nil {
		t.Fatalf("lock %s %v for %s: %v", typ, intervals, h.TaskID, err)
	}
	return locks
}

func (b *bundle) mustRefuse(t *testing.T, h Holder, typ druid.LockType, intervals ...druid.Interval) {
	t.Helper()
	_, err := b.try(h, typ, intervals...)
	var refused *Refused
	if !errors.As(err, &refused) {
		t.Fatalf("lock %s %v for %s: got %v, want a refusal", typ, intervals, h.TaskID, err)
	}
}

// end ends a task as the queue does.
func (b *bundle) end(h Holder) error {
	return b.End(h.DataSource, h.TaskID, func() error {
		return b.store.Update(context.Background(), func(tx metadata.Tx) error {
			_, err := tx.DeleteLocksOfTask(h.TaskID)
			return err
		})
	})
}

// days is the interval of the days [from, to).
func days(from, to int64) druid.Interval {
	return druid.Interval{Start: druid.Instant(from * 86_400_000), End: druid.Instant(to * 86_400_000)}
}
