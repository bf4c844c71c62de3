package sink

import "ovate/internal/spec"

// What is held for each of many small things, in bytes, by estimate.
const (
	bytesPerIndex  = 512
	bytesPerColumn = 320 // of an index
	bytesPerValues = 512
)

// bytes is about how much memory the rows take, and what it takes on top to write them out.
func (s *Set) bytes() int64 {
	columns := int64(len(s.schema.Dimensions.Dimensions) + len(s.discovered) + len(s.schema.Metrics))
	n := (s.bytesPerRow()+s.bytesToSort())*int64(s.rows) + (bytesPerIndex+bytesPerColumn*columns)*int64(len(s.indexes))
	var write, most int64
	count := func(v *Values) {
		n += bytesPerValues + v.bytes()
		write += v.bytesToWrite()
		most = max(most, v.bytesToWrite())
	}
	for _, v := range s.listed {
		if v != nil {
			count(v)
		}
	}
	for _, v := range s.discovered {
		count(v)
	}
	return n + min(write, most*int64(s.values)) // every worker writes one at a time
}

func (s *Set) bytesPerRow() int64 {
	perRow := 8
	for _, d := range s.schema.Dimensions.Dimensions {
		if d.Type == spec.String {
			perRow += 4
		} else {
			perRow += 9
		}
	}
	perRow += 4*len(s.discovered) + 9*len(s.schema.Metrics)
	if s.schema.Granularity.Rollup {
		perRow += 20
	}
	return int64(perRow)
}

// bytesToSort is what a row takes while its index is sorted, which is more than while it is written: a part of its key, the words
// of the key, of which four dimensions fill about one, two pairs of word and row to sort by the first word, and the row in order.
func (s *Set) bytesToSort() int64 {
	const part, word, pair, row = 8, 8, 16, 4
	return part + word*int64(1+(len(s.schema.Dimensions.Dimensions)+len(s.discovered))/4) + 2*pair + row
}

// bytesToWrite is what the distinct values take while they are ranked and written, besides themselves: ranks and the order of
// entries, then their texts, bitmaps and offsets in the form that segments have.
func (v *Values) bytesToWrite() int64 {
	const rank, bitmap, offsets = 12, 26, 12
	return int64(v.dict.Len())*(rank+bitmap+offsets) + v.dict.TextBytes()
}
