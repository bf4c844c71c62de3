package main

import (
	"slices"
	"strings"
	"testing"
)

// A benchmark is run by its own name, along with its group, or if none is named.
func TestSelection(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ only, selects, leaves string }{
		{"", "start paint streams", ""},
		{"start", "start", "paint noop"},
		{"face", "paint pages known streams password", "start crowd"},
		{"start,paint", "start paint", "pages noop"},
	} {
		var args []string
		if c.only != "" {
			args = []string{"--only", c.only}
		}
		o, err := parse(args)
		if err != nil {
			t.Fatal(err)
		}
		var selected []string
		for _, b := range benchmarks() {
			if o.selects(b) {
				selected = append(selected, b.name)
			}
		}
		for _, name := range strings.Fields(c.selects) {
			if !slices.Contains(selected, name) {
				t.Errorf("--only %q leaves out %s", c.only, name)
			}
		}
		for _, name := range strings.Fields(c.leaves) {
			if slices.Contains(selected, name) {
				t.Errorf("--only %q runs %s", c.only, name)
			}
		}
	}
	if _, err := parse([]string{"--only", "faces"}); err == nil || !strings.Contains(err.Error(), "password, face") {
		t.Errorf("a name that there is not: %v", err)
	}
}
