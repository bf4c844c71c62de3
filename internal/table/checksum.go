package table

import (
	"errors"

	"ovate/internal/checksum"
)

// Checksum tells inputs apart by what is stored: their length and content. It is to be called after a Scan.
func (in *Input) Checksum() string { return in.sum.String() }

// summedUp keeps the checksum of a Scan that has read all, or fails if an earlier one has read something else.
func (in *Input) summedUp(s *checksum.Reader) error {
	if err := s.Drain(); err != nil {
		return err
	}
	if in.sum != (checksum.Sum{}) && in.sum != s.Sum {
		return errChanged
	}
	in.sum = s.Sum
	return nil
}

var errChanged = errors.New("has changed while it was read; try again when nobody writes to it")
