package block

import (
	"encoding/binary"
	"fmt"
)

// Strings is a dictionary: texts in Java's order, unique, null first if there is one.
type Strings struct {
	list    Generic
	hasNull bool
	// Front-coded texts are decoded once, as their neighbours would have to be for every look.
	frontCoded bool
	ends       []uint32
	data       []byte
	encoding   string
}

// frontCodedMark begins a dictionary that is not a plain list.
const (
	frontCodedMark     = 0x7F
	frontCodedEncoding = 1
	maxBucket          = 128
)

// Strings reads a dictionary of either form.
func (c *Cursor) Strings() Strings {
	if c.Left() > 0 && c.data[c.off] == frontCodedMark {
		return c.frontCoded()
	}
	s := Strings{encoding: "utf8", list: c.Generic()}
	for i := range s.list.Len() {
		if _, ok := s.list.At(i); !ok {
			if i > 0 {
				c.Fail("entry %d of the dictionary is null, which only the first can be", i)
				break
			}
			s.hasNull = true
		}
	}
	return s
}

// Len is the number of entries, null included.
func (s *Strings) Len() int {
	if s.frontCoded {
		return len(s.ends)
	}
	return s.list.Len()
}

// HasNull tells whether entry 0 is null.
func (s *Strings) HasNull() bool { return s.hasNull }

// Encoding tells how the dictionary is stored, for people.
func (s *Strings) Encoding() string { return s.encoding }

// At returns entry i as UTF-8, or nil if it is null. It must not be written to.
func (s *Strings) At(i int) []byte {
	if !s.frontCoded {
		v, ok := s.list.At(i)
		if !ok {
			return nil
		}
		return v
	}
	if i == 0 && s.hasNull {
		return nil
	}
	start := uint32(0)
	if i > 0 {
		start = s.ends[i-1]
	}
	return s.data[start:s.ends[i]:s.ends[i]]
}

// frontCoded reads texts in buckets, within which a text says how many bytes it shares with another one:
//
//	7F | u8 1 | u8 version | u8 bucket size | u8 has null | vbyte n | vbyte size | le32 ends of all buckets but the last | buckets
//
// In version 0 that is the first text of the bucket, in version 1 the text before.
func (c *Cursor) frontCoded() Strings {
	c.U8()
	if e := c.U8(); c.err == nil && e != frontCodedEncoding {
		c.Fail("the dictionary has encoding %d and should have %d", e, frontCodedEncoding)
	}
	version := c.U8()
	if c.err == nil && version > 1 {
		c.Fail("the dictionary is front-coded by version %d, and 0 and 1 are known", version)
	}
	bucket := int(c.U8())
	if c.err == nil && (bucket < 1 || bucket > maxBucket || bucket&(bucket-1) != 0) {
		c.Fail("the dictionary has buckets of %d, which is no power of two up to %d", bucket, maxBucket)
	}
	s := Strings{frontCoded: true, hasNull: c.U8() == 1, encoding: fmt.Sprintf("front-coded v%d by %d", version, bucket)}
	n := c.VByte("the size of the dictionary")
	size := c.VByte("the number of bytes of the dictionary")
	at := c.off
	body := c.Take(size)
	if c.err == nil && n > len(body) {
		c.Fail("a dictionary of %d texts is announced in %d bytes", n, size)
	}
	if c.err != nil {
		return s
	}
	if s.hasNull {
		s.ends = append(s.ends, 0)
	}
	s.data = make([]byte, 0, size) // never nil, which would make the empty text null
	buckets := (n + bucket - 1) / bucket
	begin := 4 * max(buckets-1, 0)
	for i := range buckets {
		from, to := begin, len(body)
		if i > 0 {
			from += bucketEnd(body, i-1)
		}
		if i < buckets-1 {
			to = begin + bucketEnd(body, i)
		}
		if from < begin || to < from || to > len(body) {
			c.err = &CorruptError{at, fmt.Sprintf("bucket %d of the dictionary lies from %d to %d of %d", i, from, to, len(body))}
			return s
		}
		b := NewCursor(c.data[:at+to], at+from)
		s.readBucket(b, min(bucket, n-i*bucket), version == 0)
		if b.err != nil {
			c.err = b.err
			return s
		}
	}
	return s
}

func bucketEnd(body []byte, i int) int {
	if 4*i+4 > len(body) {
		return -1
	}
	return int(int32(binary.LittleEndian.Uint32(body[4*i:])))
}

// readBucket appends the n texts of a bucket, whose prefixes are those of its first text or of the text before.
func (s *Strings) readBucket(c *Cursor, n int, ofFirst bool) {
	text := c.Take(c.VByte("the length of a text"))
	base := len(s.data)
	length := len(text)
	s.data = append(s.data, text...)
	s.ends = append(s.ends, uint32(len(s.data)))
	for range n - 1 {
		prefix := c.VByte("the length of a prefix")
		suffix := c.Take(c.VByte("the length of a suffix"))
		if c.err == nil && prefix > length {
			c.Fail("a prefix of %d bytes is taken from a text of %d", prefix, length)
		}
		if c.err == nil && len(s.data)+prefix+len(suffix) > maxTexts {
			c.Fail("the dictionary has more than %d bytes of text", maxTexts)
		}
		if c.err != nil {
			return
		}
		start := len(s.data)
		s.data = append(s.data, s.data[base:base+prefix]...)
		s.data = append(s.data, suffix...)
		s.ends = append(s.ends, uint32(len(s.data)))
		if !ofFirst {
			base, length = start, prefix+len(suffix)
		}
	}
}

// maxTexts bounds what a front-coded dictionary may unfold to.
const maxTexts = 1<<31 - 1
