package source

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"ovate/internal/spec"
)

// TestOwnFiles: a root that holds the server's own folder lets nobody read what is there: not its database, nor by looking around what others have sent. A root
// within a folder of the server was meant.
func TestOwnFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(names ...string) string { return filepath.Join(append([]string{dir}, names...)...) }
	for _, path := range []string{at("in", "a.csv"), at("links", "d.csv"), at("var", "metadata.db"), at("var", "uploads", "a1", "b.csv"), at("var", "uploads", "a2", "b.csv"),
		at("var", "segments", "wiki", "c.csv"), at("var", "segments", "given", "c.csv")} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte("x\n"), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range map[string]string{"store.csv": at("var", "metadata.db"), "sent.csv": at("var", "uploads", "a1", "b.csv")} {
		if err := os.Symlink(to, at("links", name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Link(at("var", "metadata.db"), at("links", "hard.csv")), os.Link(at("in", "a.csv"), at("links", "again.csv"))); err != nil {
		t.Fatal(err)
	}
	p := Policy{Roots: []string{dir, at("var", "segments", "given")}, Uploads: at("var", "uploads"),
		Own: []string{at("var", "uploads"), at("var", "metadata.db"), at("var", "segments"), at("var", "none")}}
	for _, c := range []struct {
		source  spec.LocalSource
		refused bool
		files   int
	}{
		{spec.LocalSource{Files: []string{at("in", "a.csv")}}, false, 1},
		{spec.LocalSource{BaseDir: at("in"), Filter: "*"}, false, 1},
		{spec.LocalSource{Files: []string{at("var", "metadata.db")}}, true, 0},
		{spec.LocalSource{Files: []string{at("links", "store.csv")}}, true, 0},
		{spec.LocalSource{BaseDir: at("links"), Filter: "store*"}, true, 0},
		{spec.LocalSource{BaseDir: at("links"), Filter: "sent*"}, true, 0},
		{spec.LocalSource{Files: []string{at("links", "hard.csv")}}, true, 0},
		{spec.LocalSource{BaseDir: at("links"), Filter: "hard*"}, true, 0},
		{spec.LocalSource{Files: []string{at("links", "again.csv")}}, false, 1},
		{spec.LocalSource{BaseDir: at("var"), Filter: "*.db"}, true, 0},
		{spec.LocalSource{BaseDir: at("var"), Filter: "b.csv"}, true, 0},
		{spec.LocalSource{BaseDir: at("var"), Filter: "other"}, false, 0},
		{spec.LocalSource{BaseDir: at("var", "uploads"), Filter: "b.csv"}, true, 0},
		{spec.LocalSource{BaseDir: at("var", "uploads", "a1"), Filter: "*"}, false, 1},
		{spec.LocalSource{Files: []string{at("var", "uploads", "a2", "b.csv")}}, false, 1},
		{spec.LocalSource{BaseDir: at("var", "segments", "wiki"), Filter: "*"}, true, 0},
		{spec.LocalSource{BaseDir: at("var", "segments", "given"), Filter: "*"}, false, 1},
	} {
		inputs, err := Open(t.Context(), c.source, p, nil)
		if refused := (Refused{}); errors.As(err, &refused) != c.refused || !c.refused && (err != nil || len(inputs) != c.files) {
			t.Errorf("%+v: %v, %v", c.source, inputs, err)
		}
	}
}

// A hard link that comes in the place of a file after it was listed is refused when it is opened, and one to what may be read under its own name is not.
func TestHardLinkToOwnFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	own, file := filepath.Join(dir, "own", "key"), filepath.Join(dir, "in", "a.csv")
	for _, path := range []string{own, file} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte("x\n"), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	p := Policy{Roots: []string{filepath.Dir(file)}, Own: []string{own}}
	inputs, err := Open(t.Context(), spec.LocalSource{Files: []string{file}}, p, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Remove(file), os.Link(own, file)); err != nil {
		t.Fatal(err)
	}
	_, err = inputs[0].Open(t.Context())
	if refused := (Refused{}); !errors.As(err, &refused) {
		t.Errorf("it is opened: %v", err)
	}
	if err := p.Check(spec.LocalSource{Files: []string{file}}); !errors.As(err, new(Refused)) {
		t.Errorf("a task that names it is taken: %v", err)
	}
	p.Roots = append(p.Roots, own)
	if _, err := Open(t.Context(), spec.LocalSource{Files: []string{file}}, p, nil); err != nil {
		t.Errorf("what a root names may not be read: %v", err)
	}
}
