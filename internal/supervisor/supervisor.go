// Package supervisor leads supervisors: what a spec says that keeps itself going. A Manager holds those that are stored, as Druid stores them, and has
// each run by its kind. One of a kind that nobody runs here is kept and shown all the same, and says why it does not run.
package supervisor

import (
	"cmp"
	"fmt"
)

// Supervisor is one that is stored and was not terminated, as it may be shown.
type Supervisor struct {
	ID, Type string
	// Spec is its JSON, as it may be shown; nil if it cannot be read.
	Spec []byte
	// DataSource is what it writes to, and Source the stream that it reads; empty if the spec does not tell.
	DataSource, Source string
	Suspended          bool
	State              State
	// AtWork is nil if nothing of it runs here.
	AtWork Supervising
}

// Runs tells whether it is run here; if not, its state says why.
func (s *Supervisor) Runs() bool { return s.AtWork != nil }

// Words for what Druid has none for.
const (
	notRun     = "NOT_RUN_BY_OVATE"
	unreadable = "UNREADABLE_SPEC"
	invalid    = "INVALID_SPEC"
)

// member is a supervisor of a Manager.
type member struct {
	id, typ string
	spec    *Spec // nil if it cannot be read
	atWork  Supervising
	rests   State  // of one that is not at work
	by      string // who has submitted its spec; empty where that is not known. Manager.mu guards it once it is counted
	counted bool   // in what is taken
}

// newMember is a supervisor by a spec, of which nothing runs yet.
func newMember(spec *Spec, k *Kind, host Host) *member {
	m := &member{id: spec.ID, typ: spec.Type, spec: spec}
	if k.Run == nil {
		m.rests = State{Stage: UnhealthySupervisor, Detailed: notRun, Why: cmp.Or(k.Rests, fmt.Sprintf("This Overlord is ovate, which runs no supervisors of type [%s] in this "+
			"version: it keeps the spec, and makes no tasks of it. A Java Overlord that leads runs it.", spec.Type))}
		if spec.Suspended {
			m.rests = State{Stage: Suspended}
		}
		return m
	}
	if host.rescaleOne != nil {
		host.Rescale = func(taskCount int, failed func(error)) { host.rescaleOne(m, taskCount, failed) }
	}
	var err error
	if m.atWork, err = k.Run(spec, host); err != nil {
		m.atWork, m.rests = nil, State{Stage: UnhealthySupervisor, Detailed: invalid, Why: fmt.Sprintf("The supervisor cannot run by its spec: %v", err)}
	}
	return m
}

// unreadableMember is one whose newest row cannot be read.
func unreadableMember(id, typ string, err error) *member {
	return &member{id: id, typ: typ, rests: State{Stage: UnhealthySupervisor, Detailed: unreadable,
		Why: fmt.Sprintf("The spec of supervisor[%s] cannot be read in the metadata, table druid_supervisors: %v", id, err)}}
}

// shown is how it may be shown.
func (m *member) shown() *Supervisor {
	s := &Supervisor{ID: m.id, Type: m.typ, State: m.rests, AtWork: m.atWork}
	if m.atWork != nil {
		s.State = m.atWork.State()
	}
	if m.spec != nil {
		s.Spec, s.DataSource, s.Source, s.Suspended = m.spec.Shown, m.spec.DataSource, m.spec.Source, m.spec.Suspended
	}
	return s
}
