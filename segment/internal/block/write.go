package block

import (
	"encoding/binary"
	"math"

	"ovate/segment/internal/compress"
)

// ValueWriter turns the values of a column into blocks as they come: only the block being filled is held as it is. The
// zero value needs a Reset. It is for one goroutine at a time.
type ValueWriter struct {
	compressor compress.Compressor
	codec      compress.Codec
	width      int // bytes per value
	perBlock   int // 0 with compress.None
	count      int
	open       []byte // the block being filled; with compress.None all values
	blocks     GenericWriter
}

// Reset begins a new column of values of width bytes, perBlock of them to a block.
func (w *ValueWriter) Reset(codec compress.Codec, width, perBlock int) {
	w.codec, w.width, w.perBlock, w.count = codec, width, perBlock, 0
	w.open = w.open[:0]
	w.blocks.Reset()
	w.compressor.Begin()
	if codec == compress.None {
		w.perBlock = 0
	}
}

// Len is the number of values so far.
func (w *ValueWriter) Len() int { return w.count }

// room returns how many of n values the open block takes.
func (w *ValueWriter) room(n int) (int, error) {
	if w.count+n > math.MaxInt32 {
		return 0, ErrTooLarge
	}
	if w.perBlock == 0 {
		return n, nil
	}
	full := w.perBlock * w.width
	if len(w.open) == full {
		if err := w.flush(); err != nil {
			return 0, err
		}
	}
	return min(n, (full-len(w.open))/w.width), nil
}

func (w *ValueWriter) flush() error {
	values, err := w.compressor.Append(w.codec, w.blocks.Begin(), w.open, w.width)
	if err != nil {
		return err
	}
	w.open = w.open[:0]
	return w.blocks.End(values)
}

// Longs appends longs, in 8 bytes each.
func (w *ValueWriter) Longs(values []int64) error {
	for len(values) > 0 {
		n, err := w.room(len(values))
		if err != nil {
			return err
		}
		for _, v := range values[:n] {
			w.open = binary.LittleEndian.AppendUint64(w.open, uint64(v))
		}
		values = values[n:]
		w.count += n
	}
	return nil
}

// Doubles appends doubles, in 8 bytes each.
func (w *ValueWriter) Doubles(values []float64) error {
	for len(values) > 0 {
		n, err := w.room(len(values))
		if err != nil {
			return err
		}
		for _, v := range values[:n] {
			w.open = binary.LittleEndian.AppendUint64(w.open, math.Float64bits(v))
		}
		values = values[n:]
		w.count += n
	}
	return nil
}

// Floats appends floats, in 4 bytes each.
func (w *ValueWriter) Floats(values []float32) error {
	for len(values) > 0 {
		n, err := w.room(len(values))
		if err != nil {
			return err
		}
		for _, v := range values[:n] {
			w.open = binary.LittleEndian.AppendUint32(w.open, math.Float32bits(v))
		}
		values = values[n:]
		w.count += n
	}
	return nil
}

// Ints appends ints in as many bytes as Reset was told, without looking whether they fit.
func (w *ValueWriter) Ints(values []int32) error {
	for len(values) > 0 {
		n, err := w.room(len(values))
		if err != nil {
			return err
		}
		switch w.width {
		case 1:
			for _, v := range values[:n] {
				w.open = append(w.open, byte(v))
			}
		case 2:
			for _, v := range values[:n] {
				w.open = append(w.open, byte(v), byte(v>>8))
			}
		case 3:
			for _, v := range values[:n] {
				w.open = append(w.open, byte(v), byte(v>>8), byte(v>>16))
			}
		default:
			for _, v := range values[:n] {
				w.open = binary.LittleEndian.AppendUint32(w.open, uint32(v))
			}
		}
		values = values[n:]
		w.count += n
	}
	return nil
}

// AppendValues ends the column and appends to parts the pieces of memory that make the value part of a column of
// numbers, or of ints of four bytes (CompressedColumnarInts). They are valid until the next Reset.
func (w *ValueWriter) AppendValues(parts [][]byte) ([][]byte, error) {
	return w.appendParts(append(parts, appendValuesHeader(nil, w.count, w.perBlock, byte(w.codec))))
}

// AppendIDs is AppendValues for ids of a dictionary (CompressedVSizeColumnarInts).
func (w *ValueWriter) AppendIDs(parts [][]byte) ([][]byte, error) {
	head := []byte{compressedVersion, byte(w.width)}
	head = binary.BigEndian.AppendUint32(head, uint32(w.count))
	head = binary.BigEndian.AppendUint32(head, uint32(w.perBlock))
	return w.appendParts(append(parts, append(head, byte(w.codec))))
}

func (w *ValueWriter) appendParts(parts [][]byte) ([][]byte, error) {
	if w.codec == compress.None {
		return append(parts, w.open), nil
	}
	if len(w.open) > 0 {
		if err := w.flush(); err != nil {
			return parts, err
		}
	}
	return w.blocks.AppendParts(parts, false), nil
}

func appendValuesHeader(dst []byte, count, perBlock int, codec byte) []byte {
	dst = append(dst, valuesVersion)
	dst = binary.BigEndian.AppendUint32(dst, uint32(count))
	dst = binary.BigEndian.AppendUint32(dst, uint32(perBlock))
	return append(dst, codec)
}

// AppendPlainIDs appends to parts the pieces of memory that make ids of width bytes without blocks
// (VSizeColumnarInts). The writer is only asked for memory; the pieces are valid until its next Reset.
func (w *ValueWriter) AppendPlainIDs(parts [][]byte, ids []int32, width int) ([][]byte, error) {
	size := width*len(ids) + 4 - width
	if size > math.MaxInt32 {
		return parts, ErrTooLarge
	}
	w.open = binary.BigEndian.AppendUint32(append(w.open[:0], vsizeVersion, byte(width)), uint32(size))
	w.appendBig(ids, width)
	return append(parts, w.open), nil
}

// AppendPlainLists is AppendPlainIDs for lists of ids (VSizeColumnarMultiInts), of which ends says where each of them
// ends.
func (w *ValueWriter) AppendPlainLists(parts [][]byte, ends, ids []int32, width int) ([][]byte, error) {
	size := 4 + 4*len(ends) + width*len(ids) + 4 - width
	if size > math.MaxInt32 {
		return parts, ErrTooLarge
	}
	w.open = binary.BigEndian.AppendUint32(append(w.open[:0], multiVersion, byte(width)), uint32(size))
	w.open = binary.BigEndian.AppendUint32(w.open, uint32(len(ends)))
	for _, end := range ends {
		w.open = binary.BigEndian.AppendUint32(w.open, uint32(end)*uint32(width))
	}
	w.appendBig(ids, width)
	return append(parts, w.open), nil
}

// appendBig appends ids in big-endian, and the zero bytes that let Java read four bytes of the last.
func (w *ValueWriter) appendBig(ids []int32, width int) {
	for _, id := range ids {
		for shift := 8 * (width - 1); shift >= 0; shift -= 8 {
			w.open = append(w.open, byte(id>>shift))
		}
	}
	w.open = append(w.open, make([]byte, 4-width)...)
}

// ListsVersion is the byte in front of compressed lists: their offsets, then their ids.
const ListsVersion = multiV3Version
