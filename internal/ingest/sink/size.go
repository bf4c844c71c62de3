package sink

import "ovate/internal/spec"

// What is held for each of many small things, in bytes, by estimate.
const (
	bytesPerIndex  = 512
	bytesPerColumn = 320 // of an index
	bytesPerValues = 512
)

// sizes is what all values of a set take together.
type sizes struct {
	held  int64 // bytes
	write int64 // bytes to write them out
	most  int64 // the most of it that one needs
	full  bool  // one of them has to leave memory, also where nothing else bounds it
}

// add counts values, again if they have grown.
func (s *sizes) add(v *Values) {
	held, write := bytesPerValues+v.bytes(), v.bytesToWrite()
	s.held += held - v.counted.held
	s.write += write - v.counted.write
	s.most = max(s.most, write)
	s.full = s.full || v.full()
	v.counted = sizes{held: held, write: write}
}

// bytes is about how much memory the rows take, and what it takes on top to write them out.
func (s *Set) bytes() int64 {
	n := (s.bytesPerRow()+s.bytesToSort())*int64(s.rows) + s.found + s.foundToSort()
	return n + s.bytesOfIndexes() + s.sizes.held + min(s.sizes.write, s.sizes.most*int64(s.values)) // every worker writes one at a time
}

// leastOfIndexes is how much indexes may take before they leave memory in the midst of a batch, each row of which may be of a time chunk of its own.
const leastOfIndexes = 16 << 20

// bytesOfIndexes is what indexes take besides their rows.
func (s *Set) bytesOfIndexes() int64 {
	return bytesPerIndex*int64(len(s.indexes)) + bytesPerColumn*int64(s.columns)
}

// bytesPerRow is what a row takes besides its discovered dimensions.
func (s *Set) bytesPerRow() int64 {
	perRow := 8
	for _, d := range s.schema.Dimensions.Dimensions {
		if d.Type == spec.String {
			perRow += 4
		} else {
			perRow += 9
		}
	}
	perRow += 9 * len(s.schema.Metrics)
	if s.schema.Granularity.Rollup {
		perRow += 24
	}
	return int64(perRow)
}

// bytesToSort is what a row takes while its index is sorted, which is more than while it is written: a part of its key, the words
// of the key, of which four dimensions fill about one, two pairs of word and row to sort by the first word, and the row in order.
func (s *Set) bytesToSort() int64 {
	const part, word, pair, row = 8, 8, 16, 4
	return part + word*int64(1+len(s.schema.Dimensions.Dimensions)/4) + 2*pair + row
}

// foundToSort is the same of the discovered dimensions: what they add to words, or lists of the values that a row has.
func (s *Set) foundToSort() int64 {
	if len(s.discovered) == 0 {
		return 0
	}
	return 2*s.found + 8*int64(s.rows)
}

// bytesToWrite is what the distinct values take while they are ranked and written, besides themselves: ranks and the order of
// entries, then their texts, bitmaps and offsets in the form that segments have.
func (v *Values) bytesToWrite() int64 {
	const rank, bitmap, offsets = 12, 26, 12
	return int64(v.dict.Len())*(rank+bitmap+offsets) + v.dict.TextBytes()
}
