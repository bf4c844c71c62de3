package roaring

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// Decode appends to dst the rows of the bitmap data in ascending order. No bytes stand for no rows. It is an error if
// a row is not below limit, so that damaged data can not ask for more memory than the rows of a segment take.
func Decode(dst []uint32, data []byte, limit int) ([]uint32, error) {
	w, err := walk(data, limit)
	for err == nil && w.more() {
		base := w.base()
		err = w.next(func(first, last int) {
			for low := first; low <= last; low++ {
				dst = append(dst, base|uint32(low))
			}
		})
	}
	return dst, err
}

// walker visits the containers of a bitmap front to back.
type walker struct {
	header
	limit int
	rest  []byte
	i     int // the container that comes next
}

func walk(data []byte, limit int) (w walker, err error) {
	w.limit = limit
	if len(data) == 0 {
		return w, nil
	}
	if w.header, err = readHeader(data); err != nil {
		return walker{}, err
	}
	w.rest = data[w.size:]
	return w, nil
}

// more tells whether there is another container.
func (w *walker) more() bool { return w.i < w.containers }

// base is the upper bits of the rows of the next container.
func (w *walker) base() uint32 { return uint32(w.key(w.i)) << 16 }

func (w *walker) key(i int) int { return int(binary.LittleEndian.Uint16(w.keys[4*i:])) }

// next gives the lower bits of the rows of the next container, as ascending ranges that do not touch the limit.
func (w *walker) next(emit func(first, last int)) error {
	i, base := w.i, int64(w.base())
	if i > 0 && w.key(i) <= w.key(i-1) {
		return fmt.Errorf("container %d of the bitmap has key %d after %d", i, w.key(i), w.key(i-1))
	}
	w.i++
	want, got, beyond := int(binary.LittleEndian.Uint16(w.keys[4*i+2:]))+1, 0, int64(-1)
	rest, err := readContainer(w.rest, want, w.runs != nil && w.runs[i/8]>>(i%8)&1 == 1, func(first, last int) {
		if got += last - first + 1; base+int64(last) >= int64(w.limit) {
			beyond = base + int64(last)
		} else if beyond < 0 {
			emit(first, last)
		}
	})
	switch {
	case err != nil:
		return fmt.Errorf("container %d of the bitmap: %w", i, err)
	case got != want:
		return fmt.Errorf("container %d of the bitmap has %d rows and says %d", i, got, want)
	case beyond >= 0:
		return fmt.Errorf("the bitmap has row %d of %d", beyond, w.limit)
	}
	w.rest = rest
	return nil
}

// header is what stands before the containers.
type header struct {
	containers int
	runs       []byte // a bit a container
	keys       []byte // four bytes a container: its key, its cardinality less one
	size       int
}

func readHeader(data []byte) (h header, err error) {
	truncated := fmt.Errorf("the bitmap ends within its header, after %d bytes", len(data))
	if len(data) < 4 {
		return h, truncated
	}
	offsets := true
	switch cookie := binary.LittleEndian.Uint32(data); {
	case cookie&0xFFFF == cookieWithRuns:
		h.containers = int(cookie>>16) + 1
		h.size = 4 + (h.containers+7)/8
		if len(data) < h.size {
			return h, truncated
		}
		h.runs = data[4:h.size]
		offsets = h.containers >= noOffsets
	case cookie == cookieWithoutRuns:
		if len(data) < 8 {
			return h, truncated
		}
		n := binary.LittleEndian.Uint32(data[4:])
		if n > 1<<16 {
			return h, fmt.Errorf("the bitmap says it has %d containers, and 65536 is the most", n)
		}
		h.containers, h.size = int(n), 8
	default:
		return h, fmt.Errorf("the bitmap begins with %#08x, which is not Roaring", cookie)
	}
	at := h.size
	h.size += 4 * h.containers
	if offsets {
		// Containers lie in order, so their offsets tell nothing new.
		h.size += 4 * h.containers
	}
	if len(data) < h.size {
		return h, truncated
	}
	h.keys = data[at : at+4*h.containers]
	return h, nil
}

// readContainer gives the rows of the container that data begins with, by their lower bits, and returns what is behind it.
func readContainer(data []byte, cardinality int, runs bool, emit func(first, last int)) ([]byte, error) {
	switch {
	case runs:
		return readRuns(data, emit)
	case cardinality <= maxArray:
		if len(data) < 2*cardinality {
			return data, fmt.Errorf("%d bytes are left for %d rows", len(data), cardinality)
		}
		previous := -1
		for i := range cardinality {
			low := int(binary.LittleEndian.Uint16(data[2*i:]))
			if low <= previous {
				return data, fmt.Errorf("row %d comes after row %d", low, previous)
			}
			previous = low
			emit(low, low)
		}
		return data[2*cardinality:], nil
	default:
		if len(data) < bitmapSize {
			return data, fmt.Errorf("%d bytes are left for a container of %d", len(data), bitmapSize)
		}
		for i := range bitmapSize / 8 {
			for word := binary.LittleEndian.Uint64(data[8*i:]); word != 0; word &= word - 1 {
				low := 64*i + bits.TrailingZeros64(word)
				emit(low, low)
			}
		}
		return data[bitmapSize:], nil
	}
}

func readRuns(data []byte, emit func(first, last int)) ([]byte, error) {
	if len(data) < 2 {
		return data, fmt.Errorf("%d bytes are left for runs", len(data))
	}
	n := int(binary.LittleEndian.Uint16(data))
	data = data[2:]
	if len(data) < 4*n {
		return data, fmt.Errorf("%d bytes are left for %d runs", len(data), n)
	}
	previous := -1
	for i := range n {
		first := int(binary.LittleEndian.Uint16(data[4*i:]))
		last := first + int(binary.LittleEndian.Uint16(data[4*i+2:]))
		if first <= previous || last > 0xFFFF {
			return data, fmt.Errorf("run %d is from row %d to %d, after %d", i, first, last, previous)
		}
		previous = last
		emit(first, last)
	}
	return data[4*n:], nil
}
