package source

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"ovate/internal/spec"
)

// TestUploadsPolicy: each folder of uploads may be read by its name, and none by looking around: neither the folder that holds all, nor by a link out of one, nor by
// one from elsewhere, whose name tells nobody that it leads to an upload.
func TestUploadsPolicy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	all := filepath.Join(dir, "uploads")
	file := filepath.Join(all, "a1", "rows.csv")
	for _, path := range []string{file, filepath.Join(all, "a2", "x.csv"), filepath.Join(all, "loose.csv"), filepath.Join(dir, "secret.csv")} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("x\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(dir, "secret.csv"), filepath.Join(all, "a2", "link.csv")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(all, filepath.Join(dir, "alias")); err != nil {
		t.Fatal(err)
	}
	in := filepath.Join(dir, "in")
	links := []error{os.Mkdir(in, 0o700), os.Symlink(file, filepath.Join(in, "rows.csv")), os.Symlink(filepath.Dir(file), filepath.Join(in, "folder"))}
	if err := errors.Join(links...); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		source  spec.LocalSource
		refused bool
	}{
		{spec.LocalSource{Files: []string{file}}, false},
		{spec.LocalSource{Files: []string{filepath.Join(in, "rows.csv")}}, true},
		{spec.LocalSource{Files: []string{filepath.Join(in, "folder", "rows.csv")}}, true},
		{spec.LocalSource{BaseDir: filepath.Join(in, "folder"), Filter: "*"}, true},
		{spec.LocalSource{Files: []string{filepath.Join(dir, "alias", "a1", "rows.csv")}}, false},
		{spec.LocalSource{BaseDir: filepath.Join(all, "a1"), Filter: "rows*"}, false},
		{spec.LocalSource{BaseDir: all, Filter: "*"}, true},
		{spec.LocalSource{BaseDir: all + "/.", Filter: "*"}, true},
		{spec.LocalSource{BaseDir: filepath.Join(dir, "alias"), Filter: "*"}, true},
		{spec.LocalSource{BaseDir: dir, Filter: "*"}, true},
		{spec.LocalSource{Files: []string{filepath.Join(all, "a1", "..", "..", "secret.csv")}}, true},
		{spec.LocalSource{Files: []string{filepath.Join(all, "a2", "link.csv")}}, true},
	} {
		for _, p := range []Policy{{Uploads: all}, {Uploads: filepath.Join(dir, "alias")}, {Uploads: all, Roots: []string{in}}} {
			_, err := Open(t.Context(), c.source, p, nil)
			if refused := (Refused{}); errors.As(err, &refused) != c.refused || !c.refused && err != nil {
				t.Errorf("%+v: %v", c.source, err)
			}
			if err := p.Check(c.source); (err != nil) != c.refused {
				t.Errorf("check of %+v: %v", c.source, err)
			}
		}
	}
}
