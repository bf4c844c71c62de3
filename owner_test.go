package ovate

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ovate/internal/deepstorage"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite"
)

// TestOwner: the owner of the metadata stays with them, a copy has another one, and one that cannot be read is nobody and stays as it is.
func TestOwner(t *testing.T) {
	t.Parallel()
	dir, log := t.TempDir(), &journal{}
	owner := func(folder string, change func(metadata.Tx) error) deepstorage.Owner {
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
		owner, err := ownerOf(t.Context(), store, slog.New(slog.NewTextHandler(log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		return owner
	}
	first := owner("a", nil)
	if again := owner("a", nil); again != first || first == (deepstorage.Owner{}) {
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
	former := func(tx metadata.Tx) error { return tx.SetConfig(ownerKey, fmt.Appendf(nil, "%x 4", first)) } // kept by a version that knew the inode alone
	if got := owner("moved", former); got == first || got != owner("moved", nil) {
		t.Errorf("%x, kept with an inode, is %x", first, got)
	}
	for _, spoilt := range []string{"", "xyz", "0102 7", "010203040506"} {
		set := func(tx metadata.Tx) error { return tx.SetConfig(ownerKey, []byte(spoilt)) }
		if got := owner("b", set); got != (deepstorage.Owner{}) || owner("b", nil) != got {
			t.Errorf("%q is %x", spoilt, got)
		}
	}
	if n := strings.Count(log.String(), "cannot be read"); n != 8 {
		t.Errorf("the log tells %d times:\n%s", n, log)
	}
}

// overtaken is a store in which another server is faster, once.
type overtaken struct {
	metadata.Store
	by func()
}

func (o *overtaken) Update(ctx context.Context, fn func(metadata.Tx) error) error {
	if by := o.by; by != nil {
		o.by = nil
		by()
	}
	return o.Store.Update(ctx, fn)
}

// TestOwnerOfServersAtOnce: servers that begin at the same moment on the same metadata are one owner.
func TestOwnerOfServersAtOnce(t *testing.T) {
	t.Parallel()
	store, err := sqlite.Open(sqlite.Options{Path: filepath.Join(t.TempDir(), "metadata.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	var first deepstorage.Owner
	log := slog.New(slog.DiscardHandler)
	second, err := ownerOf(t.Context(), &overtaken{store, func() {
		if first, err = ownerOf(t.Context(), store, log); err != nil {
			t.Error(err)
		}
	}}, log)
	if err != nil || second != first || first == (deepstorage.Owner{}) {
		t.Errorf("%x and %x own the same metadata, %v", first, second, err)
	}
}
