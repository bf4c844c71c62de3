package action_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	sqlitedb "zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite"
)

// looked counts what is read of a store to find out who shares files.
type looked struct {
	metadata.Store
	rows, lists int
}

func (l *looked) SegmentsElsewhere(ctx context.Context, fn func(*metadata.SegmentRow) error) error {
	return l.Store.SegmentsElsewhere(ctx, func(row *metadata.SegmentRow) error { l.rows++; return fn(row) })
}

func (l *looked) SegmentsByID(ctx context.Context, dataSource string, ids []string) ([]metadata.SegmentRow, error) {
	l.rows += len(ids)
	return l.Store.SegmentsByID(ctx, dataSource, ids)
}

func (l *looked) UsedSegments(ctx context.Context, dataSource string, intervals []druid.Interval) ([]metadata.SegmentRow, error) {
	l.lists++
	return l.Store.UsedSegments(ctx, dataSource, intervals)
}

// pushed has a load spec as a push of it makes.
func pushed(day int64, version string, partition int) druid.DataSegment {
	s := segment(days(day, day+1), version, druid.Numbered(partition, 0))
	s.LoadSpec = fmt.Appendf(nil, `{"type":"local","path":"/deep/wiki/%s_%s/%s/%d/index/"}`, s.Interval.Start, s.Interval.End, version, partition)
	return s
}

// Who shares the files of a segment is found without reading all segments: only those are that can.
func TestSharedFilesCostNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	l := &looked{Store: b.store}
	b.box = action.NewBox(action.Options{Store: l, Locks: lockbox.New(l, func() druid.Instant { return clock }, nil), Now: func() druid.Instant { return clock }})
	var all []druid.DataSegment
	for n := range 3000 {
		all = append(all, pushed(int64(n%30), "v", n))
	}
	b.publish(all...)
	by := b.task("t", "t")
	if got := do(b, by, action.SegmentListShared{Segments: all[:100]}); len(got) > 0 || l.rows > 0 || l.lists > 0 {
		t.Errorf("shared %v; %d rows and %d lists were read", got, l.rows, l.lists)
	}
	other := segment(days(5, 6), "w", druid.Numbered(0, 0))
	other.LoadSpec = all[7].LoadSpec
	b.publish(other)
	if got := do(b, by, action.SegmentListShared{Segments: all[:100]}); !slices.Equal(got, []string{all[7].ID().String()}) || l.rows != 1 {
		t.Errorf("shared %v; %d rows were read", got, l.rows)
	}
	if got := do(b, by, action.SegmentListShared{Segments: []druid.DataSegment{other, all[7]}}); len(got) > 0 {
		t.Errorf("two that go together keep the files of each other: %v", got)
	}
	if got := do(b, by, action.SegmentListShared{Segments: []druid.DataSegment{other}}); len(got) != 1 {
		t.Error("a segment goes, and with it the files of the one that was pushed there")
	}
}

// Files that a row which cannot be read may need stay.
func TestSharedFilesBesideUnreadableRows(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "metadata.db")
	store, err := sqlite.Open(sqlite.Options{Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	b := &bundle{T: t, store: store}
	b.box = action.NewBox(action.Options{Store: store, Locks: lockbox.New(store, func() druid.Instant { return clock }, nil), Now: func() druid.Instant { return clock }})
	by := b.task("t", "t")
	owner, spoilt, thief, far := pushed(1, "v", 0), pushed(2, "v", 0), segment(days(1, 2), "w", druid.Numbered(0, 0)), pushed(9, "v", 0)
	thief.LoadSpec = owner.LoadSpec
	b.publish(owner, spoilt, thief, far)
	db, err := sqlitedb.OpenConn(dir, sqlitedb.OpenReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	exec := func(text string, args ...any) {
		t.Helper()
		if err := sqlitex.ExecuteTransient(db, text, &sqlitex.ExecOptions{Args: args}); err != nil {
			t.Fatal(err)
		}
	}
	exec(`UPDATE druid_segments SET created_date = 'once' WHERE id = ?`, owner.ID().String())
	if got := do(b, by, action.SegmentListShared{Segments: []druid.DataSegment{thief}}); len(got) != 1 {
		t.Error("the files of a segment go whose row cannot be read, and whose id they have")
	}
	exec(`UPDATE druid_segments SET payload = CAST('{' AS BLOB) WHERE id = ?`, spoilt.ID().String())
	beside := pushed(2, "v", 7)
	if _, err := action.Do(t.Context(), by, action.SegmentListShared{Segments: []druid.DataSegment{beside}}); err == nil || !strings.Contains(err.Error(), "none are removed") {
		t.Errorf("a used segment of which nobody knows the files: %v", err)
	}
	if got := do(b, by, action.SegmentListShared{Segments: []druid.DataSegment{far}}); len(got) > 0 {
		t.Errorf("what lies at another time is kept: %v", got)
	}
	exec(`UPDATE druid_segments SET used = 0`)
	if got := do(b, by, action.SegmentListShared{Segments: []druid.DataSegment{beside}}); len(got) > 0 {
		t.Errorf("beside an unused one: %v", got)
	}
}
