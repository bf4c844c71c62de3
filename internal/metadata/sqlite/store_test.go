package sqlite_test

import (
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"ovate/internal/metadata"
	"ovate/internal/metadata/metadatatest"
	"ovate/internal/metadata/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStore(t *testing.T) {
	t.Parallel()
	metadatatest.Exercise(t, func(t *testing.T) metadata.Store { return open(t, sqlite.Options{}) })
}

// open opens a database, in a new folder unless o names a path.
func open(t testing.TB, o sqlite.Options) *sqlite.Store {
	t.Helper()
	if o.Path == "" {
		o.Path = filepath.Join(t.TempDir(), "metadata.db")
	}
	store, err := sqlite.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return store
}
