package export

import "encoding/binary"

// thrift writes Thrift's compact protocol, in which Parquet describes itself.
type thrift struct {
	b    []byte
	last []int // the field written last, of every struct that is open
}

// The types of fields and of elements of lists.
const (
	thriftTrue   = 1
	thriftI32    = 5
	thriftI64    = 6
	thriftBinary = 8
	thriftList   = 9
	thriftStruct = 12
)

// open begins the outermost struct, or one that is an element of a list.
func (t *thrift) open() { t.last = append(t.last, 0) }

// close ends the innermost struct.
func (t *thrift) close() {
	t.b = append(t.b, 0)
	t.last = t.last[:len(t.last)-1]
}

// field begins a field. Those of a struct come in ascending order.
func (t *thrift) field(id, kind int) {
	last := &t.last[len(t.last)-1]
	if delta := id - *last; delta <= 15 {
		t.b = append(t.b, byte(delta<<4|kind))
	} else {
		t.b = binary.AppendVarint(append(t.b, byte(kind)), int64(id))
	}
	*last = id
}

func (t *thrift) i32(id int, v int) {
	t.field(id, thriftI32)
	t.b = binary.AppendVarint(t.b, int64(v))
}

func (t *thrift) i64(id int, v int64) {
	t.field(id, thriftI64)
	t.b = binary.AppendVarint(t.b, v)
}

func (t *thrift) text(id int, v string) {
	t.field(id, thriftBinary)
	t.element(v)
}

// element is a text within a list.
func (t *thrift) element(v string) {
	t.b = append(binary.AppendUvarint(t.b, uint64(len(v))), v...)
}

// list begins a list of n elements.
func (t *thrift) list(id, kind, n int) {
	t.field(id, thriftList)
	if n < 15 {
		t.b = append(t.b, byte(n<<4|kind))
		return
	}
	t.b = binary.AppendUvarint(append(t.b, byte(0xf0|kind)), uint64(n))
}

// structs writes a field that is a struct and what is in it.
func (t *thrift) structs(id int, fields func()) {
	t.field(id, thriftStruct)
	t.open()
	fields()
	t.close()
}
