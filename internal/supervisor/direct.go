package supervisor

import (
	"context"
	"encoding/json"
	"fmt"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/metadata"
)

// ResetOffsets has a supervisor read its stream on from the places given, in the JSON of commit metadata; nil: as if it had read nothing. The error is an
// unsupported *druid.Error if it reads none here.
func (m *Manager) ResetOffsets(ctx context.Context, id string, to json.RawMessage) error {
	return direct(ctx, m, id, "be reset", noStream, func(ctx context.Context, s Streaming) error { return s.Reset(ctx, to) })
}

// Handoff has groups of a supervisor's tasks end early. Errors are those of ResetOffsets.
func (m *Manager) Handoff(ctx context.Context, id string, groups []int) error {
	return direct(ctx, m, id, "hand off tasks", noStream, func(ctx context.Context, s Streaming) error { return s.Handoff(ctx, groups) })
}

// RunNow has a supervisor have run at once what it has run when it is due, and returns the id of its task. It may be changed meanwhile, which ends that: a Broker may
// be asked, and be silent. The error is an unsupported *druid.Error if it has nothing run so.
func (m *Manager) RunNow(ctx context.Context, id string) (task string, err error) {
	done, err := m.begin(func() error { return nil })
	if err != nil {
		return "", err
	}
	defer done()
	p, err := atWork[Prompt](m, id, "run anything now", "it goes by no schedule")
	if err != nil {
		return "", err
	}
	within, cancel := m.within(ctx)
	defer cancel()
	return p.RunNow(within)
}

// noStream is why a supervisor does nothing that only those of streams do.
const noStream = "it reads no stream"

// direct has a supervisor do something, which is not changed meanwhile; why is why one of another kind cannot.
func direct[K Supervising](ctx context.Context, m *Manager, id, what, why string, do func(context.Context, K) error) error {
	c, err := m.change(ctx, id)
	if err != nil {
		return err
	}
	defer c.finish()
	s, err := atWork[K](m, id, what, why)
	if err != nil {
		return err
	}
	within, cancel := m.within(ctx)
	defer cancel()
	return do(within, s)
}

// atWork is a supervisor of a kind that runs; why is why one of another kind cannot do what it is asked for.
func atWork[K Supervising](m *Manager, id, what, why string) (s K, err error) {
	one := m.find(id)
	if one == nil {
		return s, notFound(id)
	}
	if s, is := one.atWork.(K); is {
		return s, nil
	}
	if one.atWork == nil {
		why = "it does not run here, as its status tells"
	}
	return s, &druid.Error{ErrorCode: "general", Persona: druid.User, Category: druid.CategoryUnsupported,
		Message: fmt.Sprintf("Supervisor[%s] of type [%s] cannot %s: %s.", id, one.typ, what, why)}
}

// streaming is the supervisor of an id that reads a stream for a data source; nil if there is none.
func (m *Manager) streaming(id, dataSource string) Streaming {
	one := m.find(id)
	if one == nil || one.spec == nil || one.spec.DataSource != dataSource {
		return nil
	}
	s, _ := one.atWork.(Streaming)
	return s
}

// Reset implements action.Supervisors. The supervisor that a task is of has the name of its data source.
func (m *Manager) Reset(ctx context.Context, by action.Identity, to json.RawMessage) (bool, error) {
	s := m.streaming(by.DataSource, by.DataSource)
	if s == nil {
		return false, nil
	}
	err := s.Reset(ctx, to)
	return err == nil, err
}

// CheckPoint implements action.Supervisors.
func (m *Manager) CheckPoint(ctx context.Context, by action.Identity, id string, group int, from json.RawMessage) (bool, error) {
	s := m.streaming(id, by.DataSource)
	if s == nil {
		return false, nil
	}
	err := s.CheckPoint(ctx, group, from)
	return err == nil, err
}

// Upgraded implements action.Supervisors.
func (m *Manager) Upgraded(ids []metadata.PendingRow) {
	of := map[string][]metadata.PendingRow{}
	for _, row := range ids {
		of[row.ID.DataSource] = append(of[row.ID.DataSource], row)
	}
	for _, one := range m.all() {
		if s, is := one.atWork.(Streaming); is && len(of[one.spec.DataSource]) > 0 {
			s.Upgraded(of[one.spec.DataSource])
		}
	}
}
