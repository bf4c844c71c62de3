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
	faults    []row.Fault // the last ones, oldest first
	keep      int
	twice     bool
	segments  int
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
		s.BuildFaults = slices.Clone(p.faults)
		slices.Reverse(s.BuildFaults)
	}
	if p.twice {
		for _, f := range slices.Backward(p.faults) {
			if f.Kind == row.Unparseable {
				s.DetermineFaults = append(s.DetermineFaults, f)
			}
		}
	}
	return s
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
	if p.keep > 0 {
		p.faults = append(p.faults, faults[max(0, len(faults)-p.keep):]...)
		if extra := len(p.faults) - p.keep; extra > 0 {
			p.faults = slices.Delete(p.faults, 0, extra)
		}
	}
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
