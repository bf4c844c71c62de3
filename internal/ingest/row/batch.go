// Package row holds parsed rows, column by column: what the input formats make and the sinks take.
package row

import "ovate/druid"

// Batch is some rows of one input in the order they were read. It is filled by one goroutine, then handed on;
// Reset makes it ready to be filled again without giving up its memory.
type Batch struct {
	Worker int // whose dictionaries the ids of string columns point into
	N      int // rows kept: those with a usable timestamp inside the intervals asked for
	Time   []druid.Instant

	// Dimensions are the listed dimensions in the order of the spec, each N long.
	Dimensions []Column
	// Discovered are dimensions found in this batch, in the order in which they were first seen in it.
	Discovered []Discovered
	// Fields are the discovered dimensions that rows have, also those without a value, as indexes into Discovered in the
	// order of the row: row i has those of FieldSets[Fields[i]]. Unused where nothing is discovered.
	Fields    []int32
	FieldSets [][]int32
	// Metrics are the inputs of the aggregators in the order of the spec; a Count has an empty Column.
	Metrics []Column

	File   string // the input's URI as reports name it; empty for inline data
	Begins bool   // these are the first rows of their input
	More   bool   // the batch took what it may of its chunk, of which more follows in the next one

	Bytes      int64 // of input that this batch stands for
	ThrownAway int64 // rows outside the intervals
	// Faults are the rows that did not parse, or not wholly, ordered by Row.
	Faults []Fault
}

// Discovered is a dimension that the spec does not list. Its IDs are those of the rows from From on; rows before them and behind them
// have no value.
type Discovered struct {
	Name string
	From int
	Column
}

// ID is what row i of the batch holds.
func (d *Discovered) ID(i int) int32 {
	if at := uint(i - d.From); at < uint(len(d.IDs)) {
		return d.IDs[at]
	}
	return 0
}

// Reset empties the batch. What was taken from it, apart from Views and strings, is overwritten by the next use.
func (b *Batch) Reset() {
	*b = Batch{
		Time:       b.Time[:0],
		Dimensions: resetColumns(b.Dimensions),
		Discovered: b.Discovered[:0],
		Fields:     b.Fields[:0],
		FieldSets:  b.FieldSets[:0],
		Metrics:    resetColumns(b.Metrics),
		Faults:     b.Faults[:0],
	}
}

func resetColumns(columns []Column) []Column {
	for i := range columns {
		columns[i].Reset()
	}
	return columns
}

// Discover appends a discovered dimension whose first value is that of row from.
func (b *Batch) Discover(name string, from int) *Discovered {
	if len(b.Discovered) < cap(b.Discovered) {
		b.Discovered = b.Discovered[:len(b.Discovered)+1]
	} else {
		b.Discovered = append(b.Discovered, Discovered{})
	}
	d := &b.Discovered[len(b.Discovered)-1]
	d.Name, d.From = name, from
	d.Column.Reset()
	return d
}

// Locate completes the details of unparseable rows with their place in the input. The rows of the same input
// that parsed in the batches before are passed in, and with this batch's own passed out.
func (b *Batch) Locate(parsed int64) int64 {
	for i := range b.Faults {
		b.Faults[i].locate(b.File, parsed)
	}
	return parsed + int64(b.N) + b.ThrownAway
}
