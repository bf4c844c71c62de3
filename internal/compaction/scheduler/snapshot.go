package scheduler

import (
	"maps"
	"slices"
	"strconv"

	"ovate/druid"
	"ovate/internal/compaction/choice"
	"ovate/internal/supervisor"
)

// Status is how compaction of a data source is scheduled, in Druid's words.
type Status string

// The statuses.
const (
	NotEnabled Status = "NOT_ENABLED"
	Awaiting   Status = "AWAITING_FIRST_RUN"
	Running    Status = "RUNNING"
)

// Snapshot is how far a data source is compacted: what Druid calls AutoCompactionSnapshot.
type Snapshot struct {
	DataSource string
	Status     Status
	// Message is why nothing is compacted, or how the last task has failed; empty: all goes well.
	Message string
	// Unhealthy tells that tasks have failed one after the other, and not enough have succeeded since. Recent is how the last ones have failed.
	Unhealthy bool
	Recent    []supervisor.Mishap
	// Skipped has what is being compacted, too.
	Awaiting, Compacted, Skipped choice.Tally
}

func (s *Snapshot) tell(j *choice.Judgement, h *health) {
	s.Awaiting, s.Compacted, s.Skipped = j.Awaiting, j.Complete, j.Skipped
	h.tell(s)
}

// begin counts a candidate that was awaiting its task, which it has.
func (s *Snapshot) begin(c *choice.Candidate) {
	s.Awaiting.Remove(c)
	s.Skipped.Add(c)
}

// AppendMembers appends the members of the snapshot as JSON, without braces, but for the first, the data source.
func (s *Snapshot) AppendMembers(dst []byte) []byte {
	dst = druid.AppendString(append(dst, `"scheduleStatus":`...), string(s.Status))
	if dst = append(dst, `,"message":`...); s.Message == "" {
		dst = append(dst, "null"...)
	} else {
		dst = druid.AppendString(dst, s.Message)
	}
	for _, sum := range []struct {
		name string
		of   func(choice.Tally) int64
	}{
		{"bytes", func(t choice.Tally) int64 { return t.Bytes }}, {"segmentCount", func(t choice.Tally) int64 { return t.Segments }},
		{"intervalCount", func(t choice.Tally) int64 { return t.Intervals }},
	} {
		for _, what := range []struct {
			name string
			of   choice.Tally
		}{{"AwaitingCompaction", s.Awaiting}, {"Compacted", s.Compacted}, {"Skipped", s.Skipped}} {
			dst = append(druid.AppendString(append(dst, ','), sum.name+what.name), ':')
			dst = strconv.AppendInt(dst, sum.of(what.of), 10)
		}
	}
	return dst
}

// AppendJSON appends the snapshot as Druid writes it.
func (s *Snapshot) AppendJSON(dst []byte) []byte {
	dst = druid.AppendString(append(dst, `{"dataSource":`...), s.DataSource)
	return append(s.AppendMembers(append(dst, ',')), '}')
}

// Snapshot is how far a data source was compacted at the last round.
func (s *Scheduler) Snapshot(dataSource string) *Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.snapshot(dataSource)
}

// snapshot is Snapshot; the caller holds mu.
func (s *Scheduler) snapshot(dataSource string) *Snapshot {
	status := Awaiting
	if told := s.told[dataSource]; told != nil {
		return told
	} else if s.goals[dataSource] == nil || !s.enabled {
		status = NotEnabled
	}
	snapshot := &Snapshot{DataSource: dataSource, Status: status}
	if s.trouble != nil {
		snapshot.Message = s.trouble.Error()
	}
	return snapshot
}

// Snapshots are those of all data sources that it was given goals of, in the order of their names.
func (s *Scheduler) Snapshots() (all []*Snapshot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(s.goals)) {
		all = append(all, s.snapshot(name))
	}
	return all
}

// State is whether it compacts, and what hinders it.
func (s *Scheduler) State() (enabled bool, trouble error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.enabled, s.trouble
}
