// Package checksum tells by length and CRC-32C whether a file still holds what somebody has read of it.
package checksum

import (
	"fmt"
	"hash/crc32"
	"io"
	"strconv"
	"strings"
)

// Sum is of bytes that were read one after the other. Its zero value is that of none.
type Sum struct {
	Length int64
	CRC    uint32
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli) // which processors have an instruction for

// add adds the bytes behind those before.
func (s *Sum) add(b []byte) {
	s.Length += int64(len(b))
	s.CRC = crc32.Update(s.CRC, castagnoli, b)
}

// String is the length in bytes and the CRC in eight hexadecimal digits: 1024-9ae0daaf.
func (s Sum) String() string { return fmt.Sprintf("%d-%08x", s.Length, s.CRC) }

// Parse reads what String writes, and nothing else.
func Parse(text string) (s Sum, err error) {
	length, crc, _ := strings.Cut(text, "-")
	s.Length, err = strconv.ParseInt(length, 10, 64)
	if err == nil {
		var n uint64
		n, err = strconv.ParseUint(crc, 16, 32)
		s.CRC = uint32(n)
	}
	if err != nil || s.String() != text {
		return Sum{}, fmt.Errorf("%q must be a length in bytes and a CRC-32C in eight hexadecimal digits, like 1024-9ae0daaf", text)
	}
	return s, nil
}

// Reader takes the sum of what is read through it.
type Reader struct {
	io.ReadCloser
	Sum Sum
}

// Read implements io.Reader.
func (r *Reader) Read(b []byte) (int, error) {
	n, err := r.ReadCloser.Read(b)
	r.Sum.add(b[:n])
	return n, err
}

// Drain reads what is left, as what undoes a compression need not read to the end.
func (r *Reader) Drain() error {
	_, err := io.Copy(io.Discard, r)
	return err
}
