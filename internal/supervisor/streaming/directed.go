package streaming

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"ovate/druid"
	"ovate/internal/commit"
	"ovate/internal/metadata"
	"ovate/internal/supervisor/plan"
)

// Reset implements supervisor.Streaming. Tasks that read what is to be read from elsewhere, or have read it and publish, end first: none of them publishes
// anything once it counts as read up to another place. When it returns nil that is stored.
func (s *Supervisor) Reset(ctx context.Context, to json.RawMessage) error {
	var at plan.Offsets
	if to != nil {
		m, places, err := s.places(to)
		if err != nil {
			return err
		}
		if _, err := commit.With(nil, m); err != nil {
			return err
		}
		at = places
	}
	done := make(chan error, 1)
	if err := s.later(func() { done <- s.reset(s.Lasts, at) }); err != nil {
		return err
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-s.Lasts.Done():
		return errStopped
	}
}

// places are what commit metadata tell of this stream; not nil unless there is an error.
func (s *Supervisor) places(text json.RawMessage) (*commit.Metadata, plan.Offsets, error) {
	m, err := commit.Parse(text)
	if err != nil {
		return nil, nil, druid.InvalidInput("the places in the stream cannot be read: %v", err)
	}
	at, ours, err := s.source.Offsets(m)
	if err == nil && ours {
		_, err = s.source.Metadata(at)
	}
	if err != nil {
		return nil, nil, druid.InvalidInput("the places in the stream cannot be read: %v", err)
	}
	if !ours {
		if kind, err := s.source.Metadata(plan.Offsets{}); err == nil && kind.Kind() != m.Kind() {
			return nil, nil, druid.InvalidInput("field [type] is [%s], but the supervisor reads a stream of type [%s]", m.Kind(), kind.Kind())
		}
		return nil, nil, druid.InvalidInput("field [partitions.stream] is [%s], but the supervisor reads [%s]", m.Stream(), s.spec.Source)
	}
	if at == nil {
		at = plan.Offsets{}
	}
	return m, at, nil
}

// hasPublished tells whether a task has published all that it was to read. Of replicas nobody knows which one has.
func (s *Supervisor) hasPublished(t *known, published plan.Offsets) bool {
	for _, other := range s.tasks {
		if other != t && other.Sequence == t.Sequence {
			return false
		}
	}
	return t.Heard != nil && s.settings.Rules.Reached(published, t.Heard.End)
}

// reset ends the tasks of partitions, and stores from where those are read on; nil: those of all, which count as not read.
func (s *Supervisor) reset(ctx context.Context, at plan.Offsets) error {
	if err := s.meet(ctx); err != nil {
		return err
	}
	_, published, ours, err := s.publishedNow(ctx)
	if err != nil || !ours {
		published = nil // nobody knows who has published what
	}
	for _, t := range s.tasks {
		if t.unreadable != nil || at != nil && !shares(t.Start, at) {
			continue
		}
		if t.published = t.published || s.hasPublished(t, published); t.published {
			continue // its rows would be gone until others have loaded them
		}
		if err := s.kill(ctx, t.ID, "its supervisor is reset: what it has read is to be read from elsewhere"); err != nil {
			return err
		}
	}
	s.full, s.quiet, s.lags = nil, quiet{}, nil
	if at == nil {
		return s.Store.Update(ctx, func(tx metadata.Tx) error {
			_, err := tx.DeleteCommitMetadata(s.spec.DataSource)
			return err
		})
	}
	return s.change(ctx, func(stored *commit.Metadata) (*commit.Metadata, error) { return s.with(stored, at) })
}

// shares tells whether some places are in a partition of others.
func shares(a, b plan.Offsets) bool {
	for p := range a {
		if _, both := b[p]; both {
			return true
		}
	}
	return false
}

// CheckPoint implements supervisor.Streaming. What comes of it the task hears from the supervisor.
func (s *Supervisor) CheckPoint(_ context.Context, group int, from json.RawMessage) error {
	_, at, err := s.places(from)
	if err != nil {
		return err
	}
	return s.later(func() {
		for _, f := range s.full {
			if f.Group == group && maps.Equal(f.From, at) {
				return // it asks again
			}
		}
		s.full = append(s.full, plan.Full{Group: group, From: at})
	})
}

// Handoff implements supervisor.Streaming.
func (s *Supervisor) Handoff(_ context.Context, groups []int) error {
	return s.later(func() {
		for _, group := range groups {
			s.handoff[group] = true
		}
	})
}

// noteLag notes how far the tasks are behind.
func (s *Supervisor) noteLag() {
	if s.settings.Rules.Suspended {
		return
	}
	seen := s.seen()
	s.lags = append(s.lags, s.settings.Scaling.Lag(seen.lag(s.settings.Rules.Order)))
	if more := len(s.lags) - s.settings.Scaling.Window(); more > 0 {
		s.lags = s.lags[more:]
	}
}

// scale has the supervisor go on with more tasks, or fewer, if the lag is such. Nothing changes while tasks publish. Another number of tasks is another
// spec, and so another life, in which the tasks of this one publish and end.
func (s *Supervisor) scale() {
	rules := &s.settings.Rules
	if rules.Suspended || s.scaling || s.Rescale == nil {
		return
	}
	for _, t := range s.tasks {
		if t.unreadable == nil && !t.reads() {
			return
		}
	}
	want := s.settings.Scaling.TaskCount(rules.TaskCount, len(s.names), s.lags)
	if want == rules.TaskCount {
		return
	}
	s.Log.Info("the number of tasks follows the lag", "supervisor", s.spec.ID, "from", rules.TaskCount, "to", want)
	s.scaling = true
	s.Meter.Required(s.spec, want)
	s.Rescale(want, func(err error) {
		// If it is being ended nobody has to know any more.
		_ = s.later(func() {
			s.scaling = false
			s.health.remember(s.Now(), fmt.Errorf("another number of tasks, %d, was not stored: %w", want, err))
		})
	})
}
