// Package row holds parsed rows, column by column: what the input formats make and the sinks take.
package row

import (
	"time"

	"ovate/druid"
	"ovate/internal/spec"
)

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
	// Metrics are the inputs of the aggregators in the order of the spec; a Count has an empty Column.
	Metrics []Column

	Bytes      int64 // of input that this batch stands for
	ThrownAway int64 // rows outside the intervals
	// Faults are the rows that did not parse, or not wholly, ordered by Row.
	Faults []Fault
}

// Discovered is a dimension that the spec does not list.
type Discovered struct {
	Name string
	Column
}

// Column is one typed column of a batch. Which slices are in use depends on Type.
type Column struct {
	Type spec.ColumnType

	// IDs (String): what the row holds. id >= 0 is an entry of Dict, 0 being null; id < 0 is list number -1-id.
	IDs []int32
	// ListEnds and ListIDs (String): list k is ListIDs[ListEnds[k-1]:ListEnds[k]]. Lists are as the spec's
	// multiValueHandling leaves them, except for sorting, which needs the values and is done by the sink
	// (SortedArray, SortedSet). A list has at least two entries: shorter ones are plain ids.
	ListEnds []int32
	ListIDs  []int32
	Dict     View

	Longs   []int64
	Floats  []float32
	Doubles []float64
	// Null (numbers): nil if no row is null; else one per row, and the value of a null row is 0.
	Null []bool
}

// FaultKind is how bad a fault is.
type FaultKind uint8

// The two kinds that Druid counts.
const (
	Unparseable        FaultKind = iota // the row is dropped
	ProcessedWithError                  // the row stays, the value that could not be converted is null
)

// Fault is a row that did not parse, or not wholly.
type Fault struct {
	Row     int // kept rows of the batch before it; for ProcessedWithError the row itself
	Kind    FaultKind
	Input   string   // the row as text; empty unless the batch's maker was asked to keep it
	Details []string // what was wrong, as Druid words it; likewise
	Time    time.Time
}

// View is what a Dictionary held at one moment. It stays valid while the dictionary grows.
type View struct {
	Epoch int // changes when the worker starts its dictionary afresh
	ends  []uint32
	data  []byte
}

// Len is the number of entries, the null at 0 included.
func (v View) Len() int { return len(v.ends) }

// At returns entry i (UTF-8). Entry 0 stands for null and is empty.
func (v View) At(i int32) []byte {
	if i == 0 {
		return nil
	}
	return v.data[v.ends[i-1]:v.ends[i]:v.ends[i]]
}
