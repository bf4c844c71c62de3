package row

import (
	"strconv"
	"time"
)

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
	NoInput bool     // reports say null instead of a text: a fault of the header, not of a row
	Details []string // what was wrong, as Druid words it; likewise
	Time    time.Time

	Line   int64 // Unparseable: the row's line in its input, from 1
	Parsed int64 // rows of the batch that parsed before it, those thrown away included
}

// Size is about how much memory the fault takes.
func (f *Fault) Size() int {
	n := 160 + len(f.Input)
	for _, d := range f.Details {
		n += 16 + len(d)
	}
	return n
}

// locate appends the place that Druid names for rows that did not parse (IntermediateRowParsingReader): the
// record number is one more than the rows of the input that parsed so far.
func (f *Fault) locate(file string, parsedBefore int64) {
	if f.Kind != Unparseable || len(f.Details) == 0 || f.Line == 0 {
		return
	}
	text := []byte(f.Details[0])
	text = append(text, " ("...)
	if file != "" {
		text = append(text, "Path: "...)
		text = append(text, file...)
		text = append(text, ", "...)
	}
	text = append(text, "Record: "...)
	text = strconv.AppendInt(text, parsedBefore+f.Parsed+1, 10)
	text = append(text, ", Line: "...)
	text = strconv.AppendInt(text, f.Line, 10)
	f.Details[0] = string(append(text, ')'))
}
