package sqlite

import "strings"

// block makes texts, many in one piece of memory, which is free again when the last of them is. For rows that are many, and of which
// all or none are kept. A nil block makes each by itself.
type block struct{ made strings.Builder }

// blockBytes is what one piece has: about a hundred ids.
const blockBytes = 4 << 10

func (b *block) text(value []byte) string {
	if b == nil || len(value) > blockBytes {
		return string(value)
	}
	if b.made.Cap()-b.made.Len() < len(value) {
		b.made = strings.Builder{}
		b.made.Grow(blockBytes)
	}
	begin := b.made.Len()
	b.made.Write(value) // there is room, so that nothing moves
	return b.made.String()[begin:]
}
