package lz4

// tree holds places a whole number of values apart, as search trees of what follows them, one for each hash of the
// next eight bytes. The latest place is the root, so that it and what is most like it are met first.
type tree struct {
	root       [1 << wideBits]uint16 // 1 + the number of the value that the place is in
	less, more [MaxBlock / wideWidth]uint16
}

// insert enters the byte i, which must be after all that are entered, and returns the longest match met on the way.
func (t *tree) insert(src []byte, i int) (length, dist int) {
	number, offset := i/wideWidth, i%wideWidth
	root := &t.root[hash64(load64(src, i), wideBits)]
	c := *root
	*root = uint16(number + 1)
	// What is less than i goes below less, what is more below more; both begin with as many bytes of i as noted.
	less, more := &t.less[number], &t.more[number]
	sameLess, sameMore := 0, 0
	for depth := optimalDepth; c != 0 && depth > 0; depth-- {
		j := int(c-1)*wideWidth + offset
		n := min(sameLess, sameMore)
		n += forward(src, j+n, i+n)
		if n > length {
			length, dist = n, i-j
		}
		switch {
		case i+n >= len(src)-lastLiterals:
			// Nothing tells the two apart, and the later one is nearer.
			*less, *more = t.less[c-1], t.more[c-1]
			return length, dist
		case src[j+n] < src[i+n]:
			*less, sameLess = c, n
			less = &t.more[c-1]
			c = *less
		default:
			*more, sameMore = c, n
			more = &t.less[c-1]
			c = *more
		}
	}
	*less, *more = 0, 0
	return length, dist
}
