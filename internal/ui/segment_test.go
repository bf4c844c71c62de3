package ui

import (
	"encoding/json"
	"strings"
	"testing"
)

// A value is shown as people read it, and what is no text as it stands.
func TestValueOf(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		`"a"`: "a", `""`: `""`, `"\"<b>"`: `"<b>`, `null`: "null", `"null"`: "null", `1.5`: "1.5", `["a","b"]`: `["a","b"]`, ``: "",
		`"` + strings.Repeat("ü", valueShown+1) + `"`: strings.Repeat("ü", valueShown-1) + "…",
	} {
		if got := valueOf(json.RawMessage(value)); got != want {
			t.Errorf("%s: %s, want %s", value, got, want)
		}
	}
}
