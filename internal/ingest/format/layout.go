package format

import (
	"ovate/internal/ingest/row"
	"ovate/internal/spec"
)

// timeColumn is the name under which a row's timestamp is read; no field of the data goes by it.
const timeColumn = "__time"

// noSlot stands in for the slot of a field that nothing reads.
const noSlot = -1

// layout says which fields of the input are read and what becomes of them. Every such field has a slot, the index of its
// value in Parser.values.
type layout struct {
	slots map[string]int32
	names []string // by slot

	time       int32
	dimensions []dimension
	metrics    []metric

	discovers  bool
	excluded   map[string]bool
	discovered []*discovered // by slot; nil for fields that are not discovered
	// columnBytes is about what the fields found in the data take: ColumnBytes and a name each.
	columnBytes int64
	fields      fieldSets
}

type dimension struct {
	*spec.Dimension
	slot int32
	dict *row.Dictionary // strings
}

type metric struct {
	*spec.Aggregator
	slot int32 // noSlot for a count
	time bool  // reads the row's own timestamp
}

// discovered is a dimension that the spec does not list.
type discovered struct {
	name   string
	dict   *row.Dictionary
	column int // in Batch.Discovered of the batch at hand, -1 while it is not there
}

func newLayout(schema *spec.DataSchema) *layout {
	d := &schema.Dimensions
	l := &layout{slots: map[string]int32{}, discovers: d.Discovers(), excluded: map[string]bool{
		"": true, timeColumn: true, schema.Timestamp.Column: true,
	}}
	l.time = l.slot(schema.Timestamp.Column)
	for i := range d.Dimensions {
		listed := &d.Dimensions[i]
		l.excluded[listed.Name] = true
		dim := dimension{Dimension: listed, slot: l.slot(listed.Name)}
		if listed.Type == spec.String {
			dim.dict = row.NewDictionary()
		}
		l.dimensions = append(l.dimensions, dim)
	}
	for _, name := range d.Exclusions {
		l.excluded[name] = true
	}
	for i := range schema.Metrics {
		m := metric{Aggregator: &schema.Metrics[i], slot: noSlot}
		if m.Aggregate != spec.Count {
			m.time = m.Field == timeColumn
			m.slot = l.slot(m.Field)
		}
		l.metrics = append(l.metrics, m)
	}
	return l
}

// slot is the slot of a field that is read for certain.
func (l *layout) slot(name string) int32 {
	if s, ok := l.slots[name]; ok {
		return s
	}
	s := int32(len(l.names))
	l.slots[name] = s
	l.names = append(l.names, name)
	l.discovered = append(l.discovered, nil)
	return s
}

// find is the slot of a field met in the data. One that is not read yet becomes a dimension if the spec lets it.
func (l *layout) find(name string) int32 {
	s, known := l.slots[name]
	if !l.discovers || l.excluded[name] {
		if known {
			return s
		}
		return noSlot
	}
	if !known {
		s = l.slot(name)
		l.columnBytes += ColumnBytes + int64(len(name))
	}
	if l.discovered[s] == nil {
		l.discovered[s] = &discovered{name: name, dict: row.NewDictionary(), column: -1}
	}
	return s
}

// prepare gives the batch its columns.
func (l *layout) prepare(b *row.Batch) {
	b.Reset()
	l.fields.reset()
	if len(b.Dimensions) != len(l.dimensions) || len(b.Metrics) != len(l.metrics) {
		b.Dimensions = make([]row.Column, len(l.dimensions))
		b.Metrics = make([]row.Column, len(l.metrics))
		for i, d := range l.dimensions {
			b.Dimensions[i].Type = d.Type
		}
		for i, m := range l.metrics {
			b.Metrics[i].Type = m.Type
		}
	}
	for _, d := range l.discovered {
		if d != nil {
			d.column = -1
		}
	}
}

// bound starts the dictionaries afresh that have more than their share of maxBytes, if all together have more than that.
// Small ones, whose texts come again and again, stay. A full one is started afresh however much there is room for.
func (l *layout) bound(maxBytes int64) {
	total, n := int64(0), int64(0)
	for d := range l.dictionaries {
		if d.Full() {
			d.Restart()
		}
		total, n = total+d.Bytes(), n+1
	}
	if total <= maxBytes {
		return
	}
	for d := range l.dictionaries {
		if d.Bytes() > maxBytes/n {
			d.Restart()
		}
	}
}

// dictionaries yields the dictionaries of all columns.
func (l *layout) dictionaries(yield func(*row.Dictionary) bool) {
	for _, d := range l.dimensions {
		if d.dict != nil && !yield(d.dict) {
			return
		}
	}
	for _, d := range l.discovered {
		if d != nil && !yield(d.dict) {
			return
		}
	}
}

// finish attaches to the columns of the batch what their ids mean, and starts dictionaries afresh if all together have grown beyond maxBytes: long texts are nobody's
// from then on but the batch's.
func (l *layout) finish(b *row.Batch, maxBytes int64) {
	for i, d := range l.dimensions {
		if d.dict != nil {
			b.Dimensions[i].Dict = d.dict.View()
		}
	}
	for i := range b.Discovered {
		c := &b.Discovered[i]
		c.Dict = l.discovered[l.slots[c.Name]].dict.View()
	}
	l.bound(maxBytes)
}
