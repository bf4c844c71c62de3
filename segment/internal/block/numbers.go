package block

import (
	"encoding/binary"
	"fmt"
	"math"

	"ovate/segment/internal/compress"
)

// Number is what a column of numbers holds, or the ids of a column of strings.
type Number interface {
	int32 | int64 | float32 | float64
}

// Numbers is a column's values in their file.
type Numbers[T Number] struct {
	pages pages
	// decode reads the values of page beginning with number from into dst; -1, or the first that makes no sense.
	decode   func(dst []T, page []byte, from int) int
	encoding string
}

// Len is the number of values.
func (n *Numbers[T]) Len() int { return n.pages.count }

// Encoding tells how the values are stored, for people.
func (n *Numbers[T]) Encoding() string { return n.encoding }

// NumberReader reads values. It is for one goroutine at a time.
type NumberReader[T Number] struct {
	*Numbers[T]
	pages pageReader
}

// Reader returns a new reader of n.
func (n *Numbers[T]) Reader() *NumberReader[T] {
	return &NumberReader[T]{Numbers: n, pages: newPageReader(&n.pages)}
}

// Read reads the values at to at+len(dst), which must exist.
func (r *NumberReader[T]) Read(dst []T, at int) error {
	if at < 0 || at+len(dst) > r.Len() {
		return fmt.Errorf("values %d to %d of %d are wanted", at, at+len(dst), r.Len())
	}
	for len(dst) > 0 {
		i, from := at/r.pages.perPage, at%r.pages.perPage
		page, err := r.pages.page(i)
		if err != nil {
			return err
		}
		n := min(len(dst), r.pages.perPage-from)
		if bad := r.decode(dst[:n], page, from); bad >= 0 {
			return &CorruptError{r.pages.at(at), fmt.Sprintf("value %d can not be decoded", at+bad)}
		}
		dst = dst[n:]
		at += n
	}
	return nil
}

// valuesVersion begins every column of numbers in blocks.
const valuesVersion = 2

// valuesHeader reads what the value parts of all numbers begin with.
func (c *Cursor) valuesHeader() (count, perPage int, codec byte) {
	if v := c.U8(); c.err == nil && v != valuesVersion {
		c.Fail("the values begin with version %d and should with %d", v, valuesVersion)
	}
	return c.Int("the number of values"), c.Int("the number of values per block"), c.U8()
}

// Floats reads the value part of a float column.
func (c *Cursor) Floats() Numbers[float32] {
	count, perPage, codec := c.valuesHeader()
	return Numbers[float32]{
		pages:    c.readPages(compress.Codec(codec), count, perPage, func(n int) int { return 4 * n }),
		encoding: "plain, " + compress.Codec(codec).String(),
		decode: func(dst []float32, page []byte, from int) int {
			page = page[4*from:]
			for i := range dst {
				dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(page[4*i:]))
			}
			return -1
		},
	}
}

// Doubles reads the value part of a double column.
func (c *Cursor) Doubles() Numbers[float64] {
	count, perPage, codec := c.valuesHeader()
	return Numbers[float64]{
		pages:    c.readPages(compress.Codec(codec), count, perPage, func(n int) int { return 8 * n }),
		encoding: "plain, " + compress.Codec(codec).String(),
		decode: func(dst []float64, page []byte, from int) int {
			page = page[8*from:]
			for i := range dst {
				dst[i] = math.Float64frombits(binary.LittleEndian.Uint64(page[8*i:]))
			}
			return -1
		},
	}
}
