package apptest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestPromisesNameTests: the tests that docs/promises.md appeals to exist, and it appeals to every one of this package.
func TestPromisesNameTests(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/promises.md")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, match := range regexp.MustCompile("`([a-z/0-9]*)\\.(Test\\w+)`").FindAllStringSubmatch(string(text), -1) {
		named[match[1]+"."+match[2]] = true
	}
	there := map[string]bool{}
	for name := range named {
		folder, _, _ := strings.Cut(name, ".")
		for _, test := range tests(t, folder) {
			there[folder+"."+test] = true
		}
	}
	for name := range named {
		if !there[name] {
			t.Errorf("docs/promises.md appeals to %s, and there is no such test: it is named by its folder, and without one if it is in that of the module", name)
		}
	}
	for _, test := range tests(t, "apptest") {
		if !named["apptest."+test] && test != "TestMain" && test != "TestPromisesNameTests" {
			t.Errorf("%s shows no promise: name it in docs/promises.md, behind what it shows", test)
		}
	}
}

// tests are the test functions of a folder.
func tests(t testing.TB, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(string(text), -1) {
			names = append(names, match[1])
		}
	}
	return names
}
