package export

import (
	"bytes"
	"io"
	"math"
	"strconv"

	"ovate/druid"
)

// jsonLines writes an object a line. Lists are always arrays.
type jsonLines struct {
	out  io.Writer
	keys [][]byte // with the brace or comma before and the colon after
	text []byte
}

func newJSON(out io.Writer, columns []Column) *jsonLines {
	j := &jsonLines{out: out}
	for i, c := range columns {
		key := []byte{"{,"[min(i, 1)]}
		j.keys = append(j.keys, append(druid.AppendString(key, c.Name), ':'))
	}
	return j
}

// Write implements Writer.
func (j *jsonLines) Write(b *Batch) error {
	j.text = j.text[:0]
	for row := range b.Rows {
		for i := range b.Columns {
			j.text = b.Columns[i].appendJSON(append(j.text, j.keys[i]...), row)
		}
		j.text = append(j.text, "}\n"...)
	}
	_, err := j.out.Write(j.text)
	return err
}

// Close implements Writer.
func (j *jsonLines) Close() error { return nil }

func (v *Vector) appendJSON(dst []byte, row int) []byte {
	switch {
	case v.Null[row]:
		return append(dst, "null"...)
	case v.Type == Text:
		return druid.AppendString(dst, string(v.Texts[row]))
	case v.Type == List:
		return v.appendList(dst, row)
	case v.Type == Time || v.Type == Float && !finite(float64(v.Floats[row])) || v.Type == Double && !finite(v.Doubles[row]):
		return append(v.appendPlain(append(dst, '"'), row), '"') // JSON has no number for it
	}
	return v.appendPlain(dst, row)
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

func (v *Vector) appendList(dst []byte, row int) []byte {
	for i, text := range v.list(row) {
		dst = append(dst, "[,"[min(i, 1)])
		if text == nil {
			dst = append(dst, "null"...)
		} else {
			dst = druid.AppendString(dst, string(text))
		}
	}
	return append(dst, ']')
}

// appendPlain appends a time or a number.
func (v *Vector) appendPlain(dst []byte, row int) []byte {
	switch v.Type {
	case Time:
		return druid.Instant(v.Longs[row]).AppendTo(dst)
	case Float:
		return druid.AppendFloat(dst, v.Floats[row])
	case Double:
		return druid.AppendDouble(dst, v.Doubles[row])
	}
	return strconv.AppendInt(dst, v.Longs[row], 10)
}

// csvLines writes a header and a line a row. A null is nothing at all, an empty text is "", a list is a JSON array.
type csvLines struct {
	out  io.Writer
	text []byte
	list []byte
}

func newCSV(out io.Writer, columns []Column) (*csvLines, error) {
	c := &csvLines{out: out}
	for i, column := range columns {
		if i > 0 {
			c.text = append(c.text, ',')
		}
		c.text = appendQuoted(c.text, []byte(column.Name))
	}
	_, err := out.Write(append(c.text, '\n'))
	return c, err
}

// Write implements Writer.
func (c *csvLines) Write(b *Batch) error {
	c.text = c.text[:0]
	for row := range b.Rows {
		for i := range b.Columns {
			if i > 0 {
				c.text = append(c.text, ',')
			}
			switch v := &b.Columns[i]; {
			case v.Null[row]:
			case v.Type == Text:
				c.text = appendQuoted(c.text, v.Texts[row])
			case v.Type == List:
				c.list = v.appendList(c.list[:0], row)
				c.text = appendQuoted(c.text, c.list)
			default:
				c.text = v.appendPlain(c.text, row)
			}
		}
		c.text = append(c.text, '\n')
	}
	_, err := c.out.Write(c.text)
	return err
}

// Close implements Writer.
func (c *csvLines) Close() error { return nil }

// appendQuoted puts quotes around a text that would be read as something else without them.
func appendQuoted(dst, text []byte) []byte {
	plain := len(text) > 0 && !bytes.ContainsAny(text, "\",\r\n;\t|'#") && text[0] != ' ' && text[len(text)-1] != ' '
	if plain {
		return append(dst, text...)
	}
	dst = append(dst, '"')
	dst = append(dst, bytes.ReplaceAll(text, []byte{'"'}, []byte(`""`))...)
	return append(dst, '"')
}
