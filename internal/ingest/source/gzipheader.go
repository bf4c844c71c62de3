package source

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/gzip"
)

// maxGzipText is how long a name or a comment in a header may be: more is no header.
const maxGzipText = 1 << 20

// skipGzipHeader reads a header as RFC 1952 has it.
func skipGzipHeader(stream *bufio.Reader) error {
	const crc, extra, name, comment, reserved = 1 << 1, 1 << 2, 1 << 3, 1 << 4, 0xe0
	sum := crc32.NewIEEE()
	header := io.TeeReader(stream, sum)
	var fixed [10]byte
	if _, err := io.ReadFull(header, fixed[:]); err != nil {
		return err
	}
	flags := fixed[3]
	if fixed[0] != 0x1f || fixed[1] != 0x8b || fixed[2] != 8 {
		return gzip.ErrHeader
	}
	if unknown := flags & reserved; unknown != 0 { // RFC 1952: may stand for something that changes what follows
		return fmt.Errorf("its header has flags 0x%02x, whose meaning is not known to this version", unknown)
	}
	if flags&extra != 0 {
		var size [2]byte
		if _, err := io.ReadFull(header, size[:]); err != nil {
			return unexpected(err)
		}
		if _, err := io.CopyN(io.Discard, header, int64(binary.LittleEndian.Uint16(size[:]))); err != nil {
			return unexpected(err)
		}
	}
	for _, text := range []byte{name, comment} {
		if flags&text == 0 {
			continue
		}
		if err := skipGzipText(stream, sum); err != nil {
			return err
		}
	}
	if flags&crc != 0 {
		want := uint16(sum.Sum32())
		var got [2]byte
		if _, err := io.ReadFull(stream, got[:]); err != nil {
			return unexpected(err)
		}
		if binary.LittleEndian.Uint16(got[:]) != want {
			return gzip.ErrHeader
		}
	}
	return nil
}

// skipGzipText reads a text that a zero ends.
func skipGzipText(stream *bufio.Reader, sum io.Writer) error {
	for read := 0; read <= maxGzipText; {
		piece, err := stream.ReadSlice(0)
		_, _ = sum.Write(piece) // a sum takes everything
		if read += len(piece); err == nil {
			return nil
		} else if err != bufio.ErrBufferFull {
			return unexpected(err)
		}
	}
	return fmt.Errorf("its header has a name or a comment of more than %d bytes, which is the most that is read of one; gunzip reads it, and gzip -n writes it without", maxGzipText)
}

// unexpected is the error of reading what has to be there.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
