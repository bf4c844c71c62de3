package auth

import (
	"strings"
	"testing"
)

// Each page shows another form of a session's token, which have no byte in common for long; all of one session are right, and nothing else is.
func TestFormsOfCSRF(t *testing.T) {
	t.Parallel()
	one, other := newCSRF(), newCSRF()
	seen := map[string]bool{}
	for range 100 {
		text := one.shown()
		if seen[text] || seen[text[:8]] || seen[text[len(text)-8:]] {
			t.Fatalf("%s was shown before, or a part of it", text)
		}
		seen[text], seen[text[:8]], seen[text[len(text)-8:]] = true, true, true
		if !one.is(text) {
			t.Fatalf("%s is not taken", text)
		}
		if other.is(text) {
			t.Fatalf("%s is taken for another session", text)
		}
	}
	text := one.shown()
	for _, wrong := range []string{"", text[:len(text)-2], text + "AA", text[1:] + text[:1], strings.Repeat("A", len(text)), "%", text[:43]} {
		if one.is(wrong) {
			t.Errorf("%q is taken", wrong)
		}
	}
}
