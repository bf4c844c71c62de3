package source

import (
	"bufio"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
)

// gzipReader reads gzip data of one member or several, as RFC 1952 has it. The library's own reader takes no name and no comment above
// 512 bytes, and between two members it cannot tell bytes that are no gzip data from a member that was cut off. Zeros behind the last member, which
// tapes and devices of blocks leave, are no data, as gzip has it.
type gzipReader struct {
	stream *bufio.Reader
	member io.ReadCloser // the data of the member at hand
	sum    uint32        // of what was read of it
	size   uint32        // likewise, as the member tells it
	err    error         // what ended the data; no Read goes on after it
}

func newGzipReader(stream io.Reader) (*gzipReader, error) {
	buffered := bufio.NewReader(stream)
	if err := skipGzipHeader(buffered); err != nil {
		return nil, err
	}
	return &gzipReader{stream: buffered, member: flate.NewReader(buffered)}, nil
}

func (g *gzipReader) Read(b []byte) (int, error) {
	if g.err != nil {
		return 0, g.err
	}
	n, err := g.member.Read(b)
	g.sum, g.size = crc32.Update(g.sum, crc32.IEEETable, b[:n]), g.size+uint32(n)
	if err == io.EOF {
		err = g.next()
	}
	g.err = err
	return n, err
}

var errAfterEnd = errors.New("after its end bytes follow that are no gzip data; remove them from the file")

// skipZeros reads zeros to the end of the stream, and returns io.EOF if nothing else is there.
func (g *gzipReader) skipZeros() error {
	var rest [4 << 10]byte
	for {
		n, err := g.stream.Read(rest[:])
		for _, b := range rest[:n] {
			if b != 0 {
				return errAfterEnd
			}
		}
		if err != nil {
			return err
		}
	}
}

// next checks the end of the member at hand and goes on to the next one; it returns io.EOF after the last one.
func (g *gzipReader) next() error {
	const magic = "\x1f\x8b"
	var end [8]byte
	if _, err := io.ReadFull(g.stream, end[:]); err != nil {
		return unexpected(err)
	}
	if binary.LittleEndian.Uint32(end[:]) != g.sum || binary.LittleEndian.Uint32(end[4:]) != g.size {
		return gzip.ErrChecksum
	}
	head, err := g.stream.Peek(len(magic))
	switch {
	case len(head) == 0:
		return err
	case err != nil && err != io.EOF:
		return err
	case head[0] == 0:
		return g.skipZeros()
	case string(head) != magic[:len(head)]:
		return errAfterEnd
	}
	if err := skipGzipHeader(g.stream); err != nil {
		return unexpected(err)
	}
	g.sum, g.size = 0, 0
	return g.member.(flate.Resetter).Reset(g.stream, nil)
}
