package ingest

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"ovate/internal/ingest/row"
	"ovate/internal/ingest/source"
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

// Step is what a job does now, for people who wait.
type Step string

// The steps. Segments that are full are written before all is read.
const (
	Reading    Step = "reading"
	Merging    Step = "merging" // rows that were written out for want of memory, into segments
	Writing    Step = "writing"
	Publishing Step = "publishing" // what the job built, by the task
)

// Progress is what is known of a running job. It may be read while the job runs.
type Progress struct {
	// Stepped, unless nil, is called with each step that begins. It must return quickly, and not ask for a snapshot. It is set before the job begins.
	Stepped func(Step)

	mu        sync.Mutex
	phase     Phase
	determine Counters
	build     Counters
	// The last faults: those of Druid's first reading, which converts no values, and all.
	determineFaults savedFaults
	buildFaults     savedFaults
	twice           bool
	segments        int
	begun           int
	step            Step
	waiting         source.Interruption
	waitingUntil    time.Time
	inputs          []source.Input
}

// Snapshot is a Progress at one moment.
type Snapshot struct {
	Phase     Phase
	Determine Counters
	Build     Counters
	// DetermineFaults and BuildFaults are the last rows that did not parse, newest first.
	DetermineFaults []row.Fault
	BuildFaults     []row.Fault
	// DetermineLeftOut and BuildLeftOut are how many of those that were asked for are missing: older ones, for want of room.
	DetermineLeftOut, BuildLeftOut int64
	Segments                       int // finished so far
	SegmentsBegun                  int
	Step                           Step
	// InputSize is the bytes of all inputs as they are, compressed or not, and InputRead how many of them were read; InputSize is -1 if it is not known of one of them.
	InputSize, InputRead int64
	// Waiting says which input failed and is to be tried again, during the pause before that.
	Waiting string
}

// maxSavedFaultBytes bounds the memory of saved faults, however many the spec asks for: a report holds them all.
const maxSavedFaultBytes = 8 << 20

// savedFaults are the last faults, oldest first.
type savedFaults struct {
	keep    int // how many are asked for
	faults  []row.Fault
	bytes   int
	dropped int64 // older ones that would have been kept if there was room
}

// add appends faults, and drops the oldest ones that are more than is asked for or than there is room for.
func (s *savedFaults) add(more ...row.Fault) {
	if s.keep <= 0 {
		return
	}
	for _, f := range more {
		s.bytes += f.Size()
	}
	s.faults = append(s.faults, more...)
	drop := 0
	for ; drop < len(s.faults)-1 && s.bytes > maxSavedFaultBytes || len(s.faults)-drop > s.keep; drop++ {
		s.bytes -= s.faults[drop].Size()
		s.dropped++
	}
	s.faults = slices.Delete(s.faults, 0, drop)
}

// leftOut is how many are missing of those that were asked for.
func (s *savedFaults) leftOut() int64 { return min(s.dropped, int64(s.keep-len(s.faults))) }

// Snapshot returns what is known now.
func (p *Progress) Snapshot() Snapshot {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := Snapshot{Phase: p.phase, Determine: p.determine, Build: p.build, Segments: p.segments, SegmentsBegun: p.begun, Step: p.step}
	if p.phase != DeterminePartitions {
		s.BuildFaults, s.BuildLeftOut = newestFirst(p.buildFaults.faults), p.buildFaults.leftOut()
	}
	s.InputSize, s.InputRead = p.input()
	s.DetermineFaults, s.DetermineLeftOut = newestFirst(p.determineFaults.faults), p.determineFaults.leftOut()
	if left := time.Until(p.waitingUntil); left > 0 {
		s.Waiting = fmt.Sprintf("%s: %v; trying again in %s (%d of %d)", p.waiting.Input, p.waiting.Err, left.Round(time.Second), p.waiting.Try, p.waiting.Tries)
	}
	return s
}

// input is how many bytes all inputs have, -1 if that is not known, and how many were read. The caller holds mu.
func (p *Progress) input() (size, read int64) {
	if len(p.inputs) == 0 {
		return -1, 0
	}
	for _, in := range p.inputs {
		if in.Size < 0 {
			return -1, 0
		}
		size, read = size+in.Size, read+in.Consumed.Load()
	}
	return size, read
}

// reads tells what is to be read.
func (p *Progress) reads(inputs []source.Input) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inputs = inputs
}

func newestFirst(faults []row.Fault) []row.Fault {
	faults = slices.Clone(faults)
	slices.Reverse(faults)
	return faults
}

// interrupted tells readers why nothing comes for a while.
func (p *Progress) interrupted(i source.Interruption) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting, p.waitingUntil = i, time.Now().Add(i.Pause)
}

func (p *Progress) start(twice bool, keep int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.phase, p.twice = BuildSegments, twice
	p.goOn(Reading)
	p.determineFaults.keep, p.buildFaults.keep = keep, keep
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
	p.goOn(Reading)
	p.build.add(c)
	if p.twice {
		c.Processed, c.ProcessedWithError = c.Processed+c.ProcessedWithError, 0
		p.determine.add(c)
	}
	p.buildFaults.add(faults...)
	if p.twice {
		p.determineFaults.add(slices.DeleteFunc(slices.Clone(faults), func(f row.Fault) bool { return f.Kind != row.Unparseable })...)
	}
}

// failedEarly tells readers that the job failed where Druid would have failed in its first reading.
func (p *Progress) failedEarly() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.phase, p.build = DeterminePartitions, Counters{}
}

// building tells readers that segments are begun.
func (p *Progress) building(step Step, segments int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.goOn(step)
	p.begun += segments
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
	p.goOn(Publishing)
}

// goOn goes over to a step, unless the job is at it. The caller holds mu.
func (p *Progress) goOn(step Step) {
	if p.step == step {
		return
	}
	p.step = step
	if p.Stepped != nil {
		p.Stepped(step)
	}
}

func (c *Counters) add(d Counters) {
	c.Processed += d.Processed
	c.ProcessedBytes += d.ProcessedBytes
	c.ProcessedWithError += d.ProcessedWithError
	c.ThrownAway += d.ThrownAway
	c.Unparseable += d.Unparseable
}
