package ovate_test

import (
	"flag"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write into docs/code.md what packages are for")

// docs/code.md tells what each package is for, in its own words. Which come together, and in which order, is written there by hand.
func TestCode(t *testing.T) {
	list, err := exec.Command("go", "list", "-f", "{{.Dir}}\t{{.Doc}}", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	subject := regexp.MustCompile(`^(Package|Command) \S+ `)
	does := map[string]string{}
	for line := range strings.Lines(string(list)) {
		dir, doc, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		path := ".." + strings.TrimPrefix(dir, root)
		if doc == "" {
			t.Errorf("%s does not say what it is for", path)
		}
		does[path] = subject.ReplaceAllString(doc, "")
	}
	text, err := os.ReadFile("docs/code.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile(`(?m)^\| \[[^\]]*\]\(([^)]*)\) \| (.*) \|$`)
	want := row.ReplaceAllStringFunc(string(text), func(line string) string {
		found := row.FindStringSubmatch(line)
		path := strings.TrimSuffix(found[1], "/")
		doc, ok := does[path]
		if !ok {
			t.Errorf("docs/code.md names %s, which is no package, or names it twice", path)
		}
		delete(does, path)
		return strings.TrimSuffix(line, found[2]+" |") + doc + " |"
	})
	for path := range does {
		if !strings.HasSuffix(path, "test") {
			t.Errorf("docs/code.md does not name %s: give it a line where it belongs", path)
		}
	}
	if *update {
		if err := os.WriteFile("docs/code.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != string(text) {
		t.Error("docs/code.md does not say what packages say of themselves: go test -run TestCode -update .")
	}
}
