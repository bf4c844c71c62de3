package lz4

// narrow encodes blocks of values of less than 8 bytes: dictionary ids, floats, packed longs. Matches are looked for at
// every byte, as the upper byte of one id and all of the next are worth having.
//
// Eight bytes are several values here, and a match of four is still worth having: there are two sets of tables, the
// one for short matches being asked only when the other has nothing.
type narrow struct {
	head       [1 << narrowBits]uint16
	chain      [MaxBlock]uint16
	headShort  [1 << narrowShortBits]uint16
	chainShort [MaxBlock]uint16
	next       int // the first byte not in the tables
}

const (
	narrowBits       = 14
	narrowShortBits  = 12
	narrowDepth      = 48
	narrowShortDepth = 8
	narrowAhead      = 1024 // how far ahead a match may begin
)

func (w *narrow) encode(o *output) {
	clear(w.head[:])
	clear(w.headShort[:])
	w.next = 0
	s := search{src: o.src}
	last := len(o.src) - matchMargin
	for p := 1; p <= last; {
		s.begin(p, o.ratio())
		w.index(o.src, p)
		s.try(p, p-1)
		// The next place to look is where the run that p may be in ends, so that the values after it count.
		ahead := p + 1
		if s.best.end > 0 {
			ahead = max(ahead, s.best.end-1)
		} else if ahead <= last {
			s.try(ahead, p)
		}
		w.lookup(&s, p)
		if ahead <= last && ahead-p < narrowAhead {
			w.index(o.src, ahead)
			w.lookup(&s, ahead)
		}
		if s.best.end < p+8 {
			w.lookupShort(&s, p)
			if p+1 <= last {
				w.lookupShort(&s, p+1)
			}
		}
		if s.best.end == 0 {
			p++
			continue
		}
		o.add(s.best)
		p = s.best.end
	}
}

// index enters what begins before the byte end, except inside runs.
func (w *narrow) index(src []byte, end int) {
	i := w.next
	if i >= end {
		return
	}
	previous := ^load64(src, i)
	if i > 0 {
		previous = load64(src, i-1)
	}
	for ; i < end; i++ {
		v := load64(src, i)
		if v == previous {
			continue
		}
		h := hash64(v, narrowBits)
		w.chain[i] = w.head[h]
		w.head[h] = uint16(i + 1)
		if uint32(v) != uint32(previous) {
			h := hash32(uint32(v), narrowShortBits)
			w.chainShort[i] = w.headShort[h]
			w.headShort[h] = uint16(i + 1)
		}
		previous = v
	}
	w.next = i
}

// lookup offers earlier places with the same eight bytes as i, those only that match at least as far as the ones
// before them.
func (w *narrow) lookup(s *search, i int) {
	src := s.src
	end := i + 8
	if end > len(src)-lastLiterals {
		return
	}
	c := w.head[hash64(load64(src, i), narrowBits)]
	for depth := narrowDepth; c != 0 && depth > 0; depth-- {
		j := int(c - 1)
		c = w.chain[j]
		if j >= i || load64(src, j+end-i-8) != load64(src, end-8) {
			continue
		}
		if n := i + forward(src, j, i); n >= end {
			s.offer(i, j, n)
			end = n
		}
	}
}

// lookupShort is lookup for four bytes.
func (w *narrow) lookupShort(s *search, i int) {
	src := s.src
	end := i + 4
	c := w.headShort[hash32(load32(src, i), narrowShortBits)]
	for depth := narrowShortDepth; c != 0 && depth > 0; depth-- {
		j := int(c - 1)
		c = w.chainShort[j]
		if j >= i || load32(src, j+end-i-4) != load32(src, end-4) {
			continue
		}
		if n := i + forward(src, j, i); n >= end {
			s.offer(i, j, n)
			end = n
		}
	}
}
