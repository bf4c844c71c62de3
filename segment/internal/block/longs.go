package block

import (
	"encoding/binary"
	"fmt"

	"ovate/segment/internal/compress"
)

// Encodings of longs beside the plain one. The byte of the codec is shifted by encodingShift where one of them follows.
const (
	encodingDelta   = 0
	encodingTable   = 1
	encodingVersion = 1
	encodingShift   = 126
	maxTable        = 256
)

// Longs reads the value part of a long column.
func (c *Cursor) Longs() Numbers[int64] {
	count, perPage, id := c.valuesHeader()
	if int8(id) >= -2 {
		codec := compress.Codec(id)
		return Numbers[int64]{
			pages:    c.readPages(codec, count, perPage, func(n int) int { return 8 * n }),
			decode:   decodePlain,
			encoding: "plain, " + codec.String(),
		}
	}
	codec := compress.Codec(id + encodingShift)
	encoding := c.U8()
	if v := c.U8(); c.err == nil && v != encodingVersion {
		c.Fail("the encoding of the longs has version %d and should have %d", v, encodingVersion)
	}
	var n Numbers[int64]
	var bits int
	switch encoding {
	case encodingDelta:
		base := c.Int64()
		bits = c.Int("the number of bits of a long")
		n.decode = decodeDelta(base, bits)
		n.encoding = fmt.Sprintf("delta of %d bits, %v", bits, codec)
	case encodingTable:
		table := c.table()
		bits = bitsFor(uint64(len(table)))
		n.decode = decodeTable(table, bits)
		n.encoding = fmt.Sprintf("table of %d, %v", len(table), codec)
	default:
		c.Fail("the encoding of the longs is %d, neither delta (%d) nor table (%d)", encoding, encodingDelta, encodingTable)
	}
	if c.err == nil && !isPackedWidth(bits) {
		c.Fail("longs of %d bits are announced, which is none of %v", bits, packedWidths)
	}
	if c.err != nil {
		return n
	}
	if codec == compress.None {
		n.pages = c.readWhole(count, packedSize(bits, count), func(count int) int { return packedSize(bits, count) })
	} else {
		n.pages = c.readPages(codec, count, perPage, func(count int) int { return packedSize(bits, count) - packedPadding })
	}
	return n
}

// table reads the values that a table encoding refers to.
func (c *Cursor) table() []int64 {
	n := c.Int("the size of the table of longs")
	if n > maxTable {
		c.Fail("the table of longs has %d values, and %d is the most", n, maxTable)
		return nil
	}
	table := make([]int64, n)
	for i := range table {
		table[i] = c.Int64()
	}
	return table
}

func decodePlain(dst []int64, page []byte, from int) int {
	page = page[8*from:]
	for i := range dst {
		dst[i] = int64(binary.LittleEndian.Uint64(page[8*i:]))
	}
	return -1
}

func decodeDelta(base int64, bits int) func([]int64, []byte, int) int {
	return func(dst []int64, page []byte, from int) int {
		for i := range dst {
			dst[i] = base + int64(unpack(page, bits, from+i))
		}
		return -1
	}
}

func decodeTable(table []int64, bits int) func([]int64, []byte, int) int {
	return func(dst []int64, page []byte, from int) int {
		for i := range dst {
			at := unpack(page, bits, from+i)
			if at >= uint64(len(table)) {
				return i
			}
			dst[i] = table[at]
		}
		return -1
	}
}
