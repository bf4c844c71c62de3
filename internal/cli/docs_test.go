package cli

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// TestDocsNameCommands: whoever has the binary alone can type what the documentation says: each command in it is there, with its flags, and none but those that say so
// take Go or a clone.
func TestDocsNameCommands(t *testing.T) {
	t.Parallel()
	parser, err := kong.New(&commands{})
	if err != nil {
		t.Fatal(err)
	}
	leaves := parser.Model.Leaves(true)
	typed := regexp.MustCompile("(?m)(`|^ *(?:\\$ )?)ovate ([a-z][^`\n|;&)#]*)")
	groups := map[string]bool{}
	of := func(words []string) *kong.Node {
		for _, leaf := range leaves {
			path := strings.Fields(leaf.FullPath())[1:]
			groups[path[0]] = true
			if len(words) >= len(path) && strings.Join(words[:len(path)], " ") == strings.Join(path, " ") {
				return leaf
			}
		}
		return nil
	}
	found := 0
	check := func(path string) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "go run ./cmd/ovate") && !strings.Contains(string(text), "ovate quickstart\n") {
			t.Errorf("%s: what to do without Go is not told", path)
		}
		for _, m := range typed.FindAllStringSubmatch(string(text), -1) {
			words := strings.Fields(m[2])
			leaf := of(words)
			if leaf == nil {
				if m[1] == "`" && !groups[words[0]] {
					t.Errorf("%s: there is no command `ovate %s`", path, m[2])
				}
				continue
			}
			found++
			known := map[string]bool{"--help": true, "-h": true}
			for _, flag := range leaf.Flags {
				known["--"+flag.Name], known["-"+string(flag.Short)] = true, true
				for _, alias := range flag.Aliases {
					known["--"+alias] = true
				}
			}
			for _, word := range words {
				name, _, _ := strings.Cut(strings.TrimRight(word, ".,:"), "=")
				if len(name) > 1 && strings.HasPrefix(name, "-") && !known[name] && !known["--"+strings.TrimPrefix(name, "--no-")] {
					t.Errorf("%s: `ovate %s`: there is no flag %s", path, m[2], name)
				}
			}
		}
	}
	check("../../README.md")
	for _, dir := range []string{"../../docs", "../../examples", "../../deploy"} {
		if err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && filepath.Ext(path) == ".md" {
				check(path)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	if found < 30 {
		t.Errorf("only %d commands are found", found)
	}
}
