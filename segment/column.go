package segment

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"ovate/segment/internal/block"
)

// column is what is known of a column before its values are read. One of the pointers is set, if it can be read.
type column struct {
	info    ColumnInfo
	rows    int
	long    *NumberColumn[int64]
	float   *NumberColumn[float32]
	double  *NumberColumn[float64]
	strings *StringColumn
	complex *block.Generic // the bytes of an object per row, for most complex types
}

// descriptor begins the file of every column.
type descriptor struct {
	ValueType         string `json:"valueType"`
	HasMultipleValues bool   `json:"hasMultipleValues"`
	Parts             []part `json:"parts"`
}

type part struct {
	Type        string `json:"type"`
	ByteOrder   string `json:"byteOrder"`
	TypeName    string `json:"typeName"`
	LogicalType string `json:"logicalType"`
	NumRows     int    `json:"numRows"`
}

// readColumns reads the headers of all columns.
func (s *Segment) readColumns() error {
	s.columns = make(map[string]column, len(s.names))
	known := make(map[string]descriptor) // by text, of which there are few
	for i, name := range s.names {
		f, ok := s.files[name]
		if !ok {
			return fmt.Errorf("segment %s: column %q: %w", s.path, name, os.ErrNotExist)
		}
		c := block.NewCursor(f.data, 0)
		col := s.readColumn(c, name, known)
		if err := c.Err(); err != nil {
			return s.corrupt(name, err)
		}
		col.info.Name = name
		col.info.Size = int64(len(f.data))
		col.info.Dimension = 0 < i && i <= len(s.dimensions)
		if name == TimeColumn {
			if col.long == nil || col.info.HasNulls {
				return s.corrupt(name, fmt.Errorf("it holds %s and should hold longs that are not null", col.info.Type))
			}
			s.rows = col.rows
		}
		if col.info.Readable && col.rows != s.rows {
			return s.corrupt(name, fmt.Errorf("it has %d rows and %s has %d", col.rows, TimeColumn, s.rows))
		}
		s.columns[name] = col
	}
	s.addParts()
	return nil
}

// addParts adds the sizes of the files that columns have beside the one of their name, as those of nested data do.
func (s *Segment) addParts() {
	for name, f := range s.files {
		if _, ok := s.columns[name]; ok {
			continue
		}
		for dot := strings.LastIndexByte(name, '.'); dot > 0; dot = strings.LastIndexByte(name[:dot], '.') {
			if col, ok := s.columns[name[:dot]]; ok {
				col.info.Size += int64(len(f.data))
				s.columns[name[:dot]] = col
				break
			}
		}
	}
}

// readColumn reads the header of a column.
func (s *Segment) readColumn(c *block.Cursor, name string, known map[string]descriptor) (col column) {
	text := c.Take(c.Int("the length of the descriptor"))
	if c.Err() != nil {
		return col
	}
	d, ok := known[string(text)]
	if !ok {
		if err := json.Unmarshal(text, &d); err != nil {
			c.Fail("the descriptor %.200q: %v", text, err)
			return col
		}
		known[string(text)] = d
	}
	if len(d.Parts) != 1 {
		c.Fail("the descriptor lists %d parts and should list one", len(d.Parts))
		return col
	}
	p := d.Parts[0]
	if p.ByteOrder != "" && p.ByteOrder != "LITTLE_ENDIAN" {
		c.Fail("the byte order is %s, and only LITTLE_ENDIAN is supported", p.ByteOrder)
		return col
	}
	col.info = ColumnInfo{Type: d.ValueType, MultiValue: d.HasMultipleValues, Readable: true}
	switch p.Type {
	case "longV2", "long":
		col.long = readNumbers(s, c, name, p.Type == "longV2", &col, c.Longs)
	case "floatV2", "float":
		col.float = readNumbers(s, c, name, p.Type == "floatV2", &col, c.Floats)
	case "doubleV2", "double":
		col.double = readNumbers(s, c, name, p.Type == "doubleV2", &col, c.Doubles)
	case "stringDictionary":
		col.strings = s.readStrings(c, name, &col)
	case "null":
		col.strings = &StringColumn{s: s, name: name, rows: p.NumRows}
		col.rows = p.NumRows
		col.info.NullOnly, col.info.HasNulls, col.info.Cardinality, col.info.Encoding = true, true, 1, "nothing but null"
	case "complex":
		readComplex(c, p.TypeName, &col)
	default:
		col.info.Readable = false
		col.info.Encoding = p.Type + ", which can not be read"
		if p.LogicalType != "" {
			col.info.Type = p.LogicalType
		}
	}
	return col
}

// readComplex describes a column of objects of an extension's type. The bytes of the objects can be had if they are a
// plain list.
func readComplex(c *block.Cursor, typeName string, col *column) {
	col.info.Readable = false
	col.info.Type = "COMPLEX<" + typeName + ">"
	col.info.Encoding = "complex, which can not be read"
	switch typeName {
	case "hyperUnique", "thetaSketch", "HLLSketch", "quantilesDoublesSketch", "serializablePairLongString":
		list := c.Generic()
		col.complex = &list
		col.rows = list.Len()
		col.info.Encoding = "complex, which can not be read but as bytes"
	}
}

// ComplexColumn is a column of objects of an extension's type, of which the bytes alone can be had.
type ComplexColumn struct{ list *block.Generic }

// Complex returns the column name, which must hold such objects. It is an error if not even their bytes can be read.
func (s *Segment) Complex(name string) (*ComplexColumn, error) {
	c, err := s.find(name)
	switch {
	case err != nil:
		return nil, err
	case c.complex == nil:
		return nil, s.wrongType(c, "COMPLEX")
	case c.rows != s.rows:
		return nil, s.corrupt(name, fmt.Errorf("it has %d objects, and the segment %d rows", c.rows, s.rows))
	}
	return &ComplexColumn{c.complex}, nil
}

// At is the object in a row, nil for null. It must not be written to.
func (c *ComplexColumn) At(row int) []byte {
	object, ok := c.list.At(row)
	if !ok {
		return nil
	}
	return object
}

// wrongType is the error of asking for a column as something that it is not.
func (s *Segment) wrongType(c column, want string) error {
	if !c.info.Readable {
		return fmt.Errorf("segment %s: column %q holds %s as %s", s.path, c.info.Name, c.info.Type, c.info.Encoding)
	}
	return fmt.Errorf("segment %s: column %q holds %s and was asked for %s", s.path, c.info.Name, c.info.Type, want)
}
