package lz4

// optimal encodes blocks of 8-byte values as small as the matches that it finds allow: for every byte it finds the
// longest match, then it chooses, from the end of the block to its beginning, what makes the rest shortest. That takes
// several times as long as wide, which decides as it goes.
type optimal struct {
	trees    [wideWidth]tree
	bytes    [1 << wideBytesBits]uint16 // by hash of four bytes: 1 + the latest byte where they begin
	length   [MaxBlock]uint16           // by byte: the longest match that begins there
	dist     [MaxBlock]uint16           // of that match
	cost     [MaxBlock + 1]int32        // by byte: what everything from there takes
	literals [MaxBlock + 1]uint16       // by byte: how many literals come next in the cheapest encoding
	take     [MaxBlock]uint16           // by byte: how long a match to use; 0 is a literal
}

const (
	optimalDepth = 16
	// optimalLong is a match long enough not to look for a better one inside: in long runs that would take the square of
	// their length.
	optimalLong = 32
	// optimalLengths is how many lengths of a match are tried: the longest and those that save bytes of the length.
	optimalLengths = 2
)

func (t *optimal) encode(o *output) {
	t.find(o.src)
	t.choose(o.src)
	for i, last := 1, len(o.src)-matchMargin; i <= last; {
		n := int(t.take[i])
		if n == 0 {
			i++
			continue
		}
		o.add(match{i, i + n, int(t.dist[i])})
		i += n
	}
}

// find finds the longest match of every byte. Values differ in few of their bytes; a match of whole values begins at
// one of those, or before it, where choose extends it to.
func (t *optimal) find(src []byte) {
	clear(t.bytes[:])
	differ := differences(src)
	for k := range t.trees {
		if differ>>(8*k)&0xFF != 0 {
			clear(t.trees[k].root[:])
		}
	}
	length, dist := 0, 0
	longer := func(n, d int) {
		if n > length {
			length, dist = n, d
		}
	}
	for i := range len(src) - matchMargin + 1 {
		length = max(length-1, 0)
		if k := i & (wideWidth - 1); length < optimalLong && differ>>(8*k)&0xFF != 0 {
			longer(t.trees[k].insert(src, i))
		}
		if length < wideWidth && i >= wideWidth {
			longer(forward(src, i-wideWidth, i), wideWidth)
		}
		if length < optimalLong {
			h := hash32(load32(src, i), wideBytesBits)
			j := int(t.bytes[h]) - 1
			t.bytes[h] = uint16(i + 1)
			if length < wideWidth && j >= 0 {
				longer(forward(src, j, i), i-j)
			}
		}
		t.length[i], t.dist[i] = uint16(length), uint16(dist)
	}
}

// differences has bits set in those bytes in which values differ from the ones before them.
func differences(src []byte) (differ uint64) {
	for i := wideWidth; i+wideWidth <= len(src); i += wideWidth {
		differ |= load64(src, i) ^ load64(src, i-wideWidth)
	}
	return differ
}

// choose finds the cheapest way to encode everything from each byte on.
func (t *optimal) choose(src []byte) {
	last := len(src) - matchMargin
	for i := last + 1; i <= len(src); i++ {
		t.cost[i], t.literals[i] = int32(len(src)-i), uint16(len(src)-i)
	}
	for i := last; i >= 1; i-- {
		if i < last {
			t.extend(src, i)
		}
		literals := int(t.literals[i+1]) + 1
		best, take := t.cost[i+1]+1, 0
		if literals >= 15 && (literals-15)%255 == 0 {
			best++
		}
		n := int(t.length[i])
		for tries := optimalLengths; n >= minMatch && tries > 0; tries-- {
			if c := t.cost[i+n] + 3 + int32(lengthBytes(n)); c < best {
				best, take, literals = c, n, 0
			}
			if n < longMatch {
				break
			}
			// Less far is never cheaper to go on from, so the next to try is the longest with one byte less of length.
			n = longMatch - 1 + (n-longMatch)/255*255
		}
		t.cost[i], t.take[i], t.literals[i] = best, uint16(take), uint16(literals)
	}
}

// extend makes the match of the byte after i begin at i, if it can and is longer than the one of i.
func (t *optimal) extend(src []byte, i int) {
	n, dist := t.length[i+1]+1, t.dist[i+1]
	if n > t.length[i] && n > 1 && i >= int(dist) && src[i] == src[i-int(dist)] {
		t.length[i], t.dist[i] = n, dist
	}
}
