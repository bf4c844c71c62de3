package segment

import (
	"errors"
	"fmt"

	"ovate/segment/internal/block"
)

// CorruptError says where a segment does not hold what the format asks for, or holds what this package can not read.
type CorruptError struct {
	Segment string // its path
	File    string // the file of the folder
	Column  string // the column, or index.drd or metadata.drd; empty where it is about File as a whole
	Offset  int64  // in bytes, in File
	Problem string
}

func (e *CorruptError) Error() string {
	if e.Column == "" {
		return fmt.Sprintf("segment %s: %s: %s", e.Segment, e.File, e.Problem)
	}
	return fmt.Sprintf("segment %s: %s, byte %d, column %q: %s", e.Segment, e.File, e.Offset, e.Column, e.Problem)
}

// corrupt tells where in the segment an error in the file name occurred.
func (s *Segment) corrupt(name string, err error) error {
	if err == nil {
		return nil
	}
	e := s.files[name].entry
	c := &CorruptError{Segment: s.path, File: chunkName(e), Column: name, Offset: e.Start, Problem: err.Error()}
	var at *block.CorruptError
	if errors.As(err, &at) {
		c.Offset += int64(at.Offset)
		c.Problem = at.Problem
	}
	return c
}
