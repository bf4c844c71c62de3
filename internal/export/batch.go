package export

import (
	"encoding/base64"
	"errors"
	"io"
	"strconv"

	"ovate/druid"
	"ovate/segment"
)

// Batch is some rows, a vector a column.
type Batch struct {
	Rows    int
	Columns []Vector
}

// Vector is the values of a column in the rows of a batch.
type Vector struct {
	Type    Type
	Null    []bool
	Longs   []int64 // of times as well
	Floats  []float32
	Doubles []float64
	Texts   [][]byte // one a row; of lists the items of all, nil for a null
	ends    []int32  // of lists: where those of each row end
}

// list is the items of a row.
func (v *Vector) list(row int) [][]byte {
	start := int32(0)
	if row > 0 {
		start = v.ends[row-1]
	}
	return v.Texts[start:v.ends[row]]
}

func (v *Vector) reset() {
	v.Null, v.Longs, v.Floats, v.Doubles, v.Texts, v.ends = v.Null[:0], v.Longs[:0], v.Floats[:0], v.Doubles[:0], v.Texts[:0], v.ends[:0]
}

// text appends a text, or with nil a null, as the type has it.
func (v *Vector) text(text []byte) {
	v.Null = append(v.Null, text == nil)
	switch {
	case v.Type == Text:
		v.Texts = append(v.Texts, text)
	case text != nil:
		v.Texts = append(v.Texts, text)
		fallthrough
	default:
		v.ends = append(v.ends, int32(len(v.Texts)))
	}
}

// null appends a null to a vector of any type.
func (v *Vector) null() {
	switch v.Type {
	case Text, List:
		v.text(nil)
		return
	case Float:
		v.Floats = append(v.Floats, 0)
	case Double:
		v.Doubles = append(v.Doubles, 0)
	default:
		v.Longs = append(v.Longs, 0)
	}
	v.Null = append(v.Null, true)
}

// batchRows is small enough for the values to stay in the cache of the processor.
const batchRows = 1024

// Rows reads rows of a segment, from front to back.
type Rows struct {
	batch   Batch
	row     int
	rows    int
	columns []func(v *Vector, row, n int) error
}

// NewRows reads columns of a segment.
func NewRows(s *segment.Segment, columns []Column) (*Rows, error) {
	r := &Rows{rows: s.Rows(), batch: Batch{Columns: make([]Vector, len(columns))}}
	infos := map[string]segment.ColumnInfo{}
	for _, info := range s.Columns() {
		infos[info.Name] = info
	}
	for i, c := range columns {
		r.batch.Columns[i].Type = c.Type
		info, ok := infos[c.Name]
		read, err := reader(s, info, ok)
		if err != nil {
			return nil, err
		}
		r.columns = append(r.columns, read)
	}
	return r, nil
}

// Skip passes over the next rows.
func (r *Rows) Skip(n int) { r.row += n }

// Next reads the next rows, at most n; io.EOF if there are no more. The batch is valid until the next call.
func (r *Rows) Next(n int) (*Batch, error) {
	n = min(n, batchRows, r.rows-r.row)
	if n <= 0 {
		return nil, io.EOF
	}
	for i, read := range r.columns {
		v := &r.batch.Columns[i]
		v.reset()
		if err := read(v, r.row, n); err != nil {
			return nil, err
		}
	}
	r.row += n
	r.batch.Rows = n
	return &r.batch, nil
}

// reader is how a column of a segment is appended to a vector.
func reader(s *segment.Segment, info segment.ColumnInfo, there bool) (func(v *Vector, row, n int) error, error) {
	switch {
	case !there:
		return func(v *Vector, _, n int) error {
			for range n {
				v.null()
			}
			return nil
		}, nil
	case !info.Readable:
		return objects(s, info.Name)
	case info.Type == "LONG":
		c, err := s.Long(info.Name)
		return numbers(c, err, (*Vector).long)
	case info.Type == "FLOAT":
		c, err := s.Float(info.Name)
		return numbers(c, err, (*Vector).float)
	case info.Type == "DOUBLE":
		c, err := s.Double(info.Name)
		return numbers(c, err, (*Vector).double)
	}
	return texts(s, info.Name)
}

func numbers[T segment.Number](c *segment.NumberColumn[T], err error, add func(*Vector, T)) (func(v *Vector, row, n int) error, error) {
	if err != nil {
		return nil, err
	}
	r, err := c.Reader()
	if err != nil {
		return nil, err
	}
	values, nulls := make([]T, batchRows), make([]bool, batchRows)
	return func(v *Vector, row, n int) error {
		r.Seek(row)
		if _, err := r.Next(values[:n], nulls[:n]); err != nil {
			return err
		}
		for i, value := range values[:n] {
			if nulls[i] {
				v.null()
			} else {
				add(v, value)
			}
		}
		return nil
	}, nil
}

func (v *Vector) long(value int64) {
	if v.Type == Text || v.Type == List {
		v.text(strconv.AppendInt(nil, value, 10))
		return
	}
	v.Null, v.Longs = append(v.Null, false), append(v.Longs, value)
}

func (v *Vector) float(value float32) {
	switch v.Type {
	case Text, List:
		v.text(druid.AppendFloat(nil, value))
	case Double:
		v.double(float64(value))
	default:
		v.Null, v.Floats = append(v.Null, false), append(v.Floats, value)
	}
}

func (v *Vector) double(value float64) {
	if v.Type == Text || v.Type == List {
		v.text(druid.AppendDouble(nil, value))
		return
	}
	v.Null, v.Doubles = append(v.Null, false), append(v.Doubles, value)
}

// texts reads strings. A column of nothing but null fits a vector of any type.
func texts(s *segment.Segment, name string) (func(v *Vector, row, n int) error, error) {
	c, err := s.String(name)
	if err != nil {
		return nil, err
	}
	r := c.Reader()
	var ends, ids []int32
	return func(v *Vector, row, n int) (err error) {
		r.Seek(row)
		if ends, ids, err = r.NextLists(ends[:0], ids[:0], n); err != nil {
			return err
		}
		if len(ends) != n {
			return errors.New("column " + name + " has fewer rows than the segment")
		}
		start := int32(0)
		for _, end := range ends {
			v.row(c, ids[start:end])
			start = end
		}
		return nil
	}, nil
}

// row appends the texts of a row. One null alone is a null, as queries see it.
func (v *Vector) row(c *segment.StringColumn, ids []int32) {
	switch {
	case len(ids) == 0 || len(ids) == 1 && c.At(int(ids[0])) == nil:
		v.null()
	case len(ids) == 1:
		v.text(c.At(int(ids[0])))
	default:
		for _, id := range ids {
			v.Texts = append(v.Texts, c.At(int(id)))
		}
		v.Null, v.ends = append(v.Null, false), append(v.ends, int32(len(v.Texts)))
	}
}

// objects reads objects of an extension's type as base64.
func objects(s *segment.Segment, name string) (func(v *Vector, row, n int) error, error) {
	c, err := s.Complex(name)
	if err != nil {
		return nil, err
	}
	return func(v *Vector, row, n int) error {
		for i := range n {
			object := c.At(row + i)
			if object == nil {
				v.null()
				continue
			}
			v.text(base64.StdEncoding.AppendEncode(make([]byte, 0, 1), object))
		}
		return nil
	}, nil
}
