// Package compress makes and reads the compressed blocks of a segment.
package compress

import (
	"fmt"

	"github.com/klauspost/compress/zstd"
	peer "github.com/pierrec/lz4/v4"

	"ovate/segment/internal/lz4"
)

// MaxBlock is the most bytes that a block holds when it is not compressed.
const MaxBlock = 1 << 16

// Codec is a way to compress, by the number that stands for it in a segment (Druid's CompressionStrategy).
type Codec byte

// The codecs. None differs from Uncompressed in the layout: values are not cut into blocks at all.
const (
	LZF          Codec = 0
	LZ4          Codec = 1
	Zstd         Codec = 2
	None         Codec = 0xFE
	Uncompressed Codec = 0xFF
)

var names = map[Codec]string{LZF: "lzf", LZ4: "lz4", Zstd: "zstd", None: "none", Uncompressed: "uncompressed"}

// String is the name of c in an indexSpec.
func (c Codec) String() string {
	if name, ok := names[c]; ok {
		return name
	}
	return fmt.Sprintf("codec %#02x", byte(c))
}

// Known tells whether c is one of the codecs.
func (c Codec) Known() bool { _, ok := names[c]; return ok }

// Parse finds the codec of a name in an indexSpec.
func Parse(name string) (Codec, bool) {
	for c, n := range names {
		if n == name {
			return c, true
		}
	}
	return 0, false
}

// Compressor makes blocks. The zero value is ready; it is for one goroutine at a time.
type Compressor struct {
	lz4  *lz4.Encoder
	lzf  *lzfTable
	zstd *zstd.Encoder
}

// Begin begins a new column: what is made of its blocks depends on nothing before.
func (c *Compressor) Begin() {
	if c.lz4 != nil {
		c.lz4.Begin()
	}
}

// Append appends to dst the block of src, at most MaxBlock bytes, which holds values of width bytes.
func (c *Compressor) Append(codec Codec, dst, src []byte, width int) ([]byte, error) {
	switch codec {
	case LZ4:
		if c.lz4 == nil {
			c.lz4 = new(lz4.Encoder)
		}
		return c.lz4.AppendBlock(dst, src, width), nil
	case LZF:
		if c.lzf == nil {
			c.lzf = new(lzfTable)
		}
		return appendLZF(dst, src, c.lzf), nil
	case Zstd:
		if c.zstd == nil {
			var err error
			// Druid's own level is 3, which is what SpeedDefault stands for.
			c.zstd, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false), zstd.WithEncoderLevel(zstd.SpeedDefault))
			if err != nil {
				return dst, fmt.Errorf("zstd: %w", err)
			}
		}
		return c.zstd.EncodeAll(src, dst), nil
	case Uncompressed:
		return append(dst, src...), nil
	}
	return dst, fmt.Errorf("blocks are not written with %v", codec)
}

// Decompressor reads blocks. The zero value is ready; it is for one goroutine at a time.
type Decompressor struct {
	zstd *zstd.Decoder
	out  []byte
}

// Block returns the content of the block src, at most MaxBlock bytes. It is valid until the next call and must not be
// written to. Whatever src holds, no more than MaxBlock bytes are made of it. likely is how many there are, unless the writer
// filled the block up: whoever reads short columns by the thousand needs no more memory than for these.
func (d *Decompressor) Block(codec Codec, src []byte, likely int) ([]byte, error) {
	if codec == Uncompressed {
		if len(src) > MaxBlock {
			return nil, fmt.Errorf("a block of %d bytes is larger than %d", len(src), MaxBlock)
		}
		return src, nil
	}
	if len(d.out) < likely {
		d.out = make([]byte, likely)
	}
	content, err := d.unpack(codec, src)
	if err != nil && len(d.out) < MaxBlock {
		d.out = make([]byte, MaxBlock)
		return d.unpack(codec, src)
	}
	return content, err
}

// unpack returns the content of a block that fits into what there is for it.
func (d *Decompressor) unpack(codec Codec, src []byte) ([]byte, error) {
	switch codec {
	case LZ4:
		n, err := peer.UncompressBlock(src, d.out)
		if err != nil {
			return nil, err
		}
		return d.out[:n], nil
	case LZF:
		return readLZF(d.out, src)
	case Zstd:
		if d.zstd == nil {
			var err error
			d.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(MaxBlock), zstd.WithDecoderLowmem(true))
			if err != nil {
				return nil, fmt.Errorf("zstd: %w", err)
			}
		}
		return d.zstd.DecodeAll(src, d.out[:0])
	}
	return nil, fmt.Errorf("blocks are not read with %v", codec)
}
