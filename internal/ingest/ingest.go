// Package ingest turns input into segments: it reads, parses, gathers, sorts and writes.
//
//	source → chunks of lines → batches (parsed in parallel) → indexes (in input order) → segments (in parallel)
//
// Everything stays columnar from the parser on. The order of rows, and with it every byte that is written, does not depend
// on how many workers there are, as long as the rows stay in memory. When indexes outgrow the memory they may take they are
// written out, sorted, as runs, and merged at the end; a merge holds a few rows of each run, two or three bytes a row and a
// dozen a distinct string. When that is depends on the workers, and with it the last digits of a sum of doubles, and where a
// segment is cut that has as many rows as it may.
//
// Segments are built under the job's staging folder: nothing that this package writes is visible to anybody before it
// is pushed to deep storage, and a crash leaves nothing but that folder to remove.
package ingest

import (
	"fmt"
	"log/slog"

	"ovate/druid"
	"ovate/internal/ingest/sink"
	"ovate/internal/ingest/source"
	"ovate/internal/spec"
)

// Job is one ingestion to run.
type Job struct {
	Spec         *spec.Ingestion
	Staging      string // an existing folder of the job's own, for runs and finished segments
	Policy       source.Policy
	Chunks       sink.Chunks // nil: those of the spec
	Workers      int         // goroutines that parse, and that write segments
	MemoryBudget int64       // bytes that the job may take unless the spec says otherwise, see Memory
	MemoryLimit  int64       // and what it may take at most, whatever that says; 0: any number
	OmitEmpty    bool        // leave out string dimensions without any value, also those that the spec lists
	Most         Limit       // where the input is left, as if it ended there
	Log          *slog.Logger
	Progress     *Progress
}

// Limit is how much of the input is read; 0 is all of it. What is on its way by then may be more.
type Limit struct {
	Rows  int   // those that do not parse included
	Bytes int64 // as Progress counts them
}

// Result is what a job built. Nothing is pushed or published yet.
type Result struct {
	// Segments are ordered by interval, then by partition.
	Segments []Built
}

// Built is one finished segment.
type Built struct {
	Interval   druid.Interval
	Partition  int    // counts up from 0 within the interval
	Dir        string // its folder, in staging, durable
	Dimensions []string
	Metrics    []string // in the order of the spec
	Size       int64    // of its files together, in bytes
	Rows       int64
}

// Intervals are the time chunks that hold segments, each once, in order.
func (r *Result) Intervals() []druid.Interval {
	var intervals []druid.Interval
	for _, s := range r.Segments {
		if n := len(intervals); n == 0 || intervals[n-1] != s.Interval {
			intervals = append(intervals, s.Interval)
		}
	}
	return intervals
}

// TooManyFaults is the error of a job that met more rows that do not parse than its spec allows.
type TooManyFaults struct{ Max int }

func (e *TooManyFaults) Error() string {
	return fmt.Sprintf("Max parse exceptions[%d] exceeded", e.Max)
}
