package sqlite3_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestLibcIsThatOfSQLite: SQLite was made for one version of modernc.org/libc, which may keep no promise to it in another. Nothing but this
// tells whoever updates one module of the two.
func TestLibcIsThatOfSQLite(t *testing.T) {
	t.Parallel()
	list := func(what, module string) string {
		t.Helper()
		out, err := exec.Command("go", "list", "-m", "-f", what, module).Output()
		if err != nil {
			t.Fatalf("go list -m %s: %v", module, err)
		}
		return strings.TrimSpace(string(out))
	}
	file, err := os.ReadFile(list("{{.GoMod}}", "modernc.org/sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	madeFor := regexp.MustCompile(`modernc\.org/libc (v\S+)`).FindSubmatch(file)
	if madeFor == nil {
		t.Fatalf("modernc.org/sqlite requires no libc:\n%s", file)
	}
	if got, want := list("{{.Version}}", "modernc.org/libc"), string(madeFor[1]); got != want {
		t.Errorf("libc is %s, and SQLite was made for %s: set it in go.mod", got, want)
	}
}
