package sqlite

import (
	"strings"
	"testing"
)

// TestBlock: texts stay what they were when others are made behind them, and in other blocks.
func TestBlock(t *testing.T) {
	t.Parallel()
	var b, none *block = &block{}, nil
	var got, want []string
	value := make([]byte, 0, 2*blockBytes)
	for i := range 3000 {
		text := strings.Repeat(string(rune('a'+i%26)), i%100)
		if i%500 == 499 {
			text = strings.Repeat("x", blockBytes-1+i%3) // as long as a block, or longer
		}
		value = append(value[:0], text...) // what is read next stands in the same memory
		got, want = append(got, b.text(value), none.text(value)), append(want, text, text)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("text %d is %.20q, want %.20q", i, got[i], want[i])
		}
	}
}
