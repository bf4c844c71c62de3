package block

import (
	"fmt"

	"ovate/segment/internal/compress"
)

// pages is the bytes of a column's values, cut into pages of equally many values each, of which the last may hold
// fewer. A page is a compressed block, or all the column where there are no blocks.
type pages struct {
	codec   compress.Codec
	count   int // values
	perPage int
	size    func(n int) int // bytes that n values of a page take at least
	blocks  Generic
	whole   []byte // instead of blocks, with compress.None
	offset  int    // of whole in the file
}

// readPages reads the blocks of count values.
func (c *Cursor) readPages(codec compress.Codec, count, perPage int, size func(n int) int) pages {
	p := pages{codec: codec, count: count, perPage: perPage, size: size}
	if !codec.Known() {
		c.Fail("the compression is %#02x, which is none of Druid's", byte(codec))
		return p
	}
	if codec == compress.None {
		return c.readWhole(count, size(count), size)
	}
	if perPage <= 0 || perPage > 8*compress.MaxBlock || size(perPage) > compress.MaxBlock {
		c.Fail("a block of %d values is announced, which do not fit into %d bytes", perPage, compress.MaxBlock)
		return p
	}
	at := c.off
	p.blocks = c.Generic()
	if want := (count + perPage - 1) / perPage; c.err == nil && p.blocks.Len() < want {
		c.off = at
		c.Fail("%d values take %d blocks of %d, and there are %d", count, want, perPage, p.blocks.Len())
	}
	return p
}

// readWhole reads count values without blocks, which take length bytes.
func (c *Cursor) readWhole(count, length int, size func(n int) int) pages {
	p := pages{codec: compress.None, count: count, perPage: max(count, 1), size: size, offset: c.off}
	p.whole = c.Take(length)
	return p
}

// at is where the page of a value begins in the file.
func (p *pages) at(value int) int {
	if p.codec == compress.None {
		return p.offset
	}
	return p.blocks.Offset(value / p.perPage)
}

// padded is the most bytes that Druid writes behind the values of a page.
const padded = 8

// pageReader reads pages and keeps the latest.
type pageReader struct {
	*pages
	decompressor compress.Decompressor
	current      int // the page in data; -1 before the first
	data         []byte
}

func newPageReader(p *pages) pageReader { return pageReader{pages: p, current: -1} }

// page returns the bytes of page i, at least as many as its values take. They are valid until the next call.
func (r *pageReader) page(i int) ([]byte, error) {
	if i == r.current {
		return r.data, nil
	}
	if r.codec == compress.None {
		r.current, r.data = i, r.whole
		return r.data, nil
	}
	r.current = -1
	block, _ := r.blocks.At(i)
	want := r.size(min(r.perPage, r.count-i*r.perPage))
	data, err := r.decompressor.Block(r.codec, block, want+padded)
	if err != nil {
		return nil, &CorruptError{r.blocks.Offset(i), fmt.Sprintf("block %d (%v): %v", i, r.codec, err)}
	}
	if len(data) < want {
		return nil, &CorruptError{r.blocks.Offset(i), fmt.Sprintf("block %d has %d bytes and should have %d", i, len(data), want)}
	}
	r.current, r.data = i, data
	return data, nil
}
