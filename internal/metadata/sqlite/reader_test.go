package sqlite_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite"
)

// TestReader looks at a database beside the store that writes it, and after that is gone.
func TestReader(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "metadata.db")
	if _, err := sqlite.OpenReader(sqlite.Options{Path: path}); err == nil {
		t.Error("a database that is not there was opened")
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the reader made the file: %v", err)
	}
	store := open(t, sqlite.Options{Path: path})
	reader, err := sqlite.OpenReader(sqlite.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	names := func(want int) {
		t.Helper()
		if got, err := reader.DataSources(t.Context(), true); err != nil || len(got) != want {
			t.Errorf("%q, %v; want %d", got, err, want)
		}
	}
	names(0)
	row := metadata.SegmentRow{Used: true, Segment: druid.DataSegment{
		DataSource: "wiki", Interval: druid.Interval{Start: 0, End: 86_400_000}, Version: "v", ShardSpec: druid.Numbered(0, 1), LoadSpec: []byte(`{}`),
	}}
	err = store.Update(t.Context(), func(tx metadata.Tx) error {
		_, err := tx.InsertSegments([]metadata.SegmentRow{row})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	names(1)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	names(1)
	again := open(t, sqlite.Options{Path: path}) // the reader does not hold the folder
	names(1)
	if err := errors.Join(reader.Close(), again.Close()); err != nil {
		t.Error(err)
	}
	if _, err := reader.DataSources(t.Context(), true); !errors.Is(err, metadata.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if _, err := sqlite.OpenReader(sqlite.Options{Path: path, TableBase: "other"}); err == nil {
		t.Error("tables of another name were read")
	}
}
