package disk

import (
	"errors"
	"os"
	"testing"
)

// TestNameless: at no moment there is a name that a kill could leave behind, where the file system can do without.
func TestNameless(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if f, err := openNameless(dir); err != nil {
		t.Logf("files must have a name here for a moment: %v", err)
	} else if err := f.Close(); err != nil {
		t.Error(err)
	}
	f, err := Nameless(dir)
	if err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("there is %v, %v", entries, err)
	}
	back := make([]byte, 4)
	if _, err := f.WriteString("rows"); err != nil {
		t.Error(err)
	}
	if _, err := f.ReadAt(back, 0); err != nil || string(back) != "rows" {
		t.Errorf("read %q, %v", back, err)
	}
	if info, err := f.Stat(); err != nil || info.Mode().Perm() != 0o600 || info.Size() != 4 {
		t.Errorf("%v, %v", info, err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if _, err := Nameless(dir + "/none"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("in a folder that is not there: %v", err)
	}
}
