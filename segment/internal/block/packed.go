package block

import (
	"encoding/binary"
	"slices"

	"ovate/segment/internal/compress"
)

// packedWidths are the numbers of bits in which longs are packed, back to back, the highest bit first. Every block
// ends with packedPadding zero bytes, so that Java may read beyond the last value.
var packedWidths = [...]int{1, 2, 4, 8, 12, 16, 20, 24, 32, 40, 48, 56, 64}

const packedPadding = 4

func isPackedWidth(bits int) bool { return slices.Contains(packedWidths[:], bits) }

// bitsFor is the width that Druid takes for values up to most-1: the first b with most <= 2^b.
func bitsFor(most uint64) int {
	for _, bits := range packedWidths {
		if bits == 64 || most <= 1<<bits {
			return bits
		}
	}
	return 64
}

// packedSize is how many bytes a block of n values takes, its padding included.
func packedSize(bits, n int) int { return (bits*n+7)/8 + packedPadding }

// packedPerBlock is how many values a block holds: the largest power of two that fits.
func packedPerBlock(bits int) int {
	n := 1
	for packedSize(bits, 2*n) <= compress.MaxBlock {
		n *= 2
	}
	return n
}

// unpack reads value i of page.
func unpack(page []byte, bits, i int) uint64 {
	at := i * bits
	first, shift := at/8, at%8
	if first+8 <= len(page) {
		return binary.BigEndian.Uint64(page[first:]) << shift >> (64 - bits)
	}
	var word [8]byte
	copy(word[:], page[first:])
	return binary.BigEndian.Uint64(word[:]) << shift >> (64 - bits)
}

// appendPacked appends a block of values, of which only the lowest bits are taken.
func appendPacked(dst []byte, values []uint64, bits int) []byte {
	var word uint64 // the bits not yet in dst, the lowest `held` ones
	held := 0
	for _, v := range values {
		if bits >= 24 { // always whole bytes
			for shift := bits - 8; shift >= 0; shift -= 8 {
				dst = append(dst, byte(v>>shift))
			}
			continue
		}
		word = word<<bits | v&(1<<bits-1)
		held += bits
		for held >= 8 {
			held -= 8
			dst = append(dst, byte(word>>held))
		}
	}
	if held > 0 {
		dst = append(dst, byte(word<<(8-held)))
	}
	return append(dst, 0, 0, 0, 0)
}
