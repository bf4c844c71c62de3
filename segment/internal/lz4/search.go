package lz4

import (
	"encoding/binary"
	"math/bits"
)

// search is the choice of the next match: candidates are offered and the best stays.
type search struct {
	src  []byte
	from int // the match must not begin before
	// worth is what covering a byte is worth, in 1/256 of a byte of output: as much as a byte has cost so far. The more a
	// block compresses, the less is gained by covering bytes that the next match would cover as well.
	worth int
	best  match
	score int // of best
}

// begin starts the choice of a match at or after from.
func (s *search) begin(from, worth int) {
	s.from, s.worth, s.best, s.score = from, worth, match{}, -1<<31
}

// offer considers the match that i and j, which is before i, are part of; src[i:end] and src[j:] are the same.
// It is extended back to s.from if it goes that far.
func (s *search) offer(i, j, end int) {
	start := i
	if i > s.from {
		start -= backward(s.src, j, i, s.from)
	}
	if end-start < minMatch || start > len(s.src)-matchMargin {
		return
	}
	cost := start - s.from + 3 + lengthBytes(end-start)
	if score := s.worth*(end-s.from) - 256*cost; score > s.score {
		s.score, s.best = score, match{start, end, i - j}
	}
}

// try offers i and j without knowing whether they have anything in common.
func (s *search) try(i, j int) {
	s.offer(i, j, i+forward(s.src, j, i))
}

// forward is how many bytes from j and from i > j are the same, up to where matches must end.
func forward(src []byte, j, i int) int {
	end, start := len(src)-lastLiterals, i
	for i+8 <= end {
		if x := load64(src, j) ^ load64(src, i); x != 0 {
			return i - start + bits.TrailingZeros64(x)>>3
		}
		j += 8
		i += 8
	}
	for i < end && src[j] == src[i] {
		j++
		i++
	}
	return i - start
}

// backward is how many bytes before j and before i > j are the same, down to the byte lowest of i.
func backward(src []byte, j, i, lowest int) int {
	start := i
	for i > lowest && j > 0 && src[j-1] == src[i-1] {
		j--
		i--
	}
	return start - i
}

func load32(b []byte, i int) uint32 { return binary.LittleEndian.Uint32(b[i:]) }
func load64(b []byte, i int) uint64 { return binary.LittleEndian.Uint64(b[i:]) }

// hash64 and hash32 spread v over 1<<n places.
func hash64(v uint64, n int) uint32 { return uint32(v * 0x9E3779B97F4A7C15 >> (64 - n)) }
func hash32(v uint32, n int) uint32 { return v * 2654435761 >> (32 - n) }
