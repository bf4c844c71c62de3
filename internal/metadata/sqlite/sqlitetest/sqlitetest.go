// Package sqlitetest opens stores for the tests of other packages.
package sqlitetest

import (
	"path/filepath"
	"testing"

	"ovate/internal/metadata/sqlite"
)

// Open is OpenAt in a folder of its own.
func Open(tb testing.TB) *sqlite.Store {
	tb.Helper()
	return OpenAt(tb, filepath.Join(tb.TempDir(), "metadata.db"))
}

// OpenAt opens a store that is closed when the test and all that it opens later has ended.
func OpenAt(tb testing.TB, path string) *sqlite.Store {
	tb.Helper()
	store, err := sqlite.Open(sqlite.Options{Path: path})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := store.Close(); err != nil {
			tb.Error(err)
		}
	})
	return store
}
