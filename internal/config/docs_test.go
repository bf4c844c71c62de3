package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The docs tell of each property that is not Druid's.
func TestDocs(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	var docs strings.Builder
	for _, page := range append(pages, "../../README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		docs.Write(text)
	}
	for _, k := range keys() {
		if strings.HasPrefix(k.name, "ovate.") && !strings.Contains(docs.String(), k.name) {
			t.Errorf("no page of docs/ has %s: say what it does where what it is for is told of", k.name)
		}
	}
}
