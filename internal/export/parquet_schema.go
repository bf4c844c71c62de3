package export

// The numbers that Parquet has for types, for whether a value has to be there, and for what it means.
const (
	physicalInt64     = 2
	physicalFloat     = 4
	physicalDouble    = 5
	physicalByteArray = 6

	required = 0
	optional = 1
	repeated = 2

	convertedUTF8            = 0
	convertedList            = 3
	convertedTimestampMillis = 9

	logicalString    = 1
	logicalList      = 3
	logicalTimestamp = 8
)

func physical(t Type) int {
	switch t {
	case Float:
		return physicalFloat
	case Double:
		return physicalDouble
	case Text, List:
		return physicalByteArray
	}
	return physicalInt64
}

// schema writes the columns as the tree that Parquet has, from the root down.
func (p *parquet) schema(t *thrift) {
	nodes := 1 + len(p.columns)
	for _, c := range p.columns {
		if c.Type == List {
			nodes += 2
		}
	}
	t.list(2, thriftStruct, nodes)
	t.open()
	t.text(4, "rows")
	t.i32(5, len(p.columns))
	t.close()
	for _, c := range p.columns {
		switch {
		case c.Type == List:
			t.open()
			t.i32(3, optional)
			t.text(4, c.Name)
			t.i32(5, 1)
			t.i32(6, convertedList)
			t.structs(10, func() { t.structs(logicalList, func() {}) })
			t.close()
			t.open()
			t.i32(3, repeated)
			t.text(4, "list")
			t.i32(5, 1)
			t.close()
			leaf(t, Column{"element", Text}, optional)
		case c.Name == timeColumn:
			leaf(t, c, required)
		default:
			leaf(t, c, optional)
		}
	}
}

// leaf writes a column of values.
func leaf(t *thrift, c Column, repetition int) {
	t.open()
	t.i32(1, physical(c.Type))
	t.i32(3, repetition)
	t.text(4, c.Name)
	switch c.Type {
	case Text:
		t.i32(6, convertedUTF8)
		t.structs(10, func() { t.structs(logicalString, func() {}) })
	case Time:
		t.i32(6, convertedTimestampMillis)
		t.structs(10, func() {
			t.structs(logicalTimestamp, func() {
				t.field(1, thriftTrue)                           // in UTC
				t.structs(2, func() { t.structs(1, func() {}) }) // in milliseconds
			})
		})
	}
	t.close()
}
