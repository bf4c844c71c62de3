package lz4

import "math/bits"

// wide encodes blocks of 8-byte values: longs and doubles.
//
// Only beginnings of runs of equal values are looked up; a run itself is a match at distance 8. Values that have not
// been seen still share bytes with others (small numbers their high bytes, doubles of small whole numbers their low
// ones), so the neighbour and the latest value with the same upper half are candidates as well. Where all that finds
// less than a value and a byte, four bytes anywhere are looked for, as general encoders do.
type wide struct {
	head  [1 << wideBits]uint16      // by hash of a value: 1 + the place of its latest run
	chain [MaxBlock / 8]uint16       // by place: what head held before
	upper [1 << wideUpperBits]uint16 // by hash of the upper half of a value: 1 + its latest place
	bytes [1 << wideBytesBits]uint16 // by hash of four bytes: 1 + the latest byte where they begin
	next  int                        // the first byte not in the tables
}

const (
	wideWidth     = 8
	wideBits      = 11
	wideUpperBits = 9
	wideBytesBits = 13
	wideDepth     = 128 // candidates looked at per lookup
)

func (w *wide) encode(o *output) {
	clear(w.head[:])
	clear(w.upper[:])
	clear(w.bytes[:])
	w.next = 0
	s := search{src: o.src}
	last := len(o.src) - matchMargin
	for p := w.first(o, &s); p <= last; {
		s.begin(p, o.ratio())
		value := p &^ 7
		w.index(o.src, value)
		w.neighbour(&s, value)
		w.sameUpper(&s, value)
		w.lookup(&s, value)
		if s.best.len() < longMatch+1 {
			w.lookAhead(&s, value)
		}
		if s.best.len() <= 8 {
			w.lookBytes(&s, min(p+8, last+1))
		}
		if s.best.end == 0 || s.score < -8*256 {
			p = value + 8
			continue
		}
		o.add(s.best)
		p = s.best.end
	}
}

// first encodes the first value, which has none before it, if its end is the same byte several times, and returns
// where to go on.
func (w *wide) first(o *output, s *search) int {
	s.begin(1, o.ratio())
	for i := 1; i <= 8-minMatch; i++ {
		s.try(i, i-1)
	}
	if s.best.len() < 6 || s.best.end < 8 {
		return 8
	}
	o.add(s.best)
	return s.best.end
}

// index enters the beginnings of runs up to the byte end.
func (w *wide) index(src []byte, end int) {
	i := w.next
	if i >= end {
		return
	}
	previous := ^load64(src, i)
	if i > 0 {
		previous = load64(src, i-8)
	}
	for ; i < end; i += 8 {
		v := load64(src, i)
		if v == previous {
			continue
		}
		previous = v
		place, h := i>>3, hash64(v, wideBits)
		w.chain[place&(MaxBlock/8-1)] = w.head[h]
		w.head[h] = uint16(place + 1)
		w.upper[hash32(uint32(v>>32), wideUpperBits)] = uint16(place + 1)
		w.indexBytes(src, i, v)
	}
	w.next = i
}

// indexBytes enters the four bytes that begin in the value v at i, and those that end there.
func (w *wide) indexBytes(src []byte, i int, v uint64) {
	if i > 0 {
		before := load64(src, i-3)
		for k := range 3 {
			w.bytes[hash32(uint32(before>>(8*k)), wideBytesBits)] = uint16(i - 3 + k + 1)
		}
	}
	for k := range 5 {
		w.bytes[hash32(uint32(v>>(8*k)), wideBytesBits)] = uint16(i + k + 1)
	}
}

// lookBytes offers the latest place of the four bytes that begin at s.from, and so on up to end. They are entered as
// it goes, so that what repeats within a value is found.
func (w *wide) lookBytes(s *search, end int) {
	for i := s.from; i < end; i++ {
		h := hash32(load32(s.src, i), wideBytesBits)
		j := int(w.bytes[h]) - 1
		w.bytes[h] = uint16(i + 1)
		if j >= 0 && j < i {
			s.try(i, j)
		}
	}
}

// neighbour offers what the value at i has in common with the one before it.
func (w *wide) neighbour(s *search, i int) {
	differ := load64(s.src, i) ^ load64(s.src, i-8)
	if differ == 0 || s.from > i {
		s.try(s.from, s.from-8)
		return
	}
	if bits.TrailingZeros64(differ) >= 8*minMatch {
		s.try(i, i-8)
	}
	if high := i + 8 - bits.LeadingZeros64(differ)>>3; high <= len(s.src)-matchMargin {
		s.try(high, high-8)
	}
}

// sameUpper offers the latest value with the same upper half as the one at i.
func (w *wide) sameUpper(s *search, i int) {
	j := int(w.upper[hash32(load32(s.src, i+4), wideUpperBits)])*8 - 8
	if j < 0 || j >= i-8 {
		return
	}
	at := max(i+4, s.from)
	s.try(at, at-(i-j))
}

// lookAhead looks up the next run that the best match so far does not cover whole: a match there may reach back
// and be worth the literals before it.
func (w *wide) lookAhead(s *search, i int) {
	last := len(s.src) - matchMargin
	for i += 8; i < min(last, s.best.end) && load64(s.src, i) == load64(s.src, i-8); {
		i += 8
	}
	if i <= last {
		w.index(s.src, i)
		w.lookup(s, i)
	}
}

// lookup offers earlier runs of the value at i, those only that match at least as far as the ones before.
func (w *wide) lookup(s *search, i int) {
	src, limit := s.src, len(s.src)-lastLiterals
	end := i + 8
	c := w.head[hash64(load64(src, i), wideBits)]
	for depth := wideDepth; c != 0 && depth > 0; depth-- {
		j := int(c-1) << 3
		c = w.chain[(c-1)&(MaxBlock/8-1)]
		// Most candidates fail at the end of the best match so far.
		if j >= i || load64(src, j+end-i-8) != load64(src, end-8) {
			continue
		}
		at := i
		if i < s.from {
			at = s.from
		}
		n := at + forward(src, j+at-i, at)
		if n < end {
			continue
		}
		s.offer(at, j+at-i, n)
		// Without bytes to gain in front, only a longer match is better.
		if end = n; i <= s.from {
			end++
		}
		if end > limit {
			return
		}
	}
}
