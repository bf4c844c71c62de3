// Package utf16 orders UTF-8 texts as Java orders its strings.
package utf16

import (
	"encoding/binary"
	"math/bits"
)

// Compare orders a and b, both UTF-8, by their UTF-16 code units: like their bytes, except that characters beyond U+FFFF
// come before U+E000 to U+FFFF, as they are written with surrogates, which are lower.
func Compare(a, b []byte) int {
	n, i := min(len(a), len(b)), 0
	for ; i+8 <= n; i += 8 {
		if x := binary.LittleEndian.Uint64(a[i:]) ^ binary.LittleEndian.Uint64(b[i:]); x != 0 {
			i += bits.TrailingZeros64(x) >> 3
			return int(rank(a[i])) - int(rank(b[i]))
		}
	}
	for ; i < n; i++ {
		if a[i] != b[i] {
			return int(rank(a[i])) - int(rank(b[i]))
		}
	}
	return len(a) - len(b)
}

// rank moves the first bytes of four-byte characters before those of U+E000 to U+FFFF (EE and EF). The texts are the
// same up to these bytes, so both or neither begin a character.
func rank(c byte) byte {
	switch {
	case c >= 0xF0:
		return c - 2
	case c >= 0xEE:
		return c + 0x10
	}
	return c
}
