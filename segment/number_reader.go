package segment

import (
	"io"

	"ovate/segment/internal/block"
	"ovate/segment/internal/roaring"
)

// NumberColumn is a column of numbers.
type NumberColumn[T Number] struct {
	s      *Segment
	name   string
	values block.Numbers[T]
	nulls  []byte // the bitmap of the rows that are null; empty if none is
}

// The columns of the three numeric types.
type (
	LongColumn   = NumberColumn[int64]
	FloatColumn  = NumberColumn[float32]
	DoubleColumn = NumberColumn[float64]
)

// Long returns the column name, which must hold longs.
func (s *Segment) Long(name string) (*LongColumn, error) {
	c, err := s.find(name)
	if err == nil && c.long == nil {
		err = s.wrongType(c, "LONG")
	}
	return c.long, err
}

// Float returns the column name, which must hold floats.
func (s *Segment) Float(name string) (*FloatColumn, error) {
	c, err := s.find(name)
	if err == nil && c.float == nil {
		err = s.wrongType(c, "FLOAT")
	}
	return c.float, err
}

// Double returns the column name, which must hold doubles.
func (s *Segment) Double(name string) (*DoubleColumn, error) {
	c, err := s.find(name)
	if err == nil && c.double == nil {
		err = s.wrongType(c, "DOUBLE")
	}
	return c.double, err
}

// readNumbers reads a value part and, in the newer form of a column, the bitmap of nulls.
func readNumbers[T Number](s *Segment, c *block.Cursor, name string, withNulls bool, col *column, values func() block.Numbers[T]) *NumberColumn[T] {
	n := &NumberColumn[T]{s: s, name: name}
	if withNulls {
		size := c.Int("the size of the values")
		end := c.Offset() + size
		n.values = values()
		if c.Err() == nil && c.Offset() != end {
			c.Fail("the values end here and should end at byte %d", end)
		}
		if c.Err() == nil && c.Left() > 0 {
			n.nulls = c.Take(c.Int("the size of the bitmap of nulls"))
		}
	} else {
		n.values = values()
	}
	col.rows = n.values.Len()
	col.info.Encoding = n.values.Encoding()
	col.info.HasNulls = n.HasNulls()
	return n
}

// Len is the number of rows.
func (c *NumberColumn[T]) Len() int { return c.values.Len() }

// HasNulls tells whether rows may be null.
func (c *NumberColumn[T]) HasNulls() bool { return len(c.nulls) > 0 }

// Reader returns a new reader, which begins at the first row.
func (c *NumberColumn[T]) Reader() (*NumberReader[T], error) {
	nulls, err := roaring.NewReader(c.nulls, c.Len())
	if err != nil {
		return nil, c.s.corrupt(c.name, err)
	}
	return &NumberReader[T]{column: c, values: c.values.Reader(), nulls: nulls}, nil
}

// NumberReader reads a column of numbers from front to back. It is for one goroutine at a time.
type NumberReader[T Number] struct {
	column *NumberColumn[T]
	values *block.NumberReader[T]
	row    int
	nulls  *roaring.Reader
	null   []uint32 // those of the rows read last
}

// The readers of the three numeric types.
type (
	LongReader   = NumberReader[int64]
	FloatReader  = NumberReader[float32]
	DoubleReader = NumberReader[float64]
)

// Next reads the next rows, at most len(dst), and returns how many; io.EOF if there are no more. null, which is nil or
// as long as dst, tells which of them are null; their value is 0.
func (r *NumberReader[T]) Next(dst []T, null []bool) (int, error) {
	n := min(len(dst), r.column.Len()-r.row)
	if n == 0 && len(dst) > 0 {
		return 0, io.EOF
	}
	if err := r.values.Read(dst[:n], r.row); err != nil {
		return 0, r.column.s.corrupt(r.column.name, err)
	}
	if null != nil {
		clear(null[:n])
	}
	var err error
	if r.null, err = r.nulls.Append(r.null[:0], r.row, r.row+n); err != nil {
		return 0, r.column.s.corrupt(r.column.name, err)
	}
	for _, row := range r.null {
		i := int(row) - r.row
		dst[i] = 0
		if null != nil {
			null[i] = true
		}
	}
	r.row += n
	return n, nil
}

// Seek makes row the next to be read. It must not be beyond the end.
func (r *NumberReader[T]) Seek(row int) { r.row = row }
