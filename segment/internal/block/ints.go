package block

import (
	"encoding/binary"
	"fmt"

	"ovate/segment/internal/compress"
)

// Versions that lists of ints begin with.
const (
	vsizeVersion      = 0
	multiVersion      = 1
	compressedVersion = 2
	multiV3Version    = 3
)

// IntWidth is how many bytes Druid gives every id of a dictionary of n entries.
func IntWidth(n int) int {
	switch {
	case n < 1<<8:
		return 1
	case n < 1<<16:
		return 2
	case n < 1<<24:
		return 3
	}
	return 4
}

// IntsPerBlock is how many ids of width bytes Druid puts into a block: a power of two of them.
func IntsPerBlock(width int) int {
	switch width {
	case 1:
		return 1 << 16
	case 2:
		return 1 << 15
	}
	return 1 << 14
}

// CompressedInts reads ids of equal width in blocks (CompressedVSizeColumnarInts).
func (c *Cursor) CompressedInts() Numbers[int32] {
	if v := c.U8(); c.err == nil && v != compressedVersion {
		c.Fail("the ids begin with version %d and should with %d", v, compressedVersion)
	}
	width := c.width()
	count := c.Int("the number of ids")
	perPage := c.Int("the number of ids per block")
	codec := compress.Codec(c.U8())
	if codec == compress.None { // for ids the same as Uncompressed
		codec = compress.Uncompressed
	}
	return c.ints(width, count, perPage, codec)
}

// wideInts reads ints of four bytes in blocks (CompressedColumnarInts).
func (c *Cursor) wideInts() Numbers[int32] {
	if v := c.U8(); c.err == nil && v != compressedVersion {
		c.Fail("the offsets begin with version %d and should with %d", v, compressedVersion)
	}
	count := c.Int("the number of offsets")
	perPage := c.Int("the number of offsets per block")
	return c.ints(4, count, perPage, compress.Codec(c.U8()))
}

func (c *Cursor) ints(width, count, perPage int, codec compress.Codec) Numbers[int32] {
	n := Numbers[int32]{decode: decodeLittle(width), encoding: fmt.Sprintf("ids of %d bytes, %v", width, codec)}
	if c.err == nil {
		n.pages = c.readPages(codec, count, perPage, func(n int) int { return width * n })
	}
	return n
}

// PlainInts reads ids of equal width without blocks (VSizeColumnarInts).
func (c *Cursor) PlainInts() Numbers[int32] {
	if v := c.U8(); c.err == nil && v != vsizeVersion {
		c.Fail("the ids begin with version %d and should with %d", v, vsizeVersion)
	}
	width := c.width()
	size := c.Int("the size of the ids")
	if padding := 4 - width; c.err == nil && (size < padding || (size-padding)%width != 0) {
		c.Fail("%d bytes are announced for ids of %d bytes and %d of padding", size, width, padding)
	}
	if c.err != nil {
		return Numbers[int32]{}
	}
	return c.bigInts(width, (size-4+width)/width, size)
}

// bigInts reads count big-endian ints, which take length bytes.
func (c *Cursor) bigInts(width, count, length int) Numbers[int32] {
	return Numbers[int32]{
		pages:    c.readWhole(count, length, func(n int) int { return width * n }),
		decode:   decodeBig(width),
		encoding: fmt.Sprintf("ids of %d bytes, uncompressed", width),
	}
}

// width reads how many bytes an id has.
func (c *Cursor) width() int {
	w := int(c.U8())
	if c.err == nil && (w < 1 || w > 4) {
		c.Fail("ids of %d bytes are announced, and 1 to 4 are possible", w)
	}
	return w
}

func decodeLittle(width int) func([]int32, []byte, int) int {
	return func(dst []int32, page []byte, from int) int {
		page = page[width*from:]
		for i := range dst {
			switch width {
			case 1:
				dst[i] = int32(page[i])
			case 2:
				dst[i] = int32(binary.LittleEndian.Uint16(page[2*i:]))
			case 3:
				dst[i] = int32(page[3*i]) | int32(page[3*i+1])<<8 | int32(page[3*i+2])<<16
			default:
				dst[i] = int32(binary.LittleEndian.Uint32(page[4*i:]))
			}
		}
		return -1
	}
}

func decodeBig(width int) func([]int32, []byte, int) int {
	return func(dst []int32, page []byte, from int) int {
		page = page[width*from:]
		for i := range dst {
			v := int32(0)
			for _, b := range page[width*i : width*(i+1)] {
				v = v<<8 | int32(b)
			}
			dst[i] = v
		}
		return -1
	}
}

// PlainOrCompressedInts reads ids in either form.
func (c *Cursor) PlainOrCompressedInts(compressed bool) Numbers[int32] {
	if compressed {
		return c.CompressedInts()
	}
	return c.PlainInts()
}
