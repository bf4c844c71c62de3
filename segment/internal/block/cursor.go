// Package block reads and writes the building blocks of a segment's files: lists of values, blocks of compressed numbers,
// packed longs, front-coded strings.
//
// Reading trusts nothing: whatever the bytes, a call ends with a value or a *CorruptError, and takes no more memory than
// a small multiple of the bytes there are.
package block

import (
	"encoding/binary"
	"fmt"
)

// CorruptError says that a file does not hold what its format asks for.
type CorruptError struct {
	Offset  int // in bytes, from the beginning of the file
	Problem string
}

func (e *CorruptError) Error() string { return fmt.Sprintf("at byte %d: %s", e.Offset, e.Problem) }

// Cursor reads a file front to back. After the first error it returns zeros; Err tells.
type Cursor struct {
	data []byte
	off  int
	err  error
}

// NewCursor begins at byte off of the file data.
func NewCursor(data []byte, off int) *Cursor { return &Cursor{data: data, off: off} }

// Err is the first error, a *CorruptError.
func (c *Cursor) Err() error { return c.err }

// Offset is where the next read begins.
func (c *Cursor) Offset() int { return c.off }

// Left is how many bytes have not been read.
func (c *Cursor) Left() int { return len(c.data) - c.off }

// Fail makes the cursor fail at its place, unless it has already.
func (c *Cursor) Fail(format string, args ...any) {
	if c.err == nil {
		c.err = &CorruptError{Offset: c.off, Problem: fmt.Sprintf(format, args...)}
	}
}

// Take returns the next n bytes, which alias the file.
func (c *Cursor) Take(n int) []byte {
	if c.err == nil && (n < 0 || n > c.Left()) {
		c.Fail("%d bytes are wanted and %d are left", n, c.Left())
	}
	if c.err != nil {
		return nil
	}
	b := c.data[c.off : c.off+n : c.off+n]
	c.off += n
	return b
}

// U8 reads one byte.
func (c *Cursor) U8() byte {
	if b := c.Take(1); b != nil {
		return b[0]
	}
	return 0
}

// Int reads a big-endian int32 that is not negative: a length or a number of things.
func (c *Cursor) Int(what string) int {
	b := c.Take(4)
	if b == nil {
		return 0
	}
	n := int32(binary.BigEndian.Uint32(b))
	if n < 0 {
		c.off -= 4
		c.Fail("%s is %d", what, n)
		return 0
	}
	return int(n)
}

// Int64 reads a big-endian int64.
func (c *Cursor) Int64() int64 {
	b := c.Take(8)
	if b == nil {
		return 0
	}
	return int64(binary.BigEndian.Uint64(b))
}

// VByte reads an unsigned integer of 7 bits a byte, the lowest first; the last byte has its high bit set.
func (c *Cursor) VByte(what string) int {
	start, v := c.off, uint64(0)
	for shift := 0; shift < 35; shift += 7 {
		b := c.U8()
		if c.err != nil {
			return 0
		}
		v |= uint64(b&0x7f) << shift
		if b >= 0x80 {
			if v > 1<<31-1 {
				break
			}
			return int(v)
		}
	}
	c.off = start
	c.Fail("%s is beyond 2147483647", what)
	return 0
}
