package apptest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDamagedFolder: a server that cannot read what it keeps does not start, says which file it is, and changes nothing about it: once
// the file is back everything is there.
func TestDamagedFolder(t *testing.T) {
	t.Parallel()
	replaceByFile := func(t testing.TB, path string) {
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
		overwrite(t, path, []byte("a file"))
	}
	for name, c := range map[string]struct {
		damaged string // within the data folder
		damage  func(t testing.TB, path string)
		says    string
	}{
		"rubbish": {"metadata.db", func(t testing.TB, path string) { overwrite(t, path, []byte(strings.Repeat("rubbish ", 1000))) }, "not a database"},
		"cut": {"metadata.db", func(t testing.TB, path string) {
			if err := os.Truncate(path, 20_000); err != nil {
				t.Fatal(err)
			}
		}, "malformed"},
		"folder instead of database": {"metadata.db", func(t testing.TB, path string) {
			if err := os.Rename(path, path+".moved"); err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, ""},
		"file instead of deep storage": {"segments", replaceByFile, "a file of that name is in the way"},
		"file instead of logs":         {"indexing-logs", replaceByFile, "a file of that name is in the way"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whole := t.TempDir()
			s := start(t, whole)
			s.succeed(t, s.submit(t, ingestion{id: "before", dataSource: "d", source: inline(rows("before", 10, 1))}.task()))
			s.terminate(t)
			damaged := filepath.Join(t.TempDir(), "data")
			if err := os.CopyFS(damaged, os.DirFS(whole)); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(damaged, c.damaged)
			c.damage(t, path)
			p := launch(t, damaged)
			if code := p.exit(t); code == 0 || !strings.Contains(p.output.String(), path) || !strings.Contains(p.output.String(), c.says) {
				t.Errorf("exit code %d: %s\nwant an error that names %s and says %q", code, p.output, path, c.says)
			}
			if err := os.RemoveAll(path); err != nil {
				t.Fatal(err)
			}
			restore(t, filepath.Join(whole, c.damaged), path)
			s = start(t, damaged)
			s.succeed(t, "before")
			s.terminate(t)
		})
	}
}

func overwrite(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// restore copies a file or folder.
func restore(t testing.TB, from, to string) {
	t.Helper()
	info, err := os.Stat(from)
	if err != nil {
		t.Fatal(err)
	}
	if info.IsDir() {
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
		return
	}
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	overwrite(t, to, data)
}
