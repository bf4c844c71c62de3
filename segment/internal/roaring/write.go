// Package roaring writes and reads sets of row numbers in the portable Roaring format
// (https://github.com/RoaringBitmap/RoaringFormatSpec), in which Druid stores its bitmaps.
package roaring

import "encoding/binary"

const (
	cookieWithRuns    = 12347
	cookieWithoutRuns = 12346
	// noOffsets is the number of containers below which a bitmap with runs has no table of offsets.
	noOffsets = 4
	// maxArray is the most values that an array container holds.
	maxArray   = 4096
	bitmapSize = 8192
)

// Append appends to dst the bitmap of rows, which are in ascending order without repetition. Every container takes the
// smallest of the three forms; where a list of runs is as small as another form, the other wins, as in Java. An
// empty bitmap has a form, too; inside Druid's lists of bitmaps it is written as nothing at all.
func Append(dst []byte, rows []uint32) []byte {
	containers, withRuns := survey(rows)
	begin := len(dst)
	if withRuns {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(cookieWithRuns|(containers-1)<<16))
		flags := len(dst)
		dst = append(dst, make([]byte, (containers+7)/8)...)
		i := 0
		for c, rest := next(rows); len(c) > 0; c, rest = next(rest) {
			if _, runs := formOf(c); runs {
				dst[flags+i/8] |= 1 << (i % 8)
			}
			i++
		}
	} else {
		dst = binary.LittleEndian.AppendUint32(dst, cookieWithoutRuns)
		dst = binary.LittleEndian.AppendUint32(dst, uint32(containers))
	}
	for c, rest := next(rows); len(c) > 0; c, rest = next(rest) {
		dst = binary.LittleEndian.AppendUint16(dst, uint16(c[0]>>16))
		dst = binary.LittleEndian.AppendUint16(dst, uint16(len(c)-1))
	}
	if !withRuns || containers >= noOffsets {
		offset := len(dst) - begin + 4*containers
		for c, rest := next(rows); len(c) > 0; c, rest = next(rest) {
			dst = binary.LittleEndian.AppendUint32(dst, uint32(offset))
			size, _ := formOf(c)
			offset += size
		}
	}
	for c, rest := next(rows); len(c) > 0; c, rest = next(rest) {
		dst = appendContainer(dst, c)
	}
	return dst
}

// next cuts off the rows of the first container.
func next(rows []uint32) (container, rest []uint32) {
	if len(rows) == 0 {
		return nil, nil
	}
	key := rows[0] >> 16
	if rows[len(rows)-1]>>16 == key {
		return rows, nil
	}
	// Binary search for the first row of the next container.
	low, high := 0, min(len(rows), 1<<16)
	for low < high {
		if mid := (low + high) / 2; rows[mid]>>16 == key {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return rows[:low], rows[low:]
}

// survey counts the containers and tells whether one of them is a list of runs.
func survey(rows []uint32) (containers int, withRuns bool) {
	for c, rest := next(rows); len(c) > 0; c, rest = next(rest) {
		containers++
		if !withRuns {
			_, withRuns = formOf(c)
		}
	}
	return containers, withRuns
}

// formOf is the size of the smallest form of a container, and whether that is a list of runs.
func formOf(c []uint32) (size int, runs bool) {
	size = 2 * len(c)
	if len(c) > maxArray {
		size = bitmapSize
	}
	n := 1
	for i := 1; i < len(c); i++ {
		if c[i] != c[i-1]+1 {
			n++
		}
	}
	if asRuns := 2 + 4*n; asRuns < size {
		return asRuns, true
	}
	return size, false
}

func appendContainer(dst []byte, c []uint32) []byte {
	if _, runs := formOf(c); runs {
		return appendRuns(dst, c)
	}
	if len(c) <= maxArray {
		for _, row := range c {
			dst = append(dst, byte(row), byte(row>>8))
		}
		return dst
	}
	at := len(dst)
	dst = append(dst, make([]byte, bitmapSize)...)
	for _, row := range c {
		dst[at+int(row&0xFFFF)>>3] |= 1 << (row & 7)
	}
	return dst
}

func appendRuns(dst []byte, c []uint32) []byte {
	count := len(dst)
	dst = append(dst, 0, 0)
	n := 0
	for first := 0; first < len(c); n++ {
		last := first
		for last+1 < len(c) && c[last+1] == c[last]+1 {
			last++
		}
		dst = binary.LittleEndian.AppendUint16(dst, uint16(c[first]))
		dst = binary.LittleEndian.AppendUint16(dst, uint16(last-first))
		first = last + 1
	}
	binary.LittleEndian.PutUint16(dst[count:], uint16(n))
	return dst
}
