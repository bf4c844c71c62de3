package roaring

import "math/bits"

// Reader reads a bitmap a stretch of rows at a time. It holds one container of it, in at most eight kilobytes, however
// many rows there are.
type Reader struct {
	data  []byte
	limit int
	walk  walker
	words []uint64 // the bits of the container read last; nil before the first
	base  uint32   // of their rows
}

// NewReader returns a reader of the bitmap data, of which every row must be below limit.
func NewReader(data []byte, limit int) (*Reader, error) {
	w, err := walk(data, limit)
	return &Reader{data: data, limit: limit, walk: w}, err
}

// Append appends the rows of the bitmap from row from up to, but without, row to. Stretches that ascend are cheapest.
func (r *Reader) Append(dst []uint32, from, to int) ([]uint32, error) {
	if r.words != nil && from < int(r.base) {
		again, err := NewReader(r.data, r.limit)
		if err != nil {
			return dst, err
		}
		clear(r.words)
		again.words = r.words
		*r = *again
	}
	for {
		dst = r.appendHeld(dst, from, to)
		if !r.walk.more() || int(r.walk.base()) >= to {
			return dst, nil
		}
		if err := r.load(); err != nil {
			return dst, err
		}
	}
}

// load reads the next container.
func (r *Reader) load() error {
	if r.words == nil {
		r.words = make([]uint64, (min(r.limit, 1<<16)+63)/64)
	}
	clear(r.words)
	r.base = r.walk.base()
	return r.walk.next(func(first, last int) {
		for low := first; low <= last; low++ {
			r.words[low>>6] |= 1 << (low & 63)
		}
	})
}

// appendHeld appends those rows that the container read last has.
func (r *Reader) appendHeld(dst []uint32, from, to int) []uint32 {
	low, high := max(from-int(r.base), 0), min(to-int(r.base), 64*len(r.words))
	for ; low < high; low++ {
		word := r.words[low>>6] >> (low & 63)
		if word == 0 {
			low |= 63
			continue
		}
		if low += bits.TrailingZeros64(word); low < high {
			dst = append(dst, r.base|uint32(low))
		}
	}
	return dst
}
