package format

import (
	"encoding/binary"
	"slices"

	"ovate/internal/ingest/row"
)

// fieldSets numbers the different sequences of discovered fields that the rows of a batch have. Mostly there is one.
type fieldSets struct {
	last    int32
	numbers map[string]int32
	key     []byte
}

func (f *fieldSets) reset() {
	f.last = 0
	clear(f.numbers)
}

// number is the index of found in the batch's FieldSets, to which it is added if it is new.
func (f *fieldSets) number(b *row.Batch, found []int32) int32 {
	if len(b.FieldSets) > 0 && slices.Equal(b.FieldSets[f.last], found) {
		return f.last
	}
	f.key = f.key[:0]
	for _, column := range found {
		f.key = binary.NativeEndian.AppendUint32(f.key, uint32(column))
	}
	n, known := f.numbers[string(f.key)]
	if !known {
		n = int32(len(b.FieldSets))
		b.FieldSets = append(b.FieldSets, slices.Clone(found))
		if f.numbers == nil {
			f.numbers = make(map[string]int32)
		}
		f.numbers[string(f.key)] = n
	}
	f.last = n
	return n
}
