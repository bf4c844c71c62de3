package block

import (
	"encoding/binary"
	"math"

	"ovate/segment/internal/compress"
)

// LongsPerBlock and FloatsPerBlock are how many values Druid puts into a block that is neither packed nor empty.
const (
	LongsPerBlock  = compress.MaxBlock / 8
	FloatsPerBlock = compress.MaxBlock / 4
)

// AutoWriter writes longs in the form that Druid's encoding "auto" chooses when it has seen all of them, and therefore
// holds them until then: as places in a table if they are at most 256 different ones, else as distances from the least
// one in as few bits as possible, else plain. The zero value needs a Reset.
type AutoWriter struct {
	plain    ValueWriter
	codec    compress.Codec
	values   []int64
	table    []int64          // in the order of their first appearance
	places   map[int64]uint64 // of the table; nil when there are too many
	min, max int64
	packed   []uint64
}

// Reset begins a new column.
func (w *AutoWriter) Reset(codec compress.Codec) {
	w.plain.Reset(codec, 8, LongsPerBlock)
	w.codec = codec
	w.values, w.table = w.values[:0], w.table[:0]
	w.places = make(map[int64]uint64)
	w.min, w.max = math.MaxInt64, math.MinInt64
}

// Len is the number of values so far.
func (w *AutoWriter) Len() int { return len(w.values) }

// Longs appends values.
func (w *AutoWriter) Longs(values []int64) error {
	if len(w.values)+len(values) > math.MaxInt32 {
		return ErrTooLarge
	}
	w.values = append(w.values, values...)
	for _, v := range values {
		w.min, w.max = min(w.min, v), max(w.max, v)
	}
	for i := 0; w.places != nil && i < len(values); i++ {
		v := values[i]
		if i > 0 && v == values[i-1] {
			continue
		}
		if _, ok := w.places[v]; ok {
			continue
		}
		w.places[v] = uint64(len(w.table))
		if w.table = append(w.table, v); len(w.table) > maxTable {
			w.places = nil
		}
	}
	return nil
}

// AppendValues ends the column and appends to parts the pieces of memory that make its value part. They are valid
// until the next Reset.
func (w *AutoWriter) AppendValues(parts [][]byte) ([][]byte, error) {
	spread := uint64(w.max) - uint64(w.min)
	switch {
	case w.places != nil:
		head := []byte{encodingTable, encodingVersion}
		head = binary.BigEndian.AppendUint32(head, uint32(len(w.table)))
		for _, v := range w.table {
			head = binary.BigEndian.AppendUint64(head, uint64(v))
		}
		return w.appendPacked(parts, head, bitsFor(uint64(len(w.table))), func(v int64) uint64 { return w.places[v] })
	case spread < math.MaxInt64:
		bits := bitsFor(spread + 1)
		head := []byte{encodingDelta, encodingVersion}
		head = binary.BigEndian.AppendUint64(head, uint64(w.min))
		head = binary.BigEndian.AppendUint32(head, uint32(bits))
		return w.appendPacked(parts, head, bits, func(v int64) uint64 { return uint64(v - w.min) })
	}
	if err := w.plain.Longs(w.values); err != nil {
		return parts, err
	}
	return w.plain.AppendValues(parts)
}

// appendPacked writes the values, as number gives them, in blocks of packed bits after the header of the encoding.
func (w *AutoWriter) appendPacked(parts [][]byte, encoding []byte, bits int, number func(int64) uint64) ([][]byte, error) {
	perBlock, chunk := packedPerBlock(bits), packedPerBlock(bits)
	if w.codec == compress.None {
		perBlock, chunk = 0, max(len(w.values), 1)
	}
	head := appendValuesHeader(nil, len(w.values), perBlock, byte(w.codec)-encodingShift)
	parts = append(parts, append(head, encoding...))
	// Whole bytes are compressed as what they are, parts of bytes as bytes.
	width := max(bits/8, 1)
	blocks := &w.plain.blocks
	for rest := w.values; len(rest) > 0; {
		n := min(len(rest), chunk)
		w.packed = w.packed[:0]
		for _, v := range rest[:n] {
			w.packed = append(w.packed, number(v))
		}
		rest = rest[n:]
		w.plain.open = appendPacked(w.plain.open[:0], w.packed, bits)
		if w.codec == compress.None {
			continue
		}
		values, err := w.plain.compressor.Append(w.codec, blocks.Begin(), w.plain.open, width)
		if err == nil {
			err = blocks.End(values)
		}
		if err != nil {
			return parts, err
		}
	}
	if w.codec == compress.None {
		if len(w.values) == 0 {
			w.plain.open = appendPacked(w.plain.open[:0], nil, bits)
		}
		return append(parts, w.plain.open), nil
	}
	return blocks.AppendParts(parts, false), nil
}
