package ingest

import (
	"slices"
	"sync"

	"ovate/internal/ingest/row"
)

// Counters are the row counters of one phase, as a task's report names them.
type Counters struct {
	Processed          int64
	ProcessedBytes     int64
	ProcessedWithError int64
	ThrownAway         int64
	Unparseable        int64
}

// Phase is where a job is.
type Phase uint8

// The phases, in order. Druid reads the input twice when it has no intervals, first to determine them; we read it once and
// count for both.
const (
	NotStarted Phase = iota
	DeterminePartitions
	BuildSegments
	Completed
)

// Progress is what is known of a running job. It may be read while the job runs.
type Progress struct {
	mu        sync.Mutex
	phase     Phase
	determine Counters
	build     Counters
	// The last faults, oldest first: those of Druid's first reading, which converts no values, and all.
	determineFaults []row.Fault
	buildFaults     []row.Fault
	keep            int
	twice           bool
	segments        int
}

// Snapshot is a Progress at one moment.
type Snapshot struct {
	Phase     Phase
	Determine Counters
	Build     Counters
	// DetermineFaults and BuildFaults are the last rows that did not parse, newest first.
	DetermineFaults []row.Fault
	BuildFaults     []row.Fault
	Segments        int // finished so far
}

// Snapshot returns what is known now.
func (p *Progress) Snapshot() Snapshot {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := Snapshot{Phase: p.phase, Determine: p.determine, Build: p.build, Segments: p.segments}
	if p.phase != DeterminePartitions {
		s.BuildFaults = newestFirst(p.buildFaults)
	}
	s.DetermineFaults = newestFirst(p.determineFaults)
	return s
}

func newestFirst(faults []row.Fault) []row.Fault {
	faults = slices.Clone(faults)
	slices.Reverse(faults)
	return faults
}

func (p *Progress) start(twice bool, keep int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.phase, p.twice, p.keep = BuildSegments, twice, keep
}

// took counts rows of a batch: kept rows, with the faults among and between them.
func (p *Progress) took(rows int, bytes, thrownAway int64, faults []row.Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := Counters{Processed: int64(rows), ProcessedBytes: bytes, ThrownAway: thrownAway}
	for _, f := range faults {
		if f.Kind == row.Unparseable {
			c.Unparseable++
		} else {
			c.Processed--
			c.ProcessedWithError++
		}
	}
	p.build.add(c)
	if p.twice {
		c.Processed, c.ProcessedWithError = c.Processed+c.ProcessedWithError, 0
		p.determine.add(c)
	}
	p.buildFaults = keepLast(p.buildFaults, faults, p.keep)
	if p.twice {
		unparseable := slices.DeleteFunc(slices.Clone(faults), func(f row.Fault) bool { return f.Kind != row.Unparseable })
		p.determineFaults = keepLast(p.determineFaults, unparseable, p.keep)
	}
}

// keepLast appends faults, and drops the oldest ones if there are more than keep then.
func keepLast(faults, more []row.Fault, keep int) []row.Fault {
	if keep <= 0 {
		return nil
	}
	faults = append(faults, more[max(0, len(more)-keep):]...)
	return slices.Delete(faults, 0, max(0, len(faults)-keep))
}

// failedEarly tells readers that the job failed where Druid would have failed in its first reading.
func (p *Progress) failedEarly() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.phase, p.build = DeterminePartitions, Counters{}
}

func (p *Progress) built() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.segments++
}

func (p *Progress) complete() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.phase = Completed
}

func (c *Counters) add(d Counters) {
	c.Processed += d.Processed
	c.ProcessedBytes += d.ProcessedBytes
	c.ProcessedWithError += d.ProcessedWithError
	c.ThrownAway += d.ThrownAway
	c.Unparseable += d.Unparseable
}
