package sink

import (
	"cmp"
	"math"
	"math/bits"
	"slices"

	"ovate/druid"
	"ovate/internal/spec"
)

// sortKeys is the sort key of every row, packed into as few 64-bit words as the ranges of its parts allow.
type sortKeys struct {
	words [][]uint64 // most significant first
	width []uint     // bits in use of each word
	rest  *rowLists  // less significant than the words; nil if there is nothing
}

// add appends a part of the given range [0, most] to the key of every row.
func (k *sortKeys) add(part []uint64, most uint64) {
	width := uint(bits.Len64(most))
	if width == 0 {
		return
	}
	last := len(k.words) - 1
	if last < 0 || k.width[last]+width > 64 {
		k.words = append(k.words, slices.Clone(part))
		k.width = append(k.width, width)
		return
	}
	word := k.words[last]
	for i, v := range part {
		word[i] = word[i]<<width | v
	}
	k.width[last] += width
}

// order is the rows 0..n-1 sorted by key; equal ones keep their order.
func (k *sortKeys) order(n int) []int32 {
	rows := make([]int32, n)
	if k.rest != nil {
		k.rest.build()
	}
	if len(k.words) == 0 {
		for i := range rows {
			rows[i] = int32(i)
		}
		if k.rest != nil {
			k.sortTies(rows)
		}
		return rows
	}
	sorted := radixSort(k.words[0], k.width[0])
	for i, e := range sorted {
		rows[i] = e.row
	}
	if len(k.words) > 1 || k.rest != nil {
		for from := 0; from < n; {
			to := from + 1
			for to < n && sorted[to].key == sorted[from].key {
				to++
			}
			if to-from > 1 {
				k.sortTies(rows[from:to])
			}
			from = to
		}
	}
	return rows
}

// sortTies sorts rows whose first words are equal.
func (k *sortKeys) sortTies(rows []int32) {
	var more [][]uint64
	if len(k.words) > 1 {
		more = k.words[1:]
	}
	slices.SortFunc(rows, func(a, b int32) int {
		for _, w := range more {
			if c := cmp.Compare(w[a], w[b]); c != 0 {
				return c
			}
		}
		if k.rest != nil {
			if c := k.rest.compare(a, b); c != 0 {
				return c
			}
		}
		return cmp.Compare(a, b)
	})
}

type keyed struct {
	key uint64
	row int32
}

// radixSort sorts rows by keys of the given width, stably, from the least significant digit on.
func radixSort(keys []uint64, width uint) []keyed {
	const digit, small = 11, 512
	a := make([]keyed, len(keys))
	for i, key := range keys {
		a[i] = keyed{key, int32(i)}
	}
	if len(keys) < small {
		slices.SortFunc(a, func(x, y keyed) int {
			if c := cmp.Compare(x.key, y.key); c != 0 {
				return c
			}
			return cmp.Compare(x.row, y.row)
		})
		return a
	}
	b := make([]keyed, len(keys))
	var starts [1 << digit]int32
	for shift := uint(0); shift < width; shift += digit {
		clear(starts[:])
		for i := range a {
			starts[a[i].key>>shift&(1<<digit-1)]++
		}
		if starts[a[0].key>>shift&(1<<digit-1)] == int32(len(a)) {
			continue
		}
		sum := int32(0)
		for d, n := range starts {
			starts[d] = sum
			sum += n
		}
		for i := range a {
			d := a[i].key >> shift & (1<<digit - 1)
			b[starts[d]] = a[i]
			starts[d]++
		}
		a, b = b, a
	}
	return a
}

// timePart is the time of every row, counted from the earliest.
func timePart(part []uint64, times []druid.Instant) (most uint64) {
	first := slices.Min(times)
	for i, t := range times {
		part[i] = uint64(t - first)
		most = max(most, part[i])
	}
	return most
}

// numberPart is the values of a numeric dimension such that they sort as Druid sorts them: null first, doubles as
// Double.compare does. Values are counted from the smallest. It needs one more than the range of the values; where
// that does not fit, null tells itself apart in a part of its own.
func numberPart(keys *sortKeys, part []uint64, n *numbers, t spec.ColumnType) {
	lowest, highest, nulls := uint64(math.MaxUint64), uint64(0), false
	for i := range part {
		if n.isNull(int32(i)) {
			nulls = true
			continue
		}
		part[i] = Ordered(n.bits(t, int32(i)), t)
		lowest, highest = min(lowest, part[i]), max(highest, part[i])
	}
	if lowest > highest {
		return // every row is null
	}
	if nulls && highest-lowest == math.MaxUint64 {
		present := make([]uint64, len(part))
		for i := range present {
			if !n.isNull(int32(i)) {
				present[i] = 1
			}
		}
		keys.add(present, 1)
		nulls = false
	}
	shift := lowest
	if nulls {
		shift--
	}
	for i := range part {
		if n.isNull(int32(i)) {
			part[i] = 0
		} else {
			part[i] -= shift
		}
	}
	keys.add(part, highest-shift)
}

// Ordered maps the bits of a value to a number that sorts like the value.
func Ordered(v uint64, t spec.ColumnType) uint64 {
	switch t {
	case spec.Long:
		return v ^ 1<<63
	case spec.Float:
		if v&(1<<31) != 0 {
			return uint64(^uint32(v))
		}
		return v | 1<<31
	default:
		if v&(1<<63) != 0 {
			return ^v
		}
		return v | 1<<63
	}
}
