package export

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/klauspost/compress/zstd"
)

// parquet writes Apache Parquet: row groups of one page a column, plain values, compressed with Zstandard. That is a small part of
// the format, which every reader knows; a library for all of it would make the program half as large again.
type parquet struct {
	out     io.Writer
	columns []Column
	zstd    *zstd.Encoder

	group  []page // what the row group will hold, a page a column
	rows   int    // in it
	most   int    // rows in a group
	groups thrift // the descriptions of those that are written
	count  int    // of them
	offset int64  // in the file
	total  int64  // rows
	packed []byte
}

// page collects the values of a column.
type page struct {
	values      []byte
	definitions []byte // how much of each value is there, of those that may be null
	repetitions []byte // 1 goes on with the list before, of lists
}

// A row group is written when it is as big as one of these. It is what is held in memory.
const (
	groupRows  = 122_880 // as DuckDB writes and likes them
	groupBytes = 32 << 20
)

const magic = "PAR1"

func newParquet(out io.Writer, columns []Column) (*parquet, error) {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		return nil, err
	}
	p := &parquet{out: out, columns: columns, zstd: encoder, group: make([]page, len(columns)), most: groupRows}
	p.groups.last = []int{0}
	return p, p.write([]byte(magic))
}

func (p *parquet) write(b []byte) error {
	n, err := p.out.Write(b)
	p.offset += int64(n)
	return err
}

// Write implements Writer.
func (p *parquet) Write(b *Batch) error {
	size := 0
	for i := range p.group {
		p.group[i].append(&b.Columns[i], p.columns[i].Name == timeColumn)
		size += len(p.group[i].values) + len(p.group[i].definitions) + len(p.group[i].repetitions)
	}
	if p.rows += b.Rows; p.rows >= p.most || size >= groupBytes {
		return p.endGroup()
	}
	return nil
}

func (g *page) append(v *Vector, always bool) {
	if v.Type == List {
		g.appendLists(v)
		return
	}
	for i, null := range v.Null {
		if !always {
			g.definitions = append(g.definitions, level(!null))
		}
		if null {
			continue
		}
		switch v.Type {
		case Float:
			g.values = binary.LittleEndian.AppendUint32(g.values, math.Float32bits(v.Floats[i]))
		case Double:
			g.values = binary.LittleEndian.AppendUint64(g.values, math.Float64bits(v.Doubles[i]))
		case Text:
			g.appendText(v.Texts[i])
		default:
			g.values = binary.LittleEndian.AppendUint64(g.values, uint64(v.Longs[i]))
		}
	}
}

func level(there bool) byte {
	if there {
		return 1
	}
	return 0
}

func (g *page) appendText(text []byte) {
	g.values = append(binary.LittleEndian.AppendUint32(g.values, uint32(len(text))), text...)
}

// appendLists writes rows as Parquet takes lists apart: a null row is there to degree 0, a null within a list to 2, a text to 3.
func (g *page) appendLists(v *Vector) {
	for i, null := range v.Null {
		if null {
			g.definitions, g.repetitions = append(g.definitions, 0), append(g.repetitions, 0)
			continue
		}
		for at, text := range v.list(i) {
			g.repetitions = append(g.repetitions, level(at > 0))
			if text == nil {
				g.definitions = append(g.definitions, 2)
				continue
			}
			g.definitions = append(g.definitions, 3)
			g.appendText(text)
		}
	}
}

// endGroup writes the row group, if there is something in it.
func (p *parquet) endGroup() error {
	if p.rows == 0 {
		return nil
	}
	start := p.offset
	p.groups.open()
	p.groups.list(1, thriftStruct, len(p.columns))
	for i := range p.group {
		if err := p.writePage(i); err != nil {
			return err
		}
	}
	p.groups.i64(2, p.offset-start)
	p.groups.i64(3, int64(p.rows))
	p.groups.close()
	p.total += int64(p.rows)
	p.count++
	p.rows = 0
	return nil
}

// writePage writes a column of the row group and its description.
func (p *parquet) writePage(i int) error {
	g, c := &p.group[i], p.columns[i]
	var body []byte
	values := max(len(g.definitions), p.rows)
	if c.Type == List {
		body = appendLevels(body, g.repetitions, 1)
		body = appendLevels(body, g.definitions, 2)
	} else if c.Name != timeColumn {
		body = appendLevels(body, g.definitions, 1)
	}
	body = append(body, g.values...)
	if len(body) > math.MaxInt32 {
		return fmt.Errorf("column %q: %d rows together have %d bytes, and a page of Parquet can hold 2 GiB", c.Name, p.rows, len(body))
	}
	p.packed = p.zstd.EncodeAll(body, p.packed[:0])
	var header thrift
	header.open()
	header.i32(1, 0) // a data page
	header.i32(2, len(body))
	header.i32(3, len(p.packed))
	header.structs(5, func() {
		header.i32(1, values)
		header.i32(2, encodingPlain)
		header.i32(3, encodingRLE)
		header.i32(4, encodingRLE)
	})
	header.close()
	start := p.offset
	if err := p.write(header.b); err != nil {
		return err
	}
	if err := p.write(p.packed); err != nil {
		return err
	}
	g.values, g.definitions, g.repetitions = g.values[:0], g.definitions[:0], g.repetitions[:0]
	p.describe(c, values, start, int64(len(header.b)+len(body)))
	return nil
}

const (
	encodingPlain = 0
	encodingRLE   = 3
	codecZstd     = 6
)

// describe adds a column to the row group that is being written.
func (p *parquet) describe(c Column, values int, start, size int64) {
	t := &p.groups
	t.open()
	t.i64(2, start)
	t.structs(3, func() {
		t.i32(1, physical(c.Type))
		t.list(2, thriftI32, 2)
		t.b = binary.AppendVarint(binary.AppendVarint(t.b, encodingPlain), encodingRLE)
		path := []string{c.Name}
		if c.Type == List {
			path = append(path, "list", "element")
		}
		t.list(3, thriftBinary, len(path))
		for _, name := range path {
			t.element(name)
		}
		t.i32(4, codecZstd)
		t.i64(5, int64(values))
		t.i64(6, size)
		t.i64(7, p.offset-start)
		t.i64(9, start)
	})
	t.close()
}

// appendLevels appends numbers of so many bits: one run if they are all the same, else packed.
func appendLevels(dst, levels []byte, bits int) []byte {
	at := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	same := true
	for _, l := range levels {
		same = same && l == levels[0]
	}
	if same {
		dst = append(binary.AppendUvarint(dst, uint64(len(levels))<<1), levels[0])
	} else {
		groups := (len(levels) + 7) / 8
		dst = binary.AppendUvarint(dst, uint64(groups)<<1|1)
		packed := len(dst)
		dst = append(dst, make([]byte, groups*bits)...)
		for i, l := range levels {
			dst[packed+i*bits/8] |= l << (i * bits % 8)
		}
	}
	binary.LittleEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst
}

// Close implements Writer.
func (p *parquet) Close() error {
	if err := p.endGroup(); err != nil {
		return err
	}
	var footer thrift
	footer.open()
	footer.i32(1, 2) // version of the format
	p.schema(&footer)
	footer.i64(3, p.total)
	footer.list(4, thriftStruct, p.count)
	footer.b = append(footer.b, p.groups.b...)
	footer.text(6, "ovate")
	footer.close()
	footer.b = binary.LittleEndian.AppendUint32(footer.b, uint32(len(footer.b)))
	return p.write(append(footer.b, magic...))
}
