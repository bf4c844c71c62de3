// Package lz4 makes LZ4 blocks out of columns.
//
// A block of a Druid segment holds values of one width, little-endian and back to back, mostly of 8 bytes. General
// encoders look for matches at every byte; among longs and doubles nearly all good matches contain whole values and
// are whole values apart. Looking only for those finds what LZ4's high-compression mode finds in a fraction of its
// time. The output is an ordinary LZ4 block (https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md), without
// frame or size.
package lz4

// MaxBlock is the largest block in bytes that AppendBlock takes: the farthest that LZ4 can point back, plus one.
const MaxBlock = 1 << 16

// Rules of the format: a match is at least minMatch long, begins at least matchMargin and ends at least lastLiterals
// before the end of the block.
const (
	minMatch     = 4
	lastLiterals = 5
	matchMargin  = 12
)

// longMatch is the shortest match whose length no longer fits into the token and takes another byte.
const longMatch = minMatch + 15

// Encoder holds the tables that encoding needs. It can be used again and again, by one goroutine at a time.
//
// The first block of a column of 8-byte values is encoded with more effort than the others: small columns become as
// small as they can be, and the time that large ones take hardly rises.
type Encoder struct {
	wide    wide
	optimal optimal
	narrow  narrow
	later   bool // the next block is not the first of its column
}

// Begin begins a new column. What is made of its blocks depends on nothing before.
func (e *Encoder) Begin() { e.later = false }

// AppendBlock appends to dst the LZ4 block of src, at most MaxBlock bytes, which holds values of width bytes (1 to 8).
// A wrong width costs size, nothing else. The block is at most MaxSize(len(src)) long.
func (e *Encoder) AppendBlock(dst, src []byte, width int) []byte {
	if len(src) > MaxBlock {
		panic("lz4: a block has more than 65536 bytes")
	}
	out := output{dst: dst, src: src, begin: len(dst)}
	// Shorter blocks have no room for a match.
	if len(src) > matchMargin+wideWidth {
		switch {
		case width != wideWidth:
			e.narrow.encode(&out)
		case e.later:
			e.wide.encode(&out)
		default:
			e.optimal.encode(&out)
		}
	}
	e.later = true
	return out.finish()
}

// MaxSize is how long the block of n bytes can become.
func MaxSize(n int) int { return n + n/255 + 16 }

// match says that src[start:end] is the same as what stands dist bytes before it.
type match struct{ start, end, dist int }

func (m match) len() int { return m.end - m.start }

// output writes sequences. It holds back the latest match, as the next one may take over some of its bytes.
type output struct {
	dst, src []byte
	begin    int // of the block in dst
	literals int // everything before is in dst or in held
	held     match
}

// ratio is how many bytes of output 256 bytes of input have taken, beginning with the guess of 64.
func (o *output) ratio() int { return (len(o.dst) - o.begin + 128) * 256 / (o.literals + 512) }

// add appends m, which begins where the match before it ends, or later.
func (o *output) add(m match) {
	if o.held.end > 0 {
		o.balance(&m)
		o.flush()
	}
	o.held = m
}

// balance gives the tail of the held match to m, if that saves the held match its length byte and costs m none.
func (o *output) balance(m *match) {
	over := o.held.len() - (longMatch - 1)
	if m.start != o.held.end || over <= 0 || over > 64 {
		return
	}
	if lengthBytes(m.len()+over) > lengthBytes(m.len()) {
		return
	}
	if backward(o.src, m.start-m.dist, m.start, m.start-over) == over {
		m.start -= over
		o.held.end -= over
	}
}

// flush writes the held match and the literals before it.
func (o *output) flush() {
	m := o.held
	literals := o.src[o.literals:m.start]
	o.dst = append(o.dst, byte(min(len(literals), 15)<<4|min(m.len()-minMatch, 15)))
	o.dst = appendLength(o.dst, len(literals)-15)
	o.dst = append(o.dst, literals...)
	o.dst = append(o.dst, byte(m.dist), byte(m.dist>>8))
	o.dst = appendLength(o.dst, m.len()-longMatch)
	o.literals = m.end
	o.held = match{}
}

// finish writes what is left and returns the block.
func (o *output) finish() []byte {
	if o.held.end > 0 {
		o.flush()
	}
	literals := o.src[o.literals:]
	o.dst = append(o.dst, byte(min(len(literals), 15)<<4))
	o.dst = appendLength(o.dst, len(literals)-15)
	return append(o.dst, literals...)
}

// appendLength appends what is left of a length after the 15 that the token holds; less than 0 is nothing.
func appendLength(dst []byte, n int) []byte {
	if n < 0 {
		return dst
	}
	for ; n >= 255; n -= 255 {
		dst = append(dst, 255)
	}
	return append(dst, byte(n))
}

// lengthBytes is how many bytes besides the token the length n of a match takes.
func lengthBytes(n int) int {
	if n < longMatch {
		return 0
	}
	return 1 + (n-longMatch)/255
}
