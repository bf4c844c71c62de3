// Package supervisor knows the supervisors that are stored, as Druid stores them. None is run here: they are shown, and stay as they are for a
// Java Overlord that leads.
package supervisor

import (
	"bytes"
	"context"
	"fmt"

	"ovate/internal/jsontext"
	"ovate/internal/metadata"
	"ovate/internal/secret"
)

// Supervisor is one that is stored and was not terminated.
type Supervisor struct {
	ID, Type string
	// Spec is its JSON, as it may be shown; nil if it cannot be read.
	Spec []byte
	// DataSource is what it writes to, and Source the stream that it reads; empty if the spec does not tell.
	DataSource, Source string
	Suspended          bool
	State              State
}

// State is how a supervisor is, in Druid's words and, where Druid has none, in such as these.
type State struct {
	Basic, Detailed string
	Healthy         bool
	// Why tells people, where it is not healthy.
	Why string
}

// notRun is why every supervisor that is not suspended is not healthy.
const notRun = "This Overlord is ovate, which runs no supervisors in this version: it keeps the spec, makes no tasks of it and cannot change it. " +
	"A Java Overlord that leads runs it."

// Stored are the supervisors in the metadata.
type Stored struct{ metadata metadata.Reader }

// NewStored makes Stored.
func NewStored(from metadata.Reader) *Stored { return &Stored{from} }

// All are those that were not terminated, in the order of their ids.
func (s *Stored) All(ctx context.Context) (all []Supervisor, err error) {
	rows, err := s.metadata.Supervisors(ctx)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		if row := &rows[i]; !row.Terminated() {
			all = append(all, of(row))
		}
	}
	return all, nil
}

// Get is one of them. The error is metadata.ErrNotFound if there is none, or it was terminated.
func (s *Stored) Get(ctx context.Context, id string) (*Supervisor, error) {
	var found *Supervisor
	err := s.metadata.SupervisorVersions(ctx, id, 1, func(row *metadata.SupervisorRow) error {
		if !row.Terminated() {
			one := of(row)
			found = &one
		}
		return nil
	})
	if err == nil && found == nil {
		err = fmt.Errorf("supervisor %s: %w", id, metadata.ErrNotFound)
	}
	return found, err
}

// Version is one that a supervisor has, or had; the last one of a terminated supervisor tells that it is.
type Version struct {
	Spec []byte // as it may be shown
	Time string // when it was stored
}

// History is the versions of a supervisor, the newest first. As in Druid those are left out that cannot be read.
func (s *Stored) History(ctx context.Context, id string) (versions []Version, err error) {
	err = s.metadata.SupervisorVersions(ctx, id, -1, func(row *metadata.SupervisorRow) error {
		if row.Unreadable == nil {
			versions = append(versions, Version{shown(row.Payload), row.Version})
		}
		return nil
	})
	return versions, err
}

// EachHistory calls fn for each supervisor that there is or was.
func (s *Stored) EachHistory(ctx context.Context, fn func(id string, versions []Version) error) error {
	rows, err := s.metadata.Supervisors(ctx)
	for i := 0; i < len(rows) && err == nil; i++ {
		var versions []Version
		if versions, err = s.History(ctx, rows[i].SpecID); err == nil && len(versions) > 0 {
			err = fn(rows[i].SpecID, versions)
		}
	}
	return err
}

// shown is a copy of a spec as it may be shown.
func shown(payload []byte) []byte { return bytes.Clone(secret.Hide(bytes.TrimSpace(payload))) }

// of is a supervisor by its newest version.
func of(row *metadata.SupervisorRow) Supervisor {
	s := Supervisor{ID: row.SpecID, Type: row.Type, State: State{Basic: "UNHEALTHY_SUPERVISOR", Detailed: "NOT_RUN_BY_OVATE", Why: notRun}}
	var read spec
	err := row.Unreadable
	if err == nil {
		err = jsontext.Unmarshal(row.Payload, &read)
	}
	if err != nil {
		s.State.Detailed = "UNREADABLE_SPEC"
		s.State.Why = fmt.Sprintf("The spec of supervisor[%s] cannot be read in the metadata, table druid_supervisors: %v", row.SpecID, err)
		return s
	}
	s.Spec, s.Suspended = shown(row.Payload), read.Suspended
	if outline := kindOf(row.Type).outline; outline != nil {
		s.DataSource, s.Source = outline(&read)
	}
	if s.Suspended {
		s.State = State{Basic: "SUSPENDED", Detailed: "SUSPENDED", Healthy: true}
	}
	return s
}
