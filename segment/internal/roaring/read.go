package roaring

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// Decode appends to dst the rows of the bitmap data in ascending order. No bytes stand for no rows. It is an error if
// a row is not below limit, so that damaged data can not ask for more memory than the rows of a segment take.
func Decode(dst []uint32, data []byte, limit int) ([]uint32, error) {
	if len(data) == 0 {
		return dst, nil
	}
	h, err := readHeader(data)
	if err != nil {
		return dst, err
	}
	rest, previous := data[h.size:], -1
	for i := range h.containers {
		key := int(binary.LittleEndian.Uint16(h.keys[4*i:]))
		cardinality := int(binary.LittleEndian.Uint16(h.keys[4*i+2:])) + 1
		if key <= previous {
			return dst, fmt.Errorf("container %d of the bitmap has key %d after %d", i, key, previous)
		}
		previous = key
		before := len(dst)
		dst, rest, err = decodeContainer(dst, rest, uint32(key)<<16, cardinality, h.runs != nil && h.runs[i/8]>>(i%8)&1 == 1)
		if err != nil {
			return dst, fmt.Errorf("container %d of the bitmap: %w", i, err)
		}
		if got := len(dst) - before; got != cardinality {
			return dst, fmt.Errorf("container %d of the bitmap has %d rows and says %d", i, got, cardinality)
		}
		if last := dst[len(dst)-1]; int64(last) >= int64(limit) {
			return dst, fmt.Errorf("the bitmap has row %d of %d", last, limit)
		}
	}
	return dst, nil
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

// decodeContainer appends the rows of the container that data begins with, all with the upper bits base.
func decodeContainer(dst []uint32, data []byte, base uint32, cardinality int, runs bool) ([]uint32, []byte, error) {
	switch {
	case runs:
		return decodeRuns(dst, data, base)
	case cardinality <= maxArray:
		if len(data) < 2*cardinality {
			return dst, data, fmt.Errorf("%d bytes are left for %d rows", len(data), cardinality)
		}
		previous := -1
		for i := range cardinality {
			low := int(binary.LittleEndian.Uint16(data[2*i:]))
			if low <= previous {
				return dst, data, fmt.Errorf("row %d comes after row %d", low, previous)
			}
			previous = low
			dst = append(dst, base|uint32(low))
		}
		return dst, data[2*cardinality:], nil
	default:
		if len(data) < bitmapSize {
			return dst, data, fmt.Errorf("%d bytes are left for a container of %d", len(data), bitmapSize)
		}
		for i := range bitmapSize / 8 {
			for word := binary.LittleEndian.Uint64(data[8*i:]); word != 0; word &= word - 1 {
				dst = append(dst, base|uint32(64*i+bits.TrailingZeros64(word)))
			}
		}
		return dst, data[bitmapSize:], nil
	}
}

func decodeRuns(dst []uint32, data []byte, base uint32) ([]uint32, []byte, error) {
	if len(data) < 2 {
		return dst, data, fmt.Errorf("%d bytes are left for runs", len(data))
	}
	n := int(binary.LittleEndian.Uint16(data))
	data = data[2:]
	if len(data) < 4*n {
		return dst, data, fmt.Errorf("%d bytes are left for %d runs", len(data), n)
	}
	previous := -1
	for i := range n {
		first := int(binary.LittleEndian.Uint16(data[4*i:]))
		last := first + int(binary.LittleEndian.Uint16(data[4*i+2:]))
		if first <= previous || last > 0xFFFF {
			return dst, data, fmt.Errorf("run %d is from row %d to %d, after %d", i, first, last, previous)
		}
		previous = last
		for row := first; row <= last; row++ {
			dst = append(dst, base|uint32(row))
		}
	}
	return dst, data[4*n:], nil
}
