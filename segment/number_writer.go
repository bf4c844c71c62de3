package segment

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"ovate/druid"
	"ovate/segment/internal/block"
	"ovate/segment/internal/roaring"
)

// Number is what a numeric column holds.
type Number interface{ int64 | float32 | float64 }

// NumberWriter writes a column of numbers.
type NumberWriter[T Number] struct {
	w          *Writer
	name       string
	descriptor string
	scratch    *scratch
	values     func([]T) error
	finish     func(parts [][]byte) ([][]byte, error)
	rows       int
	low, high  T     // of the rows, if this is the column of times
	err        error // the first, after which nothing more is written
}

// The writers of the three numeric types.
type (
	LongWriter   = NumberWriter[int64]
	FloatWriter  = NumberWriter[float32]
	DoubleWriter = NumberWriter[float64]
)

// Long begins a column of longs. TimeColumn is one that has no nulls.
func (w *Writer) Long(name string) *LongWriter {
	c := beginNumbers[int64](w, name, "LONG", "longV2")
	if w.layout.auto {
		c.scratch.auto.Reset(w.layout.numbers)
		c.values, c.finish = c.scratch.auto.Longs, c.scratch.auto.AppendValues
	} else {
		c.scratch.values.Reset(w.layout.numbers, 8, block.LongsPerBlock)
		c.values = c.scratch.values.Longs
	}
	return c
}

// Float begins a column of floats.
func (w *Writer) Float(name string) *FloatWriter {
	c := beginNumbers[float32](w, name, "FLOAT", "floatV2")
	c.scratch.values.Reset(w.layout.numbers, 4, block.FloatsPerBlock)
	c.values = c.scratch.values.Floats
	return c
}

// Double begins a column of doubles.
func (w *Writer) Double(name string) *DoubleWriter {
	c := beginNumbers[float64](w, name, "DOUBLE", "doubleV2")
	c.scratch.values.Reset(w.layout.numbers, 8, block.LongsPerBlock)
	c.values = c.scratch.values.Doubles
	return c
}

func beginNumbers[T Number](w *Writer, name, valueType, part string) *NumberWriter[T] {
	s := w.options.Buffers.get()
	s.nulls = s.nulls[:0]
	return &NumberWriter[T]{
		w:          w,
		name:       name,
		descriptor: fmt.Sprintf(`{"valueType":%q,"hasMultipleValues":false,"parts":[{"type":%q,"byteOrder":"LITTLE_ENDIAN","bitmapSerdeFactory":{"type":"roaring"}}]}`, valueType, part),
		scratch:    s,
		finish:     s.values.AppendValues,
		err:        w.begin(name),
	}
}

// Append adds rows. null is nil if none of them is null, else it tells for every value whether it is, in which case
// the value does not matter. Neither slice is kept.
func (c *NumberWriter[T]) Append(values []T, null []bool) error {
	if null != nil && len(null) != len(values) {
		c.fail(fmt.Errorf("%d values came with %d null flags", len(values), len(null)))
	}
	if c.err == nil && c.rows+len(values) > math.MaxInt32 {
		c.fail(block.ErrTooLarge)
	}
	if c.err != nil {
		return c.err
	}
	if c.name == TimeColumn && len(values) > 0 {
		low, high := slices.Min(values), slices.Max(values)
		if c.rows > 0 {
			low, high = min(low, c.low), max(high, c.high)
		}
		c.low, c.high = low, high
	}
	if null == nil {
		c.fail(c.values(values))
		c.rows += len(values)
		return c.err
	}
	var chunk [512]T
	for len(values) > 0 {
		n := copy(chunk[:], values)
		for i, isNull := range null[:n] {
			if isNull {
				chunk[i] = 0
				c.scratch.nulls = append(c.scratch.nulls, uint32(c.rows+i))
			}
		}
		c.fail(c.values(chunk[:n]))
		values, null = values[n:], null[n:]
		c.rows += n
	}
	return c.err
}

// fail keeps the first error.
func (c *NumberWriter[T]) fail(err error) {
	if err != nil && c.err == nil {
		c.err = fmt.Errorf("column %q: %w", c.name, err)
	}
}

// checkInterval makes sure that times lie in the segment's interval.
func (c *NumberWriter[T]) checkInterval() error {
	interval := c.w.options.Interval
	if c.name != TimeColumn || c.rows == 0 || interval.IsEmpty() {
		return nil
	}
	for _, t := range []druid.Instant{druid.Instant(c.low), druid.Instant(c.high)} {
		if !interval.Contains(t) {
			return fmt.Errorf("column %q holds %s, which is outside of the segment's interval %s", c.name, t, interval)
		}
	}
	return nil
}

// Close ends the column and writes it into the segment. It must be called once, and gives back the memory.
func (c *NumberWriter[T]) Close() error {
	s := c.scratch
	if s == nil {
		return fmt.Errorf("column %q is closed already", c.name)
	}
	c.scratch = nil
	defer c.w.options.Buffers.put(s)
	if c.err != nil {
		return c.err
	}
	if c.name == TimeColumn && len(s.nulls) > 0 {
		return fmt.Errorf("column %q is null in row %d, and must never be", c.name, s.nulls[0])
	}
	if err := c.checkInterval(); err != nil {
		return err
	}
	parts, err := c.finish(append(s.parts[:0], nil))
	if err != nil {
		return fmt.Errorf("column %q: %w", c.name, err)
	}
	size := 0
	for _, p := range parts {
		size += len(p)
	}
	if size > math.MaxInt32 {
		return fmt.Errorf("column %q: %w", c.name, block.ErrTooLarge)
	}
	parts[0] = binary.BigEndian.AppendUint32(nil, uint32(size))
	if len(s.nulls) > 0 {
		s.bitmap = append(s.bitmap[:0], 0, 0, 0, 0)
		s.bitmap = roaring.Append(s.bitmap, s.nulls)
		binary.BigEndian.PutUint32(s.bitmap, uint32(len(s.bitmap)-4))
		parts = append(parts, s.bitmap)
	}
	s.parts = parts
	return c.w.add(c.name, c.descriptor, c.rows, parts)
}
