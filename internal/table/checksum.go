package table

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum is of bytes that are read one after the other.
type checksum struct {
	length int64
	crc    uint32
}

// summed takes the checksum of what is read through it.
type summed struct {
	io.ReadCloser
	sum checksum
}

// Read implements io.Reader.
func (s *summed) Read(b []byte) (int, error) {
	n, err := s.ReadCloser.Read(b)
	s.sum.length += int64(n)
	s.sum.crc = crc32.Update(s.sum.crc, castagnoli, b[:n])
	return n, err
}

// drain reads what is left, as what undoes a compression need not read to the end.
func (s *summed) drain() error {
	_, err := io.Copy(io.Discard, s)
	return err
}

// Checksum tells inputs apart by what is stored: their length and content. It is to be called after a Scan.
func (in *Input) Checksum() string { return fmt.Sprintf("%d-%08x", in.sum.length, in.sum.crc) }

// summedUp keeps the checksum of a Scan that has read all, or fails if an earlier one has read something else.
func (in *Input) summedUp(s *summed) error {
	if err := s.drain(); err != nil {
		return err
	}
	if in.sum != (checksum{}) && in.sum != s.sum {
		return errChanged
	}
	in.sum = s.sum
	return nil
}

var errChanged = errors.New("has changed while it was read; try again when nobody writes to it")
