package table

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNotesNameFilesShortly: notes name a file without its folders, unless another one has the same name.
func TestNotesNameFilesShortly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	notes := func(names ...string) string {
		for i, name := range names {
			names[i] = filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(names[i]), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(names[i], []byte("a;\"b\nc\"\n1;2\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		table, err := Open(t.Context(), names, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer table.Close()
		return strings.Join(notesOf(table), "\n")
	}
	if got := notes("x/a.csv"); strings.Contains(got, dir) || !strings.Contains(got, `a.csv: column "b\nc" is named`) {
		t.Error(got)
	}
	if got := notes("x/a.csv", "y/b.csv"); strings.Contains(got, dir) || !strings.Contains(got, "a.csv, b.csv: column") {
		t.Error(got)
	}
	if got := notes("x/a.csv", "y/a.csv"); !strings.Contains(got, filepath.Join(dir, "x/a.csv")+", "+filepath.Join(dir, "y/a.csv")+": column") {
		t.Error(got)
	}
}

// TestEscapesOfDatabases: escapes that stay in the values are told where \N says that they are some; elsewhere they may be parts of paths.
func TestEscapesOfDatabases(t *testing.T) {
	t.Parallel()
	for text, told := range map[string]string{
		"a\tb\n1\tx\\ty\n2\t\\N\n3\tC:\\\\d\n":   "each of 2 lines, the first of them line 2, has a backslash that stays in the value as it is written",
		"a\tb\n1\tx\\ty\n2\t\n":                  "",
		"a\tb\n1\t\\N\n2\tC:\\dir\n":             "",
		"a\tb\n1\t\\N\n2\tx\n3\tC:\\dir\\temp\n": "",
	} {
		for _, block := range []int{0, 8} {
			if got := inBlocks(t, text, Options{}, block); told == "" && strings.Contains(got, "backslash") || !strings.Contains(got, told) {
				t.Errorf("%q: %s", text, got)
			}
		}
	}
}
