package sqlite

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/timeline"
)

// TestPlans runs every query and then asks SQLite how it did it: each must search an index, and none may sort or walk
// a table. In a database that was upgraded the indexes were created in another order.
func TestPlans(t *testing.T) {
	t.Parallel()
	t.Run("new", func(t *testing.T) { checkPlans(t, filepath.Join(t.TempDir(), "metadata.db")) })
	t.Run("upgraded", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "metadata.db")
		makeFirst(t, path, "")
		checkPlans(t, path)
	})
}

func checkPlans(t *testing.T, path string) {
	store, err := Open(Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	err = store.Update(t.Context(), func(tx metadata.Tx) error {
		runEveryQuery(t, tx)
		for query := range tx.(*conn).stmts {
			checkPlan(t, tx.(*conn), query)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func runEveryQuery(t *testing.T, tx metadata.Tx) {
	t.Helper()
	ctx := t.Context()
	try := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	noTask := func(*metadata.TaskRow) error { return nil }
	noEntry := func(*metadata.AuditRow) error { return nil }
	try(0, tx.ActiveTasks(ctx, noTask))
	for _, dataSource := range []string{"", "wiki"} {
		for _, typ := range []string{"", "index"} {
			for _, created := range []*druid.Interval{nil, &druid.Eternity} {
				q := metadata.TaskQuery{DataSource: dataSource, Type: typ, Created: created, Max: 1}
				try(0, tx.CompleteTasks(ctx, q, noTask))
				next := completeReader{query: q, created: "2026", id: "a"} // a page that is not the first
				try(next.read(tx.(*conn), new(taskPage), 1))
				for _, group := range []string{"", "g"} {
					for _, state := range []druid.TaskState{"", druid.Success, druid.Failed} {
						page := metadata.TaskPageQuery{DataSource: dataSource, Type: typ, GroupID: group, State: state, IDPart: group, Created: created, Max: 1}
						try(tx.CountTasks(ctx, page))
						try(tx.TaskPage(ctx, page))
						page.After = &metadata.TaskPlace{Created: "2026", ID: "a"}
						try(tx.TaskPage(ctx, page))
					}
				}
				try(0, tx.Audit(ctx, metadata.AuditQuery{Key: dataSource, Type: typ, Created: created, Max: 1}, noEntry))
			}
		}
	}
	try(tx.TaskStatuses(ctx, []string{"a"}))
	try(tx.Locks(ctx))
	try(tx.ReplaceLocks(make([]metadata.LockRow, 1)))
	try(tx.DeleteLocks([]int64{1}))
	try(tx.DeleteLocksOfTask("a"))
	try(tx.UsedSegments(ctx, "wiki", nil))
	segment := metadata.SegmentRow{Used: true, Segment: druid.DataSegment{
		DataSource: "wiki", Interval: druid.Interval{Start: 0, End: 1}, Version: "v", LoadSpec: []byte(`{}`), BinaryVersion: 9,
	}}
	try(tx.InsertSegments([]metadata.SegmentRow{segment})) // there is no query for chunks of a length that no segment has
	try(tx.UsedChunks(ctx, "wiki", nil))
	try(tx.LastSegments(ctx, "wiki", make([]timeline.Chunk, 1), true))
	try(tx.CountSegments(ctx, "wiki", map[timeline.Chunk]int{{}: 1}))
	try(tx.DataSources(ctx, true))
	try(0, tx.AllSegments(ctx, func(*metadata.SegmentRow) error { return nil }))
	try(0, tx.SegmentsElsewhere(ctx, func(*metadata.SegmentRow) error { return nil }))
	try(tx.UnusedSegments(ctx, metadata.UnusedQuery{DataSource: "wiki", Interval: druid.Eternity}))
	try(tx.SegmentsByID(ctx, "wiki", []string{"a"}))
	try(tx.PendingSegments(ctx, "wiki", nil))
	try(tx.IdleAllocators(ctx, "wiki"))
	try(tx.UpgradedPending(ctx, "wiki", "g"))
	try(tx.PendingOfLineages(ctx, "wiki", []metadata.Lineage{{Sequence: "s"}}))
	try(0, tx.SetCommitMetadata("wiki", []byte("{}"), 0))
	try(tx.CommitMetadata(ctx, "wiki"))
	try(tx.SetPayloads([]druid.DataSegment{segment.Segment}))
	try(tx.Upgrades(ctx, []string{"a"}))
	try(tx.UpgradeTasks(ctx))
	try(tx.SegmentsUpgradedFrom(ctx, "wiki", []string{"a"}))
	try(tx.DeleteUpgrades("a"))
	try(tx.MarkUnused("wiki", druid.Eternity, nil, 0))
	try(tx.MarkUnused("wiki", druid.Eternity, []string{"v"}, 0))
	try(tx.MarkChunksUnused("wiki", make([]timeline.Chunk, 1), 0))
	try(tx.SetUsed([]string{"a"}, true, 0))
	try(tx.DeleteSegments([]string{"a"}))
	try(tx.DeletePendingByID([]string{"a"}))
	try(tx.DeletePendingOfGroup("wiki", "a"))
	try(tx.DeletePendingByCreated("wiki", druid.Eternity, 1))
	for _, err := range []error{tx.SetTaskPayload("a", nil), tx.SetSupervisorPayload(metadata.SupervisorRow{ID: 1})} {
		if !errors.Is(err, metadata.ErrNotFound) {
			t.Error(err)
		}
	}
	try(tx.DeleteTasksBefore(0, nil, 1))
	try(tx.DeleteAuditBefore(0, 1))
	try(tx.PendingDataSources(ctx))
}

// wholeByDesign are the steps that read all of something, since all of it is asked for.
var wholeByDesign = map[string]bool{
	"SCAN druid_tasklocks":                                         true,
	"SCAN druid_tasks USING INDEX idx_druid_tasks_active":          true,
	"SCAN druid_tasks USING INDEX idx_druid_tasks_odd":             true,
	"SCAN druid_tasks USING INDEX idx_druid_tasks_undated":         true,
	"SCAN json_each VIRTUAL TABLE INDEX 1:":                        true, // the ids that the caller gives
	"SCAN (subquery-1)":                                            true, // what is to be counted
	"SCAN druid_segments":                                          true,
	"SCAN druid_segments USING INDEX idx_druid_segments_elsewhere": true,
}

func checkPlan(t *testing.T, c *conn, query string) {
	t.Helper()
	stmt, err := c.db.Prepare("EXPLAIN QUERY PLAN " + c.names.expand(query))
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	for {
		row, err := stmt.Step()
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		if !row {
			break
		}
		step := stmt.ColumnText(3)
		scan := strings.HasPrefix(step, "SCAN") && !wholeByDesign[step]
		if scan || strings.Contains(step, "TEMP B-TREE") || strings.Contains(step, "AUTOMATIC") {
			t.Errorf("%s\nis done by: %s", query, step)
		}
		t.Logf("%s\n\t%s", query, step)
	}
	stmt.Finalize()
}
