package cli

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestModeOfADumpedFile: a new file has the mode that any other new one has; one that is written anew keeps its own, and stays as it is if that fails.
func TestModeOfADumpedFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ordinary, err := os.Create(filepath.Join(dir, "ordinary"))
	if err != nil {
		t.Fatal(err)
	}
	info, err := ordinary.Stat()
	if err := errors.Join(err, ordinary.Close()); err != nil {
		t.Fatal(err)
	}
	d := &dump{Output: filepath.Join(dir, "rows.json")}
	write := func(text string, mode fs.FileMode, fails error) {
		t.Helper()
		err := d.to(nil, func(w io.Writer) error { _, err := io.WriteString(w, "new "+text); return errors.Join(err, fails) })
		if !errors.Is(err, fails) {
			t.Error(err)
		}
		got, err := os.ReadFile(d.Output)
		info, gone := os.Stat(d.Output)
		if err != nil || gone != nil || info.Mode().Perm() != mode || fails == nil && string(got) != "new "+text || fails != nil && string(got) == "new "+text {
			t.Errorf("%q, %v, %v, %v", got, info.Mode(), err, gone)
		}
	}
	write("1", info.Mode().Perm(), nil)
	for _, mode := range []fs.FileMode{0o600, 0o666, 0o640} {
		if err := os.Chmod(d.Output, mode); err != nil {
			t.Fatal(err)
		}
		write(mode.String(), mode, nil)
		write("fails", mode, io.ErrShortWrite)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("left: %v, %v", left, err)
	}
}
