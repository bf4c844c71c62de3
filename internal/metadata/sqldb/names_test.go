package sqldb_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqldb"
	"ovate/internal/metadata/sqldb/sqldbtest"
)

// testTooLong: each name that is longer than its column is refused with what it is called, its length and the limit; what fits is stored.
func testTooLong(t *testing.T, store *sqldb.Store) {
	text := func(n int) string { return strings.Repeat("ü", n) }
	made := 0
	with := func(change func(*metadata.TaskRow)) func(metadata.Tx) error {
		made++
		row := noop(fmt.Sprint("long", made))
		change(row)
		return func(tx metadata.Tx) error { return tx.InsertTasks(row) }
	}
	pending := func(row metadata.PendingRow) func(metadata.Tx) error {
		return func(tx metadata.Tx) error { _, err := tx.InsertPending([]metadata.PendingRow{row}); return err }
	}
	segment := func(dataSource, version string) func(metadata.Tx) error {
		row := segmentOf(0)
		row.Segment.DataSource, row.Segment.Version = dataSource, version
		return func(tx metadata.Tx) error { _, err := tx.InsertSegments([]metadata.SegmentRow{row}); return err }
	}
	first := segmentOf(0)
	id := first.Segment.ID()
	long := id
	long.DataSource = text(210)
	for what, c := range map[string]struct {
		store func(metadata.Tx) error
		told  []string // nothing: it is stored
	}{
		"an id":                     {with(func(row *metadata.TaskRow) { row.ID = text(256) }), []string{"[id]", "256", "255"}},
		"a group":                   {with(func(row *metadata.TaskRow) { row.GroupID = text(300) }), []string{"[groupId]", "300", "255"}},
		"a data source":             {with(func(row *metadata.TaskRow) { row.DataSource = text(256) }), []string{"[dataSource]", "256", "255"}},
		"what fits":                 {with(func(row *metadata.TaskRow) { row.GroupID, row.DataSource = text(255), text(255) }), nil},
		"no segment fits":           {with(func(row *metadata.TaskRow) { row.DataSource, row.MakesSegments = text(181), true }), []string{"[dataSource]", "181", "180"}},
		"a segment fits":            {with(func(row *metadata.TaskRow) { row.DataSource, row.MakesSegments = text(180), true }), nil},
		"a supervisor":              {func(tx metadata.Tx) error { return tx.InsertSupervisor(text(256), []byte(`{"type":"x"}`), 0) }, []string{"[id]", "256", "255"}},
		"a sequence":                {pending(metadata.PendingRow{ID: id, SequenceName: text(256), Key: "a"}), []string{"[sequenceName]", "256", "255"}},
		"a reserved segment":        {pending(metadata.PendingRow{ID: long, SequenceName: "s", Key: "b"}), []string{"[id of the segment]", "255"}},
		"a published segment":       {segment(text(210), "v"), []string{"[identifier]", "262", "255"}},
		"a version":                 {segment("d", text(256)), []string{"[version]", "256", "255"}},
		"commit metadata":           {func(tx metadata.Tx) error { return tx.SetCommitMetadata(text(256), nil, 0) }, []string{"[dataSource]", "256", "255"}},
		"a segment of that version": {segment(text(195), "v"), nil},
	} {
		err := store.Update(t.Context(), c.store)
		told, is := errors.AsType[*druid.Error](err)
		if len(c.told) == 0 {
			if err != nil {
				t.Errorf("%s: %v", what, err)
			}
			continue
		}
		if !is || told.Category != druid.CategoryInvalidInput || metadata.IsTransient(err) {
			t.Errorf("%s: %v", what, err)
			continue
		}
		for _, part := range c.told {
			if !strings.Contains(told.Message, part) {
				t.Errorf("%s: %q does not tell of %s", what, told.Message, part)
			}
		}
	}
	// What is there has a short version, and so may what comes.
	if err := store.Update(t.Context(), with(func(row *metadata.TaskRow) { row.DataSource, row.MakesSegments = text(195), true })); err != nil {
		t.Errorf("a segment fits as its version is short: %v", err)
	}
}

// Two names that differ by case alone are two, or it is told that they cannot be.
func testNamesByCase(t *testing.T, s *sqldbtest.Server) {
	store, err := sqldb.Open(t.Context(), configOf(s, "Names", true))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for _, name := range []string{"case", "Case"} {
		row := segmentOf(0)
		row.Segment.DataSource = name
		err := store.Update(t.Context(), func(tx metadata.Tx) error {
			inserted, err := tx.InsertSegments([]metadata.SegmentRow{row})
			if err == nil && len(inserted) != 1 {
				err = fmt.Errorf("inserted %v", inserted)
			}
			return err
		})
		told, refused := errors.AsType[*druid.Error](err)
		if s.DriverName == "mysql" && name == "Case" {
			if !refused || !strings.Contains(told.Message, "collation") || metadata.IsTransient(err) {
				t.Errorf("%s: %v", name, err)
			}
		} else if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
