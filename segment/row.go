package segment

import (
	"encoding/base64"
	"fmt"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"ovate/druid"
	"ovate/segment/internal/block"
)

// RowReader reads rows as JSON. It is for one goroutine at a time; rows in ascending order are cheapest.
type RowReader struct {
	rows    int
	fields  []field
	leftOut []string
	longest int  // bytes of a value; 0: any number
	short   bool // some were longer
}

// field appends the value of one column in a row.
type field struct {
	key    []byte // with the comma or brace before and the colon after
	append func(dst []byte, row int) ([]byte, error)
}

// RowReader returns a new reader of all columns that can be read. Objects of an extension's type appear as the base64 of
// their bytes; columns of nested data and of numeric first or last values are left out.
func (s *Segment) RowReader() (*RowReader, error) {
	r := &RowReader{rows: s.rows}
	for i, name := range s.names {
		c := s.columns[name]
		if !c.info.Readable && c.complex == nil {
			r.leftOut = append(r.leftOut, name)
			continue
		}
		key := []byte{','}
		if i == 0 {
			key[0] = '{'
		}
		key = append(druid.AppendString(key, name), ':')
		value, err := s.valueAppender(c, r)
		if err != nil {
			return nil, err
		}
		r.fields = append(r.fields, field{key, value})
	}
	return r, nil
}

// LeftOut are the names of the columns that the reader leaves out.
func (r *RowReader) LeftOut() []string { return r.leftOut }

// Shorten has texts of more than so many bytes, and lists of about as many, end in "…" instead.
func (r *RowReader) Shorten(longest int) { r.longest = longest }

// Shortened tells whether some were, so far.
func (r *RowReader) Shortened() bool { return r.short }

// AppendJSON appends a row to dst as Druid's own dump-segment tool prints it: the time as text, then the dimensions in
// order, then the metrics.
func (r *RowReader) AppendJSON(dst []byte, row int) (_ []byte, err error) {
	if row < 0 || row >= r.rows {
		return dst, fmt.Errorf("row %d of %d is asked for", row, r.rows)
	}
	for _, f := range r.fields {
		dst = append(dst, f.key...)
		if dst, err = f.append(dst, row); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

func (s *Segment) valueAppender(c column, r *RowReader) (func([]byte, int) ([]byte, error), error) {
	switch {
	case c.info.Name == TimeColumn:
		return numberAppender(c.long, func(dst []byte, v int64) []byte {
			return append(druid.Instant(v).AppendTo(append(dst, '"')), '"')
		})
	case c.long != nil:
		return numberAppender(c.long, func(dst []byte, v int64) []byte { return strconv.AppendInt(dst, v, 10) })
	case c.float != nil:
		return numberAppender(c.float, func(dst []byte, v float32) []byte {
			return quoteUnlessFinite(druid.AppendFloat(dst, v), len(dst), float64(v))
		})
	case c.double != nil:
		return numberAppender(c.double, func(dst []byte, v float64) []byte {
			return quoteUnlessFinite(druid.AppendDouble(dst, v), len(dst), v)
		})
	case c.strings != nil:
		return stringAppender(c.strings, r), nil
	case c.rows != s.rows:
		return nil, s.corrupt(c.info.Name, fmt.Errorf("it has %d objects, and the segment %d rows", c.rows, s.rows))
	default:
		return complexAppender(c.complex), nil
	}
}

// quoteUnlessFinite puts quotes around the number that dst has from byte at on if JSON has none for it.
func quoteUnlessFinite(dst []byte, at int, v float64) []byte {
	if !math.IsNaN(v) && !math.IsInf(v, 0) {
		return dst
	}
	return append(slices.Insert(dst, at, '"'), '"')
}

func numberAppender[T Number](c *NumberColumn[T], text func([]byte, T) []byte) (func([]byte, int) ([]byte, error), error) {
	r, err := c.Reader()
	if err != nil {
		return nil, err
	}
	var value [1]T
	var null [1]bool
	return func(dst []byte, row int) ([]byte, error) {
		r.Seek(row)
		if _, err := r.Next(value[:], null[:]); err != nil {
			return dst, err
		}
		if null[0] {
			return append(dst, "null"...), nil
		}
		return text(dst, value[0]), nil
	}, nil
}

func stringAppender(c *StringColumn, rows *RowReader) func([]byte, int) ([]byte, error) {
	r := c.Reader()
	var ends, ids []int32
	return func(dst []byte, row int) (_ []byte, err error) {
		r.Seek(row)
		if ends, ids, err = r.NextLists(ends[:0], ids[:0], 1); err != nil {
			return dst, err
		}
		switch len(ids) {
		case 0:
			return append(dst, "null"...), nil
		case 1:
			return rows.appendText(dst, c.At(int(ids[0]))), nil
		}
		begin := len(dst)
		for i, id := range ids {
			dst = append(dst, "[,"[min(i, 1)])
			if rows.longest > 0 && len(dst)-begin > rows.longest {
				dst, rows.short = append(dst, `"…"`...), true
				break
			}
			dst = rows.appendText(dst, c.At(int(id)))
		}
		return append(dst, ']'), nil
	}
}

func (r *RowReader) appendText(dst, text []byte) []byte {
	switch end := r.longest; {
	case text == nil:
		return append(dst, "null"...)
	case end > 0 && len(text) > end:
		for end > 0 && !utf8.RuneStart(text[end]) {
			end--
		}
		r.short = true
		return druid.AppendString(dst, string(text[:end])+"…")
	}
	return druid.AppendString(dst, string(text))
}

func complexAppender(list *block.Generic) func([]byte, int) ([]byte, error) {
	return func(dst []byte, row int) ([]byte, error) {
		object, ok := list.At(row)
		if !ok {
			return append(dst, "null"...), nil
		}
		return append(base64.StdEncoding.AppendEncode(append(dst, '"'), object), '"'), nil
	}
}
