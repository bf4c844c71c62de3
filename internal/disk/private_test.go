package disk

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A folder that somebody else could have put there is not used.
func TestMkdirPrivate(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "own")
	for range 2 { // the second time it is there
		if err := MkdirPrivate(dir); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Error(info, err)
	}
	refused := func(why string) {
		t.Helper()
		if err := MkdirPrivate(dir); err == nil || !strings.Contains(err.Error(), why) || !strings.Contains(err.Error(), "TMPDIR") {
			t.Errorf("%v, want %s", err, why)
		}
	}
	for _, mode := range []os.FileMode{0o777, 0o770, 0o702} {
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		refused("may be written to by others")
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := MkdirPrivate(dir); err != nil {
		t.Error(err) // others may see it, and that is all
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(dir, 12345, -1); err != nil {
			t.Fatal(err)
		}
		refused("belongs to another user")
	}
	if err := os.Rename(dir, dir+"2"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(dir+"2", dir); err != nil {
		t.Fatal(err)
	}
	refused("a link to one")
	dir = filepath.Join(dir+"3", "below")
	if err := MkdirPrivate(dir); err == nil || !strings.Contains(err.Error(), dir) {
		t.Error(err)
	}
}
