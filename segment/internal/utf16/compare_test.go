package utf16

import (
	"cmp"
	"slices"
	"testing"
	"unicode/utf16"

	"pgregory.net/rapid"
)

func sign(n int) int { return cmp.Compare(n, 0) }

func TestCompare(t *testing.T) {
	t.Parallel()
	ordered := []string{"", "A", "a", "aa", "a\u00e9", "b", "\u07ff", "\u0800", "\ud7ff", "\U00010000", "\U0001F600", "\U0010FFFF", "\ue000", "\uff21", "\uffff"}
	for i, a := range ordered {
		for j, b := range ordered {
			if got := sign(Compare([]byte(a), []byte(b))); got != sign(i-j) {
				t.Errorf("Compare(%q, %q) = %d", a, b, got)
			}
		}
	}
}

func TestCompareAsUTF16(t *testing.T) {
	t.Parallel()
	text := rapid.StringOf(rapid.RuneFrom([]rune{'a', 'b', 0x7ff, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff}))
	rapid.Check(t, func(t *rapid.T) {
		prefix := rapid.SampledFrom([]string{"", "seven c", "\U00010000x\uffff"}).Draw(t, "prefix")
		a, b := prefix+text.Draw(t, "a"), prefix+text.Draw(t, "b")
		want := slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
		if got := sign(Compare([]byte(a), []byte(b))); got != want {
			t.Fatalf("Compare(%q, %q) = %d, want %d", a, b, got, want)
		}
	})
}
