package sink

import (
	"encoding/binary"
	"slices"

	"ovate/internal/ingest/row"
	"ovate/segment"
)

// sortStrings sorts ids by the strings they stand for, in Java's order. Most comparisons are decided by the
// first eight bytes, which are kept beside the id as a number.
func sortStrings(ids []int32, view row.View) {
	type entry struct {
		prefix uint64
		id     int32
	}
	entries := make([]entry, len(ids))
	for i, id := range ids {
		entries[i] = entry{prefix(view.At(id)), id}
	}
	slices.SortFunc(entries, func(a, b entry) int {
		if a.prefix != b.prefix {
			if a.prefix < b.prefix {
				return -1
			}
			return 1
		}
		return segment.CompareJava(view.At(a.id), view.At(b.id))
	})
	for i, e := range entries {
		ids[i] = e.id
	}
}

// prefix is the leading bytes of s as a number that orders as Java orders the strings, as far as it goes: it
// ends before the first byte that could begin a character beyond U+D7FF, where UTF-8 and UTF-16 differ.
func prefix(s []byte) uint64 {
	var b [8]byte
	n := copy(b[:], s)
	for i := range n {
		if b[i] >= 0xED {
			// Everything from here on compares equal, and higher than what is below U+D800.
			for j := i; j < 8; j++ {
				b[j] = 0xFF
			}
			break
		}
	}
	return binary.BigEndian.Uint64(b[:])
}
