package ovate

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ovate/internal/deepstorage/local"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite"
)

// TestOwner: the owner of the metadata stays with them, a copy has another one, and one that cannot be read is nobody and stays as it is.
func TestOwner(t *testing.T) {
	t.Parallel()
	dir, log := t.TempDir(), &journal{}
	owner := func(folder string, change func(metadata.Tx) error) local.Owner {
		t.Helper()
		path := filepath.Join(dir, folder, "metadata.db")
		store, err := sqlite.Open(sqlite.Options{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		if change != nil {
			if err := store.Update(t.Context(), change); err != nil {
				t.Fatal(err)
			}
		}
		owner, err := ownerOf(store, path, slog.New(slog.NewTextHandler(log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		return owner
	}
	first := owner("a", nil)
	if again := owner("a", nil); again != first || first == (local.Owner{}) {
		t.Errorf("%x became %x", first, again)
	}
	if other := owner("b", nil); other == first {
		t.Errorf("two have %x", first)
	}
	if err := os.CopyFS(filepath.Join(dir, "copy"), os.DirFS(filepath.Join(dir, "a"))); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "a"), filepath.Join(dir, "moved")); err != nil {
		t.Fatal(err)
	}
	copied := owner("copy", nil)
	if copied == first || copied != owner("copy", nil) || owner("moved", nil) != first {
		t.Errorf("%x, its copy has %x and then %x, moved it has %x", first, copied, owner("copy", nil), owner("moved", nil))
	}
	for _, spoilt := range []string{"", "xyz", "0102 7", "010203040506"} {
		set := func(tx metadata.Tx) error { return tx.SetConfig(ownerKey, []byte(spoilt)) }
		if got := owner("b", set); got != (local.Owner{}) || owner("b", nil) != got {
			t.Errorf("%q is %x", spoilt, got)
		}
	}
	if n := strings.Count(log.String(), "cannot be read"); n != 8 {
		t.Errorf("the log tells %d times:\n%s", n, log)
	}
}
