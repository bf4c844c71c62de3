package datadir_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"ovate/internal/datadir"
)

// TestFile: a file has one word by all its names, and no other file has it.
func TestFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	word := func(name string) string {
		t.Helper()
		word, err := datadir.File(filepath.Join(dir, name))
		if err != nil || len(word) != 32 {
			t.Errorf("%s is %q, %v", name, word, err)
		}
		return word
	}
	for _, name := range []string{"a", "b"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("a", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	first := word("a")
	if err := os.Rename(filepath.Join(dir, "a"), filepath.Join(dir, "c")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("c", filepath.Join(dir, "a")); err != nil {
		t.Fatal(err)
	}
	if word("link") != first || word("c") != first || word("b") == first {
		t.Errorf("%s, %s, %s; first it was %s", word("link"), word("c"), word("b"), first)
	}
	if got, err := datadir.File(filepath.Join(dir, "none")); got != "" || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("one that is not there is %q, %v", got, err)
	}
}
